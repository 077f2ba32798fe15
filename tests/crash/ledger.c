#include "ledger.h"

#include <stdarg.h>
#include <stdio.h>

#define ARENA_BYTES_MAX ((size_t)512 << 20)
#define DOMAINS_MAX 60 /* below the quota */

static void lock(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->mutex);
}

static void unlock(struct ledger *ledger)
{
    pthread_mutex_unlock(&ledger->mutex);
}

void ledger_init(struct ledger *ledger, struct functions *functions)
{
    *ledger = (struct ledger){ .functions = functions };
    pthread_mutex_init(&ledger->mutex, NULL);
    arena_init(&ledger->arena, "ledger", ARENA_BYTES_MAX);
    ledger->workflows = arena_array(&ledger->arena, struct workflow *, WORKFLOWS_MAX);
    ledger->registered = arena_array(&ledger->arena, struct registered, REGISTERED_MAX);
}

void ledger_deinit(struct ledger *ledger)
{
    pthread_mutex_destroy(&ledger->mutex);
    arena_deinit(&ledger->arena);
}

void ledger_complain(struct ledger *ledger, const char *format, ...)
{
    va_list arguments;

    lock(ledger);
    if (ledger->complaint[0] == '\0') {
        va_start(arguments, format);
        vsnprintf(ledger->complaint, sizeof ledger->complaint, format, arguments);
        va_end(arguments);
        fprintf(stderr, "%s\n", ledger->complaint);
    }
    unlock(ledger);
}

bool ledger_is_content(struct ledger *ledger)
{
    lock(ledger);
    bool content = ledger->complaint[0] == '\0';
    unlock(ledger);
    return content;
}

struct bytes ledger_text(struct ledger *ledger, char kind)
{
    lock(ledger);
    struct bytes text = arena_printf(&ledger->arena, "%c-%llu", kind,
                                     (unsigned long long)++ledger->texts);
    unlock(ledger);
    return text;
}

/* ---- workflows and their runs */

struct workflow *ledger_new_workflow(struct ledger *ledger)
{
    lock(ledger);
    ensure(ledger->workflow_count < WORKFLOWS_MAX);
    struct workflow *workflow = arena_new(&ledger->arena, struct workflow);
    workflow->number = (unsigned)ledger->workflow_count;
    workflow->id = arena_printf(&ledger->arena, "w-%u", workflow->number);
    workflow->unknown = 1; /* until it is answered */
    ledger->workflows[ledger->workflow_count++] = workflow;
    unlock(ledger);
    return workflow;
}

void ledger_start_again(struct ledger *ledger, struct workflow *workflow)
{
    lock(ledger);
    workflow->unknown++;
    unlock(ledger);
}

static struct run *find_run(struct workflow *workflow, const struct workflow_execution *names)
{
    for (struct run *run = workflow->runs; run; run = run->next)
        if (bytes_equal(run->names.run_id, names->run_id) &&
            bytes_equal(run->names.workflow_id, names->workflow_id))
            return run;
    return NULL;
}

static struct run *need_run(struct ledger *ledger, struct workflow *workflow,
                            const struct workflow_execution *names)
{
    struct run *run = find_run(workflow, names);

    if (run)
        return run;
    run = arena_new(&ledger->arena, struct run);
    run->names.workflow_id = arena_copy(&ledger->arena, names->workflow_id);
    run->names.run_id = arena_copy(&ledger->arena, names->run_id);
    run->last = &run->notes;
    run->dirty = true;
    run->next = workflow->runs;
    workflow->runs = run;
    ledger->run_count++;
    return run;
}

void ledger_note_start(struct ledger *ledger, struct workflow *workflow, enum outcome outcome,
                       struct bytes run_id)
{
    struct workflow_execution names = { workflow->id, run_id };

    lock(ledger);
    if (outcome != UNKNOWN)
        workflow->unknown--;
    if (outcome == DONE) {
        workflow->done++;
        need_run(ledger, workflow, &names);
    }
    unlock(ledger);
}

/* By the digits behind "w-". */
static struct workflow *workflow_of(struct ledger *ledger, struct bytes id)
{
    unsigned long long number;
    const char *dot = id.ptr ? memchr(id.ptr, '.', id.len) : NULL;
    struct bytes root = dot ? bytes_of(id.ptr, (size_t)(dot - id.ptr)) : id;

    if (!bytes_starts_with(root, BYTES("w-")) || !bytes_parse_u64(bytes_skip(root, 2), &number) ||
        number >= ledger->workflow_count)
        return NULL;
    return ledger->workflows[number];
}

struct run *ledger_find_run(struct ledger *ledger, const struct workflow_execution *names)
{
    lock(ledger);
    struct workflow *workflow = workflow_of(ledger, names->workflow_id);
    struct run *run = workflow ? need_run(ledger, workflow, names) : NULL;
    unlock(ledger);
    if (!run)
        ledger_complain(ledger, "workflow %.*s, run %.*s, is of no family",
                        BYTES_FMT(names->workflow_id), BYTES_FMT(names->run_id));
    return run;
}

/* Nearly all that is open is among the newest. */
#define LOOK_BACK 300

static size_t oldest_to_look_at(const struct ledger *ledger)
{
    return ledger->workflow_count > LOOK_BACK ? ledger->workflow_count - LOOK_BACK : 0;
}

struct run *ledger_pick_run(struct ledger *ledger, struct random_sequence *random)
{
    struct run *picked = NULL;

    lock(ledger);
    size_t oldest = oldest_to_look_at(ledger);
    for (int i = 0; i < 30 && !picked && ledger->workflow_count > 0; i++) {
        size_t at = oldest + random_below(random, ledger->workflow_count - oldest);
        for (struct run *run = ledger->workflows[at]->runs; run; run = run->next)
            if (!run->closed && (!picked || random_below(random, 2)))
                picked = run;
    }
    unlock(ledger);
    return picked;
}

size_t ledger_open_runs(struct ledger *ledger)
{
    size_t open = 0;

    lock(ledger);
    for (size_t i = oldest_to_look_at(ledger); i < ledger->workflow_count; i++)
        for (struct run *run = ledger->workflows[i]->runs; run; run = run->next)
            open += !run->closed;
    unlock(ledger);
    return open;
}

void ledger_note_closed(struct ledger *ledger, struct run *run)
{
    lock(ledger);
    run->closed = true;
    unlock(ledger);
}

/* ---- notes */

struct note *ledger_enter(struct ledger *ledger, struct run *run, struct note note)
{
    lock(ledger);
    struct note *entered = arena_new(&ledger->arena, struct note);
    *entered = note;
    *run->last = entered;
    run->last = &entered->next;
    run->dirty = true;
    run->signals += note.kind == NOTE_SIGNAL;
    unlock(ledger);
    return entered;
}

void ledger_settle(struct ledger *ledger, enum outcome *entry, enum outcome outcome)
{
    lock(ledger);
    *entry = outcome;
    if (outcome == DONE && ledger->witness)
        ledger->witness(ledger->witness_context, entry);
    unlock(ledger);
}

/* ---- the registry */

struct registered *ledger_new_registered(struct ledger *ledger, enum operation how)
{
    struct registered *registered = NULL;

    lock(ledger);
    bool is_domain = how == OPERATION_REGISTER_DOMAIN;
    if (ledger->registered_count < REGISTERED_MAX &&
        (!is_domain || ledger->domain_count < DOMAINS_MAX)) {
        ledger->domain_count += is_domain;
        registered = &ledger->registered[ledger->registered_count];
        registered->name = arena_printf(&ledger->arena, "r-%zu", ledger->registered_count++);
        registered->how = how;
        registered->deprecated = registered->restored = REFUSED;
        registered->deleted = registered->tagged = REFUSED;
    }
    unlock(ledger);
    return registered;
}

/* The operations in the order: domain, workflow type, activity type. */
static enum operation for_kind(const struct registered *registered, enum operation domain,
                               enum operation workflow, enum operation activity)
{
    if (registered->how == OPERATION_REGISTER_DOMAIN)
        return domain;
    return registered->how == OPERATION_REGISTER_WORKFLOW_TYPE ? workflow : activity;
}

/* NULL when there is nothing to be done to it now. */
static enum outcome *next_change(struct registered *registered, bool coin,
                                 enum operation *operation)
{
    bool is_domain = registered->how == OPERATION_REGISTER_DOMAIN;

    if (registered->outcome != DONE)
        return NULL;
    if (is_domain && coin && registered->tagged == REFUSED && registered->deprecated == REFUSED) {
        *operation = OPERATION_TAG_RESOURCE;
        return &registered->tagged;
    }
    if (registered->deprecated == REFUSED) {
        *operation = for_kind(registered, OPERATION_DEPRECATE_DOMAIN,
                              OPERATION_DEPRECATE_WORKFLOW_TYPE, OPERATION_DEPRECATE_ACTIVITY_TYPE);
        return &registered->deprecated;
    }
    if (registered->deprecated != DONE || registered->restored != REFUSED ||
        registered->deleted != REFUSED)
        return NULL;
    if (is_domain || coin) {
        *operation = for_kind(registered, OPERATION_UNDEPRECATE_DOMAIN,
                              OPERATION_UNDEPRECATE_WORKFLOW_TYPE,
                              OPERATION_UNDEPRECATE_ACTIVITY_TYPE);
        return &registered->restored;
    }
    *operation = for_kind(registered, OPERATION_COUNT, OPERATION_DELETE_WORKFLOW_TYPE,
                          OPERATION_DELETE_ACTIVITY_TYPE);
    return &registered->deleted;
}

struct registered *ledger_pick_registered(struct ledger *ledger, struct random_sequence *random,
                                          enum outcome **entry, enum operation *operation)
{
    struct registered *picked = NULL;

    lock(ledger);
    if (ledger->registered_count > 0) {
        picked = &ledger->registered[random_below(random, ledger->registered_count)];
        *entry = next_change(picked, random_below(random, 2) == 0, operation);
        if (*entry)
            **entry = UNKNOWN; /* nobody else does it */
        else
            picked = NULL;
    }
    unlock(ledger);
    return picked;
}

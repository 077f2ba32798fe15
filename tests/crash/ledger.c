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

void ledger_init(struct ledger *ledger)
{
    *ledger = (struct ledger){ 0 };
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

static struct run *find_run(struct workflow *workflow, struct bytes run_id)
{
    for (size_t i = 0; i < workflow->run_count; i++)
        if (bytes_equal(workflow->runs[i].names.run_id, run_id))
            return &workflow->runs[i];
    return NULL;
}

static struct run *add_run(struct ledger *ledger, struct workflow *workflow, struct bytes run_id)
{
    struct run *run = &workflow->runs[workflow->run_count++];

    run->names.workflow_id = workflow->id;
    run->names.run_id = arena_copy(&ledger->arena, run_id);
    run->last = &run->notes;
    run->dirty = true;
    return run;
}

/* Each start makes one run at most. A poll may know of a run before its start is answered. */
static struct run *need_run(struct ledger *ledger, struct workflow *workflow, struct bytes run_id)
{
    struct run *run = find_run(workflow, run_id);
    size_t started = workflow->done + workflow->unknown;

    if (run || workflow->run_count == started || workflow->run_count == RUNS_MAX)
        return run;
    return add_run(ledger, workflow, run_id);
}

void ledger_note_start(struct ledger *ledger, struct workflow *workflow, enum outcome outcome,
                       struct bytes run_id)
{
    lock(ledger);
    bool fits = true;
    if (outcome != UNKNOWN)
        workflow->unknown--;
    if (outcome == DONE) {
        workflow->done++;
        fits = need_run(ledger, workflow, run_id) != NULL;
    }
    unlock(ledger);
    if (!fits)
        ledger_complain(ledger, "workflow %.*s runs more often than it was started",
                        BYTES_FMT(workflow->id));
}

static struct workflow *workflow_of(struct ledger *ledger, struct bytes id)
{
    unsigned long long number;

    if (!bytes_starts_with(id, BYTES("w-")) || !bytes_parse_u64(bytes_skip(id, 2), &number) ||
        number >= ledger->workflow_count)
        return NULL;
    return ledger->workflows[number];
}

struct run *ledger_find_run(struct ledger *ledger, const struct workflow_execution *names)
{
    lock(ledger);
    struct workflow *workflow = workflow_of(ledger, names->workflow_id);
    struct run *run = workflow ? need_run(ledger, workflow, names->run_id) : NULL;
    unlock(ledger);
    if (!run)
        ledger_complain(ledger, "a task of workflow %.*s, run %.*s, which nobody started",
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
        struct workflow *workflow = ledger->workflows[at];
        for (size_t j = 0; j < workflow->run_count; j++)
            if (!workflow->runs[j].closed)
                picked = &workflow->runs[j];
    }
    unlock(ledger);
    return picked;
}

size_t ledger_open_runs(struct ledger *ledger)
{
    size_t open = 0;

    lock(ledger);
    for (size_t i = oldest_to_look_at(ledger); i < ledger->workflow_count; i++)
        for (size_t j = 0; j < ledger->workflows[i]->run_count; j++)
            open += !ledger->workflows[i]->runs[j].closed;
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
        registered->deprecated = REFUSED;
    }
    unlock(ledger);
    return registered;
}

struct registered *ledger_pick_registered(struct ledger *ledger, struct random_sequence *random)
{
    struct registered *picked = NULL;

    lock(ledger);
    if (ledger->registered_count > 0) {
        picked = &ledger->registered[random_below(random, ledger->registered_count)];
        if (picked->outcome != DONE || picked->deprecated != REFUSED)
            picked = NULL;
        else
            picked->deprecated = UNKNOWN; /* nobody else takes it */
    }
    unlock(ledger);
    return picked;
}

#include "caller.h"

#include <stdio.h>

#define ARENA_BYTES_MAX ((size_t)256 << 20)

void caller_init(struct caller *caller, const char *endpoint)
{
    caller_init_trusting(caller, endpoint, NULL);
}

void caller_init_trusting(struct caller *caller, const char *endpoint, const char *ca_file)
{
    struct client_config config = {
        .endpoint = endpoint,
        .region = "us-east-1",
        .access_key_id = CALLER_KEY_ID,
        .secret_access_key = CALLER_SECRET,
        .ca_file = ca_file,
    };

    *caller = (struct caller){ .client = client_new(&config) };
    arena_init(&caller->arena, "caller", ARENA_BYTES_MAX);
}

void caller_deinit(struct caller *caller)
{
    client_free(caller->client);
    arena_deinit(&caller->arena);
}

void caller_reset(struct caller *caller)
{
    arena_reset(&caller->arena);
    caller->reply = (struct reply){ 0 };
}

static void note_problem(struct caller *caller, enum operation operation, const char *what,
                         struct bytes detail)
{
    if (caller->problem[0] == '\0')
        snprintf(caller->problem, sizeof caller->problem, "%s: %s %.*s", operation_names[operation],
                 what, BYTES_FMT(detail));
}

enum outcome caller_call(struct caller *caller, enum operation operation, const void *input)
{
    struct request request = { .operation = operation, .input = input };
    enum err err = client_call(caller->client, &request, &caller->arena, &caller->reply);

    if (err) {
        caller->reply = (struct reply){ 0 };
        if (err != ERR_IO)
            note_problem(caller, operation, client_problem(caller->client), BYTES_ABSENT);
        return UNKNOWN;
    }
    if (bytes_is_absent(caller->reply.fault))
        return DONE;
    if (caller->reply.http_status >= 500)
        note_problem(caller, operation, "answered", caller->reply.fault);
    return REFUSED;
}

bool caller_was_refused_with(const struct caller *caller, const char *fault)
{
    return bytes_equal_cstr(caller->reply.fault, fault);
}

/* ---- a whole history */

static void append_events(struct arena *arena, struct event **all, size_t *count,
                          const struct event *more, size_t more_count)
{
    struct event *joined = arena_array(arena, struct event, *count + more_count);

    if (*count)
        memcpy(joined, *all, *count * sizeof **all);
    if (more_count)
        memcpy(joined + *count, more, more_count * sizeof *more);
    *all = joined;
    *count += more_count;
}

enum outcome caller_read_history(struct caller *caller, struct bytes domain,
                                 const struct workflow_execution *run, int32_t page,
                                 struct event **events, size_t *count)
{
    struct get_workflow_execution_history_input input = { .domain = domain,
                                                          .execution = run,
                                                          .maximum_page_size = page };

    *events = NULL;
    *count = 0;
    do {
        struct event *more;
        size_t more_count;
        enum outcome outcome = caller_call(caller, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
                                           &input);
        if (outcome != DONE)
            return outcome;
        const struct history_output *output = caller->reply.output;
        if (client_events(caller->client, &caller->reply, &caller->arena, &more, &more_count) !=
            OK) {
            note_problem(caller, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
                         "the answer holds no history", BYTES_ABSENT);
            return UNKNOWN;
        }
        append_events(&caller->arena, events, count, more, more_count);
        input.next_page_token = output->next_page_token;
    } while (input.next_page_token.len > 0);
    return DONE;
}

const struct workflow_execution_detail *caller_describe(struct caller *caller, struct bytes domain,
                                                        const struct workflow_execution *run)
{
    struct describe_workflow_execution_input input = { .domain = domain, .execution = run };

    return caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, &input) == DONE
               ? caller->reply.output
               : NULL;
}

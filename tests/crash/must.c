#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "must.h"

#define LOG_BYTES_MAX ((size_t)16 << 20)

void must_listen(struct process *process)
{
    struct text log;
    int status;

    if (process_wait_listening(process))
        return;
    status = process_wait(process);
    text_init(&log, LOG_BYTES_MAX);
    process_read_log(process, &log);
    fail_msg("the server does not start; status %d, log:\n%.*s", status,
             BYTES_FMT(text_bytes(&log)));
}

void must_call(struct caller *caller, enum operation operation, const void *input)
{
    caller_reset(caller);
    if (caller_call(caller, operation, input) != DONE)
        fail_msg("%s: %.*s %s", operation_names[operation], BYTES_FMT(caller->reply.fault),
                 client_problem(caller->client));
}

void must_register(struct caller *caller, struct bytes domain, const char *days,
                   const struct workflow_type *type, const struct task_list *list)
{
    struct register_domain_input register_domain = {
        .name = domain, .workflow_execution_retention_period_in_days = bytes_of_cstr(days)
    };
    struct register_workflow_type_input register_type = {
        .domain = domain,
        .name = type->name,
        .version = type->version,
        .default_task_list = list,
        .default_task_start_to_close_timeout = BYTES("NONE"),
        .default_execution_start_to_close_timeout = BYTES("3600"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
    };

    must_call(caller, OPERATION_REGISTER_DOMAIN, &register_domain);
    must_call(caller, OPERATION_REGISTER_WORKFLOW_TYPE, &register_type);
}

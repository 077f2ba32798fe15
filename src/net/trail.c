#include "net/trail.h"

static bool only_reads(enum operation operation)
{
    static const struct bytes reading[] = { BYTES("Count"), BYTES("Describe"), BYTES("Get"),
                                            BYTES("List") };
    struct bytes name = bytes_of_cstr(operation_names[operation]);

    for (size_t i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
        if (bytes_starts_with(name, reading[i]))
            return true;
    }
    return false;
}

static bool changed_something(const struct call *call)
{
    const struct decision_task_output *decision = call->output;
    const struct activity_task_output *activity = call->output;

    switch (call->request.operation) {
    case OPERATION_POLL_FOR_DECISION_TASK: /* a later page takes nothing */
        return decision && decision->task_token.len &&
               call->request.poll_for_decision_task->next_page_token.len == 0;
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
        return activity && activity->task_token.len;
    default:
        return !only_reads(call->request.operation);
    }
}

static struct bytes outcome_of(enum fault_code fault)
{
    return fault == FAULT_NONE ? BYTES("ok") : bytes_of_cstr(fault_kinds[fault].name);
}

static void write_line(const struct trail *trail, struct audit_record *record)
{
    record->at = trail->world->wall(trail->world->context);
    record->request_id = trail->request_id;
    record->source = trail->source;
    audit_write(trail->audit, record);
}

void trail_note_call(const struct trail *trail, const struct call *call)
{
    struct bytes refused[DECISION_TYPE_COUNT];
    struct audit_record record = {
        .principal = call->authority ? call->authority->principal : BYTES_ABSENT,
        .access_key_id = call->authority ? call->authority->access_key_id : BYTES_ABSENT,
        .action = bytes_of_cstr(operation_names[call->request.operation]),
        .resource = call->resource,
        .outcome = outcome_of(call->fault.code),
        .refused = refused,
    };

    if (trail->audit == NULL || (call->fault.code == FAULT_NONE && !changed_something(call)))
        return;
    for (int type = 1; type <= DECISION_TYPE_COUNT; type++) {
        if (call->refused_decisions & (UINT32_C(1) << type))
            refused[record.refused_count++] = bytes_of_cstr(decision_type_names[type]);
    }
    write_line(trail, &record);
}

void trail_note_refusal(const struct trail *trail, struct bytes operation, struct bytes principal,
                        struct bytes access_key_id, enum fault_code fault)
{
    struct audit_record record = {
        .principal = principal,
        .access_key_id = access_key_id,
        .action = operation,
        .outcome = outcome_of(fault),
    };

    if (trail->audit)
        write_line(trail, &record);
}

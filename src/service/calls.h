/*
 * calls - the operations: each takes a call, and answers it, parks it, or leaves the answer to a
 * reader.
 */
#ifndef SERVICE_CALLS_H
#define SERVICE_CALLS_H

#include "service/call.h"

struct service;

typedef void call_fn(struct service *service, struct call *call);

/* How many items a page of a list has, where its size may be given; 0: it was not. */
static inline size_t call_page_size(int32_t given)
{
    return given ? (size_t)given : 1000;
}

/* registration_calls.c */
call_fn call_register_domain, call_describe_domain, call_list_domains, call_deprecate_domain,
    call_undeprecate_domain;
call_fn call_tag_resource, call_untag_resource, call_list_tags_for_resource;
call_fn call_register_workflow_type, call_describe_workflow_type, call_list_workflow_types,
    call_deprecate_workflow_type, call_undeprecate_workflow_type, call_delete_workflow_type;
call_fn call_register_activity_type, call_describe_activity_type, call_list_activity_types,
    call_deprecate_activity_type, call_undeprecate_activity_type, call_delete_activity_type;

/* execution_calls.c */
call_fn call_start_workflow_execution, call_signal_workflow_execution,
    call_request_cancel_workflow_execution, call_terminate_workflow_execution,
    call_describe_workflow_execution, call_get_workflow_execution_history;

/* UnknownResourceFault, with its text for a run that is not there or not open; with an empty run id
 * for a workflow of which no run is. */
struct fault unknown_run(struct arena *arena, struct bytes workflow_id, struct bytes run_id);

/* visibility_calls.c */
call_fn call_list_open_workflow_executions, call_list_closed_workflow_executions,
    call_count_open_workflow_executions, call_count_closed_workflow_executions,
    call_count_pending_activity_tasks, call_count_pending_decision_tasks;

/* task_calls.c */
call_fn call_poll_for_decision_task, call_respond_decision_task_completed,
    call_poll_for_activity_task, call_record_activity_task_heartbeat,
    call_respond_activity_task_completed, call_respond_activity_task_failed,
    call_respond_activity_task_canceled;

/* What the task token of the call says, in its arena; NULL when it is none, or another account's.
 * It is opened once and kept, because both the permission and the operation need it. */
const struct task_token *task_calls_token(struct service *service, struct call *call);
/* Hands waiting tasks to waiting polls, as long as there are both. */
void task_calls_match(struct service *service);
/* Answers a poll with nothing: its time is over. */
void task_calls_answer_empty(struct service *service, struct call *call);

#endif

/*
 * oracle_inner - what the oracle remembers, for its own files.
 *
 * Everything lies in one arena that lives as long as the oracle; `scratch` holds what is foretold
 * of one transaction or answer.
 */
#ifndef SIM_ORACLE_INNER_H
#define SIM_ORACLE_INNER_H

#include "oracle.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "wire/encode.h"
#include "wire/json.h"
#include "wire/shape.h"

/* ---- the registry */

struct oracle_type {
    struct oracle_type *next;
    bool is_activity;
    struct bytes name, version, description;
    bool is_deprecated;
    struct instant created, deprecated;
    const struct register_workflow_type_input *workflow; /* its defaults */
    const struct register_activity_type_input *activity;
};

struct oracle_tag {
    struct oracle_tag *next;
    struct bytes key, value;
};

struct oracle_domain {
    struct oracle_domain *next;
    uint64_t account;
    struct oracle_tag *tags; /* in no order */
    struct bytes name, description, retention;
    struct bytes arn; /* its name among those of all accounts */
    bool is_deprecated;
    int64_t retention_days;
    struct oracle_type *types;
};

/* ---- what is pending in a run */

struct oracle_decision_task {
    int64_t scheduled_id, started_id; /* 0: there is none; not started */
    struct instant available_at, started_at;
    const struct decision_task_scheduled_event *says;
};

struct oracle_activity {
    struct oracle_activity *next;
    int64_t scheduled_id, started_id, cancel_id;
    struct instant scheduled_at, started_at, heartbeat_at;
    struct bytes details; /* of the newest heartbeat that had some */
    const struct activity_task_scheduled_event *says;
};

struct oracle_timer {
    struct oracle_timer *next;
    int64_t started_id;
    struct instant at;
    const struct timer_started_event *says;
};

struct oracle_child {
    struct oracle_child *next;
    int64_t initiated_id, started_id;
    const struct start_child_workflow_execution_initiated_event *says;
};

/* A function to be called. */
struct oracle_lambda {
    struct oracle_lambda *next;
    int64_t scheduled_id, started_id;
    struct instant started_at;
    bool is_called, is_answered, is_lost; /* lost: nobody will ever answer it */
    struct instant lost_at;
    enum lambda_outcome outcome;
    struct bytes reason, answer;
    const struct lambda_function_scheduled_event *says;
};

/* A signal or a cancel request on its way to another workflow: who sent it wants to know. */
struct oracle_external {
    struct oracle_external *next;
    int64_t initiated_id;
    const struct event *event;
};

struct oracle_run {
    struct oracle_run *next_open; /* in the order of starting */
    struct run_key key;
    struct oracle_domain *domain;
    struct bytes workflow_id, run_id;
    struct event *events;
    struct bytes *texts;
    size_t count, capacity;

    const struct workflow_execution_started_event *says;
    struct oracle_run *parent; /* that it was told in its first event */
    int64_t parent_initiated_id;
    bool is_open, cancel_requested, is_removed;
    enum close_status close_status;
    enum child_policy close_policy; /* that the close applies */
    uint64_t close_order;
    struct instant started_at, closed_at, expires, latest_activity;
    const struct workflow_execution_open_counts *counts_at_close;

    struct oracle_decision_task waiting, started;
    int64_t previous_started_id;
    const struct task_list *override;
    struct bytes override_timeout; /* absent: for good */
    struct bytes context;
    struct oracle_activity *activities;
    struct oracle_timer *timers;
    struct oracle_child *children;
    struct oracle_lambda *lambdas;
    struct oracle_external *externals;
};

/* ---- what one workflow owes another */

enum owed_kind {
    OWED_CHILD_START,   /* the child that an Initiated event asks for */
    OWED_SIGNAL,        /* to another workflow */
    OWED_CANCEL,        /* likewise */
    OWED_LAMBDA_START,  /* to itself */
    OWED_CONTINUATION,  /* the run that goes on, in the same commit */
    OWED_POLICY,        /* a closed parent's, to a child */
    OWED_CLOSE,         /* a child's, to its parent */
    OWED_CHILD_STARTED, /* replies: to the sender */
    OWED_DELIVERED,
};

struct owed {
    struct owed *next; /* in the order in which they became owed */
    enum owed_kind kind;
    struct oracle_run *from; /* who sent it; of a reply, who gets it */
    int64_t id;              /* the event that made it owed; of a reply, what it replies to */
    const struct event *event;
    struct oracle_run *about; /* the run that was started, signalled, closed */
    bool may_miss;            /* since it is owed there was a time when it could not be done */
    bool must_not;            /* it is to be dropped */
    bool is_too_fast;         /* its sender had no token for it */
};

/* ---- polls that wait */

struct oracle_waiter {
    struct oracle_waiter *next; /* in the order of arrival */
    struct seen_call *call;
    bool for_decisions;
    struct oracle_domain *domain;
    struct bytes list, identity;
    struct oracle_run *given; /* what it was handed in this turn */
    int64_t scheduled_id, started_id, previous_started_id;
    bool is_ended; /* it was answered empty in this turn */
};

/* ---- tokens that were given out */

enum handed_kind { HANDED_DECISION, HANDED_ACTIVITY, HANDED_PAGE };

struct handed {
    enum handed_kind kind;
    struct bytes text;
    struct oracle_run *run;
    int64_t scheduled_id, started_id;
    /* of a page */
    struct bytes query; /* that it belongs to */
    struct instant issued;
    int64_t next_id, previous_started_id;
    struct bytes name, version; /* of the last row of a list of names; of one of runs: `run` */
};

struct oracle {
    struct arena arena, scratch;
    struct oracle_rules rules;
    struct json_reader *json;
    struct text text; /* for writing what is compared */
    struct text complaint;
    struct oracle_domain *domains;
    struct oracle_run **runs; /* by number, from 1 */
    size_t run_count, run_capacity;
    struct oracle_run *open; /* the first that is */
    struct owed *owed;
    struct oracle_waiter *waiters;
    struct map handed;
    struct oracle_bucket *buckets;
    uint64_t account; /* whose call is looked at */
    uint64_t closes, checks;
    struct instant now;          /* of this turn */
    struct instant committed_at; /* the last commit's */
    const struct seen_turn *turn;
    bool failed, stopping;
};

/* Whose bucket, and of what: calls, or decisions of one type, of an account; calls about a run,
 * which those that may be about a closed one name. */
struct bucket_key {
    uint64_t account;
    const struct oracle_run *run;
    uint64_t names; /* a hash of them; 0: none */
    enum operation operation;
    enum decision_type decision;
};

/* What a call must come to. */
struct outcome {
    struct fault fault;       /* its message absent: any */
    bool waits;               /* a poll */
    bool is_read_later;       /* right as of the end of the turn */
    bool opens;               /* a new run ... */
    struct oracle_run *run;   /* else this one ... */
    struct event_list events; /* ... gets these; none: nothing changes */
    const void *output;       /* of the operation's output shape; NULL: nothing to say */
    /* What else it changes. */
    void (*effect)(struct oracle *oracle, const struct request *request, const void *subject);
    const void *subject;
    struct handed *page; /* whose token the answer gives out; NULL: none */
    bool has_price;      /* this bucket loses a token, also when there is a fault: */
    struct bucket_key price;
};

bool complain(struct oracle *oracle, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds the history of a run, and the events that were not right, to the complaint. */
void complain_history(struct oracle *oracle, const struct oracle_run *run);

/* oracle_registry.c */
struct oracle_domain *domain_find(struct oracle *oracle, struct bytes name);
struct oracle_type *type_find(struct oracle_domain *domain, bool is_activity, struct bytes name,
                              struct bytes version);
bool registry_expect(struct oracle *oracle, const struct request *request, struct outcome *out);
struct fault unknown_domain(struct oracle *oracle, struct bytes name);
size_t domain_count(const struct oracle *oracle); /* of all accounts */
/* The ARN of a domain of the account, and the account's domain of that ARN, or NULL. */
struct bytes arn_of_domain(struct oracle *oracle, struct bytes name);
struct oracle_domain *domain_of_arn(struct oracle *oracle, struct bytes arn);
const struct domain_info *domain_info_of(struct oracle *oracle, const struct oracle_domain *domain);
const struct activity_type_info *activity_type_info_of(struct oracle *oracle,
                                                       const struct oracle_type *type);
const struct workflow_type_info *workflow_type_info_of(struct oracle *oracle,
                                                       const struct oracle_type *type);

/* oracle_names.c */
struct oracle_tag *tag_find(const struct oracle_domain *domain, struct bytes key);
void tags_put(struct oracle *oracle, struct oracle_domain *domain, struct resource_tag_list tags);
/* Would it have more than it may? `domain` NULL: a new one. */
bool too_many_tags(const struct oracle *oracle, const struct oracle_domain *domain,
                   struct resource_tag_list tags);
bool names_expect(struct oracle *oracle, const struct seen_call *call, struct outcome *out);

/* oracle_access.c */
/* The n-th part of an ARN, from 0; absent when it has fewer. */
struct bytes arn_part(struct bytes arn, size_t n);
/* The call is not permitted; that text lives as long as the oracle. */
struct fault access_fault(struct oracle *oracle, const struct seen_call *call);
/* It is about another account. */
struct fault access_fault_of_account(struct oracle *oracle, const struct seen_call *call,
                                     struct bytes resource);
bool may_decide(struct oracle *oracle, const struct seen_call *call, const struct oracle_run *run,
                const struct decision *decision);

/* oracle_rates.c */
/* How many tokens there are now; UINT32_MAX: there is no such rate. */
uint32_t rate_left(struct oracle *oracle, struct bucket_key key);
void rate_take(struct oracle *oracle, struct bucket_key key);
/* Those that the decisions cost of which these are the events, but for what is sent to others. */
void rate_take_decisions(struct oracle *oracle, uint64_t account, const struct seen_step *step);
struct fault rate_exceeded(void);
void rates_forget(struct oracle *oracle);

/* oracle_pages.c */
struct bytes query_text(struct oracle *oracle, const struct seen_call *call);
/* What is wrong with the token of a page; else *out is the page that gave it out, NULL for the
 * first. */
struct fault page_fault(struct oracle *oracle, const struct seen_call *call, struct bytes token,
                        const struct handed **out);
/* For the token that the answer gives out; in the scratch. */
struct handed *page_new(struct oracle *oracle, const struct seen_call *call);

/* oracle_state.c: what events do to what is pending */
struct oracle_run *run_find(struct oracle *oracle, uint64_t number);
struct oracle_run *run_find_names(struct oracle *oracle, struct oracle_domain *domain,
                                  struct bytes workflow_id, struct bytes run_id);
struct oracle_run *run_find_open(struct oracle *oracle, struct oracle_domain *domain,
                                 struct bytes workflow_id);
/* Has its retention ended? */
bool run_is_gone(const struct oracle *oracle, const struct oracle_run *run);
struct oracle_run *run_add(struct oracle *oracle, const struct seen_step *step,
                           struct oracle_domain *domain);
void run_apply(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step);
struct oracle_activity *activity_with(const struct oracle_run *run, int64_t scheduled_id);
struct oracle_activity *activity_find_id(const struct oracle_run *run, struct bytes id);
struct oracle_timer *timer_find_id(const struct oracle_run *run, struct bytes id);
struct oracle_timer *timer_with(const struct oracle_run *run, int64_t started_id);
struct oracle_child *child_with(const struct oracle_run *run, int64_t initiated_id);
struct oracle_lambda *lambda_with(const struct oracle_run *run, int64_t scheduled_id);
const struct workflow_execution_open_counts *open_counts(const struct oracle_run *run,
                                                         struct arena *arena);

/* oracle_events.c: what a transaction holds */
void foretell(struct oracle *oracle, const struct oracle_run *run, struct event_list *list);
#define attributes_new(list, type) arena_new((list)->arena, type)
/* DecisionTaskScheduled, unless a task waits. */
void foretell_decision_task(const struct oracle_run *run, struct event_list *list);
const struct workflow_execution *names_of(struct arena *arena, const struct oracle_run *run);
/* Is the step what was foretold? */
bool is_foretold(struct oracle *oracle, const struct seen_step *step,
                 const struct event_list *list);

/* oracle_decide.c */
void foretell_completion(struct oracle *oracle, const struct oracle_run *run,
                         const struct seen_call *call, const struct seen_step *step,
                         struct event_list *list);

/* oracle_clock.c */
enum deadline_kind {
    DEADLINE_ACTIVITY_CLOSE,
    DEADLINE_ACTIVITY_START,
    DEADLINE_ACTIVITY_RUN,
    DEADLINE_HEARTBEAT,
    DEADLINE_TIMER,
    DEADLINE_DECISION_START,
    DEADLINE_DECISION_RUN,
    DEADLINE_LAMBDA,
    DEADLINE_EXECUTION,
};
struct deadline {
    struct instant at, since; /* when it is due; when its clock began */
    enum deadline_kind kind;
    int64_t id; /* of the event that decides between equals */
    const void *of;
};
/* Does the end of this task's time end the override of the task list, too? */
bool ends_override(const struct oracle_run *run, const struct decision_task_scheduled_event *task);
/* What is due first in an open run, of what is due before `limit`; false when nothing is. */
bool deadline_first(const struct oracle *oracle, const struct oracle_run *run,
                    struct deadline *out);
/* Explains a step as something that was due. */
bool explain_due(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step);
/* Nothing was due in the run before this turn that has not happened. */
bool nothing_is_late(struct oracle *oracle, const struct oracle_run *run);

/* oracle_owed.c */
void owed_note_events(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step);
void owed_note_change(struct oracle *oracle);
bool explain_owed(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step);
bool owed_check_rest(struct oracle *oracle);
/* The open runs of the domain and the children that were asked for. One whose id was taken may have
 * come to nothing already, and nobody was told yet. */
struct places {
    size_t least, most;
};
void count_places(const struct oracle *oracle, const struct oracle_domain *domain,
                  struct places *out);

/* oracle_lists.c */
bool explain_handout(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step);
bool polls_expect(struct oracle *oracle, const struct request *request, struct outcome *out);
void poll_wait(struct oracle *oracle, struct seen_call *call);
void poll_forget(struct oracle *oracle, struct oracle_waiter *waiter);
bool lists_check(struct oracle *oracle);
size_t tasks_waiting(struct oracle *oracle, struct oracle_domain *domain, struct bytes list,
                     bool decisions);

/* oracle_calls.c */
bool calls_expect(struct oracle *oracle, struct seen_call *call, const struct seen_step *step,
                  struct outcome *out);
/* False, and a fault, when its own bucket is empty; else the call takes a token of it. */
/* Takes its token if the call is made, or says that it comes too fast: false. */
bool bucket_lets_call(struct oracle *oracle, const struct bucket_key *key, struct outcome *out);
bool run_lets_call(struct oracle *oracle, const struct request *request, struct oracle_run *run,
                   struct outcome *out);

/* oracle_reads.c */
bool reads_expect(struct oracle *oracle, struct seen_call *call, struct outcome *out);
bool read_later(struct oracle *oracle, struct seen_call *call);
bool poll_answer_check(struct oracle *oracle, struct oracle_waiter *waiter);
bool reply_is(struct oracle *oracle, const struct seen_call *call, const void *output);
const struct workflow_execution_info *info_of(struct arena *arena, const struct oracle_run *run);

/* oracle_visibility.c: lists and counts of runs and of tasks */
bool visibility_expect(struct oracle *oracle, const struct seen_call *call, struct outcome *out);
/* Of closed ones, as of the end of the turn. */
bool visibility_is_right(struct oracle *oracle, const struct seen_call *call);

/* oracle_tokens.c */
struct handed *handed_find(struct oracle *oracle, struct bytes text);
void handed_add(struct oracle *oracle, const struct handed *handed);
/* The text member of that name in a JSON object; absent when there is none. In the scratch. */
struct bytes reply_text(struct oracle *oracle, struct bytes reply, const char *name);

#endif

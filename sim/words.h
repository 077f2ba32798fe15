/*
 * words - the small things that calls are made of: names, times, tags, drawn at random; and a call
 * as it is sent. For the files that make up calls.
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include "people.h"

#define DECISION_LISTS 3
#define ACTIVITY_LISTS 2
#define DOMAINS 2

extern const char *const decision_lists[DECISION_LISTS];
extern const char *const activity_lists[ACTIVITY_LISTS];
extern const char *const domains[DOMAINS];

static inline uint64_t below(struct people *people, uint64_t bound)
{
    return random_below(people->chance, bound);
}

static inline bool happens(struct people *people, uint32_t of_thousand)
{
    return mix_happens(people->chance, of_thousand);
}

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct bytes pick(struct people *people, const char *const *words, size_t count);
#define PICK(people, ...)                                \
    pick((people), (const char *const[]){ __VA_ARGS__ }, \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* The prefix and a number below `bound`. */
struct bytes numbered(struct people *people, const char *prefix, uint64_t bound);
/* Present in one of `n` cases. */
struct bytes maybe_text(struct people *people, const char *prefix, uint64_t n);
struct bytes a_workflow(struct people *people);
struct bytes a_domain(struct people *people);
const struct task_list *list_named(struct people *people, struct bytes name);
const struct task_list *maybe_list(struct people *people, const char *const *names, size_t count);
struct bytes maybe_seconds(struct people *people);
struct bytes maybe_life(struct people *people);
struct bytes maybe_priority(struct people *people);
enum child_policy maybe_policy(struct people *people);
struct bytes_list maybe_tags(struct people *people);
struct bytes maybe_role(struct people *people);
int32_t maybe_page_size(struct people *people, uint64_t most);
const struct workflow_type *a_workflow_type(struct people *people);
const struct activity_type *an_activity_type(struct people *people);
const struct workflow_type *workflow_type_of(struct people *people, const char *name,
                                             const char *version);
const struct activity_type *activity_type_of(struct people *people, const char *name,
                                             const char *version);

/* A run that somebody told of, and one for which the run id may be left out. */
const struct workflow_execution *an_address(struct people *people);
struct bytes a_run_of(struct people *people, struct bytes *workflow_id);
void remember(struct people *people, struct bytes workflow_id, struct bytes run_id);

/* ---- a call */

#define INPUT(people, name) arena_new((people)->arena, struct name##_input)

struct ask *ask_new(struct people *people, enum operation operation, const void *input);
struct bytes padded(struct people *people, struct bytes body);
/* The body of a call whose input is complete. */
struct ask *ask_write(struct people *people, struct ask *ask);
struct ask *ask_of(struct people *people, enum operation operation, const void *input);

/* ---- decisions.c */

/* A list of decisions; one that ends everything, if it `closes`. */
struct decision_list decide(struct people *people, bool closes);
/* Breaks a good completion in some way that the service must notice. */
void break_completion(struct people *people, struct respond_decision_task_completed_input *input);

/* ---- requests.c: what clients ask about executions */

struct ask *request_about_run(struct people *people);
struct ask *request_look(struct people *people);
/* Lists and counts of executions and tasks. */
struct ask *request_list(struct people *people);
bool request_has_pages(const struct request *request);
/* The next page of what this request asked for. */
struct ask *request_next_page(struct people *people, const struct request *before,
                              struct bytes token);

/* ---- registrations.c: about domains, types and resource tags */

struct ask *request_registration(struct people *people);
struct ask *request_names(struct people *people);
struct ask *request_tags(struct people *people, uint64_t account);

#endif

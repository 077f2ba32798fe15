/*
 * deeds - every operation once, with a request that succeeds in a domain prepared for it, and the
 * condition keys that the developer guide says it has ("Using IAM to manage access", API summary).
 *
 * Written down from the documentation, by hand: what the server fills in is not asked.
 */
#ifndef TEST_ACCESS_DEEDS_H
#define TEST_ACCESS_DEEDS_H

#include "conditions.h"
#include "model/operation.h"
#include "stage.h"

#define DEED_KEYS_MAX 10

struct deed {
    const char *request;
    const char *resource; /* the ARN that it is about: "<arn>", or that of all domains */
    struct condition_key keys[DEED_KEYS_MAX];
    bool has_no_domain; /* none exists that could have tags */
    bool is_task_call;  /* its domain is found by a token */
};

extern const struct deed deeds[OPERATION_COUNT];

/* Makes, as `admin`, a domain of this name with a tag environment=production, in which `operation`
 * can be done: types, workflows in every state, tasks that wait and tasks that are handed out.
 * Binds <domain>, <arn>, <decision>, <activity> and what else the requests name. */
void deed_prepare(struct stage *stage, const struct credentials *admin, enum operation operation,
                  const char *domain);

/* All that `admin` sees of that domain and its account, as one text. */
void deed_look(struct stage *stage, const struct credentials *admin, struct text *out);

#endif

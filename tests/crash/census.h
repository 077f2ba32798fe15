/*
 * census - all the runs of a domain, by the lists, and what is true of all of them together.
 *
 * To be taken while no client is at work. Lists and counts must say the same as the histories; each
 * history must be one (history/check.h), be what Describe says, and agree with those of the other
 * runs (tests/scenario/agreement.h).
 */
#ifndef TESTS_CRASH_CENSUS_H
#define TESTS_CRASH_CENSUS_H

#include "caller.h"
#include "history/check.h"
#include "scenario/agreement.h"

/* A run as a list has it. */
struct census_row {
    struct bytes workflow_id, run_id;
    bool is_open;
    enum close_status close_status;
    struct instant started, closed;
};

struct census {
    struct bytes domain;
    struct arena arena;
    struct census_row *rows; /* the closed ones in the order of their start, then the open ones */
    size_t count, open_count, room;
    struct told_run *told; /* of the rows; census_read */
    char problem[1024];    /* empty: none */
};

void census_init(struct census *census, struct bytes domain);
void census_deinit(struct census *census);

/* Lets the server make as many turns as it takes until nothing is under way between workflows, in
 * chains of up to that many messages. */
void census_let_settle(struct caller *caller, struct bytes domain, unsigned turns);

/* Reads the lists, and holds the counts against them; true unless something is wrong. Earlier rows
 * are forgotten. */
must_use bool census_list(struct census *census, struct caller *caller);
/* And all histories. */
must_use bool census_read(struct census *census, struct caller *caller);

/* What is otherwise in a list than in the history; NULL: nothing. */
const char *census_row_differs(const struct census_row *row, const struct history_sum *sum);

/* What all histories tell, without times, run ids, numbers of events, and what becomes of decision
 * tasks and functions: what is left is the same however often the server died. Between two
 * decisions what came is in alphabetical order. */
void census_tell(const struct census *census, struct text *out);

#endif

#include "judged.h"

#define PROBLEM_BYTES_MAX ((size_t)256 << 10)

const char *judged_history(const struct event *events, size_t count,
                           const struct workflow_execution_detail *detail, struct history_sum *sum,
                           struct arena *arena)
{
    const struct history history = history_whole(events, count);
    const char *wrong = NULL;
    struct text problem;

    text_init(&problem, PROBLEM_BYTES_MAX);
    if (!history_check(&history, sum, arena, &problem) ||
        !history_sum_agrees(sum, detail, &problem)) {
        text_append_char(&problem, '\0');
        wrong = arena_copy(arena, text_bytes(&problem)).ptr;
    }
    text_deinit(&problem);
    return wrong;
}

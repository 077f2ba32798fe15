/*
 * When a script is over: every history is read once more, must be one, and must say what the living
 * state says.
 */
#include "player.h"

#include "agreement.h"
#include "fold.h"
#include "history/check.h"
#include "reply.h"
#include "wire/decode.h"

#define TEXT_BYTES_MAX ((size_t)64 << 20)

static struct ask *ask_for_history(struct player *player, const struct known_run *run,
                                   struct bytes page)
{
    struct bytes members = arena_printf(
        &player->arena,
        "\"domain\":\"%.*s\",\"execution\":{\"workflowId\":\"%.*s\",\"runId\":\"%.*s\"}%s%.*s%s",
        BYTES_FMT(run->domain), BYTES_FMT(run->workflow_id), BYTES_FMT(run->run_id),
        page.len ? ",\"nextPageToken\":\"" : "", BYTES_FMT(page), page.len ? "\"" : "");

    return player_call(player, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, members);
}

static void keep_events(struct player *player, struct json_value root)
{
    struct json_value events, item;
    struct json_cursor cursor;
    struct seen_event event;

    if (!reply_find(root, BYTES("events"), &events))
        return;
    cursor = json_walk(events);
    while (json_next_item(&cursor, &item) && reply_event(item, &event))
        reply_render_event(&player->out->events, &event, WORLD_BEGINNING.ms);
}

/* Describe must count what the folded history counts. */
static void check_description(struct player *player, const struct known_run *run,
                              const struct execution *folded)
{
    struct workflow_execution_open_counts counts = execution_open_counts(folded);
    struct bytes members = arena_printf(
        &player->arena,
        "\"domain\":\"%.*s\",\"execution\":{\"workflowId\":\"%.*s\",\"runId\":\"%.*s\"}",
        BYTES_FMT(run->domain), BYTES_FMT(run->workflow_id), BYTES_FMT(run->run_id));
    struct ask *ask = player_call(player, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, members);
    struct workflow_execution_detail detail;

    if (!ask->ok || !decode_shape(player->json, &shape_workflow_execution_detail,
                                  text_bytes(&ask->reply), &player->arena, &detail))
        player_fail(player, "%.*s: describing it fails", BYTES_FMT(run->workflow_id));
    else if (detail.open_counts->open_child_workflow_executions !=
                 counts.open_child_workflow_executions ||
             detail.open_counts->open_activity_tasks != counts.open_activity_tasks ||
             detail.open_counts->open_decision_tasks != counts.open_decision_tasks ||
             detail.open_counts->open_timers != counts.open_timers ||
             detail.open_counts->open_lambda_functions != counts.open_lambda_functions)
        player_fail(player, "%.*s: openCounts are not what the history says",
                    BYTES_FMT(run->workflow_id));
    else if ((detail.execution_info->execution_status == EXECUTION_STATUS_OPEN) !=
                 folded->is_open ||
             detail.execution_info->close_status != folded->close_status ||
             detail.execution_info->close_timestamp.ms != folded->closed_at.ms ||
             detail.execution_info->cancel_requested !=
                 (folded->is_open && folded->cancel_requested))
        player_fail(player, "%.*s: its status is not what the history says",
                    BYTES_FMT(run->workflow_id));
    else if (detail.latest_activity_task_timestamp.ms != folded->latest_activity_at.ms)
        player_fail(player, "%.*s: latestActivityTaskTimestamp is not what the history says",
                    BYTES_FMT(run->workflow_id));
}

/* Does the list of that workflow's runs show this one, not merely as somebody's parent? */
static bool is_listed(struct player *player, const struct known_run *run, bool open)
{
    struct bytes members = arena_printf(
        &player->arena,
        "\"domain\":\"%.*s\",\"executionFilter\":{\"workflowId\":\"%.*s\"},"
        "\"startTimeFilter\":{\"oldestDate\":0}",
        BYTES_FMT(run->domain), BYTES_FMT(run->workflow_id));
    struct ask *ask = player_call(player,
                                  open ? OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS
                                       : OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                                  members);
    struct bytes shown = arena_printf(&player->arena, "\"execution\":{\"runId\":\"%.*s\"",
                                      BYTES_FMT(run->run_id));

    return ask->ok && memmem(ask->reply.ptr, ask->reply.len, shown.ptr, shown.len);
}

/* A run is in the one list in which it ought to be. Throttles would stop such questions, too. */
static void check_lists(struct player *player, const struct known_run *run, bool is_open)
{
    if (!player->session->backend->has_service || player->session->options.throttles)
        return;
    if (is_listed(player, run, true) != is_open || is_listed(player, run, false) == is_open)
        player_fail(player, "%.*s: is not in the list in which it ought to be",
                    BYTES_FMT(run->workflow_id));
}

static void check_living(struct player *player, const struct known_run *run,
                         struct execution *folded)
{
    const struct backend *backend = player->session->backend;
    const struct execution *living = backend->peek ? backend->peek(player->session, run->run_id)
                                                   : NULL;
    struct text difference;

    if (living == NULL)
        return;
    text_init(&difference, TEXT_BYTES_MAX);
    if (!fold_agrees(folded, living, &difference))
        player_fail(player, "%.*s: its living state is not what the history says:\n%.*s",
                    BYTES_FMT(run->workflow_id), BYTES_FMT(text_bytes(&difference)));
    text_deinit(&difference);
}

static bool obeys_rules(const struct event *events, size_t count, struct text *problem)
{
    struct history history = history_whole(events, count);
    struct history_sum sum;
    struct arena scratch;
    bool obeys;

    arena_init(&scratch, "history check", HISTORY_CHECK_BYTES(count));
    obeys = history_check(&history, &sum, &scratch, problem);
    arena_deinit(&scratch);
    return obeys;
}

static void check_events(struct player *player, const struct known_run *run,
                         const struct event *events, size_t count)
{
    struct text problem;
    struct execution *folded;

    text_init(&problem, TEXT_BYTES_MAX);
    if (!obeys_rules(events, count, &problem)) {
        player_fail(player, "%.*s: %.*s", BYTES_FMT(run->workflow_id),
                    BYTES_FMT(text_bytes(&problem)));
    } else {
        folded = fold_events(events, count);
        check_description(player, run, folded);
        check_lists(player, run, folded->is_open);
        check_living(player, run, folded);
        execution_free(folded);
    }
    text_deinit(&problem);
}

/* Reads one page; false when it was the last. */
static bool read_page(struct player *player, const struct known_run *run, struct bytes *page,
                      struct ask **out)
{
    struct ask *ask = ask_for_history(player, run, *page);
    struct json_value root, next;

    *out = ask;
    if (!json_parse(player->json, text_bytes(&ask->reply), &root))
        return false;
    text_append(&player->out->histories, text_bytes(&ask->reply));
    text_append_char(&player->out->histories, '\n');
    keep_events(player, root);
    if (!reply_find(root, BYTES("nextPageToken"), &next))
        return false;
    *page = arena_copy(&player->arena, json_string(next));
    return true;
}

/* Reads a run, checks it, and adds it to those that were told whole; false when it is none of
 * them. */
static bool read_run(struct player *player, const struct known_run *run, struct told_run *told)
{
    struct bytes page = BYTES_ABSENT;
    struct ask *ask;
    struct event *events;
    size_t count;
    bool one_page;

    text_printf(&player->out->events, "%.*s\n", BYTES_FMT(run->workflow_id));
    one_page = !read_page(player, run, &page, &ask);
    if (!one_page) {
        while (read_page(player, run, &page, &ask))
            continue;
        return false; /* too long for the checks, which take a whole history at once */
    }
    if (!ask->ok)
        return false; /* its retention is over */
    if (!decode_history(player->json, text_bytes(&ask->reply), &player->arena, &events, &count)) {
        player_fail(player, "%.*s: its history cannot be read", BYTES_FMT(run->workflow_id));
        return false;
    }
    check_events(player, run, events, count);
    *told = (struct told_run){ run->domain, run->workflow_id, run->run_id, events, count };
    return true;
}

static size_t count_runs(const struct player *player)
{
    size_t count = 0;

    for (const struct known_run *run = player->runs; run; run = run->next)
        count++;
    return count;
}

static void check_agreement(struct player *player, const struct told_run *told, size_t count,
                            bool complete)
{
    struct text problem;

    text_init(&problem, TEXT_BYTES_MAX);
    if (!histories_agree(told, count, complete, &problem))
        player_fail(player, "%.*s", BYTES_FMT(text_bytes(&problem)));
    text_deinit(&problem);
}

/* Every domain that a run is known of, and the usual one. */
static void find_all_runs(struct player *player)
{
    census(player, BYTES("d"));
    for (const struct known_run *run = player->runs; run; run = run->next) {
        const struct known_run *before = player->runs;

        while (before != run && !bytes_equal(before->domain, run->domain))
            before = before->next;
        if (before == run && !bytes_equal(run->domain, BYTES("d")))
            census(player, run->domain);
    }
}

void aftermath(struct player *player)
{
    struct told_run *told;
    size_t count = 0, all;

    if (player->session->held)
        player_release(player);
    find_all_runs(player);
    all = count_runs(player);
    told = arena_array(&player->arena, struct told_run, all);
    for (const struct known_run *run = player->runs; run; run = run->next)
        count += read_run(player, run, &told[count]);
    if (!player->failed)
        check_agreement(player, told, count, count == all);
}

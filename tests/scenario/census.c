/*
 * A script starts only some of the runs there are: others start their children, or go on in new
 * ones.
 */
#include "player.h"

#include "reply.h"

static bool is_known(const struct player *player, struct bytes run_id)
{
    const struct known_run *run = player->runs;

    while (run && !bytes_equal(run->run_id, run_id))
        run = run->next;
    return run != NULL;
}

static void note(struct player *player, struct bytes domain, struct json_value info)
{
    struct json_value execution, workflow_id, run_id;

    if (!reply_find(info, BYTES("execution"), &execution) ||
        !reply_find(execution, BYTES("workflowId"), &workflow_id) ||
        !reply_find(execution, BYTES("runId"), &run_id) || is_known(player, json_string(run_id)))
        return;
    player_note_run(player, &(struct known_run){
                                .domain = domain,
                                .workflow_id = arena_copy(&player->arena, json_string(workflow_id)),
                                .run_id = arena_copy(&player->arena, json_string(run_id)),
                                .found = true,
                            });
}

/* Notes what one list has, oldest first. */
static void read_list(struct player *player, enum operation operation, struct bytes domain)
{
    struct bytes members = arena_printf(
        &player->arena,
        "\"domain\":\"%.*s\",\"startTimeFilter\":{\"oldestDate\":0},\"reverseOrder\":true",
        BYTES_FMT(domain));
    const struct ask *ask = player_call(player, operation, members);
    struct json_value root, infos, info;
    struct json_cursor cursor;

    if (!ask->ok || !json_parse(player->json, text_bytes(&ask->reply), &root) ||
        !reply_find(root, BYTES("executionInfos"), &infos))
        return; /* there is no such domain */
    cursor = json_walk(infos);
    while (json_next_item(&cursor, &info))
        note(player, domain, info);
}

/* The closed ones first: the open run of a workflow is its newest. */
void census(struct player *player, struct bytes domain)
{
    read_list(player, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, domain);
    read_list(player, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, domain);
}

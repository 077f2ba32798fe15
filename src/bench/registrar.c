#include "bench/registrar.h"

#include "base/memory.h"
#include "bench/task.h"
#include "client/client.h"

#define CALL_BYTES_MAX ((size_t)64 << 20)
#define PAGE_TOKEN_BYTES_MAX 4096
#define NOTHING BYTES("weir-bench") /* stands for the credentials that were not given */

struct registrar {
    const struct run_control *control;
    struct client *client;
    struct json_reader *json;
    struct arena arena;
};

struct registrar *registrar_new(const struct run_control *control, const char *endpoint,
                                const char *ca_file)
{
    struct registrar *registrar = memory_new(sizeof *registrar);
    bool is_signed = control->identity.access_key_id[0] != '\0';

    registrar->control = control;
    registrar->client = client_new(&(struct client_config){
        .endpoint = endpoint,
        .ca_file = ca_file[0] ? ca_file : NULL,
        .region = control->identity.region,
        .access_key_id = is_signed ? control->identity.access_key_id : NOTHING.ptr,
        .secret_access_key = is_signed ? control->identity.secret_access_key : NOTHING.ptr,
        .session_token = control->identity.session_token,
    });
    registrar->json = json_reader_new();
    arena_init(&registrar->arena, "registrar call", CALL_BYTES_MAX);
    return registrar;
}

void registrar_free(struct registrar *registrar)
{
    client_free(registrar->client);
    json_reader_free(registrar->json);
    arena_deinit(&registrar->arena);
    memory_free(registrar);
}

static bool call(struct registrar *registrar, enum operation operation, const void *input,
                 struct reply *reply, struct text *problem)
{
    struct request request = { operation, { .input = input } };

    arena_reset(&registrar->arena);
    *reply = (struct reply){ 0 };
    if (client_call(registrar->client, &request, &registrar->arena, reply)) {
        text_printf(problem, "no answer from %s: %s", registrar->control->endpoint.host,
                    client_problem(registrar->client));
        return false;
    }
    if (bytes_is_absent(reply->fault))
        return true;
    text_printf(problem, "%s: %.*s: %.*s", operation_names[operation], BYTES_FMT(reply->fault),
                BYTES_FMT(reply->message));
    return false;
}

/* ---- before ---- */

static bool register_one(struct registrar *registrar, enum operation operation, const void *input,
                         struct text *problem)
{
    struct reply reply;

    if (call(registrar, operation, input, &reply, problem))
        return true;
    if (!bytes_equal_cstr(reply.fault, "DomainAlreadyExistsFault") &&
        !bytes_equal_cstr(reply.fault, "TypeAlreadyExistsFault"))
        return false;
    text_reset(problem);
    return true;
}

bool registrar_register(struct registrar *registrar, struct text *problem)
{
    struct bytes domain_name = bytes_of_cstr(registrar->control->domain);
    struct register_domain_input domain = {
        .name = domain_name,
        .description = BYTES("made by weir bench"),
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    struct register_workflow_type_input workflow = {
        .domain = domain_name,
        .name = BYTES("bench"),
        .version = BYTES("1"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
        .default_execution_start_to_close_timeout = BYTES("7200"),
        .default_task_start_to_close_timeout = BYTES("600"),
    };
    struct register_activity_type_input activity = {
        .domain = domain_name,
        .name = BYTES("bench-step"),
        .version = BYTES("1"),
        .default_task_schedule_to_start_timeout = BYTES("600"),
        .default_task_start_to_close_timeout = BYTES("600"),
        .default_task_schedule_to_close_timeout = BYTES("1200"),
        .default_task_heartbeat_timeout = BYTES("NONE"),
    };

    return register_one(registrar, OPERATION_REGISTER_DOMAIN, &domain, problem) &&
           register_one(registrar, OPERATION_REGISTER_WORKFLOW_TYPE, &workflow, problem) &&
           register_one(registrar, OPERATION_REGISTER_ACTIVITY_TYPE, &activity, problem);
}

/* ---- after ---- */

static const char *check_history(const struct plan *plan, const struct task_news *news)
{
    struct news whole = { 0, news->next_id - 1, news->items, news->count };

    return job_check_history(plan, &whole);
}

/* Adds the page of a history to which `token` leads, the first where it is empty, and puts that of
 * the next one in its place. False after a line in `problem`. */
static bool read_page(struct registrar *registrar, const struct driver_job *job, struct text *token,
                      struct task_news *news, struct text *problem)
{
    struct workflow_execution names = { bytes_of_cstr(job->workflow_id),
                                        bytes_of_cstr(job->run_id) };
    struct get_workflow_execution_history_input input = {
        .domain = bytes_of_cstr(registrar->control->domain),
        .execution = &names,
        .next_page_token = token->len ? text_bytes(token) : BYTES_ABSENT,
    };
    struct bytes next_page_token;
    struct reply reply;

    if (!call(registrar, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, &input, &reply, problem))
        return false;
    const char *wrong = task_read_history(registrar->json, reply.body, &next_page_token, news);
    if (wrong)
        text_printf(problem, "%s: %s", job->workflow_id, wrong);
    text_reset(token);
    if (next_page_token.len)
        text_append(token, next_page_token);
    return wrong == NULL;
}

bool registrar_check(struct registrar *registrar, const struct driver_job *job,
                     struct text *problem)
{
    struct task_news news = { 0 };
    struct text token;
    bool well;

    text_init(&token, PAGE_TOKEN_BYTES_MAX);
    do
        well = read_page(registrar, job, &token, &news, problem);
    while (well && token.len > 0);
    const char *wrong = well ? check_history(&registrar->control->plan, &news) : NULL;
    if (wrong)
        text_printf(problem, "%s: %s", job->workflow_id, wrong);
    text_deinit(&token);
    task_news_deinit(&news);
    return well && wrong == NULL;
}

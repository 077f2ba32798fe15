#include "bench/job.h"

#include "base/ensure.h"
#include "base/memory.h"
#include <string.h>

void job_init(struct job *job, const struct plan *plan)
{
    *job = (struct job){ .plan = plan };
    if (plan->steps)
        job->steps = memory_new(plan->steps);
}

void job_deinit(struct job *job)
{
    memory_free(job->steps);
}

void job_begin(struct job *job, uint64_t serial)
{
    struct job fresh = { .plan = job->plan, .serial = serial, .steps = job->steps };

    if (job->plan->steps)
        memset(job->steps, STEP_WAITING, job->plan->steps);
    *job = fresh;
}

static const char *finish_step(struct job *job, uint32_t step)
{
    enum step_state wanted = plan_has_work(job->plan) ? STEP_WORKED : STEP_BEGUN;

    if (step >= job->plan->steps)
        return "a step is done that there is not";
    if (job->steps[step] == STEP_DONE)
        return "a step is done twice";
    if (job->steps[step] != wanted)
        return "a step is done that nobody worked on";
    if (plan_is_sequential(job->plan) && step != job->steps_done)
        return "steps are done out of order";
    job->steps[step] = STEP_DONE;
    job->steps_done++;
    return NULL;
}

static const char *take_signal(struct job *job, uint32_t number)
{
    if (number >= job->signals_sent)
        return "a signal is there that was not sent";
    if (number != job->signals_seen)
        return "a signal is lost, there twice or out of order";
    job->signals_seen++;
    return NULL;
}

static const char *take(struct job *job, const struct news_item *item)
{
    if (job->is_over)
        return "something happens after the end";
    switch (item->what) {
    case HAPPENED_STEP_DONE:
        return finish_step(job, item->number);
    case HAPPENED_SIGNAL:
        return take_signal(job, item->number);
    case HAPPENED_END:
        job->is_over = true;
        return NULL;
    case HAPPENED_UNWANTED:
        break;
    }
    return "an event is there that no good run has";
}

const char *job_take_news(struct job *job, const struct news *news)
{
    if (job->is_completed || job->is_over)
        return "a decision task comes after the end";
    if (news->previous_started_id != job->last_started_id)
        return "a decision task does not follow the last one";
    job->last_started_id = news->started_id;
    job->decisions++;
    for (size_t i = 0; i < news->count; i++) {
        const char *problem = take(job, &news->items[i]);
        if (problem)
            return problem;
    }
    return NULL;
}

/* Checks a history by handing it to a job as the news of one long decision task. */
const char *job_check_history(const struct plan *plan, const struct news *whole)
{
    struct job job;
    const char *problem;

    job_init(&job, plan);
    job_begin(&job, 1);
    for (uint32_t i = 0; i < plan->steps; i++)
        job.steps[i] = plan_has_work(plan) ? STEP_WORKED : STEP_BEGUN;
    job.signals_sent = plan->signals;
    problem = job_take_news(&job, whole);
    if (!problem && (job.steps_done != plan->steps || job.signals_seen != plan->signals))
        problem = "its history lacks a step or a signal";
    if (!problem && !job.is_over)
        problem = "its history has no end";
    job_deinit(&job);
    return problem;
}

/* How many steps may be under way at once. */
static uint32_t steps_at_once(const struct job *job)
{
    return plan_is_sequential(job->plan) ? 1 : job->plan->steps;
}

static void begin_steps(struct job *job, struct move *move)
{
    uint32_t limit = job->steps_done + steps_at_once(job);

    if (limit > job->plan->steps)
        limit = job->plan->steps;
    move->first = job->steps_begun;
    while (job->steps_begun < limit)
        job->steps[job->steps_begun++] = STEP_BEGUN;
    move->count = job->steps_begun - move->first;
}

struct move job_decide(struct job *job)
{
    struct move move = { 0 };

    ensure(!job->is_completed);
    begin_steps(job, &move);
    move.completes = job->plan->kind != PLAN_IDLE && job->steps_done == job->plan->steps &&
                     job->signals_seen == job->plan->signals;
    job->is_completed = move.completes;
    return move;
}

const char *job_take_work(struct job *job, uint32_t step)
{
    if (step >= job->plan->steps || job->steps[step] == STEP_WAITING)
        return "a task is there that nobody asked for";
    if (job->steps[step] != STEP_BEGUN)
        return "a task is there twice";
    job->steps[step] = STEP_WORKED;
    return NULL;
}

uint32_t job_send_signal(struct job *job)
{
    ensure(job->signals_sent < job->plan->signals);
    return job->signals_sent++;
}

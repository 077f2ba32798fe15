#include "options.h"

#include <stddef.h>

static const struct {
    const char *name;
    size_t offset;
} limit_names[] = {
    { "domains", offsetof(struct limits, domains) },
    { "workflowTypes", offsetof(struct limits, workflow_types) },
    { "activityTypes", offsetof(struct limits, activity_types) },
    { "openExecutions", offsetof(struct limits, open_executions) },
    { "openActivities", offsetof(struct limits, open_activities) },
    { "openTimers", offsetof(struct limits, open_timers) },
    { "openChildren", offsetof(struct limits, open_children) },
    { "openLambdas", offsetof(struct limits, open_lambdas) },
    { "historyEvents", offsetof(struct limits, history_events) },
    { "pollersPerList", offsetof(struct limits, pollers_per_list) },
    { "pollSeconds", offsetof(struct limits, poll_seconds) },
    { "tagsPerDomain", offsetof(struct limits, tags_per_domain) },
    { "countResults", offsetof(struct limits, count_results) },
    { "pageTokenSeconds", offsetof(struct limits, page_token_seconds) },
    { "executionSeconds", offsetof(struct limits, execution_seconds) },
    { "retentionDays", offsetof(struct limits, retention_days) },
};

bool options_own(const struct instruction *instruction)
{
    const struct word *verb = &instruction->line.words[0];

    return word_is(verb, "not") || word_is(verb, "only") || word_is(verb, "option");
}

static const char *read_limit(const struct word *word, struct limits *limits)
{
    unsigned long long number;
    uint32_t value;

    if (!bytes_parse_u64(word->value, &number) || number > UINT32_MAX)
        return "a limit must be a number";
    value = (uint32_t)number;
    for (size_t i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++) {
        if (!bytes_equal_cstr(word->key, limit_names[i].name))
            continue;
        memcpy((char *)limits + limit_names[i].offset, &value, sizeof(value));
        return NULL;
    }
    return "no such option";
}

static bool *find_switch(struct bytes name, struct options *options)
{
    if (bytes_equal_cstr(name, "emptyPollToken"))
        return &options->empty_poll_token;
    if (bytes_equal_cstr(name, "throttles"))
        return &options->throttles;
    return bytes_equal_cstr(name, "lambda") ? &options->lambda : NULL;
}

static const char *read_option(const struct word *word, struct options *out)
{
    bool *found = find_switch(word->key, out);

    if (found == NULL)
        return read_limit(word, &out->limits);
    *found = bytes_equal_cstr(word->value, "true");
    return NULL;
}

const char *options_read(const struct script *script, struct options *out)
{
    const char *problem = NULL;

    *out = (struct options){ .limits = LIMITS_DOCUMENTED };
    for (size_t i = 0; i < script->instruction_count; i++) {
        const struct line *line = &script->instructions[i].line;

        for (size_t j = 1; word_is(&line->words[0], "option") && j < line->count && !problem; j++)
            problem = read_option(&line->words[j], out);
    }
    return problem;
}

static bool names(const struct line *line, const char *backend)
{
    for (size_t i = 1; i < line->count; i++) {
        if (word_is(&line->words[i], backend))
            return true;
    }
    return false;
}

bool options_allow(const struct script *script, const char *backend)
{
    for (size_t i = 0; i < script->instruction_count; i++) {
        const struct line *line = &script->instructions[i].line;

        if (word_is(&line->words[0], "not") && names(line, backend))
            return false;
        if (word_is(&line->words[0], "only") && !names(line, backend))
            return false;
    }
    return true;
}

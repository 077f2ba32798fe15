#include "bench/report.h"

static const struct {
    const char *name, *key;
    double share;
} quantiles[] = {
    { "p50", "p50", 0.5 },       { "p95", "p95", 0.95 }, { "p99", "p99", 0.99 },
    { "p99.9", "p99_9", 0.999 }, { "max", "max", 1.0 },
};
#define QUANTILE_COUNT (sizeof quantiles / sizeof quantiles[0])

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

static double per(double amount, double by)
{
    return by > 0 ? amount / by : 0;
}

/* What the server has done between the two looks at it. */
static struct server_figures spent(const struct run_result *result)
{
    return (struct server_figures){
        .cpu_s = result->after.cpu_s - result->before.cpu_s,
        .calls = result->after.calls - result->before.calls,
        .commits = result->after.commits - result->before.commits,
        .written_bytes = result->after.written_bytes - result->before.written_bytes,
        .device_bytes = result->after.device_bytes - result->before.device_bytes,
    };
}

/* ---- the table ---- */

static void add_row(struct text *out, const char *name, const struct histogram *histogram)
{
    text_printf(out, "%-32s %10llu", name, (unsigned long long)histogram->count);
    for (size_t i = 0; i < QUANTILE_COUNT; i++)
        text_printf(out, " %9.3f", ms(histogram_quantile(histogram, quantiles[i].share)));
    text_append_char(out, '\n');
}

static void add_rows(struct text *out, const struct tally *tally)
{
    text_printf(out, "%-32s %10s", "milliseconds", "calls");
    for (size_t i = 0; i < QUANTILE_COUNT; i++)
        text_printf(out, " %9s", quantiles[i].name);
    text_append_char(out, '\n');
    for (int i = 0; i < OPERATION_COUNT; i++)
        if (tally->calls[i])
            add_row(out, operation_names[i], tally->calls[i]);
    if (tally->steps.count)
        add_row(out, "until the next task", &tally->steps);
    text_append_char(out, '\n');
}

static void add_server(struct text *out, const struct run_result *result)
{
    struct server_figures server = spent(result);

    if (!result->has_server) {
        text_append_cstr(out, "server              no figures: it has no /metrics here\n");
        return;
    }
    text_printf(
        out,
        "server              %.1f us of CPU a call, %.0f bytes written a call, %.1f calls a commit\n",
        per(server.cpu_s * 1e6, server.calls), per(server.written_bytes, server.calls),
        per(server.calls, server.commits));
    text_printf(out, "                    %.1f MB resident, %.0f open executions\n",
                result->after.resident_bytes / 1e6, result->after.open_executions);
}

void report_table(const struct run_config *config, const struct run_result *result,
                  struct text *out)
{
    const struct tally *tally = &result->tally;

    add_rows(out, tally);
    text_printf(out, "calls/s             %.0f\n",
                per((double)tally->call_count, result->elapsed_s));
    text_printf(out, "workflows/s         %.1f\n", per((double)tally->jobs, result->elapsed_s));
    add_server(out, result);
    text_printf(out, "this program        %.1f us of CPU a call, %u threads\n",
                per(result->own_cpu_s * 1e6, (double)tally->call_count), config->threads);
    text_printf(
        out, "                    %llu workflows in %.1f s, %llu empty polls, %u histories read\n",
        (unsigned long long)tally->jobs, result->elapsed_s, (unsigned long long)tally->empty_polls,
        result->checked);
}

/* ---- JSON ---- */

static void add_number(struct text *out, const char *name, double value)
{
    text_printf(out, ",\"%s\":%.6g", name, value);
}

static void add_histogram(struct text *out, const char *name, const struct histogram *histogram)
{
    text_printf(out, "\"%s\":{\"count\":%llu,\"mean\":%.3f", name,
                (unsigned long long)histogram->count,
                per(ms(histogram->sum), (double)histogram->count));
    for (size_t i = 0; i < QUANTILE_COUNT; i++)
        text_printf(out, ",\"%s\":%.3f", quantiles[i].key,
                    ms(histogram_quantile(histogram, quantiles[i].share)));
    text_append_char(out, '}');
}

static void add_latencies(struct text *out, const struct tally *tally)
{
    const char *separator = "";

    text_append_cstr(out, ",\"latency_ms\":{");
    for (int i = 0; i < OPERATION_COUNT; i++) {
        if (tally->calls[i] == NULL)
            continue;
        text_append_cstr(out, separator);
        add_histogram(out, operation_names[i], tally->calls[i]);
        separator = ",";
    }
    text_append_cstr(out, "},");
    add_histogram(out, "until_next_task_ms", &tally->steps);
}

/* "[[most,count],...]" in microseconds. Whole histograms, so that those of several runs can be
 * added up. */
static void add_slots(struct text *out, const char *name, const struct histogram *histogram)
{
    const char *separator = "";

    text_printf(out, "\"%s\":[", name);
    for (uint32_t i = 0; i < HISTOGRAM_SLOTS; i++) {
        uint64_t most = histogram_greatest_of(i);
        if (histogram->slots[i] == 0)
            continue;
        text_printf(out, "%s[%llu,%u]", separator,
                    (unsigned long long)(most < histogram->max ? most : histogram->max),
                    histogram->slots[i]);
        separator = ",";
    }
    text_append_char(out, ']');
}

static void add_slice(struct text *out, const struct tally *slice)
{
    const char *separator = "";

    text_printf(out, "{\"calls\":%llu,\"workflows\":%llu,\"latency_us\":{",
                (unsigned long long)slice->call_count, (unsigned long long)slice->jobs);
    for (int i = 0; i < OPERATION_COUNT; i++) {
        if (slice->calls[i] == NULL)
            continue;
        text_append_cstr(out, separator);
        add_slots(out, operation_names[i], slice->calls[i]);
        separator = ",";
    }
    text_append_cstr(out, "},");
    add_slots(out, "until_next_task_us", &slice->steps);
    text_append_char(out, '}');
}

static void add_slices(struct text *out, const struct run_config *config,
                       const struct run_result *result)
{
    text_printf(out, ",\"began_ms\":%lld", (long long)result->began.ms);
    if (result->slice_count == 0)
        return;
    text_printf(out, ",\"slice_s\":%u,\"slices\":[", config->slice_s);
    for (uint32_t i = 0; i < result->slice_count; i++) {
        if (i)
            text_append_char(out, ',');
        add_slice(out, &result->slices[i]);
    }
    text_append_char(out, ']');
}

static void add_server_json(struct text *out, const struct run_result *result)
{
    struct server_figures server = spent(result);

    if (!result->has_server) {
        text_append_cstr(out, ",\"server\":null");
        return;
    }
    text_printf(out, ",\"server\":{\"calls\":%.0f", server.calls);
    add_number(out, "cpu_us_per_call", per(server.cpu_s * 1e6, server.calls));
    add_number(out, "written_bytes_per_call", per(server.written_bytes, server.calls));
    add_number(out, "device_bytes_per_call", per(server.device_bytes, server.calls));
    add_number(out, "calls_per_commit", per(server.calls, server.commits));
    text_printf(out, ",\"resident_bytes\":%.0f,\"open_executions\":%.0f,\"held_polls\":%.0f}",
                result->after.resident_bytes, result->after.open_executions,
                result->before.held_polls);
}

/* What went wrong, as JSON has it: nothing of it needs more than these two escapes. */
static void add_problem(struct text *out, const char *problem)
{
    if (problem[0] == '\0') {
        text_append_cstr(out, ",\"problem\":null");
        return;
    }
    text_append_cstr(out, ",\"problem\":\"");
    for (; *problem; problem++) {
        unsigned char c = (unsigned char)*problem;
        if (c == '"' || c == '\\')
            text_append_char(out, '\\');
        text_append_char(out, c < 0x20 || c >= 0x7f ? '?' : (char)c);
    }
    text_append_char(out, '"');
}

void report_json(const struct run_config *config, const struct run_result *result, struct text *out)
{
    const struct tally *tally = &result->tally;

    text_printf(out, "{\"workload\":\"%s\"", plan_names[config->plan.kind]);
    text_printf(out, ",\"steps\":%u,\"signals\":%u,\"in_flight\":%u,\"payload\":%u,\"threads\":%u",
                config->plan.steps, config->plan.signals, config->in_flight, config->payload,
                config->threads);
    text_printf(out, ",\"rate\":%llu", (unsigned long long)config->rate);
    text_printf(out, ",\"signed\":%s,\"whole_history\":%s",
                config->access_key_id[0] ? "true" : "false",
                config->whole_history ? "true" : "false");
    add_number(out, "elapsed_s", result->elapsed_s);
    text_printf(out, ",\"workflows\":%llu,\"calls\":%llu,\"empty_polls\":%llu",
                (unsigned long long)tally->jobs, (unsigned long long)tally->call_count,
                (unsigned long long)tally->empty_polls);
    add_number(out, "workflows_per_s", per((double)tally->jobs, result->elapsed_s));
    add_number(out, "calls_per_s", per((double)tally->call_count, result->elapsed_s));
    add_number(out, "own_cpu_us_per_call", per(result->own_cpu_s * 1e6, (double)tally->call_count));
    add_number(out, "sent_bytes_per_call",
               per((double)tally->sent_bytes, (double)tally->call_count));
    add_number(out, "received_bytes_per_call",
               per((double)tally->received_bytes, (double)tally->call_count));
    add_server_json(out, result);
    add_latencies(out, tally);
    add_slices(out, config, result);
    text_printf(out, ",\"histories_read\":%u", result->checked);
    add_problem(out, tally->problem);
    text_append_char(out, '}');
}

#include "bench/scrape.h"

#include "base/text.h"
#include <curl/curl.h>
#include <stddef.h>
#include <stdlib.h>

#define PAGE_BYTES_MAX ((size_t)16 << 20)
#define PATIENCE_S 10L

static const struct {
    const char *name;
    size_t offset;
} wanted[] = {
    { "process_cpu_seconds_total", offsetof(struct server_figures, cpu_s) },
    { "weir_call_seconds_count", offsetof(struct server_figures, calls) },
    { "weir_commits_total", offsetof(struct server_figures, commits) },
    { "weir_store_written_bytes_total", offsetof(struct server_figures, written_bytes) },
    { "process_written_bytes_total", offsetof(struct server_figures, device_bytes) },
    { "process_resident_memory_bytes", offsetof(struct server_figures, resident_bytes) },
    { "weir_held_polls", offsetof(struct server_figures, held_polls) },
    { "weir_open_executions", offsetof(struct server_figures, open_executions) },
};

/* The number at the end of a line of this name: "name 17", "name{label="x"} 17". */
static bool read_line(struct bytes line, struct bytes name, double *out)
{
    size_t space = bytes_find_last(line, ' ');
    char number[64];

    if (!bytes_starts_with(line, name) || line.len <= name.len || space == line.len ||
        (line.ptr[name.len] != ' ' && line.ptr[name.len] != '{'))
        return false;
    struct bytes value = bytes_skip(line, space + 1);
    if (value.len >= sizeof number)
        return false;
    memcpy(number, value.ptr, value.len);
    number[value.len] = '\0';
    *out = strtod(number, NULL);
    return true;
}

bool scrape_sum(struct bytes page, const char *name, double *out)
{
    bool found = false;

    *out = 0;
    while (page.len) {
        const char *end = memchr(page.ptr, '\n', page.len);
        size_t len = end ? (size_t)(end - page.ptr) : page.len;
        double value;

        if (read_line(bytes_of(page.ptr, len), bytes_of_cstr(name), &value)) {
            found = true;
            *out += value;
        }
        page = bytes_skip(page, end ? len + 1 : len);
    }
    return found;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct text *page = context;

    text_append(page, bytes_of(bytes, size * count));
    return page->overflowed ? 0 : size * count;
}

static bool fetch(const char *url, const char *ca_file, struct text *page)
{
    CURL *easy = curl_easy_init();
    long status = 0;

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (ca_file[0])
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, PATIENCE_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, page);
    CURLcode result = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    return result == CURLE_OK && status == 200;
}

bool scrape(const char *url, const char *ca_file, struct server_figures *out)
{
    struct text page;
    double cpu;

    *out = (struct server_figures){ 0 };
    text_init(&page, PAGE_BYTES_MAX);
    bool well = fetch(url, ca_file, &page) && scrape_sum(text_bytes(&page), wanted[0].name, &cpu);
    for (size_t i = 0; well && i < sizeof wanted / sizeof wanted[0]; i++)
        (void)!scrape_sum(text_bytes(&page), wanted[i].name,
                          (double *)(void *)((char *)out + wanted[i].offset));
    text_deinit(&page);
    return well;
}

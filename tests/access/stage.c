#include "stage.h"

#include "base/memory.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- beginning and end ---- */

struct stage *stage_new(const struct people *people, const struct whole_server_options *options)
{
    struct whole_server_options chosen = { .limits = LIMITS_DOCUMENTED };
    struct stage *stage = memory_new(sizeof(*stage));

    if (options)
        chosen = *options;
    chosen.identities = people_make(people);
    whole_server_start(&stage->whole, &chosen);
    talk_open(&stage->talk, stage->whole.port);
    text_init(&stage->scratch, STAGE_TEXT_MAX);
    return stage;
}

void stage_free(struct stage *stage)
{
    talk_close(&stage->talk);
    whole_server_stop(&stage->whole);
    for (int i = 0; i < stage->name_count; i++)
        free(stage->names[i].value);
    text_deinit(&stage->scratch);
    memory_free(stage);
}

int stage_tear_down(void **stage)
{
    stage_free(*stage);
    return 0;
}

void stage_admit(struct stage *stage, const struct people *people)
{
    gate_exchange(&stage->whole.gate, people_make(people));
}

/* ---- time ---- */

struct instant stage_now(const struct stage *stage)
{
    return (struct instant){ atomic_load(&stage->whole.manual.now_ms) };
}

static void take_a_turn(struct stage *stage, const struct credentials *who)
{
    stage_call(stage, who, "DescribeDomain", "{'name':'nobody'}");
    stage_expect_fault(stage, "com.amazonaws.swf.base.model#UnknownResourceFault", "", "a turn");
}

void stage_advance(struct stage *stage, const struct credentials *who, int64_t ms)
{
    manual_world_advance(&stage->whole.manual, ms);
    take_a_turn(stage, who);
}

void stage_settle(struct stage *stage, const struct credentials *who)
{
    for (int i = 0; i < 8; i++)
        take_a_turn(stage, who);
}

/* ---- names ---- */

static struct stage_name *find_name(const struct stage *stage, struct bytes name)
{
    for (int i = 0; i < stage->name_count; i++) {
        if (bytes_equal_cstr(name, stage->names[i].name))
            return (struct stage_name *)&stage->names[i];
    }
    return NULL;
}

void stage_bind(struct stage *stage, const char *name, struct bytes value)
{
    struct stage_name *bound = find_name(stage, bytes_of_cstr(name));

    if (bound == NULL) {
        assert_true(stage->name_count < STAGE_NAMES_MAX && strlen(name) < sizeof(bound->name));
        bound = &stage->names[stage->name_count++];
        snprintf(bound->name, sizeof(bound->name), "%s", name);
    }
    free(bound->value);
    bound->value = strndup(value.ptr, value.len);
}

static const char *value_of(const struct stage *stage, struct bytes name)
{
    const struct stage_name *bound = find_name(stage, name);

    if (bound == NULL)
        fail_msg("<%.*s> stands for nothing yet", BYTES_FMT(name));
    return bound->value;
}

const char *stage_value(const struct stage *stage, const char *name)
{
    return value_of(stage, bytes_of_cstr(name));
}

/* The length of the `<name>` that begins here; 0: none does. */
static size_t name_length(const char *at)
{
    size_t length = 1;

    if (at[0] != '<' || !islower((unsigned char)at[1]))
        return 0;
    while (islower((unsigned char)at[length]) || isdigit((unsigned char)at[length]) ||
           at[length] == '-')
        length++;
    return at[length] == '>' ? length + 1 : 0;
}

void stage_expand(const struct stage *stage, const char *template, struct text *out)
{
    while (*template) {
        size_t length = name_length(template);

        if (length)
            text_append_cstr(out, value_of(stage, bytes_of(template + 1, length - 2)));
        else
            text_append_char(out, *template == '\'' ? '"' : *template);
        template += length ? length : 1;
    }
}

/* ---- calls ---- */

void stage_write(const struct stage *stage, struct letter *letter, const char *operation,
                 const char *template)
{
    struct text body;

    text_init(&body, STAGE_TEXT_MAX);
    stage_expand(stage, template, &body);
    letter_init(letter, stage->whole.port, operation, text_bytes(&body), stage_now(stage));
    text_deinit(&body);
}

void stage_post(const struct letter *letter, struct talk *talk)
{
    struct text whole;

    text_init(&whole, STAGE_TEXT_MAX);
    letter_write(letter, &whole);
    talk_send(talk, text_bytes(&whole));
    text_deinit(&whole);
}

void stage_ask(const struct stage *stage, struct talk *talk, const struct credentials *who,
               const char *operation, const char *template)
{
    struct letter letter;

    stage_write(stage, &letter, operation, template);
    letter_sign(&letter, who);
    stage_post(&letter, talk);
    letter_deinit(&letter);
}

int stage_call(struct stage *stage, const struct credentials *who, const char *operation,
               const char *template)
{
    stage_ask(stage, &stage->talk, who, operation, template);
    talk_receive(&stage->talk);
    return talk_status(&stage->talk);
}

void stage_do(struct stage *stage, const struct credentials *who, const char *operation,
              const char *template)
{
    if (stage_call(stage, who, operation, template) != 200)
        fail_msg("%s %s\nby %s is answered\n%.*s", operation, template, who->key_id,
                 BYTES_FMT(stage->talk.body));
}

struct bytes stage_member(struct bytes reply, const char *member)
{
    char wanted[80];
    const char *value, *end;

    snprintf(wanted, sizeof(wanted), "\"%s\":\"", member);
    value = reply.len ? memmem(reply.ptr, reply.len, wanted, strlen(wanted)) : NULL;
    if (value == NULL)
        return BYTES_ABSENT;
    value += strlen(wanted);
    end = memchr(value, '"', (size_t)(reply.ptr + reply.len - value));
    return bytes_of(value, (size_t)(end - value));
}

void stage_keep(struct stage *stage, const char *name, const char *member)
{
    struct bytes value = stage_member(stage->talk.body, member);

    if (bytes_is_absent(value))
        fail_msg("no %s in %.*s", member, BYTES_FMT(stage->talk.body));
    stage_bind(stage, name, value);
}

void stage_expect_fault(const struct stage *stage, const char *type, const char *message,
                        const char *why)
{
    struct bytes body = stage->talk.body, said = stage_member(body, "message");

    said = bytes_or(bytes_or(said, stage_member(body, "Message")), BYTES(""));
    if (talk_status(&stage->talk) != 400 || !bytes_equal_cstr(stage_member(body, "__type"), type) ||
        !bytes_starts_with(said, bytes_of_cstr(message)))
        fail_msg("%s\nis answered %d %.*s\nand not %s %s", why, talk_status(&stage->talk),
                 BYTES_FMT(body), type, message);
}

#include "probe.h"

#include "wire/json_writer.h"

struct writer {
    const struct probe *probe;
    const char *value;
    struct text *out;
};

static void write_shape(struct writer *writer, const struct shape *shape, int depth);

static bool is_number_text(const struct member *member)
{
    switch ((enum rule)member->rule) {
    case RULE_SECONDS:
    case RULE_DURATION:
    case RULE_DURATION_OR_NONE:
    case RULE_LAMBDA_TIMEOUT:
    case RULE_PRIORITY:
    case RULE_RETENTION_DAYS:
        return true;
    default:
        return false;
    }
}

/* A value that is right; `depth` says how far down the chain its members lie, 0: not at all. */
static void write_value(struct writer *writer, const struct member *member, int depth)
{
    struct text *out = writer->out;

    switch ((enum kind)member->kind) {
    case KIND_STRING:
        text_append_cstr(out, is_number_text(member) ? "\"1\"" : "\"x\"");
        return;
    case KIND_ENUM:
        json_write_string(out, bytes_of_cstr(member->enumeration->names[1]));
        return;
    case KIND_BOOLEAN:
        text_append_cstr(out, "true");
        return;
    case KIND_STRUCT:
        write_shape(writer, member->shape, depth);
        return;
    case KIND_STRING_LIST:
        text_append_cstr(out, "[\"x\"]");
        return;
    case KIND_STRUCT_LIST:
        text_append_char(out, '[');
        write_shape(writer, member->shape, depth);
        text_append_char(out, ']');
        return;
    default:
        text_append_char(out, '1');
    }
}

static void write_member(struct writer *writer, const struct member *member, int depth, bool *first)
{
    const struct probe *probe = writer->probe;
    bool in_chain = depth < probe->depth && probe->chain[depth] == member;
    bool at_end = in_chain && depth == probe->depth - 1;

    if (at_end ? writer->value == NULL : !in_chain && !member->required)
        return;
    if (!*first)
        text_append_char(writer->out, ',');
    *first = false;
    json_write_string(writer->out, bytes_of_cstr(member->name));
    text_append_char(writer->out, ':');
    if (at_end)
        text_append_cstr(writer->out, writer->value);
    else
        write_value(writer, member, in_chain ? depth + 1 : PROBE_DEPTH_MAX);
}

/* A decision of the type whose attributes are asked for; otherwise of one that needs none. */
static void write_decision_type(struct writer *writer, int depth)
{
    const struct member *asked = depth < writer->probe->depth ? writer->probe->chain[depth] : NULL;
    int type = DECISION_COMPLETE_WORKFLOW_EXECUTION;

    for (int i = 1; i <= DECISION_TYPE_COUNT; i++) {
        if (decision_members[i] == asked)
            type = i;
    }
    text_append_cstr(writer->out, "\"decisionType\":");
    json_write_string(writer->out, bytes_of_cstr(decision_type_names[type]));
}

static bool asks_for_decision_type(const struct writer *writer, int depth)
{
    return depth < writer->probe->depth &&
           strcmp(writer->probe->chain[depth]->name, "decisionType") == 0;
}

static void write_shape(struct writer *writer, const struct shape *shape, int depth)
{
    bool first = true;

    text_append_char(writer->out, '{');
    if (shape == &shape_decision && !asks_for_decision_type(writer, depth)) {
        write_decision_type(writer, depth);
        first = false;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];
        if (first || shape != &shape_decision || strcmp(member->name, "decisionType") != 0)
            write_member(writer, member, depth, &first);
    }
    text_append_char(writer->out, '}');
}

void probe_write(const struct probe *probe, const char *value, struct text *out)
{
    struct writer writer = { probe, value, out };

    write_shape(&writer, operation_shapes[probe->operation].input, 0);
}

void probe_path(const struct probe *probe, struct text *out)
{
    for (int i = 0; i < probe->depth; i++) {
        if (i > 0)
            text_append_char(out, '.');
        text_append_cstr(out, probe->chain[i]->name);
        if (probe->chain[i]->kind == KIND_STRUCT_LIST && i + 1 < probe->depth)
            text_append_cstr(out, ".1.member");
    }
}

static void visit_shape(struct probe *probe, const struct shape *shape,
                        void (*visit)(const struct probe *probe, void *context), void *context)
{
    ensure(probe->depth < PROBE_DEPTH_MAX);
    probe->depth++;
    for (size_t i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];
        probe->chain[probe->depth - 1] = member;
        visit(probe, context);
        if (member->shape)
            visit_shape(probe, member->shape, visit, context);
    }
    probe->depth--;
}

void probe_each(enum operation operation, void (*visit)(const struct probe *probe, void *context),
                void *context)
{
    struct probe probe = { .operation = operation };

    visit_shape(&probe, operation_shapes[operation].input, visit, context);
}

/*
 * registry - domains and types: what is registered, and what becomes of it.
 *
 * Like an execution it is a fold, over records: each names a domain or a type and holds its whole
 * new state. The decide functions change nothing; registry_apply does. Names are never removed from
 * a domain but by Delete*Type.
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include "base/arena.h"
#include "base/map.h"
#include "base/tree.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/shapes.h"

enum type_kind { TYPE_WORKFLOW, TYPE_ACTIVITY, TYPE_KIND_COUNT };

/* A registered type. All its text lies in its own memory. */
struct type_record {
    struct tree_node node; /* in its domain, by name and version */
    enum type_kind kind;
    struct bytes name, version;
    union { /* what Describe*Type answers, whole */
        struct workflow_type_detail workflow;
        struct activity_type_detail activity;
    };
    /* What the pointers of the detail point to. */
    struct workflow_type workflow_type;
    struct activity_type activity_type;
    struct workflow_type_info workflow_info;
    struct activity_type_info activity_info;
    struct workflow_type_configuration workflow_defaults;
    struct activity_type_configuration activity_defaults;
    struct task_list default_task_list;
};

struct domain {
    struct tree_node node; /* in the registry, by account and name */
    uint64_t account;
    uint32_t number;           /* from 1; in the keys of everything that the domain holds */
    uint64_t open_executions;  /* kept by the service; no part of the record */
    uint64_t awaited_children; /* likewise: asked for, and not begun yet */
    struct domain_info info;
    struct domain_configuration configuration;
    struct domain_detail detail; /* what is stored: its ARN is of the region of that day */
    struct bytes name;
    struct resource_tag_list tags;
    struct tree types[TYPE_KIND_COUNT];
    void *memory; /* of all its text and tags */
};

/* How much of its quota of open executions is taken. */
static inline uint64_t domain_places_taken(const struct domain *domain)
{
    return domain->open_executions + domain->awaited_children;
}

struct registry {
    struct tree domains;
    struct map by_number;
    uint32_t next_number;
    uint32_t domain_count; /* of all accounts */
};

/* A new state of one record. */
enum registry_record_kind { RECORD_DOMAIN, RECORD_WORKFLOW_TYPE, RECORD_ACTIVITY_TYPE };
struct registry_record {
    enum registry_record_kind kind;
    uint64_t account;
    uint32_t domain_number;
    struct bytes name, version; /* version of types only */
    bool removed;               /* a type that Delete*Type took away; the rest is not set then */
    union {
        const struct domain_detail *domain;
        const struct workflow_type_detail *workflow_type;
        const struct activity_type_detail *activity_type;
    };
    struct resource_tag_list tags; /* of domains */
};
struct registry_records {
    struct registry_record *items;
    size_t count;
    size_t capacity;
};

void registry_init(struct registry *registry);
void registry_deinit(struct registry *registry);

/* Makes the record's state the current one. The record is copied. */
void registry_apply(struct registry *registry, const struct registry_record *record);

/* The domain, or NULL. */
struct domain *registry_find_domain(const struct registry *registry, uint64_t account,
                                    struct bytes name);
struct domain *registry_get_domain(const struct registry *registry, uint32_t number);
/* UnknownResourceFault, with its text for a domain that is not there. */
struct fault registry_unknown_domain(struct arena *arena, struct bytes name);
/* The domain, or that fault. */
struct fault registry_need_domain(const struct registry *registry, uint64_t account,
                                  struct bytes name, struct arena *arena, struct domain **out);

const struct type_record *domain_find_type(const struct domain *domain, enum type_kind kind,
                                           struct bytes name, struct bytes version);
static inline const struct type_record *domain_find_workflow_type(const struct domain *domain,
                                                                  struct bytes name,
                                                                  struct bytes version)
{
    return domain_find_type(domain, TYPE_WORKFLOW, name, version);
}
static inline const struct type_record *domain_find_activity_type(const struct domain *domain,
                                                                  struct bytes name,
                                                                  struct bytes version)
{
    return domain_find_type(domain, TYPE_ACTIVITY, name, version);
}
/* The type, or UnknownResourceFault. */
struct fault domain_need_type(const struct domain *domain, enum type_kind kind, struct bytes name,
                              struct bytes version, struct arena *arena,
                              const struct type_record **out);

bool domain_is_deprecated(const struct domain *domain);
bool type_is_deprecated(const struct type_record *type);
const struct workflow_type_configuration *type_workflow_defaults(const struct type_record *type);
const struct activity_type_configuration *type_activity_defaults(const struct type_record *type);

/* "WorkflowType=[name=N, version=V]" or "ActivityType=[...]": how faults name a type. */
struct bytes type_text(struct arena *arena, enum type_kind kind, struct bytes name,
                       struct bytes version);

/* All that a registry command may look at besides its input. */
struct registry_command {
    const struct registry *registry;
    const struct limits *limits;
    uint64_t account;
    struct bytes region; /* for ARNs */
    struct instant now;
    struct arena *arena; /* of the records and of fault texts */
};

/* Each decides one operation of that name: the records to apply and store, or the fault of the API
 * reference. */
struct fault registry_register_domain(const struct registry_command *command,
                                      const struct register_domain_input *input,
                                      struct registry_records *out);
struct fault registry_deprecate_domain(const struct registry_command *command,
                                       const struct deprecate_domain_input *input,
                                       struct registry_records *out);
struct fault registry_undeprecate_domain(const struct registry_command *command,
                                         const struct undeprecate_domain_input *input,
                                         struct registry_records *out);
struct fault registry_register_workflow_type(const struct registry_command *command,
                                             const struct register_workflow_type_input *input,
                                             struct registry_records *out);
struct fault registry_register_activity_type(const struct registry_command *command,
                                             const struct register_activity_type_input *input,
                                             struct registry_records *out);

/* Deprecate*Type, Undeprecate*Type, Delete*Type: one rule for both kinds. */
struct fault registry_deprecate_type(const struct registry_command *command, struct bytes domain,
                                     enum type_kind kind, struct bytes name, struct bytes version,
                                     struct registry_records *out);
struct fault registry_undeprecate_type(const struct registry_command *command, struct bytes domain,
                                       enum type_kind kind, struct bytes name, struct bytes version,
                                       struct registry_records *out);
struct fault registry_delete_type(const struct registry_command *command, struct bytes domain,
                                  enum type_kind kind, struct bytes name, struct bytes version,
                                  struct registry_records *out);

/* TagResource and UntagResource on a domain that was found. */
struct fault registry_tag_domain(const struct registry_command *command,
                                 const struct domain *domain, struct resource_tag_list tags,
                                 struct registry_records *out);
struct fault registry_untag_domain(const struct registry_command *command,
                                   const struct domain *domain, struct bytes_list keys,
                                   struct registry_records *out);

/* The next domain of the account after `name` (absent: from the end of the walk's beginning), in
 * name order or against it; NULL at the end. */
const struct domain *registry_next_domain(const struct registry *registry, uint64_t account,
                                          struct bytes after, bool reverse);
/* The next type after (name, version) likewise. */
const struct type_record *domain_next_type(const struct domain *domain, enum type_kind kind,
                                           struct bytes after_name, struct bytes after_version,
                                           bool reverse);
/* Its neighbour in the same order; NULL at the end. */
const struct type_record *type_next(const struct type_record *type, bool reverse);

#endif

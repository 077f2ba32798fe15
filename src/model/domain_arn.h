/*
 * domain_arn - how a domain is named in policies and by the tag operations:
 * arn:PARTITION:swf:REGION:ACCOUNT:/domain/NAME (Amazon SWF Developer Guide, "Identity and Access
 * Management").
 */
#ifndef MODEL_DOMAIN_ARN_H
#define MODEL_DOMAIN_ARN_H

#include "base/arena.h"
#include <stdint.h>

struct domain_arn {
    struct bytes region, name; /* borrowed */
    uint64_t account;
};

/* The ARN's text, in the arena. The name "*" makes the ARN of all domains. */
struct bytes domain_arn_print(struct arena *arena, struct bytes region, uint64_t account,
                              struct bytes name);

/* False when the text is not the ARN of a domain. The partition is any of AWS's ("aws", "aws-cn"),
 * and says nothing: two texts may name one domain, so policies are asked about the printed form. */
bool domain_arn_parse(struct bytes text, struct domain_arn *out);

#endif

/*
 * invoker - calls Lambda functions over HTTP: POST
 * {endpoint}/2015-03-31/functions/{name}/invocations.
 *
 * Has one thread. At most `concurrency_max` calls are under way; further invocations wait in the
 * order in which they came, their time running. A call is made at most once, except when it
 * certainly did not run. Proxies of the environment are not used.
 */
#ifndef LAMBDA_INVOKER_H
#define LAMBDA_INVOKER_H

#include "service/lambda.h"

struct invoker;

struct invoker_config {
    const char *endpoint; /* "http://127.0.0.1:9001" or "https://lambda.eu-west-1.amazonaws.com" */
    const char *region;
    const char *access_key_id; /* NULL or "": calls are not signed */
    const char *secret_access_key;
    uint32_t concurrency_max; /* at least 1 */
};

/* Starts it. Copies what it needs of `config`. */
struct invoker *invoker_start(const struct invoker_config *config);

/* Ends the calls under way, gives back without an answer whatever has none, and frees the invoker.
 * No invoke may come during or after it; the owners of the invocations must still be there. */
void invoker_stop(struct invoker *invoker);

/* The invoker as the service sees it; lives as long as the invoker. */
const struct lambda_invoker *invoker_face(const struct invoker *invoker);

#endif

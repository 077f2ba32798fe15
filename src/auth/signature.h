/*
 * signature - is a request signed by whom it says it is?
 *
 * Takes Signature Version 4, in a header or in the query, and the AWS3 of the first clients. The
 * texts of the faults are the real service's, as far as they are known. Any region may be signed
 * for: clients that are given an address of their own choice sign odd ones.
 *
 * The body is always signed: "UNSIGNED-PAYLOAD" is a word of S3's. A key that is unknown takes as
 * long as a signature that is wrong.
 */
#ifndef AUTH_SIGNATURE_H
#define AUTH_SIGNATURE_H

#include "auth/authorization.h"
#include "auth/credential.h"
#include "auth/signed_request.h"
#include "base/instant.h"

struct signature_verifier;

/* Belongs to one thread, and keeps the `keys_max` signing keys that it used last. */
struct signature_verifier *signature_verifier_new(uint32_t keys_max);
void signature_verifier_free(struct signature_verifier *verifier);

/* NO_FAULT and in *who the credential that signed the request. Or, in the order of these checks:
 * FAULT_INVALID_SIGNATURE (signed in two ways), FAULT_MISSING_AUTHENTICATION_TOKEN,
 * FAULT_INCOMPLETE_SIGNATURE (parts, date), FAULT_INVALID_SIGNATURE (too old, too new, Host not
 * signed), FAULT_INCOMPLETE_SIGNATURE (algorithm, credential), FAULT_INVALID_SIGNATURE (scope),
 * FAULT_UNRECOGNIZED_CLIENT (key), FAULT_INVALID_SIGNATURE (signature), FAULT_UNRECOGNIZED_CLIENT
 * (session token), FAULT_EXPIRED_TOKEN; with a text in `arena`.
 *
 * `now` is the wall clock as it is, which the client's clock is compared with. */
struct fault signature_verify(struct signature_verifier *verifier,
                              const struct signed_request *request, struct instant now,
                              const struct credential_source *source, struct arena *arena,
                              const struct credential **who);

/* What a request says about who signed it, in whichever way; nothing of it is verified. For a
 * server that believes everybody. */
struct fault signature_claim(const struct signed_request *request, struct arena *arena,
                             struct authorization *out);

#endif

/*
 * request_date - the date that a client put into a request, in the forms that clients use.
 */
#ifndef AUTH_REQUEST_DATE_H
#define AUTH_REQUEST_DATE_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/instant.h"

#define REQUEST_DATE_LEN 16 /* of "20130609T100015Z", whose first eight are the day */
#define REQUEST_DAY_LEN 8

/* The 'basic format' of ISO 8601, as Signature Version 4 wants it: "20130609T100015Z". */
must_use bool request_date_parse_iso(struct bytes text, struct instant *out);

/* The three forms of HTTP (RFC 7231): "Sun, 09 Jun 2013 10:00:15 GMT", "Sunday, 09-Jun-13 10:00:15
 * GMT", "Sun Jun  9 10:00:15 2013". The zone may be written as mail does it, +0000 or -0000. */
must_use bool request_date_parse_http(struct bytes text, struct instant *out);

/* The 'basic format' into buf, NUL ended. */
void request_date_format(struct instant at, char buf[REQUEST_DATE_LEN + 1]);

#endif

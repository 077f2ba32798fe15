/*
 * ensure - the checks that stay on in release.
 *
 * A failed `ensure` is a bug of ours, never of a caller: the process stops, and the restart reads
 * what the disk holds. Nothing that comes from outside (a request, a stored record) may reach one;
 * that is turned away earlier.
 */
#ifndef BASE_ENSURE_H
#define BASE_ENSURE_H

#define must_use __attribute__((warn_unused_result))

/* Stops the process, with one line on stderr that names the expression and the place. */
__attribute__((noreturn)) void ensure_failed(const char *expression, const char *file, int line);

#define ensure(x) ((x) ? (void)0 : ensure_failed(#x, __FILE__, __LINE__))

/* Whole-object truths: too slow for release, on in debug builds and in tests (-DENSURE_SLOW). */
#ifdef ENSURE_SLOW
#define ensure_slow(x) ensure(x)
#else
#define ensure_slow(x) ((void)sizeof(!(x)))
#endif

/* Says that both outcomes happen; documents, checks nothing. */
#define maybe(x) ((void)sizeof(!(x)))

#endif

/* A small producer of TAP (Test Anything Protocol). One program per module:
   checks with OK, EQ, NEAR, SAME_TEXT, and `return tap_done();` at the end. */
#ifndef TB_TEST_TAP_H
#define TB_TEST_TAP_H

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where a sanitizer watches: it takes memory and addresses of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static int tap_count, tap_failed;

static inline int tap_ok(int good, const char *file, int line, const char *what)
{
    tap_count++;
    tap_failed += !good;
    printf("%sok %d - %s\n", good ? "" : "not ", tap_count, what);
    if (!good)
        fprintf(stderr, "# failed: %s (%s:%d)\n", what, file, line);
    return good;
}

/* Written `diff <= tol` so that a NaN fails. */
static inline int tap_near(double a, double b, double tol, const char *file,
                           int line, const char *what)
{
    int good = fabs(a - b) <= tol;
    if (!good)
        fprintf(stderr, "# %.17g against %.17g, tolerance %g\n", a, b, tol);
    return tap_ok(good, file, line, what);
}

static inline int tap_eq(long long a, long long b, const char *file, int line,
                         const char *what)
{
    if (a != b)
        fprintf(stderr, "# %lld against %lld\n", a, b);
    return tap_ok(a == b, file, line, what);
}

static inline int tap_text(const char *a, const char *b, const char *file,
                           int line, const char *what)
{
    int good = a && b && strcmp(a, b) == 0;
    if (!good)
        fprintf(stderr, "# '%s' against '%s'\n", a ? a : "(null)",
                b ? b : "(null)");
    return tap_ok(good, file, line, what);
}

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}

#define OK(x) tap_ok((x) != 0, __FILE__, __LINE__, #x)
#define OK_NAMED(x, name) tap_ok((x) != 0, __FILE__, __LINE__, name)
#define EQ(a, b) tap_eq(a, b, __FILE__, __LINE__, #a " == " #b)
#define NEAR(a, b, tol) tap_near(a, b, tol, __FILE__, __LINE__, #a " ~ " #b)
#define SAME_TEXT(a, b) tap_text(a, b, __FILE__, __LINE__, #a " is " #b)

#endif

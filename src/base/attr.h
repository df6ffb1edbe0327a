/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiler attributes used by every room. Knows nothing of containers.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* Ignoring the result is a compile error (-Werror=unused-result). */
#define MUST_CHECK __attribute__((warn_unused_result))
/* printf-like: format string is argument F, its first value argument A. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
/* Runs `fn(&variable)` when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif

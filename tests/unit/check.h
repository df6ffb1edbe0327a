/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harness of the unit tests: checks that go on after a failure, written as TAP. One check in
 * the source is one test point, however often a loop passes it: it is ok if it held every time. The
 * points come at the end, in the order of their first run; failures are told at once, as
 * diagnostics. A program that dies on the way prints no plan, which the TAP driver takes for an
 * error.
 * Not for forked children: their results stay with them.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/err.h"

struct check_site {
	const char *func, *what;
	int line;
	unsigned long runs;
	bool failed;
	const char *skipped; /* the reason */
	struct check_site *next;
};

static struct check_site *check_first, **check_last = &check_first;

static inline bool check_note(struct check_site *site, bool held)
{
	if (site->runs++ == 0) {
		*check_last = site;
		check_last = &site->next;
	}
	if (!held) {
		site->failed = true;
		printf("# line %d, run %lu: failed in %s: %s\n", site->line, site->runs, site->func,
		       site->what);
		fflush(stdout);
	}
	return held;
}

static inline void check_note_str(struct check_site *site, const char *got, const char *want)
{
	bool same = got && want ? strcmp(got, want) == 0 : got == want;

	if (check_note(site, same))
		return;
	printf("#   got:  %s\n#   want: %s\n", got ? got : "(null)", want ? want : "(null)");
	fflush(stdout);
}

/* Takes the ownership of `err`. `part` NULL: any text. */
static inline void check_note_err(struct check_site *site, struct err *err, int kind,
				  const char *part)
{
	bool held = err && (int)err_kind_of(err) == kind && (!part || strstr(err_text(err), part));

	if (!check_note(site, held)) {
		printf("#   got:  %s: %s\n", err ? err_kind_name(err_kind_of(err)) : "success",
		       err ? err_text(err) : "");
		fflush(stdout);
	}
	err_free(err);
}

static inline void check_note_ok(struct check_site *site, struct err *err)
{
	if (!check_note(site, !err)) {
		printf("#   got:  %s\n", err_text(err));
		fflush(stdout);
	}
	err_free(err);
}

#define CHECK_SITE_(text)                                                          \
	static struct check_site check_site_ = { .what = text, .line = __LINE__ }; \
	check_site_.func = __func__

/* `cond` holds. */
#define CHECK(cond)                               \
	do {                                      \
		CHECK_SITE_(#cond);               \
		check_note(&check_site_, (cond)); \
	} while (0)
/* Two strings are the same (both may be NULL). */
#define CHECK_STR(got, want)                                 \
	do {                                                 \
		CHECK_SITE_(#got " is " #want);              \
		check_note_str(&check_site_, (got), (want)); \
	} while (0)
/* The expression gives an error of the kind whose text contains `part`; it is freed. */
#define CHECK_ERR(expr, kind, part)                                   \
	do {                                                          \
		CHECK_SITE_(#expr " fails with " #kind);              \
		check_note_err(&check_site_, (expr), (kind), (part)); \
	} while (0)
/* The expression gives no error; the one it gives is shown and freed. */
#define CHECK_OK(expr)                               \
	do {                                         \
		CHECK_SITE_(#expr " succeeds");      \
		check_note_ok(&check_site_, (expr)); \
	} while (0)
/* What follows needs something that this machine or user lacks: one skipped point. */
#define CHECK_SKIP(about, why)                  \
	do {                                    \
		CHECK_SITE_(about);             \
		check_site_.skipped = (why);    \
		check_note(&check_site_, true); \
	} while (0)

/* Prints the points and the plan. The result is the exit code of the program. */
static inline int check_result(void)
{
	size_t n = 0;
	bool failed = false;

	for (const struct check_site *site = check_first; site; site = site->next) {
		printf("%s %zu - %s:%d ", site->failed ? "not ok" : "ok", ++n, site->func,
		       site->line);
		/* A number sign would begin a directive. */
		for (const char *c = site->what; *c; c++)
			putchar(*c == '#' || *c == '\n' ? ' ' : *c);
		if (site->skipped)
			printf(" # SKIP %s", site->skipped);
		putchar('\n');
		failed |= site->failed;
	}
	printf("1..%zu\n", n);
	return failed ? 1 : 0;
}

#endif

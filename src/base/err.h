/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type. NULL is success. Results travel through out_ parameters.
 * Each layer that knows something new adds one link in front of the text:
 *   "create web1: mounts[3] /data: mount_setattr: Operation not permitted".
 * The first cause is never replaced; a failure during clean-up is attached to it.
 * Nobody logs and returns. Safe in parent and child (allocates).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err_kind {
	ERR_USAGE = 1,	 /* the command line is wrong */
	ERR_CONFIG,	 /* config.json, an annotation or a policy is wrong */
	ERR_UNSUPPORTED, /* understood, but this build, kernel or machine can't */
	ERR_STATE,	 /* the container is in the wrong state for the verb */
	ERR_NOT_FOUND,	 /* no such container, bundle, file */
	ERR_EXISTS,	 /* the id (or what must be new) is taken */
	ERR_SYS,	 /* a system call failed */
	ERR_PEER,	 /* a child, engine or socket peer misbehaved or died */
	ERR_HOOK,	 /* a hook failed, or could not be executed */
	ERR_BUG,	 /* an invariant of this program does not hold */
};
#define ERR_KIND_COUNT (ERR_BUG + 1)

struct err;

/* A new error without errno. Never returns NULL. Owned by the caller. */
MUST_CHECK struct err *err_new(enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(2, 3);
/*
 * A new error from the -errno of a sys_ wrapper (a positive errno is taken too); appends
 * ": strerror". The kind is ERR_SYS.
 */
MUST_CHECK struct err *err_sys(int neg_errno, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* As err_sys with a kind of the caller's (ENOENT of a bundle is ERR_NOT_FOUND, for example). */
MUST_CHECK struct err *err_sys_kind(enum err_kind kind, int neg_errno, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* An error that came from another process, from its parts (errnum 0 and hint NULL: none). */
MUST_CHECK struct err *err_restore(enum err_kind kind, int errnum, const char *text,
				   const char *hint);
/* Puts "fmt: " in front of the text of `err` and returns it. NULL stays NULL. */
MUST_CHECK struct err *err_link(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Sets the second line ("hint: ..."), unless one is there. Returns `err`; NULL stays NULL. */
MUST_CHECK struct err *err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/*
 * Attaches `later`, a failure of cleaning up, to `first`, taking ownership of both. Either may be
 * NULL; the result is the first cause.
 */
MUST_CHECK struct err *err_attach(struct err *first, struct err *later);
/* Changes the kind (a layer that knows better). Returns `err`; NULL stays NULL. */
MUST_CHECK struct err *err_rekind(struct err *err, enum err_kind kind);

enum err_kind err_kind_of(const struct err *err);
/* The positive errno of the first cause, 0 if it had none. */
int err_errno(const struct err *err);
/* The text in one line, without hint and attached errors. Owned by `err`. */
const char *err_text(const struct err *err);
/* The hint or NULL. Owned by `err`. */
const char *err_hint_text(const struct err *err);
/* The next attached error or NULL: walk with it. Owned by `err`. */
const struct err *err_attached(const struct err *err);
/* "usage", "config", ...: the stable name that the JSON log carries. */
const char *err_kind_name(enum err_kind kind);
/* The process exit code for a kind (docs/errors.md says why they are what they are). */
int err_exit_code(enum err_kind kind);

void err_free(struct err *err); /* accepts NULL, keeps errno */
void err_dropp(struct err **err);
#define drop_err CLEANUP(err_dropp)
/* Ownership leaves the variable; it is NULL afterwards. */
struct err *err_take(struct err **err);

/* Return the error of `expr`, if any, from the current function. */
#define TRY(expr)                              \
	do {                                   \
		struct err *try_err_ = (expr); \
		if (try_err_)                  \
			return try_err_;       \
	} while (0)

#endif

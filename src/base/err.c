/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error type. See err.h. Must not log and must not know of containers. Either process.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct err {
	enum err_kind kind;
	int errnum;
	char *text;
	char *hint;
	struct err *attached;
};

/*
 * Every kind ends the process with 1, as runc does: engines only test for non-zero, scripts and
 * the suites that runtimes are judged by test for 1. The kind itself is in the JSON log line.
 */
static const struct {
	const char *name;
	int exit_code;
} kinds[ERR_KIND_COUNT] = {
	[ERR_USAGE] = { "usage", 1 },
	[ERR_CONFIG] = { "config", 1 },
	[ERR_UNSUPPORTED] = { "unsupported", 1 },
	[ERR_STATE] = { "state", 1 },
	[ERR_NOT_FOUND] = { "not-found", 1 },
	[ERR_EXISTS] = { "exists", 1 },
	[ERR_SYS] = { "sys", 1 },
	[ERR_PEER] = { "peer", 1 },
	[ERR_HOOK] = { "hook", 1 },
	[ERR_BUG] = { "bug", 1 },
};

static struct err *err_make(enum err_kind kind, int errnum, char *text)
{
	struct err *err = mem_zalloc(sizeof(*err));

	err->kind = kind;
	err->errnum = errnum;
	err->text = text;
	return err;
}

struct err *err_new(enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = mem_vasprintf(fmt, args);
	va_end(args);
	return err_make(kind, 0, text);
}

PRINTF_LIKE(3, 0)
static struct err *err_sys_v(enum err_kind kind, int code, const char *fmt, va_list args)
{
	int errnum = code < 0 ? -code : code;
	drop_mem char *what = mem_vasprintf(fmt, args);

	return err_make(kind, errnum, mem_asprintf("%s: %s", what, strerror(errnum)));
}

struct err *err_sys(int neg_errno, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct err *err = err_sys_v(ERR_SYS, neg_errno, fmt, args);
	va_end(args);
	return err;
}

struct err *err_sys_kind(enum err_kind kind, int neg_errno, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct err *err = err_sys_v(kind, neg_errno, fmt, args);
	va_end(args);
	return err;
}

struct err *err_restore(enum err_kind kind, int errnum, const char *text, const char *hint)
{
	struct err *err = err_make(kind, errnum, mem_strdup(text));

	err->hint = mem_strdup(hint);
	return err;
}

struct err *err_link(struct err *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return NULL;
	va_start(args, fmt);
	drop_mem char *link = mem_vasprintf(fmt, args);
	va_end(args);
	char *text = mem_asprintf("%s: %s", link, err->text);
	free(err->text);
	err->text = text;
	return err;
}

struct err *err_hint(struct err *err, const char *fmt, ...)
{
	va_list args;

	if (!err || err->hint)
		return err;
	va_start(args, fmt);
	err->hint = mem_vasprintf(fmt, args);
	va_end(args);
	return err;
}

struct err *err_attach(struct err *first, struct err *later)
{
	struct err *last = first;

	if (!first)
		return later;
	while (last->attached)
		last = last->attached;
	last->attached = later;
	return first;
}

struct err *err_rekind(struct err *err, enum err_kind kind)
{
	if (err)
		err->kind = kind;
	return err;
}

enum err_kind err_kind_of(const struct err *err)
{
	return err->kind;
}

int err_errno(const struct err *err)
{
	return err->errnum;
}

const char *err_text(const struct err *err)
{
	return err->text;
}

const char *err_hint_text(const struct err *err)
{
	return err->hint;
}

const struct err *err_attached(const struct err *err)
{
	return err->attached;
}

const char *err_kind_name(enum err_kind kind)
{
	if (kind <= 0 || kind >= ERR_KIND_COUNT)
		kind = ERR_BUG;
	return kinds[kind].name;
}

int err_exit_code(enum err_kind kind)
{
	if (kind <= 0 || kind >= ERR_KIND_COUNT)
		kind = ERR_BUG;
	return kinds[kind].exit_code;
}

void err_free(struct err *err)
{
	int saved = errno;

	while (err) {
		struct err *next = err->attached;

		free(err->text);
		free(err->hint);
		free(err);
		err = next;
	}
	errno = saved;
}

void err_dropp(struct err **err)
{
	err_free(*err);
	*err = NULL;
}

struct err *err_take(struct err **err)
{
	struct err *taken = *err;

	*err = NULL;
	return taken;
}

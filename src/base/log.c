/* SPDX-License-Identifier: Apache-2.0 */
/* The log. See log.h. Parent only. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

static struct {
	struct log_setup setup;
	struct strv warnings;
} the_log = { .setup = { .fd = -1 } };

void log_set_up(const struct log_setup *setup)
{
	the_log.setup = *setup;
}

bool log_debug_on(void)
{
	return the_log.setup.debug;
}

void log_add_json_string(struct strbuf *out, const char *text)
{
	strbuf_add(out, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		switch (*p) {
		case '"':
			strbuf_add(out, "\\\"");
			break;
		case '\\':
			strbuf_add(out, "\\\\");
			break;
		case '\n':
			strbuf_add(out, "\\n");
			break;
		case '\t':
			strbuf_add(out, "\\t");
			break;
		case '\r':
			strbuf_add(out, "\\r");
			break;
		default:
			if (*p < 0x20 || *p == 0x7f)
				strbuf_addf(out, "\\u%04x", *p);
			else
				strbuf_add_bytes(out, p, 1);
		}
	}
	strbuf_add(out, "\"");
}

/* RFC 3339 with nanoseconds, UTC: what Go's time parser in the engines expects. */
void log_add_time(struct strbuf *out)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_addf(out, "%s.%09ldZ", text, now.tv_nsec);
}

static void add_line(struct strbuf *out, bool json, const char *level, const char *msg,
		     const struct err *err)
{
	if (!json) {
		strbuf_addf(out, "nucleus-oci: %s%s", err ? "" : level, err ? "" : ": ");
		strbuf_add_line(out, msg);
		return;
	}
	strbuf_addf(out, "{\"level\":\"%s\",\"msg\":", level);
	log_add_json_string(out, msg);
	strbuf_add(out, ",\"time\":\"");
	log_add_time(out);
	strbuf_add(out, "\"");
	if (err) {
		strbuf_addf(out, ",\"kind\":\"%s\"", err_kind_name(err_kind_of(err)));
		if (err_errno(err))
			strbuf_addf(out, ",\"errno\":%d", err_errno(err));
	}
	strbuf_add(out, "}\n");
}

/* One write per message: conmon reads a failing runtime's standard error with a single read. */
static void emit(const struct strbuf *out, int fd)
{
	if (out->len)
		(void)!write(fd, out->data, out->len);
}

static void say(const char *level, const char *msg, bool also_stderr)
{
	drop_strbuf struct strbuf line = { 0 };

	add_line(&line, the_log.setup.json, level, msg, NULL);
	if (the_log.setup.fd >= 0)
		emit(&line, the_log.setup.fd);
	else if (also_stderr)
		emit(&line, STDERR_FILENO);
}

void log_debug(const char *fmt, ...)
{
	va_list args;

	if (!the_log.setup.debug)
		return;
	va_start(args, fmt);
	drop_mem char *msg = mem_vasprintf(fmt, args);
	va_end(args);
	say("debug", msg, true);
}

void log_warn(const char *fmt, ...)
{
	va_list args;
	struct strv *held = &the_log.warnings;

	va_start(args, fmt);
	held->items = mem_realloc_array(held->items, held->n + 1, sizeof(*held->items));
	held->items[held->n++] = mem_vasprintf(fmt, args);
	va_end(args);
}

static void forget_warnings(void)
{
	struct strv *held = &the_log.warnings;

	for (size_t i = 0; i < held->n; i++)
		mem_dropp(&held->items[i]);
	mem_dropp(&held->items);
	held->n = 0;
}

void log_flush_warnings(void)
{
	for (size_t i = 0; i < the_log.warnings.n; i++)
		say("warning", the_log.warnings.items[i], true);
	forget_warnings();
}

/* The whole error as lines of text: cause, hint, what failed while cleaning up. */
static void add_error_text(struct strbuf *out, const struct err *err)
{
	strbuf_add(out, "nucleus-oci: ");
	strbuf_add_line(out, err_text(err));
	if (err_hint_text(err)) {
		strbuf_add(out, "hint: ");
		strbuf_add_line(out, err_hint_text(err));
	}
	for (const struct err *e = err_attached(err); e; e = err_attached(e)) {
		strbuf_add(out, "then, while cleaning up: ");
		strbuf_add_line(out, err_text(e));
	}
}

void log_end(const struct err *err)
{
	if (!err) {
		log_flush_warnings();
		return;
	}
	forget_warnings();

	drop_strbuf struct strbuf text = { 0 }, line = { 0 };
	add_error_text(&text, err);
	add_line(&line, the_log.setup.json, "error", err_text(err), err);
	if (the_log.setup.fd >= 0)
		emit(&line, the_log.setup.fd);
	emit(the_log.setup.json && the_log.setup.fd < 0 ? &line : &text, STDERR_FILENO);
}

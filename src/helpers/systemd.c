/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nucleus-oci-systemd: asks the service manager for what a container's group needs. A program of
 * its own, started by the runtime only for --systemd-cgroup, so that nothing else loads libsystemd.
 * systemd_words.h has what is said; it decides nothing. As a new scope needs a process, it is that
 * process until the container's own is there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fields.h"
#include "base/mem.h"
#include "helpers/systemd_manager.h"
#include "helpers/systemd_words.h"

/* A request and its properties, with the memory that holds them. */
struct request {
	struct arena arena;
	char **fields;
	size_t fields_n;
	struct properties properties;
};

static void request_free(struct request *request)
{
	arena_free(&request->arena);
	*request = (struct request){ 0 };
}
#define drop_request CLEANUP(request_free)

/* ---- reading ---- */

/* One line without its end, or NULL at the end of the input. Arena memory. */
static char *read_line(struct arena *arena)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, stdin);
	char *copy = NULL;

	if (len > 0 && line[len - 1] == '\n')
		copy = arena_strndup(arena, line, (size_t)len - 1);
	free(line);
	return copy;
}

static struct err *add_property(struct request *request, char **fields, size_t n)
{
	enum { NAME = 1, TYPE, SINCE, VALUES };
	struct properties *list = &request->properties;
	uint32_t since;

	if (n < VALUES || !str_equal(fields[0], SYSTEMD_PROPERTY) ||
	    !str_to_u32(fields[SINCE], &since))
		return err_new(ERR_BUG, "a line of the request is no property");
	list->items = arena_grow(&request->arena, list->items, list->n, list->n + 1,
				 sizeof(*list->items));
	list->items[list->n++] = (struct property){
		.name = fields[NAME],
		.type = fields[TYPE],
		.since = since,
		.values = fields + VALUES,
		.values_n = n - VALUES,
	};
	return NULL;
}

/* fields_n stays 0 at the end of the input, also in the middle of a request. */
static struct err *read_request(struct request *request)
{
	struct err *err = NULL;

	for (bool first = true;; first = false) {
		char *line = read_line(&request->arena);
		char **fields = arena_zalloc(&request->arena, SYSTEMD_FIELDS_MAX * sizeof(*fields));
		size_t n = 0;

		if (!line || !*line) {
			request->fields_n = line ? request->fields_n : 0;
			return err;
		}
		if (!fields_split(line, fields, SYSTEMD_FIELDS_MAX, &n))
			err = err_attach(err, err_new(ERR_BUG, "a line of the request is damaged"));
		else if (!first)
			err = err_attach(err, add_property(request, fields, n));
		if (first) {
			request->fields = fields;
			request->fields_n = n ? n : 1;
		}
	}
}

/* ---- answering ---- */

/* The error is freed. */
static int answer(struct err *owned, const char *text)
{
	drop_err struct err *err = owned;
	drop_strbuf struct strbuf line = { 0 };

	fields_add(&line, err ? SYSTEMD_FAILED : SYSTEMD_OK);
	if (err) {
		fields_add(&line, err_kind_name(err_kind_of(err)));
		fields_add(&line, err_text(err));
	}
	if (err ? err_hint_text(err) : text)
		fields_add(&line, err ? err_hint_text(err) : text);
	fields_end_line(&line);
	for (size_t done = 0; done < line.len;) {
		ssize_t put = write(STDIN_FILENO, line.data + done, line.len - done);

		if (put < 0)
			return -1;
		done += (size_t)put;
	}
	return 0;
}

/* ---- doing ---- */

static bool is_request(const struct request *request, const char *name, size_t fields_n)
{
	return str_equal(request->fields[0], name) && request->fields_n == fields_n;
}

static struct err *dispatch(struct manager *manager, const struct request *request, char **out_text)
{
	char *const *fields = request->fields;
	uint32_t pid;

	if (is_request(request, SYSTEMD_START, 3)) {
		TRY(manager_start(manager, fields[1], str_equal(fields[2], SYSTEMD_SELF),
				  &request->properties));
		return manager_group(manager, fields[1], out_text);
	}
	if (is_request(request, SYSTEMD_SET, 2))
		return manager_set(manager, fields[1], &request->properties);
	if (is_request(request, SYSTEMD_STOP, 3))
		return manager_stop(manager, fields[1], fields[2]);
	if (is_request(request, SYSTEMD_ATTACH, 3) && str_to_u32(fields[2], &pid))
		return manager_attach(manager, fields[1], pid);
	return err_new(ERR_BUG, "\"%s\" is no request", fields[0]);
}

static bool is_disconnected(const struct err *err)
{
	switch (err ? err_errno(err) : 0) {
	case ECONNRESET:
	case ENOTCONN:
	case EPIPE:
	case ESHUTDOWN:
		return true;
	default:
		return false;
	}
}

/* The manager closes connections when it executes itself anew: once more then (lesson G34). */
static struct err *serve(struct manager *manager, const struct request *request, char **out_text)
{
	if (!manager->bus)
		TRY(manager_connect(manager));
	struct err *err = dispatch(manager, request, out_text);
	if (!is_disconnected(err))
		return err;
	err_free(err);
	TRY(manager_connect(manager));
	return dispatch(manager, request, out_text);
}

int main(int argc, char **argv)
{
	drop_manager struct manager manager = { 0 };

	if (argc != 3 || (!str_equal(argv[1], SYSTEMD_PEER) && !str_equal(argv[1], SYSTEMD_BUS))) {
		(void)fprintf(stderr,
			      "%s: a part of nucleus-oci (--systemd-cgroup), not to be "
			      "called by itself\n",
			      SYSTEMD_PROGRAM);
		return 2;
	}
	manager.peer = str_equal(argv[1], SYSTEMD_PEER);
	manager.socket = argv[2];
	for (;;) {
		drop_request struct request request = { 0 };
		drop_mem char *text = NULL;
		struct err *err = read_request(&request);

		if (!request.fields_n || str_equal(request.fields[0], SYSTEMD_LEAVE)) {
			err_free(err);
			/* At once: the runtime waits, and the manager forgets us by itself. */
			_exit(0);
		}
		if (!err)
			err = serve(&manager, &request, &text);
		if (answer(err, text) < 0)
			return 1;
	}
}

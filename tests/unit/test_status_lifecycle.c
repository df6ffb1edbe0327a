/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states and the transition table: every verb in every state, against runtime.md ("Operations")
 * and the texts that engines match.
 */
#include "status/lifecycle.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define CREATING_KILL "container not running: it is being created"

/* NULL: allowed. Order: creating, created, running, paused, stopped. */
static const char *const expected[][STATUS_COUNT] = {
	[VERB_START] = { "cannot start a container that is being created", NULL,
			 "cannot start an already running container",
			 "cannot start a paused container",
			 "cannot start a container that has stopped" },
	[VERB_KILL] = { CREATING_KILL, NULL, NULL, NULL, "container not running" },
	[VERB_KILL_ALL] = { CREATING_KILL, NULL, NULL, NULL, NULL },
	[VERB_DELETE] = { "container \"web1\" does not exist", NULL,
			  "cannot delete container web1 that is not stopped: running",
			  "cannot delete container web1 that is not stopped: paused", NULL },
	[VERB_DELETE_FORCE] = { NULL, NULL, NULL, NULL, NULL },
	[VERB_STATE] = { NULL, NULL, NULL, NULL, NULL },
	[VERB_PAUSE] = { CREATING_KILL, NULL, NULL, "container not running: it is paused already",
			 "container not running" },
	[VERB_RESUME] = { "container not paused: it is being created", "container not paused",
			  "container not paused", NULL, "container not paused: it has stopped" },
	[VERB_PS] = { NULL, NULL, NULL, NULL, NULL },
	[VERB_UPDATE] = { CREATING_KILL, NULL, NULL, NULL, "container not running" },
	[VERB_EVENTS] = { CREATING_KILL, NULL, NULL, NULL, "container not running" },
	[VERB_EXEC] = { "cannot exec in a container that is being created", NULL, NULL,
			"cannot exec in a paused container (use --ignore-paused to override)",
			"cannot exec in a stopped container" },
	[VERB_EXEC_PAUSED] = { "cannot exec in a container that is being created", NULL, NULL, NULL,
			       "cannot exec in a stopped container" },
};

static void test_table(void)
{
	for (size_t verb = 0; verb < ARRAY_LEN(expected); verb++) {
		for (int status = 0; status < STATUS_COUNT; status++) {
			const char *text = expected[verb][status];
			drop_err struct err *err =
				lifecycle_check((enum verb)verb, (enum status)status, "web1");

			CHECK(!err == !text);
			if (!err || !text)
				continue;
			CHECK_STR(err_text(err), text);
			CHECK(err_kind_of(err) ==
			      (strstr(text, "does not exist") ? ERR_NOT_FOUND : ERR_STATE));
		}
	}
}

static void test_names(void)
{
	static const char *const names[] = { "creating", "created", "running", "paused",
					     "stopped" };

	for (int status = 0; status < STATUS_COUNT; status++)
		CHECK_STR(status_name((enum status)status), names[status]);
}

static bool paused_answer;
static int paused_asked;

static bool is_paused(const struct oci_record *record)
{
	CHECK(record->state.pid != 0);
	paused_asked++;
	return paused_answer;
}

static void test_status(void)
{
	char dir[] = "/tmp/test-lifecycle-XXXXXX";
	struct container container = CONTAINER_INIT;
	struct oci_record *record = &container.record;

	if (!mkdtemp(dir))
		abort();
	container.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(lifecycle_status(&container, is_paused) == STATUS_CREATING);
	container.has_record = true;
	CHECK(lifecycle_status(&container, is_paused) == STATUS_CREATING); /* pid 0 */
	record->state.pid = getpid();
	record->init_start_time = proc_start_time(getpid());
	CHECK(paused_asked == 0);
	CHECK(lifecycle_status(&container, is_paused) == STATUS_RUNNING);
	CHECK(paused_asked == 1);
	int fd = openat(container.dirfd, "start.sock", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(lifecycle_status(&container, is_paused) == STATUS_CREATED);
	paused_answer = true;
	CHECK(lifecycle_status(&container, is_paused) == STATUS_PAUSED);
	CHECK(lifecycle_status(&container, NULL) == STATUS_CREATED);
	/* the pid is somebody else's now; a socket left behind changes nothing */
	record->init_start_time++;
	paused_asked = 0;
	CHECK(lifecycle_status(&container, is_paused) == STATUS_STOPPED);
	CHECK(paused_asked == 0);
	close(fd);
	unlinkat(container.dirfd, "start.sock", 0);
	rmdir(dir);
	container_close(&container);
}

int main(void)
{
	test_table();
	test_names();
	test_status();
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: what a container uses, once or every few seconds, and when it runs out of memory; a line
 * of JSON for each. Ends with the container. Takes no lock. Parent only.
 */
#include <poll.h>
#include <string.h>

#include "apply/cgroup_oom.h"
#include "base/fd.h"
#include "cli/container_state.h"
#include "cli/duration.h"
#include "cli/stats.h"
#include "cli/verbs.h"
#include "sys/sys.h"

enum { INTERVAL_MS = 5000 };

struct events_values {
	bool help, stats;
	const char *interval;
};

static const struct option_row rows[] = {
	{ "stats", 0, OPTION_FLAG, offsetof(struct events_values, stats), NULL,
	  "Print the statistics once" },
	{ "interval", 0, OPTION_STRING, offsetof(struct events_values, interval), "TIME",
	  "Time between statistics: 100ms, 5s, 1m; 5s if not given" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_events_options = { rows, sizeof(struct events_values) };

/* A container that is watched. */
struct watched {
	const char *id;
	struct stats stats;
	struct oom_watch oom;
	int pidfd;
};

static void watched_close(struct watched *watched)
{
	stats_close(&watched->stats);
	oom_watch_close(&watched->oom);
	fd_closep(&watched->pidfd);
}

static struct err *read_interval(const char *text, int64_t *out_ms)
{
	*out_ms = INTERVAL_MS;
	if (!text)
		return NULL;
	if (!duration_parse(text, out_ms))
		return err_new(
			ERR_USAGE,
			"option --interval: \"%s\" is no length of time like 100ms, 5s or 1m",
			text);
	if (*out_ms <= 0)
		return err_new(
			ERR_USAGE,
			"option --interval: \"%s\": duration interval must be greater than 0",
			text);
	return NULL;
}

static struct err *open_watched(struct watched *watched, struct container *container)
{
	const struct oci_record *record = &container->record;

	watched->id = container->id;
	if (!record->cgroup_dirs.n)
		return err_new(ERR_UNSUPPORTED,
			       "the container has no cgroup, so nothing counts what it uses");
	TRY(proc_open(record->state.pid, record->init_start_time, &watched->pidfd));
	stats_open(&watched->stats, &record->cgroup_dirs);
	return stats_open_rdt(&watched->stats, container);
}

static struct err *print_stats(const struct watched *watched)
{
	drop_mem char *text = stats_write(&watched->stats, watched->id);
	drop_mem char *line = mem_asprintf("%s\n", text);

	return cli_print(line);
}

static struct err *print_oom(struct watched *watched)
{
	/* An id needs no escapes. */
	drop_mem char *line = mem_asprintf("{\"type\":\"oom\",\"id\":\"%s\"}\n", watched->id);

	for (uint64_t n = oom_watch_take(&watched->oom); n; n--)
		TRY(cli_print(line));
	return NULL;
}

/* Waits for what comes first: the deadline, a notice, the container's end. */
static struct err *wait_for_news(const struct watched *watched, long long deadline, bool *out_ended)
{
	short oom_events;
	int oom_fd = oom_watch_fd(&watched->oom, &oom_events);
	struct pollfd fds[] = {
		{ .fd = watched->pidfd, .events = POLLIN },
		{ .fd = oom_fd, .events = oom_events },
	};
	long long left = deadline - sys_monotonic_ms();
	int rc = sys_poll(fds, ARRAY_LEN(fds), left > 0 ? (int)left : 0);

	*out_ended = watched->pidfd < 0 || fds[0].revents;
	return rc < 0 ? err_sys(rc, "poll") : NULL;
}

static struct err *stream(struct watched *watched, int64_t interval_ms)
{
	bool ended = false;
	int memory_fd = stats_find(&watched->stats, "memory.oom_control");

	if (memory_fd < 0)
		memory_fd = stats_find(&watched->stats, "memory.events");
	TRY(oom_watch_open(&watched->oom, memory_fd));
	for (long long deadline = sys_monotonic_ms() + interval_ms; !ended;) {
		TRY(wait_for_news(watched, deadline, &ended));
		TRY(print_oom(watched));
		if (ended || sys_monotonic_ms() < deadline)
			continue;
		TRY(print_stats(watched));
		deadline = sys_monotonic_ms() + interval_ms;
	}
	return NULL;
}

struct err *cmd_events(struct cli *cli, const void *data)
{
	const struct events_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	CLEANUP(watched_close) struct watched watched = {
		.stats.rdt = RDT_INIT,
		.oom = OOM_WATCH_INIT,
		.pidfd = -1,
	};
	int64_t interval_ms;

	TRY(read_interval(values->interval, &interval_ms));
	TRY(cli_open_container(cli, false, &store, &container));
	TRY(lifecycle_check(VERB_EVENTS, container_status(&container), container.id));
	TRY(open_watched(&watched, &container));
	return values->stats ? print_stats(&watched) : stream(&watched, interval_ms);
}

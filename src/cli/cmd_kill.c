/* SPDX-License-Identifier: Apache-2.0 */
/* kill: sends a signal to a container (runtime.md, "Kill"). Parent only. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup.h"
#include "base/fd.h"
#include "cli/container_state.h"
#include "cli/verbs.h"
#include "oci/names.h"
#include "sys/io.h"
#include "sys/sys.h"

struct kill_values {
	bool help, all;
};

static const struct option_row rows[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct kill_values, all), NULL,
	  "Send the signal to every process of the container, and do not mind if none is left" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_kill_options = { rows, sizeof(struct kill_values) };

/* "RTMIN+3", "SIGRTMAX-1", already in capitals. */
static bool realtime_signal(const char *name, int *out)
{
	int base, sign;
	uint32_t offset = 0;

	if (str_starts_with(name, "SIG"))
		name += 3;
	if (str_starts_with(name, "RTMIN")) {
		base = SIGRTMIN;
		sign = 1;
	} else if (str_starts_with(name, "RTMAX")) {
		base = SIGRTMAX;
		sign = -1;
	} else {
		return false;
	}
	name += 5;
	if (*name && (*name != (sign > 0 ? '+' : '-') || !str_to_u32(name + 1, &offset)))
		return false;
	if (offset > (uint32_t)(SIGRTMAX - SIGRTMIN))
		return false;
	*out = base + sign * (int)offset;
	return true;
}

static struct err *parse_signal(const char *text, int *out)
{
	drop_mem char *name = mem_strdup(text);
	uint32_t number;
	uint64_t value;

	*out = SIGTERM;
	if (str_to_u32(text, &number)) {
		*out = (int)number;
		if (number <= (uint32_t)SIGRTMAX)
			return NULL;
	}
	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (oci_names_find(&oci_signals, name, &value)) {
		*out = (int)value;
		return NULL;
	}
	if (realtime_signal(name, out))
		return NULL;
	const char *nearest = oci_names_nearest(&oci_signals, name);
	struct err *err = err_new(ERR_USAGE, "unknown signal \"%s\"", text);
	return nearest ? err_hint(err, "did you mean \"%s\"?", nearest) : err;
}

static bool has_members(const char *group)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *path = mem_asprintf("%s/cgroup.procs", group);
	drop_err struct err *err = io_read_file(AT_FDCWD, path, 1024 * 1024, &text);

	return !err && text.len;
}

static struct err *not_running(void)
{
	return err_new(ERR_STATE, "container not running");
}

static struct err *signal_init(const struct oci_record *record, int signum)
{
	drop_fd int pidfd = -1;

	TRY(proc_open(record->state.pid, record->init_start_time, &pidfd));
	if (pidfd < 0)
		return not_running();
	int rc = sys_pidfd_send_signal(pidfd, signum);
	if (rc == -ESRCH)
		return not_running();
	return rc < 0 ? err_sys(rc, "send signal %d to process %lld", signum,
				(long long)record->state.pid)
		      : NULL;
}

/* To all of the group, or, without a group, to init at least. */
static struct err *signal_all(const struct oci_record *record, int signum, bool alive)
{
	const char *group = container_group(record);

	if (group)
		return signum == SIGKILL ? cgroup_kill_all(group)
					 : cgroup_signal_all(group, signum);
	return alive ? signal_init(record, signum) : NULL;
}

static struct err *send(const struct container *container, enum status status, int signum, bool all)
{
	const struct oci_record *record = &container->record;
	const char *group = container_group(record);
	/*
	 * In a pid namespace of its own everything dies with init; elsewhere the others would be
	 * left, even when init has gone already (lesson C49).
	 */
	bool everything = signum == SIGKILL && !record->own_pid_namespace && group;

	if (everything && status == STATUS_STOPPED && has_members(group))
		return cgroup_kill_all(group);
	TRY(lifecycle_check(all ? VERB_KILL_ALL : VERB_KILL, status, container->id));
	if (all)
		return signal_all(record, signum, status != STATUS_STOPPED);
	if (everything)
		TRY(cgroup_kill_all(group));
	struct err *err = signal_init(record, signum);
	if (err && everything && err_kind_of(err) == ERR_STATE) {
		err_free(err); /* the group was killed a moment ago, init with it */
		return NULL;
	}
	return err;
}

struct err *cmd_kill(struct cli *cli, const void *data)
{
	const struct kill_values *values = data;
	drop_store struct store store = { .root_dirfd = -1 };
	drop_container struct container container = CONTAINER_INIT;
	int signum;

	TRY(parse_signal(cli->args_n > 1 ? cli->args[1] : "TERM", &signum));
	/* Without the lock: a start that hangs in a hook holds it, and must be killable. */
	TRY(cli_open_container(cli, false, &store, &container));
	enum status status = container_status(&container);
	TRY(send(&container, status, signum, values->all));
	/* A frozen v1 group delivers nothing, not even SIGKILL, before it is thawed (lesson C48).
	 */
	if (signum == SIGKILL && status == STATUS_PAUSED && !container.record.freezer_v2)
		return cgroup_freeze(container.record.freezer_dir, false, false);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The options of exec: as parsed, and as the plan and apply take them. For the verb,
 * and for plan. */
#ifndef CLI_EXEC_OPTIONS_H
#define CLI_EXEC_OPTIONS_H

#include "apply/enter.h"
#include "base/err.h"
#include "cli/cli.h"
#include "host/host.h"
#include "oci/state.h"
#include "plan/plan.h"

struct exec_values {
	bool help, tty, detach, no_new_privs, ignore_paused;
	const char *process, *cwd, *user, *apparmor, *label;
	const char *pid_file, *console_socket, *pidfd_socket;
	uint32_t preserve_fds;
	struct strv env, gids, caps, cgroups;
};

/* exec_options.c: what they say about the process; `args` is the command, NULL-terminated. Problems
 * of a --process file go to `problems`. */
MUST_CHECK struct err *exec_read_options(struct arena *arena, const struct exec_values *values,
					 char **args, size_t args_n, struct problems *problems,
					 struct plan_exec_options *out);
/* exec_groups.c: the recorded groups, with what --cgroup says. */
MUST_CHECK struct err *exec_read_groups(struct arena *arena, const struct exec_values *values,
					const struct oci_record *record, struct host *host,
					struct enter_group **out);

#endif

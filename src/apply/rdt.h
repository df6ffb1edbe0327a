/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's resctrl groups (config-linux.md, "IntelRdt"; the kernel's
 * Documentation/filesystems/resctrl.rst): the one that its class of service is, made or joined, and
 * one for monitoring. Every directory that is made is in the journal first. Parent only.
 */
#ifndef APPLY_RDT_H
#define APPLY_RDT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "plan/plan.h"
#include "status/journal.h"

struct rdt {
	const struct plan_rdt *plan; /* NULL: nothing is asked for */
	int root_fd, group_fd, monitor_fd;
};
#define RDT_INIT                                                 \
	{                                                        \
		.root_fd = -1, .group_fd = -1, .monitor_fd = -1, \
	}

/*
 * Before the container's process: opens the group, or makes it and writes its schemata; an existing
 * one must have them. Makes the monitoring group. What can be refused is, before anything is made.
 * Errors of the kernel come with what info/last_cmd_status says about them.
 */
MUST_CHECK struct err *rdt_create(const struct plan_rdt *plan, struct journal *journal,
				  struct rdt *out);
/* exec: the groups that create made or joined. */
MUST_CHECK struct err *rdt_open(const struct plan_rdt *plan, struct rdt *out);
/* Puts the process into the groups; what it forks later is in them too. */
MUST_CHECK struct err *rdt_join(const struct rdt *rdt, pid_t pid);
void rdt_close(struct rdt *rdt);
#define drop_rdt CLEANUP(rdt_close)

/*
 * For a container that is there: writes the plan's lines into the schemata of its group, which must
 * be the container's own. What they said before is appended to `old`. On error nothing is changed.
 */
MUST_CHECK struct err *rdt_update(const struct plan_rdt *plan, struct strbuf *old);
/* Writes the lines of `old` again. */
MUST_CHECK struct err *rdt_update_undo(const struct plan_rdt *plan, const struct strbuf *old);

/* Undo, by absolute path: removes the group; one that is not there is success. */
MUST_CHECK struct err *rdt_remove(const char *path);
/* The same unless it has tasks: others may have joined since it was made. */
MUST_CHECK struct err *rdt_remove_if_unused(const char *path);

/* rdt_schemata.c: the first of the plan's lines that `schemata`, a group's file, does not say; NULL
 * if it says all of them. Only what the plan mentions is compared. */
const struct plan_rdt_line *rdt_find_difference(const struct plan_rdt *plan, const char *schemata);

#endif

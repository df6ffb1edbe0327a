/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.timeOffsets: the offsets of a new time namespace, or a check of those of a joined one. See
 * namespaces.h. Child: the process in between where the namespace is made, else any that joins.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/namespaces.h"
#include "base/fd.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { OFFSETS_MAX = 4096 }; /* two lines */

struct err *timens_open(const struct plan_namespaces *ns, int *out_fd)
{
	if (!ns->time_offsets_n)
		return NULL;
	/* The kernel asks whether who opened the file may set the clocks of the namespace: we, out
	 * here, may in every user namespace that we make or join. */
	int fd = sys_open("/proc/self/timens_offsets", O_RDWR, 0);
	if (fd == -ENOENT)
		return err_hint(err_sys_kind(ERR_UNSUPPORTED, fd,
					     "linux.timeOffsets: /proc/self/timens_offsets"),
				"the kernel has no time namespaces (CONFIG_TIME_NS)");
	if (fd < 0)
		return err_sys(fd, "linux.timeOffsets: open /proc/self/timens_offsets");
	*out_fd = fd;
	return NULL;
}

static struct err *write_offset(const struct plan_time_offset *offset, int offsets_fd)
{
	drop_mem char *text = mem_asprintf("%s %" PRId64 " %" PRIu32 "\n", offset->clock,
					   offset->secs, offset->nanosecs);
	int rc = (int)sys_write(offsets_fd, text, strlen(text));

	if (rc >= 0)
		return NULL;
	struct err *err = err_sys(rc, "linux.timeOffsets[%s]: %" PRId64 " seconds", offset->clock,
				  offset->secs);
	if (rc == -ERANGE)
		return err_hint(err_rekind(err, ERR_CONFIG),
				"the clock would be below zero, or above about 146 years");
	return rc == -EPERM ? err_hint(err, "needs CAP_SYS_TIME, or a new user namespace") : err;
}

/* The process itself stays where it is: what it clones from now on is in the namespace. */
static struct err *make(const struct plan_namespaces *ns, int offsets_fd, uint64_t *out_made)
{
	const uint64_t made = ns->create & (CLONE_NEWUSER | CLONE_NEWTIME);
	int rc = sys_unshare((int)made);

	if (rc < 0)
		return err_sys(rc, "make a time namespace%s",
			       made & CLONE_NEWUSER ? " in a user namespace" : "");
	for (size_t i = 0; i < ns->time_offsets_n; i++)
		TRY(write_offset(&ns->time_offsets[i], offsets_fd));
	*out_made = made;
	return NULL;
}

/* A line is "monotonic     172800         0". */
static struct err *check_line(const struct plan_namespaces *ns, const char *line)
{
	char clock[16];
	int64_t secs;
	uint32_t nanosecs;

	if (sscanf(line, "%15s %" SCNd64 " %" SCNu32, clock, &secs, &nanosecs) != 3)
		return err_new(ERR_SYS, "linux.timeOffsets: can't read \"%s\"", line);
	for (size_t i = 0; i < ns->time_offsets_n; i++) {
		const struct plan_time_offset *offset = &ns->time_offsets[i];

		if (strcmp(offset->clock, clock) == 0 &&
		    (offset->secs != secs || offset->nanosecs != nanosecs))
			return err_new(ERR_CONFIG,
				       "linux.timeOffsets[%s]: the time namespace that is joined "
				       "has %" PRId64 " seconds %" PRIu32
				       " nanoseconds, which can't be changed any more",
				       clock, secs, nanosecs);
	}
	return NULL;
}

/* The file shows the namespace that our children will be in: after the join, the joined one. */
static struct err *check_joined(const struct plan_namespaces *ns, int offsets_fd)
{
	drop_strbuf struct strbuf text = { 0 };
	char *line, *rest;

	TRY(io_read_fd(offsets_fd, "linux.timeOffsets: /proc/self/timens_offsets", OFFSETS_MAX,
		       &text));
	rest = text.data;
	while (rest && (line = strsep(&rest, "\n")) && *line)
		TRY(check_line(ns, line));
	return NULL;
}

struct err *timens_apply(const struct plan_namespaces *ns, int offsets_fd, uint64_t *out_made)
{
	if (offsets_fd < 0)
		return NULL;
	return ns->create & CLONE_NEWTIME ? make(ns, offsets_fd, out_made)
					  : check_joined(ns, offsets_fd);
}

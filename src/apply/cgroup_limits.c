/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the planned limits into a container's groups, in order. Only here, on the real groups, is
 * it known which of two files there is, and which of two values that bound each other the kernel
 * takes first. Parent only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { TIED_MAX = 8, VALUE_MAX = 4096 };

/* ---- what an error means ---- */

#define NO_DEVICE "there is no such block device, or it is a part of one: a limit is for the whole"
static const struct {
	int code;
	const char *file; /* begins with this */
	const char *hint;
} hints[] = {
	{ ENOENT, "", "this kernel has no such limit" },
	{ EINVAL, "cpu.rt_", "the groups above must have at least this realtime budget" },
	{ EINVAL, "cpu.cfs_",
	  "periods are 1000 to 1000000 microseconds, quotas at least 1000, and no larger share of "
	  "the time than the groups above have" },
	{ EINVAL, "cpu.max", "periods are 1000 to 1000000 microseconds, quotas at least 1000" },
	{ ENODEV, "blkio.", NO_DEVICE },
	{ ENODEV, "io.", NO_DEVICE },
	{ EOPNOTSUPP, "blkio.", "weights need the I/O scheduler bfq on the device" },
	{ EOPNOTSUPP, "io.",
	  "weights need the I/O scheduler bfq, or a cost model (io.cost.qos), on the device" },
	{ ENODEV, "net_prio.", "there is no such interface in the initial network namespace" },
	{ ENODEV, "rdma.", "there is no such RDMA device" },
};

static struct err *explain_busy(int group_fd, struct err *err)
{
	drop_strbuf struct strbuf usage = { 0 };
	struct err *unread = io_read_file(group_fd, "memory.usage_in_bytes", VALUE_MAX, &usage);

	err_free(unread);
	return unread ? err_hint(err, "the group uses more memory than that already")
		      : err_hint(err, "the group uses %lld bytes already",
				 strtoll(strbuf_text(&usage), NULL, 10));
}

static struct err *explain(int group_fd, const char *place, const char *file, const char *value,
			   int rc)
{
	struct err *err =
		cgroup_explain(err_sys(rc, "%s: write \"%s\" to %s", place, value, file), rc);

	if (rc == -EBUSY && str_starts_with(file, "memory."))
		return explain_busy(group_fd, err);
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].code == -rc && str_starts_with(file, hints[i].file))
			return err_hint(err, "%s", hints[i].hint);
	}
	return err;
}

/* ---- one write ---- */

static bool is_elsewhere(int rc)
{
	return rc == -ENOENT || rc == -EOPNOTSUPP;
}

static struct err *write_value(int group_fd, const struct plan_cgroup_write *write,
			       const char *value)
{
	const char *file = write->file;
	int rc = io_try_write_kernel_file(group_fd, file, value);

	if (is_elsewhere(rc) && write->other_file) {
		int other =
			io_try_write_kernel_file(group_fd, write->other_file, write->other_value);

		/* Of two failures, that of a file which is there says more. */
		if (other >= 0 || other != -ENOENT) {
			rc = other;
			file = write->other_file;
			value = write->other_value;
		}
	}
	if (rc >= 0 || (rc == -ENOENT && write->may_be_absent))
		return NULL;
	return explain(group_fd, write->place, file, value, rc);
}

/* memory.checkBeforeUpdate (lesson G10). "max" and "-1" are above every usage. */
static struct err *check_usage(int group_fd, const struct plan_cgroup_write *write)
{
	drop_strbuf struct strbuf text = { 0 };
	uint64_t limit;

	if (!write->usage_file || !str_to_u64(write->value, &limit))
		return NULL;
	TRY(err_link(io_read_file(group_fd, write->usage_file, VALUE_MAX, &text), "%s",
		     write->place));
	unsigned long long usage = strtoull(strbuf_text(&text), NULL, 10);
	if (usage <= limit)
		return NULL;
	return err_new(ERR_STATE,
		       "%s: rejecting memory limit %s: the group uses %llu bytes already",
		       write->place, write->value, usage);
}

struct err *cgroup_check_limits(const struct cgroup *cgroup)
{
	const struct plan_cgroup *plan = cgroup->plan;

	for (size_t i = 0; i < plan->writes_n; i++)
		TRY(check_usage(cgroup->groups[plan->writes[i].dir].dir_fd, &plan->writes[i]));
	return NULL;
}

/* The value to write: its first word is the file's where the plan says so. */
static struct err *settle_value(int group_fd, const struct plan_cgroup_write *write, char **out)
{
	drop_strbuf struct strbuf now = { 0 };

	if (!write->keeps_first) {
		*out = mem_strdup(write->value);
		return NULL;
	}
	TRY(err_link(io_read_file(group_fd, write->file, VALUE_MAX, &now), "%s", write->place));
	*out = mem_asprintf("%.*s%s", (int)strcspn(strbuf_text(&now), " \n"), strbuf_text(&now),
			    write->value + strcspn(write->value, " "));
	return NULL;
}

/* Several lines (io.max of unified) are written one by one, as the kernel takes one at a time. */
static struct err *write_limit(int group_fd, const struct plan_cgroup_write *write)
{
	drop_mem char *value = NULL;

	TRY(check_usage(group_fd, write));
	TRY(settle_value(group_fd, write, &value));
	if (!strchr(value, '\n'))
		return write_value(group_fd, write, value);
	for (char *rest = value, *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			TRY(write_value(group_fd, write, line));
	}
	return NULL;
}

/* ---- all of them ---- */

/*
 * Writes that bound each other: those that the kernel refuses come again after one that it took, as
 * long as there is one.
 */
static struct err *write_tied(const struct cgroup *cgroup, const struct plan_cgroup_write *writes,
			      size_t n)
{
	bool done[TIED_MAX] = { false };

	for (size_t left = n;;) {
		drop_err struct err *refused = NULL;
		size_t before = left;

		for (size_t i = 0; i < n; i++) {
			if (done[i])
				continue;
			struct err *err =
				write_limit(cgroup->groups[writes[i].dir].dir_fd, &writes[i]);
			if (err && err_errno(err) != EINVAL)
				return err;
			if (!err) {
				done[i] = true;
				left--;
			} else if (refused) {
				err_free(err);
			} else {
				refused = err;
			}
		}
		if (!left)
			return NULL;
		if (left == before)
			return err_take(&refused);
	}
}

struct err *cgroup_write_limits(const struct cgroup *cgroup)
{
	const struct plan_cgroup *plan = cgroup->plan;

	for (size_t i = 0, n; i < plan->writes_n; i += n) {
		for (n = 1; i + n < plan->writes_n && plan->writes[i + n].tied && n < TIED_MAX;)
			n++;
		TRY(write_tied(cgroup, &plan->writes[i], n));
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of resctrl. See rdt.h. Parent only. */
#include "apply/rdt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum {
	DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
	STATUS_MAX = 4096,
	SCHEMATA_MAX = 1024 * 1024,
	TASKS_MAX = 64 * 1024 * 1024,
};

/* ---- errors ---- */

/* "TEXT (resctrl: no free closid): No space left on device": the errno alone says little. */
PRINTF_LIKE(3, 4)
static struct err *kernel_err(const struct rdt *rdt, int rc, const char *fmt, ...)
{
	drop_strbuf struct strbuf status = { 0 };
	va_list args;

	va_start(args, fmt);
	drop_mem char *what = mem_vasprintf(fmt, args);
	va_end(args);
	drop_err struct err *unread =
		io_read_file(rdt->root_fd, "info/last_cmd_status", STATUS_MAX, &status);
	drop_mem char *text = mem_strdup(strbuf_text(&status));
	text[strcspn(text, "\n")] = '\0';
	if (unread || !*text || str_equal(text, "ok"))
		return err_sys(rc, "%s", what);
	return err_sys(rc, "%s (resctrl: %s)", what, text);
}

/* The group as people would find it: "/sys/fs/resctrl/name". */
static char *group_path(const struct plan_rdt *plan)
{
	return mem_asprintf("%s%s%s", plan->root, *plan->group ? "/" : "", plan->group);
}

/* ---- the group ---- */

static struct err *check_group(const struct rdt *rdt, const char *path)
{
	struct stat st;
	int rc = sys_fstatat(rdt->group_fd, "tasks", &st, AT_SYMLINK_NOFOLLOW);

	if (rc >= 0 && S_ISREG(st.st_mode))
		return NULL;
	return err_new(ERR_CONFIG, "linux.intelRdt.closID: %s is no group of resctrl", path);
}

/* Another's, or everybody's: it is joined as it is, and what it says is not changed. */
static struct err *compare(const struct rdt *rdt, const char *path)
{
	drop_strbuf struct strbuf text = { 0 };

	if (!rdt->plan->lines_n)
		return NULL;
	TRY(err_link(io_read_file(rdt->group_fd, "schemata", SCHEMATA_MAX, &text), "%s", path));
	const struct plan_rdt_line *line = rdt_find_difference(rdt->plan, strbuf_text(&text));
	if (!line)
		return NULL;
	return err_new(ERR_CONFIG, "%s: the group %s exists and its schemata are not \"%s\"",
		       line->place, path, line->text);
}

static struct err *write_schemata(const struct rdt *rdt, const char *path)
{
	for (size_t i = 0; i < rdt->plan->lines_n; i++) {
		const struct plan_rdt_line *line = &rdt->plan->lines[i];
		/* A line without its end is refused. */
		drop_mem char *text = mem_asprintf("%s\n", line->text);
		int rc = io_try_write_kernel_file(rdt->group_fd, "schemata", text);

		if (rc < 0)
			return kernel_err(rdt, rc, "%s: write \"%s\" to %s/schemata", line->place,
					  line->text, path);
	}
	return NULL;
}

static struct err *make_group(struct rdt *rdt, struct journal *journal, const char *path)
{
	const struct plan_rdt *plan = rdt->plan;

	/* A class that the configuration names stays when the container goes: others may use it. */
	TRY(journal_add(journal, plan->by_id ? JOURNAL_RDT : JOURNAL_RDT_SHARED, "%s", path));
	int rc = sys_mkdirat(rdt->root_fd, plan->group, 0755);
	if (rc < 0)
		return kernel_err(rdt, rc, "linux.intelRdt: make the group %s", path);
	rdt->group_fd = sys_openat(rdt->root_fd, plan->group, DIRECTORY, 0);
	if (rdt->group_fd < 0)
		return err_sys(rdt->group_fd, "linux.intelRdt: open the group %s", path);
	return write_schemata(rdt, path);
}

static struct err *enter_group(struct rdt *rdt, struct journal *journal, const char *path)
{
	const struct plan_rdt *plan = rdt->plan;

	rdt->group_fd = *plan->group ? sys_openat(rdt->root_fd, plan->group, DIRECTORY, 0)
				     : sys_fcntl(rdt->root_fd, F_DUPFD_CLOEXEC, 3);
	if (rdt->group_fd >= 0) {
		TRY(check_group(rdt, path));
		return compare(rdt, path);
	}
	if (rdt->group_fd == -ENOENT && plan->may_make)
		return make_group(rdt, journal, path);
	if (rdt->group_fd == -ENOENT)
		return err_hint(
			err_new(ERR_NOT_FOUND, "linux.intelRdt.closID: there is no group %s", path),
			"with schemata it would be made");
	return err_sys(rdt->group_fd, "linux.intelRdt: open the group %s", path);
}

/* ---- monitoring ---- */

/* The root has this directory where the processor can monitor, and then so has every group. */
static struct err *check_monitoring(const struct rdt *rdt)
{
	struct stat st;

	if (!rdt->plan->monitor || sys_fstatat(rdt->root_fd, "mon_groups", &st, 0) == 0)
		return NULL;
	return err_new(ERR_UNSUPPORTED,
		       "linux.intelRdt.enableMonitoring: this machine has no resctrl monitoring");
}

static struct err *make_monitor(struct rdt *rdt, struct journal *journal, const char *path)
{
	const char *name = rdt->plan->monitor;
	struct stat st;

	if (!name)
		return NULL;
	drop_mem char *rel = mem_asprintf("mon_groups/%s", name);
	/* Another's: not ours to use, nor the journal's to remove. */
	if (sys_fstatat(rdt->group_fd, rel, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_new(ERR_EXISTS, "linux.intelRdt.enableMonitoring: %s/%s exists already",
			       path, rel);
	TRY(journal_add(journal, JOURNAL_RDT, "%s/%s", path, rel));
	int rc = sys_mkdirat(rdt->group_fd, rel, 0755);
	if (rc < 0)
		return kernel_err(rdt, rc, "linux.intelRdt.enableMonitoring: make %s/%s", path,
				  rel);
	rdt->monitor_fd = sys_openat(rdt->group_fd, rel, DIRECTORY, 0);
	return rdt->monitor_fd < 0
		       ? err_sys(rdt->monitor_fd, "linux.intelRdt: open %s/%s", path, rel)
		       : NULL;
}

struct err *rdt_create(const struct plan_rdt *plan, struct journal *journal, struct rdt *out)
{
	*out = (struct rdt)RDT_INIT;
	if (!plan->root)
		return NULL;
	out->plan = plan;
	drop_mem char *path = group_path(plan);
	out->root_fd = sys_open(plan->root, DIRECTORY, 0);
	if (out->root_fd < 0)
		return err_sys(out->root_fd, "linux.intelRdt: open %s", plan->root);
	TRY(check_monitoring(out));
	/* The kernel's documentation asks for this lock: between another's mkdir and the end of its
	 * writing, the group would be compared half-made. */
	int rc = sys_flock(out->root_fd, LOCK_EX);
	if (rc < 0)
		return err_sys(rc, "linux.intelRdt: lock %s", plan->root);
	struct err *err = enter_group(out, journal, path);
	if (!err)
		err = make_monitor(out, journal, path);
	(void)sys_flock(out->root_fd, LOCK_UN);
	return err;
}

/* ---- the process ---- */

static struct err *add_task(const struct rdt *rdt, int group_fd, pid_t pid, const char *what)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)pid);
	int rc = io_try_write_kernel_file(group_fd, "tasks", digits);
	return rc < 0 ? kernel_err(rdt, rc, "linux.intelRdt: put process %s into the %s group",
				   digits, what)
		      : NULL;
}

static struct err *open_existing(int dirfd, const char *path, int *out_fd)
{
	*out_fd = sys_openat(dirfd, path, DIRECTORY, 0);
	return *out_fd < 0 ? err_sys(*out_fd, "linux.intelRdt: open the group %s", path) : NULL;
}

struct err *rdt_open(const struct plan_rdt *plan, struct rdt *out)
{
	if (!plan->root)
		return NULL;
	out->plan = plan;
	TRY(open_existing(AT_FDCWD, plan->root, &out->root_fd));
	TRY(open_existing(out->root_fd, *plan->group ? plan->group : ".", &out->group_fd));
	if (!plan->monitor)
		return NULL;
	drop_mem char *rel = mem_asprintf("mon_groups/%s", plan->monitor);
	return open_existing(out->group_fd, rel, &out->monitor_fd);
}

struct err *rdt_join(const struct rdt *rdt, pid_t pid)
{
	if (!rdt->plan)
		return NULL;
	/* A monitoring group takes only members of the group that it is in. */
	TRY(add_task(rdt, rdt->group_fd, pid, "resctrl"));
	return rdt->monitor_fd < 0 ? NULL : add_task(rdt, rdt->monitor_fd, pid, "monitoring");
}

void rdt_close(struct rdt *rdt)
{
	fd_closep(&rdt->root_fd);
	fd_closep(&rdt->group_fd);
	fd_closep(&rdt->monitor_fd);
}

/* ---- update ---- */

static struct err *open_own_group(const struct plan_rdt *plan, const char *path, struct rdt *out)
{
	*out = (struct rdt)RDT_INIT;
	out->plan = plan;
	if (!plan->by_id)
		return err_hint(err_new(ERR_UNSUPPORTED,
					"linux.intelRdt: the class %s is not the container's own",
					path),
				"closID names it, so others may run in it too: its schemata are "
				"not changed");
	out->root_fd = sys_open(plan->root, DIRECTORY, 0);
	if (out->root_fd < 0)
		return err_sys(out->root_fd, "linux.intelRdt: open %s", plan->root);
	out->group_fd = sys_openat(out->root_fd, plan->group, DIRECTORY, 0);
	if (out->group_fd < 0)
		return err_sys(out->group_fd, "linux.intelRdt: open the group %s", path);
	int rc = sys_flock(out->root_fd, LOCK_EX);
	return rc < 0 ? err_sys(rc, "linux.intelRdt: lock %s", plan->root) : NULL;
}

/* Lines of the kernel's begin with blanks. */
static struct err *write_lines(const struct rdt *rdt, const char *path, const char *text)
{
	drop_mem char *copy = mem_strdup(text);

	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " ");
		if (!*line)
			continue;
		drop_mem char *whole = mem_asprintf("%s\n", line);
		int rc = io_try_write_kernel_file(rdt->group_fd, "schemata", whole);

		if (rc < 0)
			return kernel_err(rdt, rc, "write \"%s\" to %s/schemata", line, path);
	}
	return NULL;
}

struct err *rdt_update(const struct plan_rdt *plan, struct strbuf *old)
{
	drop_rdt struct rdt rdt = RDT_INIT;
	drop_mem char *path = group_path(plan);

	TRY(open_own_group(plan, path, &rdt));
	TRY(err_link(io_read_file(rdt.group_fd, "schemata", SCHEMATA_MAX, old), "%s", path));
	struct err *err = write_schemata(&rdt, path);
	return err ? err_attach(err, write_lines(&rdt, path, strbuf_text(old))) : NULL;
}

struct err *rdt_update_undo(const struct plan_rdt *plan, const struct strbuf *old)
{
	drop_rdt struct rdt rdt = RDT_INIT;
	drop_mem char *path = group_path(plan);

	TRY(open_own_group(plan, path, &rdt));
	return write_lines(&rdt, path, strbuf_text(old));
}

/* ---- undo ---- */

struct err *rdt_remove(const char *path)
{
	int rc = sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);

	return rc < 0 && rc != -ENOENT ? err_sys(rc, "remove the resctrl group %s", path) : NULL;
}

struct err *rdt_remove_if_unused(const char *path)
{
	drop_strbuf struct strbuf tasks = { 0 };
	drop_mem char *file = mem_asprintf("%s/tasks", path);
	struct err *err = io_read_file(AT_FDCWD, file, TASKS_MAX, &tasks);

	if (err && err_errno(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (err || tasks.len)
		return err;
	return rdt_remove(path);
}

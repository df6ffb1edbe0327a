/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New limits for a container's groups. What the files had before is read first, as writes like the
 * new ones, so that a failure in the middle is taken back the same way (lesson C63). Parent only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "apply/systemd.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum {
	FILE_MAX = 1024 * 1024,
	MOVE_ROUNDS = 100, /* against processes that fork while they are moved */
};

/* ---- what was there ---- */

/* Files with a line for each device or interface: what a line says that is not there. */
static const struct {
	const char *file; /* begins with this */
	const char *none;
} keyed_files[] = {
	{ "blkio.throttle.", "0" },	      { "blkio.bfq.weight_device", "default" },
	{ "blkio.weight_device", "default" }, { "io.max", "rbps=max wbps=max riops=max wiops=max" },
	{ "io.bfq.weight", "default" },	      { "io.weight", "default" },
	{ "net_prio.ifpriomap", "0" },	      { "rdma.max", "hca_handle=max hca_object=max" },
};

/* The word of a line without one for the key; NULL: a file with one value. */
static const char *none_of(const char *file)
{
	for (size_t i = 0; i < ARRAY_LEN(keyed_files); i++) {
		if (str_starts_with(file, keyed_files[i].file))
			return keyed_files[i].none;
	}
	return NULL;
}

static char *first_line(struct arena *arena, const char *text)
{
	size_t len = strcspn(text, "\n");

	/* A write of no bytes does nothing; a blank empties a list. */
	return len ? arena_strndup(arena, text, len) : arena_strdup(arena, " ");
}

/* What to write to have again what `file`, whose text is given, says where `value` will. */
static char *old_value(struct arena *arena, const char *file, const char *value, const char *text)
{
	static const char oom[] = "oom_kill_disable ";
	const char *none = none_of(file);
	size_t key_len = strcspn(value, " ");

	if (str_starts_with(text, oom))
		return first_line(arena, text + strlen(oom));
	if (!none || !value[key_len])
		return first_line(arena, text);
	const char *line = str_line_of(text, value, key_len);
	if (line)
		return first_line(arena, line);
	return arena_asprintf(arena, "%.*s %s", (int)key_len, value, none);
}

static void add_old(struct cgroup_update *update, const struct plan_cgroup_write *write,
		    const char *file, const char *value, const char *text, struct plan_cgroup *old)
{
	struct plan_cgroup_write *writes =
		arena_grow(&update->arena, (void *)(uintptr_t)old->writes, old->writes_n,
			   old->writes_n + 1, sizeof(*writes));

	writes[old->writes_n++] = (struct plan_cgroup_write){
		.dir = write->dir,
		.file = arena_strdup(&update->arena, file),
		.value = old_value(&update->arena, file, value, text),
		.place = write->place,
		.may_be_absent = true,
		.tied = write->tied,
	};
	old->writes = writes;
}

/* Several lines, of unified, are several writes. */
static void add_old_lines(struct cgroup_update *update, const struct plan_cgroup_write *write,
			  const char *file, const char *value, const char *text,
			  struct plan_cgroup *old)
{
	drop_mem char *copy = mem_strdup(value);

	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			add_old(update, write, file, line, text, old);
	}
}

/* A file that can't be read has nothing that could be put back: then the write decides. */
static void add_old_file(struct cgroup_update *update, const struct plan_cgroup_write *write,
			 const char *file, const char *value, struct plan_cgroup *old)
{
	drop_strbuf struct strbuf text = { 0 };
	int fd = update->cgroup.groups[write->dir].dir_fd;
	drop_err struct err *err = io_read_file(fd, file, FILE_MAX, &text);

	if (!err)
		add_old_lines(update, write, file, value, strbuf_text(&text), old);
}

/* What the files that `writes` are for say now, as writes. */
static struct plan_cgroup remember(struct cgroup_update *update,
				   const struct plan_cgroup_write *writes, size_t n)
{
	struct plan_cgroup old = *update->cgroup.plan;

	old.writes = NULL;
	old.writes_n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct plan_cgroup_write *write = &writes[i];

		/* The other file gets its value where the first does nothing for the device. */
		add_old_file(update, write, write->file, write->value, &old);
		if (write->other_file)
			add_old_file(update, write, write->other_file, write->other_value, &old);
	}
	return old;
}

/* ---- the groups ---- */

static struct err *open_groups(struct cgroup_update *update)
{
	const struct plan_cgroup *plan = update->cgroup.plan;
	struct cgroup_group *groups = mem_zalloc((plan->dirs_n + 1) * sizeof(*groups));

	update->cgroup.groups = groups;
	for (size_t i = 0; i < plan->dirs_n; i++)
		groups[i].dir_fd = groups[i].procs_fd = groups[i].lock_fd = -1;
	for (size_t i = 0; i < update->existing; i++) {
		const struct plan_cgroup_dir *dir = &plan->dirs[i];
		drop_mem char *path = mem_asprintf("%s/%s", dir->mount_point, dir->rel);

		groups[i].dir_fd = cgroup_open(path, NULL);
		if (groups[i].dir_fd < 0)
			return err_sys(groups[i].dir_fd, "cgroup %s", path);
		if (dir->enable)
			TRY(cgroup_enable_above(dir));
	}
	return NULL;
}

static struct err *make_groups(struct cgroup_update *update)
{
	const struct plan_cgroup *plan = update->cgroup.plan;

	for (size_t i = update->existing; i < plan->dirs_n; i++)
		TRY(cgroup_make(&plan->dirs[i], false, 0, update->journal,
				&update->cgroup.groups[i]));
	return NULL;
}

static void remove_groups(const struct cgroup_update *update)
{
	const struct plan_cgroup *plan = update->cgroup.plan;

	for (size_t i = update->existing; i < plan->dirs_n; i++) {
		drop_mem char *path =
			mem_asprintf("%s/%s", plan->dirs[i].mount_point, plan->dirs[i].rel);

		cgroup_remove_if_empty(path);
	}
}

static struct err *move_process(const struct cgroup_update *update, pid_t pid)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%d", (int)pid);
	for (size_t i = update->existing; i < update->cgroup.plan->dirs_n; i++) {
		int rc = io_try_write_kernel_file(update->cgroup.groups[i].dir_fd, "cgroup.procs",
						  digits);

		if (rc == -ESRCH)
			return NULL;
		if (rc < 0)
			return err_sys(rc, "move process %s into %s/%s", digits,
				       update->cgroup.plan->dirs[i].mount_point,
				       update->cgroup.plan->dirs[i].rel);
	}
	return NULL;
}

static bool has_pid(const struct cgroup_pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->n; i++) {
		if (pids->items[i] == pid)
			return true;
	}
	return false;
}

/*
 * Everything that is in the v2 group. What a process forks before it is moved stays outside, and is
 * found the next time round; what it forks later is where it is.
 */
static struct err *move_processes(const struct cgroup_update *update)
{
	const struct plan_cgroup *plan = update->cgroup.plan;
	const struct plan_cgroup_dir *v2 = &plan->dirs[plan->v2_dir];
	drop_mem char *path = mem_asprintf("%s/%s", v2->mount_point, v2->rel);
	drop_pids struct cgroup_pids moved = { 0 };

	for (int round = 0; round < MOVE_ROUNDS; round++) {
		drop_pids struct cgroup_pids pids = { 0 };
		bool any = false;

		TRY(cgroup_list_pids(path, &pids));
		for (size_t i = 0; i < pids.n; i++) {
			if (has_pid(&moved, pids.items[i]))
				continue;
			TRY(move_process(update, pids.items[i]));
			cgroup_pids_add(&moved, pids.items[i]);
			any = true;
		}
		if (!any)
			return NULL;
	}
	return err_new(ERR_SYS, "its processes fork faster than they can be moved into groups");
}

/* ---- the recipe ---- */

static struct err *change(struct cgroup_update *update)
{
	TRY(cgroup_write_limits(&update->cgroup));
	return update->existing < update->cgroup.plan->dirs_n ? move_processes(update) : NULL;
}

struct err *cgroup_update(const struct plan_cgroup *plan, size_t existing, struct journal *journal,
			  struct cgroup_update *out)
{
	*out = (struct cgroup_update){
		.cgroup.plan = plan,
		.existing = existing,
		.journal = journal,
	};
	TRY(open_groups(out));
	struct err *err = make_groups(out);
	if (!err)
		err = cgroup_check_limits(&out->cgroup);
	if (!err) {
		out->old = remember(out, plan->writes, plan->writes_n);
		err = change(out);
		if (err)
			err = err_attach(err, cgroup_update_undo(out));
	}
	if (err)
		remove_groups(out);
	return err;
}

/* What was never written, or refused, is as it was: no reason to try what may be refused again. */
static bool is_as_before(struct cgroup_update *update, const struct plan_cgroup_write *old)
{
	drop_strbuf struct strbuf text = { 0 };
	int fd = update->cgroup.groups[old->dir].dir_fd;
	drop_err struct err *err = io_read_file(fd, old->file, FILE_MAX, &text);

	return !err &&
	       str_equal(old_value(&update->arena, old->file, old->value, strbuf_text(&text)),
			 old->value);
}

static struct err *put_back(struct cgroup_update *update, const struct plan_cgroup *remembered)
{
	struct plan_cgroup plan = *remembered;
	const struct cgroup old = { .plan = &plan, .groups = update->cgroup.groups };
	struct plan_cgroup_write *writes =
		arena_zalloc(&update->arena, (plan.writes_n + 1) * sizeof(*writes));

	plan.writes = writes;
	plan.writes_n = 0;
	for (size_t i = 0; i < remembered->writes_n; i++) {
		if (!is_as_before(update, &remembered->writes[i]))
			writes[plan.writes_n++] = remembered->writes[i];
	}
	return cgroup_write_limits(&old);
}

struct err *cgroup_update_undo(struct cgroup_update *update)
{
	return err_link(put_back(update, &update->old), "put the old limits back");
}

struct err *cgroup_update_unit(struct cgroup_update *update)
{
	const struct plan_unit *unit = update->cgroup.plan->unit;

	if (!unit || !unit->properties_n)
		return NULL;
	const struct plan_cgroup exact = remember(update, unit->written, unit->written_n);
	TRY(systemd_update(unit));
	drop_err struct err *err = put_back(update, &exact);
	if (err)
		log_warn("limits are what systemd has made of them: %s", err_text(err));
	return NULL;
}

void cgroup_update_close(struct cgroup_update *update)
{
	cgroup_close(&update->cgroup);
	arena_free(&update->arena);
}

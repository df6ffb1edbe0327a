/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only cgroup v2 needs: controllers enabled from the root down, and delegation
 * (Documentation/admin-guide/cgroup-v2.rst; config-linux.md, "Cgroup ownership"). Parent only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

/* Of "+memory +pids": the names that the group does not have, "memory, pids"; free() by the caller.
 */
static char *missing_controllers(int group_fd, const char *controllers)
{
	drop_strbuf struct strbuf has = { 0 };
	struct strbuf missing = { 0 };
	struct err *err = io_read_file(group_fd, "cgroup.controllers", 4096, &has);
	drop_mem char *copy = mem_strdup(controllers);

	err_free(err);
	if (has.len) /* the line's end */
		has.data[--has.len] = '\0';
	for (char *rest = copy, *word; !err && (word = strsep(&rest, " "));) {
		if (*word == '+' &&
		    !str_list_has(strbuf_text(&has), ' ', word + 1, strlen(word + 1)))
			strbuf_addf(&missing, "%s%s", missing.len ? ", " : "", word + 1);
	}
	return strbuf_take(&missing);
}

/* Whether each of "+memory +pids" is in the group's cgroup.subtree_control. */
static bool are_enabled(int group_fd, const char *controllers)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *words = mem_strdup(controllers);
	drop_err struct err *err = io_read_file(group_fd, "cgroup.subtree_control", 4096, &text);

	if (err)
		return false;
	drop_mem char *enabled = mem_strdup(strbuf_text(&text));
	enabled[strcspn(enabled, "\n")] = '\0';
	for (char *rest = words, *word; (word = strsep(&rest, " "));) {
		if (*word && !str_list_has(enabled, ' ', word + 1, strlen(word + 1)))
			return false;
	}
	return true;
}

struct err *cgroup_v2_enable(int group_fd, const char *path, const char *controllers)
{
	int rc = io_try_write_kernel_file(group_fd, "cgroup.subtree_control", controllers);

	if (rc >= 0)
		return NULL;
	/* A delegated group is below others, which are not ours to write to. */
	if ((rc == -EACCES || rc == -EPERM || rc == -EROFS) && are_enabled(group_fd, controllers))
		return NULL;
	struct err *err = err_sys(rc, "enable controllers %s in %s/cgroup.subtree_control",
				  controllers, path);
	/* To one who may not write here, too: no privilege helps. */
	drop_mem char *missing = missing_controllers(group_fd, controllers);
	if (*missing)
		return err_hint(err,
				"the limits need what this group does not have "
				"(cgroup.controllers): %s",
				missing);
	err = cgroup_explain(err, rc);
	if (rc == -EBUSY)
		return err_hint(err, "a v2 group with processes of its own can't give controllers "
				     "to groups below it: choose another cgroupsPath");
	if (rc == -EOPNOTSUPP)
		return err_hint(err,
				"the group is threaded: domain controllers can't be used below it");
	if (rc != -EINVAL || !str_list_has(controllers, ' ', "+cpu", strlen("+cpu")))
		return err;
	return err_hint(err, "cpu can't be enabled while real-time processes are outside the root "
			     "group");
}

static struct err *give(int group_fd, const char *file, uid_t uid)
{
	int rc = sys_fchownat(group_fd, file, uid, (gid_t)-1, *file ? 0 : AT_EMPTY_PATH);

	/* Files of this list may be missing: it covers all controllers and kernel versions. */
	return rc < 0 && rc != -ENOENT ? err_sys(rc, "give %s of the group to uid %u",
						 *file ? file : "the directory", uid)
				       : NULL;
}

struct err *cgroup_v2_delegate(int group_fd, uid_t uid)
{
	static const char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	drop_strbuf struct strbuf text = { 0 };
	struct err *err = io_read_file(AT_FDCWD, "/sys/kernel/cgroup/delegate", 64 * 1024, &text);

	if (err)
		err_free(err);
	drop_mem char *list = mem_strdup(err ? fallback : strbuf_text(&text));
	TRY(give(group_fd, "", uid));
	for (char *rest = list, *file; (file = strsep(&rest, "\n"));) {
		if (*file && !strchr(file, '/'))
			TRY(give(group_fd, file, uid));
	}
	return NULL;
}

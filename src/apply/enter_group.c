/* SPDX-License-Identifier: Apache-2.0 */
/* The groups that a process of exec enters. See enter.h. Parent only; opens, never changes. */
#include "apply/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/cgroup_parts.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { CGROUP_FILE_MAX = 64 * 1024 };

static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENODEV;
}

/* Below the group by descriptor: what the container may make in there leads nowhere else
 * (lesson S42). */
static struct err *open_sub(const struct enter_group *group, int *fd)
{
	if (!group->sub || !*group->sub)
		return NULL;
	drop_fd int sub_fd = sys_openat2(*fd, group->sub, O_RDONLY | O_DIRECTORY, 0,
					 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (sub_fd < 0)
		return err_sys(sub_fd, "option --cgroup: %s/%s", group->path, group->sub);
	fd_closep(fd);
	*fd = take_fd(&sub_fd);
	return NULL;
}

static struct err *open_procs(const struct enter_group *group, int group_fd,
			      struct enter_context *context)
{
	if (context->procs_n == ENTER_GROUPS_MAX)
		return err_new(ERR_BUG, "more than %d groups are recorded", ENTER_GROUPS_MAX);
	int fd = sys_openat(group_fd, "cgroup.procs", O_WRONLY, 0);
	if (fd < 0)
		return err_sys(fd, "open %s/cgroup.procs", group->path);
	context->procs_fds[context->procs_n++] = fd;
	return NULL;
}

/* The length of the part of `path` that is where its v2 hierarchy is mounted; 0: in none. */
static size_t mount_point_len(const char *path)
{
	drop_mem char *rest = mem_strdup(path);
	struct statfs fs;
	size_t len = 0;

	for (char *slash; (slash = strrchr(rest, '/')) && slash != rest; *slash = '\0') {
		if (sys_statfs(rest, &fs) < 0)
			continue; /* the group itself may be gone */
		if (fs.f_type != CGROUP2_SUPER_MAGIC)
			break;
		len = strlen(rest);
	}
	return len;
}

static struct err *open_group(const struct enter_request *request, const struct enter_group *group,
			      struct enter_context *context, struct enter_groups *out)
{
	bool v2 = false;
	drop_fd int fd = cgroup_open(group->path, &v2);

	/* init was moved: by itself, or by the system's manager */
	if (is_gone(fd) && !group->sub && mount_point_len(group->path))
		return enter_group_of_init(request, group->path, &out->v2_fd);
	if (fd < 0)
		return err_sys(fd, "open the group %s", group->path);
	TRY(open_sub(group, &fd));
	if (!v2)
		return open_procs(group, fd, context);
	out->v2_fd = take_fd(&fd);
	out->fallback = group->sub ? NULL : group->path;
	return NULL;
}

struct err *enter_groups_open(const struct enter_request *request, struct enter_context *context,
			      struct enter_groups *out)
{
	for (size_t i = 0; i < request->groups_n; i++)
		TRY(open_group(request, &request->groups[i], context, out));
	return NULL;
}

/* The path behind "0::" in a process's cgroup file; NULL if it is in no v2 group. */
static char *v2_path(char *text)
{
	for (char *line = text; line && *line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		if (str_starts_with(line, "0::"))
			return line + strlen("0::");
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

struct err *enter_group_of_init(const struct enter_request *request, const char *recorded,
				int *out_fd)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *file = mem_asprintf("/proc/%d/cgroup", (int)request->init_pid);
	int len = (int)mount_point_len(recorded);

	TRY(io_read_file(AT_FDCWD, file, CGROUP_FILE_MAX, &text));
	drop_mem char *copy = mem_strdup(strbuf_text(&text));
	const char *group = v2_path(copy);
	if (!len || !group)
		return err_new(ERR_STATE, "the group %s is gone, and init is in no other",
			       recorded);
	drop_mem char *path = mem_asprintf("%.*s%s", len, recorded, group);
	int fd = cgroup_open(path, NULL);
	if (fd < 0)
		return err_sys(fd, "open init's group %s", path);
	fd_closep(out_fd);
	*out_fd = fd;
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* An observed thread's memory, files and descriptors. See tracee.h. The observing process. */
#include "observe/tracee.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "sys/io.h"
#include "sys/sys.h"
#include "sys/trace.h"

/* ---- memory ---- */

const char *tracee_string(struct arena *arena, pid_t tid, uint64_t at)
{
	char buf[PATH_MAX];
	size_t len = 0, page = sys_page_size();

	/* Page by page: what lies behind the string may be no memory. */
	while (len < sizeof(buf)) {
		size_t want = page - (size_t)((at + len) % page);

		if (want > sizeof(buf) - len)
			want = sizeof(buf) - len;
		ssize_t n = sys_process_read(tid, at + len, buf + len, want);
		if (n <= 0)
			return NULL;
		const char *end = memchr(buf + len, '\0', (size_t)n);
		len += (size_t)n;
		if (end)
			return arena_strndup(arena, buf, (size_t)(end - buf));
	}
	return NULL;
}

/* ---- paths ---- */

static int open_entry(const struct view *view, pid_t tid, const char *entry, int flags)
{
	drop_mem char *path = mem_asprintf("%d/%s", (int)tid, entry);

	return sys_openat(view->proc_dirfd, path, O_PATH | flags, 0);
}

/* Where /proc/self and its likes would be ours and not the thread's: what follows, or NULL. */
static const char *own_entry(const char *path)
{
	static const struct {
		const char *prefix, *entry;
	} rows[] = {
		{ "/proc/self/", "" },
		{ "/proc/thread-self/", "" },
		{ "/dev/fd/", "fd/" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].prefix);

		if (str_starts_with(path, rows[i].prefix))
			return path + len - strlen(rows[i].entry);
	}
	return NULL;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int open_absolute(const struct view *view, pid_t tid, const char *path, int flags)
{
	const char *own = own_entry(path);
	struct stat st;

	if (own)
		return open_entry(view, tid, own, flags);
	drop_fd int root_fd = open_entry(view, tid, "root", O_DIRECTORY);
	if (root_fd < 0 || sys_fstat(root_fd, &st) < 0 || same_file(&st, &view->root))
		return sys_open(path, O_PATH | flags, 0);
	while (*path == '/') /* it has changed its root further */
		path++;
	return sys_openat2(root_fd, *path ? path : ".", (uint64_t)(O_PATH | flags), 0,
			   RESOLVE_IN_ROOT);
}

int tracee_open(const struct view *view, pid_t tid, int dirfd, const char *path, int flags)
{
	drop_mem char *entry = dirfd == AT_FDCWD ? mem_strdup("cwd") : mem_asprintf("fd/%d", dirfd);

	if (path[0] == '/')
		return open_absolute(view, tid, path, flags);
	if (!path[0]) /* AT_EMPTY_PATH */
		return open_entry(view, tid, entry, flags);
	drop_fd int base_fd = open_entry(view, tid, entry, O_DIRECTORY);
	return base_fd < 0 ? base_fd : sys_openat(base_fd, path, O_PATH | flags, 0);
}

/* ---- what a file is ---- */

/*
 * Names below a procfs or devpts are others in the next run (a process, a terminal), and a procfs
 * makes its inodes anew when it has dropped them, so that a rule for one would not hold: the mount
 * point stands for all.
 */
static void climb(char *path, long type)
{
	for (;;) {
		char *slash = strrchr(path, '/');
		struct statfs fs;

		if (!slash || slash == path)
			return;
		*slash = '\0';
		if (sys_statfs(path, &fs) < 0 || fs.f_type != type) {
			*slash = '/';
			return;
		}
	}
}

static bool strip(char *text, const char *suffix)
{
	if (!str_ends_with(text, suffix))
		return false;
	text[strlen(text) - strlen(suffix)] = '\0';
	return true;
}

/* Whether the path leads to it in the container: what was opened elsewhere has a path, too. */
static bool leads_to(const char *path, const struct stat *st)
{
	struct stat there;

	return sys_fstatat(AT_FDCWD, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       same_file(&there, st);
}

void view_describe(struct view *view, struct arena *arena, int fd, struct seen_file *out)
{
	drop_mem char *entry = mem_asprintf("self/fd/%d", fd);
	char *text = arena_zalloc(arena, PATH_MAX);
	struct statfs fs;
	struct stat st;

	*out = (struct seen_file){ 0 };
	if (sys_readlinkat(view->proc_dirfd, entry, text, PATH_MAX) <= 0 || text[0] != '/' ||
	    str_starts_with(text, "/memfd:") || sys_fstat(fd, &st) < 0 || sys_fstatfs(fd, &fs) < 0)
		return;
	out->type = st.st_mode & S_IFMT;
	out->unnamed = st.st_nlink == 0 && strip(text, " (deleted)");
	if (!out->unnamed && !leads_to(text, &st)) {
		findings_note(view->findings, NOTE_OUTSIDE, text);
		return;
	}
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == DEVPTS_SUPER_MAGIC)
		climb(text, fs.f_type);
	out->path = text;
}

void tracee_file(struct view *view, struct arena *arena, pid_t tid, const char *entry,
		 struct seen_file *out)
{
	drop_fd int fd = open_entry(view, tid, entry, 0);

	*out = (struct seen_file){ 0 };
	if (fd >= 0)
		view_describe(view, arena, fd, out);
}

void tracee_fd(struct view *view, struct arena *arena, pid_t tid, int fd, struct seen_file *out)
{
	drop_mem char *entry = mem_asprintf("fd/%d", fd);

	tracee_file(view, arena, tid, entry, out);
}

void tracee_name(struct view *view, struct arena *arena, pid_t tid, int dirfd, const char *path,
		 struct seen_file *out)
{
	char *dir = arena_strdup(arena, path);
	struct seen_file folder;
	struct stat st;

	*out = (struct seen_file){ 0 };
	while (strlen(dir) > 1 && str_ends_with(dir, "/"))
		dir[strlen(dir) - 1] = '\0';
	const char *name = path_base(dir);
	if (!*name || str_equal(name, ".") || str_equal(name, ".."))
		return;
	name = arena_strdup(arena, name);
	dir[strlen(dir) - strlen(name)] = '\0';
	drop_fd int fd = tracee_open(view, tid, dirfd, *dir ? dir : ".", O_DIRECTORY);
	if (fd < 0)
		return;
	view_describe(view, arena, fd, &folder);
	if (!folder.path)
		return;
	if (sys_fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		out->type = st.st_mode & S_IFMT;
	out->path = arena_asprintf(arena, "%s/%s", folder.path[1] ? folder.path : "", name);
}

/* ---- descriptors ---- */

static int copy_fd(const struct view *view, pid_t tid, int fd)
{
	drop_mem char *path = mem_asprintf("%d/status", (int)tid);
	drop_strbuf struct strbuf text = { 0 };
	drop_err struct err *err = io_read_file(view->proc_dirfd, path, PATH_MAX, &text);
	const char *line = err ? NULL : strstr(strbuf_text(&text), "\nTgid:");

	if (!line)
		return -ESRCH;
	drop_fd int pidfd = sys_pidfd_open((pid_t)strtol(line + strlen("\nTgid:"), NULL, 10), 0);
	return pidfd < 0 ? pidfd : sys_pidfd_getfd(pidfd, fd);
}

struct holding {
	struct view *view;
	pid_t pid;
};

static bool hold(const char *name, void *data)
{
	struct holding *holding = data;
	struct view *view = holding->view;
	uint32_t number;

	if (view->held_n == VIEW_HELD_MAX || !str_to_u32(name, &number))
		return true;
	int fd = copy_fd(view, holding->pid, (int)number);
	if (fd >= 0)
		view->held_fds[view->held_n++] = fd;
	return true;
}

void view_hold_files(struct view *view, pid_t pid)
{
	struct holding holding = { view, pid };
	drop_fd int fd = open_entry(view, pid, "fd", O_DIRECTORY);

	if (fd >= 0)
		(void)io_for_each_name(fd, hold, &holding);
}

bool view_holds(const struct view *view, pid_t tid, int fd)
{
	for (size_t i = 0; i < view->held_n; i++) {
		if (sys_kcmp_file(getpid(), tid, view->held_fds[i], fd) == 0)
			return true;
	}
	return false;
}

int tracee_protocol(const struct view *view, pid_t tid, int fd)
{
	drop_fd int copy = copy_fd(view, tid, fd);
	int domain = 0, protocol = 0;

	if (copy < 0 || sys_getsockopt_int(copy, SOL_SOCKET, SO_DOMAIN, &domain) < 0 ||
	    (domain != AF_INET && domain != AF_INET6) ||
	    sys_getsockopt_int(copy, SOL_SOCKET, SO_PROTOCOL, &protocol) < 0)
		return 0;
	return protocol;
}

bool tracee_has_port(const struct view *view, pid_t tid, int fd)
{
	drop_fd int copy = copy_fd(view, tid, fd);
	struct sockaddr_in6 address = { 0 };
	socklen_t len = sizeof(address);

	/* the port is at the same place for IPv4 */
	return copy >= 0 && sys_getsockname(copy, (void *)&address, &len) == 0 && address.sin6_port;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row per system call, and a function for what it does. See calls.h. A call that fails needs no
 * right: under a policy it fails as well. The exception is in calls_net.c.
 */
#include "observe/calls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "observe/calls_parts.h"
#include "sys/sys.h"
#include "sys/trace.h"

/* ---- files ---- */

static uint64_t open_flags(const struct call *call)
{
	struct open_how how = { 0 };

	if (call->row->nr == SYS_openat2)
		return sys_process_read(call->tid, call->args[2], &how, sizeof(how.flags)) > 0
			       ? how.flags
			       : 0;
	return call->row->flags < 0 ? O_CREAT | O_WRONLY | O_TRUNC /* creat */ : call->flags;
}

static void enter_open(struct view *view, struct call *call)
{
	call->flags = open_flags(call);
	if (!(call->flags & O_CREAT) || call->row->path < 0)
		return;
	int follow = call->flags & (O_NOFOLLOW | O_EXCL) ? O_NOFOLLOW : 0;
	const char *path = call_path(call, call->row->path);
	drop_fd int fd =
		path ? tracee_open(view, call->tid, call_dirfd(call, call->row->dir), path, follow)
		     : -1;
	call->existed = fd != -ENOENT;
}

static uint64_t open_rights(const struct call *call, const struct seen_file *file, bool made)
{
	uint64_t rights = 0;
	uint64_t access = call->flags & O_ACCMODE;

	if (S_ISDIR(file->type))
		return LANDLOCK_ACCESS_FS_READ_DIR;
	if (access == O_RDONLY || access == O_RDWR)
		rights |= LANDLOCK_ACCESS_FS_READ_FILE;
	if (access == O_WRONLY || access == O_RDWR)
		rights |= LANDLOCK_ACCESS_FS_WRITE_FILE;
	if (call->flags & O_TRUNC && S_ISREG(file->type) && !made)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static void leave_open(struct view *view, struct call *call, int64_t result)
{
	struct seen_file file;

	if (call->flags & O_PATH)
		return; /* opens nothing */
	tracee_fd(view, &call->arena, call->tid, (int)result, &file);
	if (!file.path)
		return;
	bool made = call->flags & O_CREAT && !call->existed && S_ISREG(file.type) && !file.unnamed;
	if (made)
		findings_make(view->findings, file.path, S_IFREG);
	if (made && call->flags & O_TRUNC)
		findings_use_again(view->findings, file.path, LANDLOCK_ACCESS_FS_TRUNCATE);
	use_file(view, &file, open_rights(call, &file, made));
}

static void enter_truncate(struct view *view, struct call *call)
{
	const char *path = call_path(call, call->row->path);
	drop_fd int fd = path ? tracee_open(view, call->tid, AT_FDCWD, path, 0) : -1;

	if (fd >= 0)
		view_describe(view, &call->arena, fd, &call->one);
}

static void leave_truncate(struct view *view, struct call *call, int64_t result UNUSED)
{
	use_file(view, &call->one, LANDLOCK_ACCESS_FS_TRUNCATE);
}

/* Of a descriptor: the kernel asks what was allowed when it was opened. */
static void use_fd(struct view *view, struct call *call, bool (*fits)(mode_t type), uint64_t right)
{
	int fd = (int)call->args[0];
	struct seen_file file;

	tracee_fd(view, &call->arena, call->tid, fd, &file);
	if (file.path && fits(file.type) && !view_holds(view, call->tid, fd))
		use_file(view, &file, right);
}

static bool is_regular(mode_t type)
{
	return S_ISREG(type);
}

static bool is_device(mode_t type)
{
	return S_ISCHR(type) || S_ISBLK(type);
}

static void leave_ftruncate(struct view *view, struct call *call, int64_t result UNUSED)
{
	use_fd(view, call, is_regular, LANDLOCK_ACCESS_FS_TRUNCATE);
}

static void leave_ioctl(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!ioctl_is_free((uint32_t)call->args[1]))
		use_fd(view, call, is_device, LANDLOCK_ACCESS_FS_IOCTL_DEV);
}

/* ---- names ---- */

static void see_name(struct view *view, struct call *call, int dir, int path_at,
		     struct seen_file *out)
{
	const char *path = path_at < 0 ? NULL : call_path(call, path_at);

	if (path)
		tracee_name(view, &call->arena, call->tid, call_dirfd(call, dir), path, out);
}

static void enter_names(struct view *view, struct call *call)
{
	see_name(view, call, call->row->dir, call->row->path, &call->one);
	see_name(view, call, call->row->dir2, call->row->path2, &call->two);
}

/* What a path that could not be read hid: the policy may lack a right. */
static bool lost(struct view *view, const struct call *call)
{
	bool is = !call->one.path || (call->row->path2 >= 0 && !call->two.path);

	if (is)
		findings_note(view->findings, NOTE_LOST, call->row->name);
	return is;
}

static void leave_unlink(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!lost(view, call))
		findings_remove(view->findings, call->one.path,
				call->row->nr != SYS_unlinkat ? S_ISDIR(call->one.type)
							      : call->flags & AT_REMOVEDIR);
}

static void leave_mkdir(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!lost(view, call))
		findings_make(view->findings, call->one.path, S_IFDIR);
}

static void leave_mknod(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!lost(view, call))
		findings_make(view->findings, call->one.path, (mode_t)call->flags);
}

static void leave_symlink(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!lost(view, call))
		findings_make(view->findings, call->one.path, S_IFLNK);
}

static void leave_rename(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (lost(view, call) || str_equal(call->one.path, call->two.path))
		return;
	findings_rename(view->findings, &(struct finding_rename){
						.old_path = call->one.path,
						.new_path = call->two.path,
						.old_type = call->one.type,
						.new_type = call->two.type,
						.exchange = call->flags & RENAME_EXCHANGE,
					});
}

static void enter_link(struct view *view, struct call *call)
{
	const char *path = call_path(call, call->row->path);

	see_name(view, call, call->row->dir2, call->row->path2, &call->two);
	if (!path)
		return;
	if (!(call->flags & (AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))) {
		see_name(view, call, call->row->dir, call->row->path, &call->one);
		return;
	}
	drop_fd int fd = tracee_open(view, call->tid, call_dirfd(call, call->row->dir), path, 0);
	if (fd >= 0)
		view_describe(view, &call->arena, fd, &call->one);
}

static void leave_link(struct view *view, struct call *call, int64_t result UNUSED)
{
	if (!lost(view, call))
		findings_link(view->findings, call->one.path, call->two.path, call->one.type,
			      call->one.unnamed);
}

/* ---- what can't be learnt ---- */

static void leave_mount(struct view *view, struct call *call, int64_t result UNUSED)
{
	findings_note(view->findings, NOTE_MOUNT, call->row->name);
}

static void leave_io_uring(struct view *view, struct call *call UNUSED, int64_t result UNUSED)
{
	findings_note(view->findings, NOTE_IO_URING, "");
}

static void leave_clone(struct view *view, struct call *call, int64_t result UNUSED)
{
	uint64_t flags = call->args[0];

	if (call->row->nr == SYS_clone3 &&
	    sys_process_read(call->tid, call->args[0], &flags, sizeof(flags)) <= 0)
		return;
	if (flags & CLONE_UNTRACED)
		findings_note(view->findings, NOTE_UNTRACED, "");
}

/* ---- the table ---- */

/* Numbers are those of arguments; NONE: there is no such. */
enum { NONE = -1 };
#define ROW(call, enter_, leave_, dir_, path_, dir2_, path2_, flags_)                       \
	{                                                                                   \
		SYS_##call, #call, dir_, path_, dir2_, path2_, flags_, enter_, leave_, NULL \
	}
#define FD_ROW(call, enter_, leave_) ROW(call, enter_, leave_, NONE, NONE, NONE, NONE, NONE)
/* A network call is looked at when it has failed, too. */
#define NET_ROW(call, enter_, leave_)                                                 \
	{                                                                             \
		SYS_##call, #call, NONE, NONE, NONE, NONE, NONE, enter_, NULL, leave_ \
	}

static const struct call_row rows[] = {
	ROW(openat, enter_open, leave_open, 0, 1, NONE, NONE, 2),
	ROW(openat2, enter_open, leave_open, 0, 1, NONE, NONE, 2),
	ROW(open_by_handle_at, enter_open, leave_open, NONE, NONE, NONE, NONE, 2),
	ROW(unlinkat, enter_names, leave_unlink, 0, 1, NONE, NONE, 2),
	ROW(mkdirat, enter_names, leave_mkdir, 0, 1, NONE, NONE, NONE),
	ROW(mknodat, enter_names, leave_mknod, 0, 1, NONE, NONE, 2),
	ROW(symlinkat, enter_names, leave_symlink, 1, 2, NONE, NONE, NONE),
	ROW(linkat, enter_link, leave_link, 0, 1, 2, 3, 4),
	ROW(renameat2, enter_names, leave_rename, 0, 1, 2, 3, 4),
	ROW(truncate, enter_truncate, leave_truncate, NONE, 0, NONE, NONE, NONE),
	FD_ROW(ftruncate, NULL, leave_ftruncate),
	FD_ROW(ioctl, NULL, leave_ioctl),
/* What newer architectures never had. */
#ifdef SYS_open
	ROW(open, enter_open, leave_open, NONE, 0, NONE, NONE, 1),
	ROW(creat, enter_open, leave_open, NONE, 0, NONE, NONE, NONE),
	ROW(unlink, enter_names, leave_unlink, NONE, 0, NONE, NONE, NONE),
	ROW(rmdir, enter_names, leave_unlink, NONE, 0, NONE, NONE, NONE),
	ROW(mkdir, enter_names, leave_mkdir, NONE, 0, NONE, NONE, NONE),
	ROW(mknod, enter_names, leave_mknod, NONE, 0, NONE, NONE, 1),
	ROW(symlink, enter_names, leave_symlink, NONE, 1, NONE, NONE, NONE),
	ROW(link, enter_link, leave_link, NONE, 0, NONE, 1, NONE),
	ROW(rename, enter_names, leave_rename, NONE, 0, NONE, 1, NONE),
#endif
#ifdef SYS_renameat
	ROW(renameat, enter_names, leave_rename, 0, 1, 2, 3, NONE),
#endif
	NET_ROW(bind, call_enter_bind, call_leave_bind),
	NET_ROW(connect, call_enter_peer, call_leave_connect),
	NET_ROW(sendto, call_enter_peer, call_leave_send),
	NET_ROW(sendmsg, call_enter_peer, call_leave_send),
	NET_ROW(sendmmsg, call_enter_peer, call_leave_send),
	/* What they need is seen when the program is there (exec.c). */
	ROW(execve, NULL, NULL, NONE, 0, NONE, NONE, NONE),
	ROW(execveat, NULL, NULL, 0, 1, NONE, NONE, 4),
	FD_ROW(mount, NULL, leave_mount),
	FD_ROW(umount2, NULL, leave_mount),
	FD_ROW(pivot_root, NULL, leave_mount),
	FD_ROW(move_mount, NULL, leave_mount),
	FD_ROW(io_uring_setup, NULL, leave_io_uring),
	FD_ROW(clone, NULL, leave_clone),
	FD_ROW(clone3, NULL, leave_clone),
};

/* AUDIT_ARCH_* of this build; 0: not known here, and every call is taken for its own. */
#if defined(__x86_64__)
enum { X32_BIT = 0x40000000 };
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
enum { X32_BIT = 0 };
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
enum { X32_BIT = 0 };
#define OWN_ARCH 0
#endif

static const struct call_row *find_row(uint64_t nr)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if ((uint64_t)rows[i].nr == nr)
			return &rows[i];
	}
	return NULL;
}

void call_drop(struct call *call)
{
	arena_free(&call->arena);
	*call = (struct call){ .tid = call->tid };
}

void call_enter(struct view *view, struct call *call, uint32_t arch, uint64_t nr)
{
	if ((OWN_ARCH && arch != OWN_ARCH) || nr & X32_BIT) {
		findings_note(view->findings, NOTE_FOREIGN, "");
		return;
	}
	call->row = find_row(nr);
	if (!call->row)
		return;
	view->findings->calls++;
	call->flags = call->row->flags < 0 ? 0 : (uint32_t)call->args[call->row->flags];
	if (call->row->enter)
		call->row->enter(view, call);
}

/* EXDEV: Landlock's word for a rename or link that would gain rights, or that lacks refer; EPERM
 * for a change of the mount tree. */
static bool is_denial(const struct call_row *row, int64_t result)
{
	return result == -EACCES || result == -EXDEV ||
	       (result == -EPERM && row->leave == leave_mount);
}

static void see_failed(struct view *view, struct call *call, enum finding_note_kind kind)
{
	const struct call_row *row = call->row;
	struct seen_file file = { 0 };
	const char *path = NULL;

	if (row->path >= 0)
		path = call_path(call, row->path);
	else
		tracee_fd(view, &call->arena, call->tid, (int)call->args[0], &file);
	path = path ? path : file.path;
	findings_note(view->findings, kind,
		      arena_asprintf(&call->arena, "%s%s%s", row->name, path ? " " : "",
				     path ? path : ""));
}

void call_leave(struct view *view, struct call *call, int64_t result, bool failed)
{
	if (call->row && failed && is_denial(call->row, result))
		see_failed(view, call, NOTE_DENIED);
	else if (call->row && failed && result != -ENOENT)
		see_failed(view, call, NOTE_FAILED);
	if (call->row && call->row->leave_net)
		call->row->leave_net(view, call, (int)result);
	else if (call->row && call->row->leave && !failed)
		call->row->leave(view, call, result);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the kernel: the call that needs the right, made so that it has no effect on what
 * is the container's. See probe_child.h. Child only.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "apply/probe_child.h"
#include "base/attr.h"
#include "base/fd.h"
#include "sys/sys.h"
#include "sys/trace.h"

bool probe_is_of_folders(uint64_t right)
{
	return right & NUC_LANDLOCK_DIR_RIGHTS;
}

bool probe_is_of_files(uint64_t right)
{
	return right & ~NUC_LANDLOCK_DIR_RIGHTS;
}

/* Not EPERM: what a lack of CAP_MKNOD, say, gives after Landlock was asked. */
static int errno_of(int rc, int harmless)
{
	return rc >= 0 || rc == -harmless ? 0 : -rc;
}

static char check_name[] = "check";
static char *const check_args[] = { check_name, NULL };

/* ---- files ---- */

/* Opening some devices does something (a watchdog, a tape): only those are opened that every
 * container has. */
static bool may_be_opened(const struct stat *st)
{
	unsigned int number = major(st->st_rdev);

	if (S_ISCHR(st->st_mode)) /* memory, terminals, pseudo terminals */
		return number == 1 || number == 5 || (number >= 136 && number <= 143);
	return !S_ISBLK(st->st_mode) && !S_ISFIFO(st->st_mode);
}

static int try_open(const char *path, int flags)
{
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, path, &st, 0);

	if (rc < 0)
		return -rc;
	if (!may_be_opened(&st))
		return EOPNOTSUPP;
	drop_fd int fd = sys_open(path, flags | O_NONBLOCK | O_NOCTTY, 0);
	return errno_of(fd, ENXIO);
}

/* To a length that RLIMIT_FSIZE does not allow: the kernel asks Landlock first. */
static int try_truncate(const char *path)
{
	return errno_of(sys_truncate(path, LLONG_MAX), EFBIG);
}

int probe_execute(const char *path)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int status = 0;
	pid_t pid = sys_clone3(&args);

	if (pid == 0) {
		int rc = sys_ptrace(PTRACE_TRACEME, 0, 0, 0);

		if (rc >= 0)
			rc = sys_execve(path, check_args, check_args + 1);
		_exit(-rc);
	}
	/* a traced process stops before the first instruction of what it has executed */
	if (pid < 0 || sys_waitpid(pid, &status, 0) < 0)
		return EAGAIN;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == ENOEXEC ? 0 : WEXITSTATUS(status);
	if (WIFSTOPPED(status)) {
		(void)sys_kill(pid, SIGKILL);
		(void)sys_waitpid(pid, &status, 0);
	}
	return 0;
}

/* The file alone, where the kernel can be asked for it (Linux 6.14). */
static int try_execute(const char *path)
{
	int rc = sys_execveat(AT_FDCWD, path, check_args, check_args + 1, AT_EXECVE_CHECK);

	return rc == -EINVAL ? probe_execute(path) : errno_of(rc, ENOEXEC);
}

/* A request that no device minds. */
static int try_ioctl(const char *path)
{
	struct termios settings;
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, path, &st, 0);

	if (rc < 0)
		return -rc;
	if (!S_ISCHR(st.st_mode) || !may_be_opened(&st))
		return EOPNOTSUPP;
	drop_fd int fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd == -EACCES)
		fd = sys_open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return -fd;
	rc = sys_ioctl(fd, TCGETS, &settings);
	return rc == -EACCES ? EACCES : 0;
}

/* By a socket that is connected: the kernel looks for the path's, asks Landlock, and then finds
 * EISCONN (unix_stream_connect()). So nobody is connected to; of datagrams none is sent. */
static int try_socket_type(const struct sockaddr_un *address, int type)
{
	int fds[2];
	int rc = sys_socketpair(AF_UNIX, type, fds);

	if (rc < 0)
		return rc;
	drop_fd int fd = fds[0], other UNUSED = fds[1];
	rc = sys_connect(fd, (const void *)address, sizeof(*address));
	/* EAGAIN: too many wait already, which comes after Landlock as well */
	return rc == -EISCONN || rc == -EAGAIN ? 0 : rc;
}

static int try_socket(const char *path)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc = -EPROTOTYPE; /* the other side's type is not this one: Landlock was not asked */

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	for (size_t i = 0; i < ARRAY_LEN(types) && rc == -EPROTOTYPE; i++)
		rc = try_socket_type(&address, types[i]);
	return errno_of(rc, 0);
}

static int ask_path(uint64_t right, const char *path)
{
	switch (right) {
	case LANDLOCK_ACCESS_FS_EXECUTE:
		return try_execute(path);
	case LANDLOCK_ACCESS_FS_WRITE_FILE:
		return try_open(path, O_WRONLY);
	case LANDLOCK_ACCESS_FS_READ_FILE:
		return try_open(path, O_RDONLY);
	case LANDLOCK_ACCESS_FS_READ_DIR:
		return try_open(path, O_RDONLY | O_DIRECTORY);
	case LANDLOCK_ACCESS_FS_TRUNCATE:
		return try_truncate(path);
	case LANDLOCK_ACCESS_FS_IOCTL_DEV:
		return try_ioctl(path);
	case LANDLOCK_ACCESS_FS_RESOLVE_UNIX:
		return try_socket(path);
	}
	return EOPNOTSUPP;
}

/* ---- folders: on the stage, where everything may really happen ---- */

/* EXDEV is what refer alone gives; EACCES that things of this type can't be made at all. */
static int try_refer(int pass)
{
	static const char *const types[] = { "reg", "fifo", "sym" };
	int rc = EACCES;

	for (size_t i = 0; i < ARRAY_LEN(types) && rc == EACCES; i++) {
		char from[16], to[16];

		(void)snprintf(from, sizeof(from), "a/%s", types[i]);
		(void)snprintf(to, sizeof(to), "b/%s%d", types[i], pass);
		rc = -sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
	}
	return rc;
}

static int make_node(const char *name, mode_t type)
{
	/* the device's number does not matter, but 0 does, the whiteout: older kernels' Landlock
	 * lets that pass. EPERM comes after Landlock: it is for want of CAP_MKNOD. */
	return errno_of(sys_mknodat(AT_FDCWD, name, type | 0600, makedev(1, 3)), EPERM);
}

static int ask_stage(uint64_t right, int pass)
{
	const char *gone = pass ? "gone-1" : "gone-0", *left = pass ? "left-1" : "left-0";
	const char *new = pass ? "new-1" : "new-0";

	switch (right) {
	case LANDLOCK_ACCESS_FS_REMOVE_DIR:
		return errno_of(sys_unlinkat(AT_FDCWD, gone, AT_REMOVEDIR), 0);
	case LANDLOCK_ACCESS_FS_REMOVE_FILE:
		return errno_of(sys_unlinkat(AT_FDCWD, left, 0), 0);
	case LANDLOCK_ACCESS_FS_MAKE_CHAR:
		return make_node(new, S_IFCHR);
	case LANDLOCK_ACCESS_FS_MAKE_BLOCK:
		return make_node(new, S_IFBLK);
	case LANDLOCK_ACCESS_FS_MAKE_REG:
		return make_node(new, S_IFREG);
	case LANDLOCK_ACCESS_FS_MAKE_SOCK:
		return make_node(new, S_IFSOCK);
	case LANDLOCK_ACCESS_FS_MAKE_FIFO:
		return make_node(new, S_IFIFO);
	case LANDLOCK_ACCESS_FS_MAKE_DIR:
		return errno_of(sys_mkdirat(AT_FDCWD, new, 0700), 0);
	case LANDLOCK_ACCESS_FS_MAKE_SYM:
		return errno_of(sys_symlinkat("x", AT_FDCWD, new), 0);
	case LANDLOCK_ACCESS_FS_REFER:
		return try_refer(pass);
	case LANDLOCK_ACCESS_FS_TRUNCATE:
		return errno_of(sys_truncate("file", 0), 0);
	case LANDLOCK_ACCESS_FS_RESOLVE_UNIX:
		return try_socket("sock");
	}
	return ask_path(right, "file");
}

/* ---- ports: addresses that can't be reached, so that nothing is sent or taken ---- */

enum { TEST_NET = 0xcb007101 /* 203.0.113.1 */, ALL_HOSTS = 0xe0000001 /* 224.0.0.1 */ };

static int try_port(const struct probe_site *site, uint32_t bind_address)
{
	const uint64_t right = site->probe->right;
	const bool tcp = right & 3, binds = right & 5; /* bind_tcp, connect_tcp, bind_udp, ... */
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(site->probe->port),
		.sin_addr.s_addr = htonl(binds ? bind_address : (uint32_t)ALL_HOSTS),
	};
	drop_fd int own_fd = -1;
	int fd = site->socket_fd;

	/* Sending binds a UDP socket that has no port yet, which is another right: so the site's,
	 * which has one. */
	if (tcp || binds)
		fd = own_fd = sys_socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (fd < 0)
		return -fd;
	int rc = binds ? sys_bind(fd, (const void *)&address, sizeof(address))
		       : sys_connect(fd, (const void *)&address, sizeof(address));
	return rc == -EACCES || rc == -EPERM ? -rc : 0;
}

/* ---- scopes: towards something that was there before the domain ---- */

static int try_abstract(int listen_fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address);
	drop_fd int fd = sys_socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -fd;
	int rc = sys_getsockname(listen_fd, (void *)&address, &len);
	return rc < 0 ? -rc : errno_of(sys_connect(fd, (const void *)&address, len), 0);
}

static int ask_scope(uint64_t right, const struct probe_site *site, enum probe_pass pass)
{
	if (right == LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
		return try_abstract(site->socket_fd);
	/* the process that asks without the policy is its parent */
	return pass == PROBE_WITH ? errno_of(sys_kill(getppid(), 0), 0) : 0;
}

/* ---- the question ---- */

int probe_ask(const struct probe_site *site, enum probe_pass pass)
{
	const struct probe *probe = site->probe;

	switch (probe->kind) {
	case PROBE_FS:
		return site->stage ? ask_stage(probe->right, pass)
				   : ask_path(probe->right, site->path);
	case PROBE_PORT:
		return try_port(site, TEST_NET);
	case PROBE_SCOPE:
		return ask_scope(probe->right, site, pass);
	}
	return EOPNOTSUPP;
}

int probe_ask_process(const struct probe_site *site)
{
	const struct probe *probe = site->probe;

	switch (probe->kind) {
	case PROBE_FS:
		if (!site->stage && probe->right != LANDLOCK_ACCESS_FS_TRUNCATE)
			return ask_path(probe->right, site->path);
		if (site->stage && probe_is_of_files(probe->right))
			return PROBE_NOT_ASKED; /* there is no file to ask about */
		return errno_of(sys_faccessat(AT_FDCWD, site->path,
					      site->stage ? W_OK | X_OK : W_OK, AT_EACCESS),
				0);
	case PROBE_PORT:
		return site->own_network ? try_port(site, INADDR_LOOPBACK) : PROBE_NOT_ASKED;
	case PROBE_SCOPE:
		return PROBE_NOT_ASKED;
	}
	return PROBE_NOT_ASKED;
}

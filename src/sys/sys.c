/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System call wrappers. See sys.h. No policy, no messages, either process. Calls that the C library
 * lacks, or wraps with a thread dance that a single-threaded program does not need, are made raw.
 */
#include "sys/sys.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define RESULT(type, expr)                                   \
	do {                                                 \
		type result_ = (type)(expr);                 \
		return result_ < 0 ? -(type)errno : result_; \
	} while (0)

#define RESULT_RETRY(type, expr)                             \
	do {                                                 \
		type result_;                                \
		do                                           \
			result_ = (type)(expr);              \
		while (result_ < 0 && errno == EINTR);       \
		return result_ < 0 ? -(type)errno : result_; \
	} while (0)

int sys_open(const char *path, int flags, mode_t mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	RESULT_RETRY(int, openat(dirfd, path, flags | O_CLOEXEC, mode));
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };

	for (int tries = 0; tries < 128; tries++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

int sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	RESULT(int, mkdirat(dirfd, path, mode));
}

int sys_mknodat(int dirfd, const char *path, mode_t mode, dev_t dev)
{
	RESULT(int, mknodat(dirfd, path, mode, dev));
}

int sys_symlinkat(const char *target, int dirfd, const char *path)
{
	RESULT(int, symlinkat(target, dirfd, path));
}

int sys_unlinkat(int dirfd, const char *path, int flags)
{
	RESULT(int, unlinkat(dirfd, path, flags));
}

int sys_renameat(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path)
{
	RESULT(int, renameat(old_dirfd, old_path, new_dirfd, new_path));
}

int sys_renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path,
		  unsigned int flags)
{
	RESULT(int, renameat2(old_dirfd, old_path, new_dirfd, new_path, flags));
}

int sys_linkat(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, int flags)
{
	RESULT(int, linkat(old_dirfd, old_path, new_dirfd, new_path, flags));
}

ssize_t sys_readlinkat(int dirfd, const char *path, char *buf, size_t size)
{
	ssize_t len = readlinkat(dirfd, path, buf, size);

	if (len < 0)
		return -errno;
	if ((size_t)len >= size)
		return -ENAMETOOLONG;
	buf[len] = '\0';
	return len;
}

int sys_faccessat(int dirfd, const char *path, int mode, int flags)
{
	RESULT(int, faccessat(dirfd, path, mode, flags));
}

int sys_fstat(int fd, struct stat *out)
{
	RESULT(int, fstat(fd, out));
}

int sys_fstatat(int dirfd, const char *path, struct stat *out, int flags)
{
	RESULT(int, fstatat(dirfd, path, out, flags));
}

int sys_fstatfs(int fd, struct statfs *out)
{
	RESULT_RETRY(int, fstatfs(fd, out));
}

int sys_statfs(const char *path, struct statfs *out)
{
	RESULT_RETRY(int, statfs(path, out));
}

int sys_statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *out)
{
	RESULT(int, statx(dirfd, path, flags, mask, out));
}

ssize_t sys_flistxattr(int fd, char *list, size_t size)
{
	RESULT(ssize_t, flistxattr(fd, list, size));
}

ssize_t sys_fgetxattr(int fd, const char *name, void *value, size_t size)
{
	RESULT(ssize_t, fgetxattr(fd, name, value, size));
}

int sys_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	RESULT(int, fsetxattr(fd, name, value, size, flags));
}

int sys_fchmod(int fd, mode_t mode)
{
	RESULT(int, fchmod(fd, mode));
}

int sys_fchmodat(int dirfd, const char *path, mode_t mode)
{
	RESULT(int, fchmodat(dirfd, path, mode, 0));
}

int sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
	RESULT(int, fchownat(dirfd, path, uid, gid, flags));
}

int sys_truncate(const char *path, off_t len)
{
	RESULT_RETRY(int, truncate(path, len));
}

int sys_utimensat(int dirfd, const char *path, const struct timespec times[2])
{
	RESULT(int, utimensat(dirfd, path, times, 0));
}

int sys_ftruncate(int fd, off_t len)
{
	RESULT_RETRY(int, ftruncate(fd, len));
}

ssize_t sys_read(int fd, void *buf, size_t len)
{
	RESULT_RETRY(ssize_t, read(fd, buf, len));
}

ssize_t sys_pread(int fd, void *buf, size_t len, off_t offset)
{
	RESULT_RETRY(ssize_t, pread(fd, buf, len, offset));
}

ssize_t sys_write(int fd, const void *buf, size_t len)
{
	RESULT_RETRY(ssize_t, write(fd, buf, len));
}

off_t sys_lseek(int fd, off_t offset, int whence)
{
	RESULT(off_t, lseek(fd, offset, whence));
}

int sys_fsync(int fd)
{
	RESULT_RETRY(int, fsync(fd));
}

ssize_t sys_getdents(int fd, void *buf, size_t size)
{
	RESULT(ssize_t, syscall(SYS_getdents64, fd, buf, size));
}

int sys_flock(int fd, int operation)
{
	RESULT_RETRY(int, flock(fd, operation));
}

int sys_chdir(const char *path)
{
	RESULT(int, chdir(path));
}

int sys_fchdir(int fd)
{
	RESULT(int, fchdir(fd));
}

int sys_chroot(const char *path)
{
	RESULT(int, chroot(path));
}

int sys_getcwd(char *buf, size_t size)
{
	/* The raw call: the C library hides the kernel's "(unreachable)" prefix. */
	RESULT(int, syscall(SYS_getcwd, buf, size));
}

int sys_dup3(int old_fd, int new_fd, int flags)
{
	RESULT_RETRY(int, dup3(old_fd, new_fd, flags));
}

int sys_fcntl(int fd, int cmd, int arg)
{
	RESULT(int, fcntl(fd, cmd, arg));
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	RESULT(int, syscall(SYS_close_range, first, last, flags));
}

int sys_pipe2(int fds[2], int flags)
{
	RESULT(int, pipe2(fds, flags | O_CLOEXEC));
}

int sys_memfd_create(const char *name, unsigned int flags)
{
	RESULT(int, syscall(SYS_memfd_create, name, flags | 1U /* MFD_CLOEXEC */));
}

int sys_ioctl(int fd, unsigned long request, void *arg)
{
	RESULT(int, ioctl(fd, request, arg));
}

int sys_ioctl_int(int fd, unsigned long request, long arg)
{
	RESULT(int, ioctl(fd, request, arg));
}

int sys_mmap_anonymous(size_t len, void **out)
{
	void *start = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return -errno;
	*out = start;
	return 0;
}

int sys_mprotect(void *start, size_t len, int protection)
{
	RESULT(int, mprotect(start, len, protection));
}

size_t sys_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const void *data)
{
	RESULT(int, syscall(SYS_mount, source, target, type, flags, data));
}

int sys_umount2(const char *target, int flags)
{
	RESULT(int, syscall(SYS_umount2, target, flags));
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	RESULT(int, syscall(SYS_pivot_root, new_root, put_old));
}

int sys_open_tree(int dirfd, const char *path, unsigned int flags)
{
	RESULT(int, syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC));
}

int sys_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
		   unsigned int flags)
{
	RESULT(int, syscall(SYS_move_mount, from_dirfd, from, to_dirfd, to, flags));
}

int sys_fsopen(const char *type, unsigned int flags)
{
	RESULT(int, syscall(SYS_fsopen, type, flags | FSOPEN_CLOEXEC));
}

int sys_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux)
{
	RESULT(int, syscall(SYS_fsconfig, fs_fd, cmd, key, value, aux));
}

int sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags)
{
	RESULT(int, syscall(SYS_fsmount, fs_fd, flags | FSMOUNT_CLOEXEC, attr_flags));
}

int sys_fspick(int dirfd, const char *path, unsigned int flags)
{
	RESULT(int, syscall(SYS_fspick, dirfd, path, flags | FSPICK_CLOEXEC));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, struct mount_attr *attr)
{
	RESULT(int, syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr)));
}

pid_t sys_clone3(struct clone_args *args)
{
	RESULT(pid_t, syscall(SYS_clone3, args, sizeof(*args)));
}

int sys_unshare(int flags)
{
	RESULT(int, syscall(SYS_unshare, flags));
}

int sys_setns(int fd, int nstype)
{
	RESULT(int, syscall(SYS_setns, fd, nstype));
}

int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	RESULT(int, syscall(SYS_pidfd_open, pid, flags));
}

int sys_pidfd_send_signal(int pidfd, int signum)
{
	RESULT(int, syscall(SYS_pidfd_send_signal, pidfd, signum, NULL, 0));
}

int sys_kill(pid_t pid, int signum)
{
	RESULT(int, kill(pid, signum));
}

pid_t sys_waitpid(pid_t pid, int *status, int options)
{
	RESULT_RETRY(pid_t, waitpid(pid, status, options));
}

int sys_waitid_pidfd(int pidfd, siginfo_t *info, int options)
{
	RESULT_RETRY(int, waitid(P_PIDFD, (id_t)pidfd, info, options));
}

int sys_execve(const char *path, char *const argv[], char *const envp[])
{
	RESULT(int, execve(path, argv, envp));
}

int sys_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	RESULT(int, syscall(SYS_execveat, dirfd, path, argv, envp, flags));
}

int sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	RESULT(int, prctl(option, a2, a3, a4, a5));
}

int sys_personality(unsigned long persona)
{
	RESULT(int, personality(persona));
}

int sys_prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit)
{
	RESULT(int, syscall(SYS_prlimit64, pid, resource, new_limit, old_limit));
}

int sys_setresuid(uid_t uid)
{
	RESULT(int, syscall(SYS_setresuid, uid, uid, uid));
}

int sys_setresgid(gid_t gid)
{
	RESULT(int, syscall(SYS_setresgid, gid, gid, gid));
}

int sys_setgroups(size_t n, const gid_t *groups)
{
	RESULT(int, syscall(SYS_setgroups, n, groups));
}

int sys_setsid(void)
{
	RESULT(int, setsid());
}

int sys_keyctl_join_session(const char *name)
{
	RESULT(int, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name));
}

int sys_keyctl_set_permissions(int serial, unsigned int permissions)
{
	RESULT(int, syscall(SYS_keyctl, KEYCTL_SETPERM, serial, permissions));
}

int sys_sethostname(const char *name, size_t len)
{
	RESULT(int, sethostname(name, len));
}

int sys_setdomainname(const char *name, size_t len)
{
	RESULT(int, setdomainname(name, len));
}

int sys_seccomp(unsigned int op, unsigned int flags, void *args)
{
	RESULT(int, syscall(SYS_seccomp, op, flags, args));
}

int sys_userfaultfd(void)
{
	RESULT(int, syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

pid_t sys_clone_thread(int (*run)(void *data), void *stack_top, void *data)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	RESULT(pid_t, clone(run, stack_top, flags, data));
}

void sys_exit_group(int status)
{
	(void)syscall(SYS_exit_group, status);
}

int sys_bpf(int cmd, void *attr, unsigned int size)
{
	RESULT(int, syscall(SYS_bpf, cmd, attr, size));
}

int sys_capget_permitted(uint64_t *out)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*out = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

int sys_sched_getaffinity(pid_t pid, size_t len, void *mask)
{
	RESULT(int, syscall(SYS_sched_getaffinity, pid, len, mask));
}

int sys_sched_setaffinity(pid_t pid, size_t len, const void *mask)
{
	RESULT(int, syscall(SYS_sched_setaffinity, pid, len, mask));
}

int sys_sched_setattr(pid_t pid, const struct nuc_sched_attr *attr)
{
	RESULT(int, syscall(SYS_sched_setattr, pid, attr, 0));
}

int sys_setpriority(pid_t pid, int nice)
{
	RESULT(int, setpriority(PRIO_PROCESS, (id_t)pid, nice));
}

int sys_ioprio_set(int which, int who, int priority)
{
	RESULT(int, syscall(SYS_ioprio_set, which, who, priority));
}

int sys_set_mempolicy(int mode, const unsigned long *nodes, size_t nodes_n)
{
	/* The kernel takes one bit less than it is told of. */
	RESULT(int, syscall(SYS_set_mempolicy, mode, nodes, nodes_n ? nodes_n + 1 : 0));
}

int sys_landlock_abi(void)
{
	RESULT(int, syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

int sys_landlock_errata(void)
{
	RESULT(int, syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_ERRATA));
}

int sys_landlock_create_ruleset(const struct nuc_landlock_ruleset_attr *attr, size_t size)
{
	RESULT(int, syscall(SYS_landlock_create_ruleset, attr, size, 0));
}

int sys_landlock_add_rule(int ruleset_fd, int type, const void *attr)
{
	RESULT(int, syscall(SYS_landlock_add_rule, ruleset_fd, type, attr, 0));
}

int sys_landlock_restrict_self(int ruleset_fd, unsigned int flags)
{
	RESULT(int, syscall(SYS_landlock_restrict_self, ruleset_fd, flags));
}

int sys_socket(int domain, int type, int protocol)
{
	RESULT(int, socket(domain, type | SOCK_CLOEXEC, protocol));
}

int sys_socketpair(int domain, int type, int fds[2])
{
	RESULT(int, socketpair(domain, type | SOCK_CLOEXEC, 0, fds));
}

int sys_bind(int fd, const struct sockaddr *addr, unsigned int len)
{
	RESULT(int, bind(fd, addr, len));
}

int sys_listen(int fd, int backlog)
{
	RESULT(int, listen(fd, backlog));
}

int sys_accept(int fd)
{
	RESULT_RETRY(int, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
}

int sys_connect(int fd, const struct sockaddr *addr, unsigned int len)
{
	RESULT(int, connect(fd, addr, len));
}

int sys_getsockname(int fd, struct sockaddr *addr, unsigned int *len)
{
	RESULT(int, getsockname(fd, addr, len));
}

int sys_getsockopt_int(int fd, int level, int name, int *out)
{
	socklen_t len = sizeof(*out);

	RESULT(int, getsockopt(fd, level, name, out, &len));
}

int sys_setsockopt_int(int fd, int level, int name, int value)
{
	RESULT(int, setsockopt(fd, level, name, &value, sizeof(value)));
}

ssize_t sys_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	/* A peer that went away is an error to report, not a signal to die of. */
	RESULT_RETRY(ssize_t, sendmsg(fd, msg, flags | MSG_NOSIGNAL));
}

ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags)
{
	RESULT_RETRY(ssize_t, recvmsg(fd, msg, flags | MSG_CMSG_CLOEXEC));
}

int sys_poll(struct pollfd *fds, size_t n, int timeout_ms)
{
	RESULT(int, poll(fds, n, timeout_ms));
}

int sys_eventfd(void)
{
	RESULT(int, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

int sys_signalfd(const sigset_t *mask)
{
	RESULT(int, signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK));
}

int sys_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	RESULT(int, sigprocmask(how, set, old));
}

long long sys_monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void sys_reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* Those that can't be changed are what they should be. */
	for (int signum = 1; signum <= SIGRTMAX; signum++)
		(void)sigaction(signum, &action, NULL);
	sigemptyset(&none);
	(void)sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

int sys_inotify_init(void)
{
	RESULT(int, inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}

int sys_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	RESULT(int, inotify_add_watch(fd, path, mask));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thin wrappers of system calls: each returns >= 0 or -errno, retries EINTR where the call may be
 * repeated, and takes and gives CLOEXEC descriptors only. This room is the only one that reads
 * errno. Constants that Debian 12's headers (Linux 6.1) lack are in sys/uapi.h.
 */
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/resource.h>

#include "sys/uapi.h"

/* files (O_CLOEXEC is added to every open) */
int sys_open(const char *path, int flags, mode_t mode);
int sys_openat(int dirfd, const char *path, int flags, mode_t mode);
/* openat2(2), Linux 5.6; `resolve` is RESOLVE_*. EAGAIN (a racing rename) is retried 128 times. */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_mkdirat(int dirfd, const char *path, mode_t mode);
int sys_mknodat(int dirfd, const char *path, mode_t mode, dev_t dev);
int sys_symlinkat(const char *target, int dirfd, const char *path);
int sys_unlinkat(int dirfd, const char *path, int flags);
int sys_renameat(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path);
int sys_renameat2(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path,
		  unsigned int flags);
int sys_linkat(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, int flags);
ssize_t sys_readlinkat(int dirfd, const char *path, char *buf, size_t size); /* NUL-terminates */
int sys_faccessat(int dirfd, const char *path, int mode, int flags);
int sys_fstat(int fd, struct stat *out);
int sys_fstatat(int dirfd, const char *path, struct stat *out, int flags);
int sys_fstatfs(int fd, struct statfs *out);
int sys_statfs(const char *path, struct statfs *out);
/* statx(2): `mask` is STATX_*; what came is in out->stx_mask. */
struct statx;
int sys_statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *out);
/* Extended attributes, xattr(7), of an open file; a list has NUL-terminated names. */
ssize_t sys_flistxattr(int fd, char *list, size_t size);
ssize_t sys_fgetxattr(int fd, const char *name, void *value, size_t size);
int sys_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int sys_fchmod(int fd, mode_t mode);
int sys_fchmodat(int dirfd, const char *path, mode_t mode);
int sys_fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags);
int sys_ftruncate(int fd, off_t len);
int sys_truncate(const char *path, off_t len);
int sys_utimensat(int dirfd, const char *path, const struct timespec times[2]);
ssize_t sys_read(int fd, void *buf, size_t len);
ssize_t sys_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t sys_write(int fd, const void *buf, size_t len);
off_t sys_lseek(int fd, off_t offset, int whence);
int sys_fsync(int fd);
/* struct linux_dirent64 records (getdents64(2)) into buf; their bytes, 0 at the end. */
ssize_t sys_getdents(int fd, void *buf, size_t size);
int sys_flock(int fd, int operation);
int sys_chdir(const char *path);
int sys_fchdir(int fd);
int sys_chroot(const char *path);
int sys_getcwd(char *buf, size_t size); /* the length with NUL, as the system call gives it */
int sys_dup3(int old_fd, int new_fd, int flags);
int sys_fcntl(int fd, int cmd, int arg);
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags);
int sys_pipe2(int fds[2], int flags);
int sys_memfd_create(const char *name, unsigned int flags);
int sys_ioctl(int fd, unsigned long request, void *arg);
/* For ioctls whose argument is an integer in the pointer's place (TIOCGPTPEER, NS_GET_NSTYPE). */
int sys_ioctl_int(int fd, unsigned long request, long arg);

/* memory: private, anonymous, readable and writable */
int sys_mmap_anonymous(size_t len, void **out);
int sys_mprotect(void *start, size_t len, int protection);
size_t sys_page_size(void);

/* mounts (all Linux 5.12 or older) */
int sys_mount(const char *source, const char *target, const char *type, unsigned long flags,
	      const void *data);
int sys_umount2(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);
int sys_open_tree(int dirfd, const char *path, unsigned int flags);
int sys_move_mount(int from_dirfd, const char *from, int to_dirfd, const char *to,
		   unsigned int flags);
int sys_fsopen(const char *type, unsigned int flags);
int sys_fsconfig(int fs_fd, unsigned int cmd, const char *key, const void *value, int aux);
int sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags);
int sys_fspick(int dirfd, const char *path, unsigned int flags);
int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, struct mount_attr *attr);

/* processes */
pid_t sys_clone3(struct clone_args *args);
int sys_unshare(int flags);
int sys_setns(int fd, int nstype);
int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_send_signal(int pidfd, int signum);
int sys_kill(pid_t pid, int signum);
pid_t sys_waitpid(pid_t pid, int *status, int options);
int sys_waitid_pidfd(int pidfd, siginfo_t *info, int options);
int sys_execve(const char *path, char *const argv[], char *const envp[]);
int sys_execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
int sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5);
int sys_personality(unsigned long persona);
int sys_prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit);
int sys_setresuid(uid_t uid); /* all three; the raw call: single-threaded program */
int sys_setresgid(gid_t gid);
int sys_setgroups(size_t n, const gid_t *groups);
int sys_setsid(void);
int sys_keyctl_join_session(const char *name); /* the keyring's serial number */
int sys_keyctl_set_permissions(int serial, unsigned int permissions);
int sys_sethostname(const char *name, size_t len);
int sys_setdomainname(const char *name, size_t len);
int sys_seccomp(unsigned int op, unsigned int flags, void *args);
/* userfaultfd(2) for faults of user code, which needs no privilege (Linux 5.11). */
int sys_userfaultfd(void);
/* A thread of this process: shares memory, descriptors and the C library's thread data with the
 * caller, so that only one of the two may run its code at a time. `run` must not return. */
pid_t sys_clone_thread(int (*run)(void *data), void *stack_top, void *data);
/* _exit(2), not declared as never coming back: before such a call the address sanitizer looks at
 * the stack, which may be no thread's that it knows. */
void sys_exit_group(int status);
int sys_bpf(int cmd, void *attr, unsigned int size);
/* The calling process's permitted capabilities as a bit mask. */
int sys_capget_permitted(uint64_t *out);
/* The bytes of the mask that the kernel has filled in. */
int sys_sched_getaffinity(pid_t pid, size_t len, void *mask);
int sys_sched_setaffinity(pid_t pid, size_t len, const void *mask);
int sys_sched_setattr(pid_t pid, const struct nuc_sched_attr *attr);
int sys_setpriority(pid_t pid, int nice);
int sys_ioprio_set(int which, int who, int priority); /* IOPRIO_WHO_*, IOPRIO_PRIO_VALUE */
/* MPOL_* with MPOL_F_*; nodes_n bits of native words, 0: none. */
int sys_set_mempolicy(int mode, const unsigned long *nodes, size_t nodes_n);

/* Landlock (Linux 5.13); negative ABI number never comes back: -errno instead */
int sys_landlock_abi(void);
int sys_landlock_errata(void);
int sys_landlock_create_ruleset(const struct nuc_landlock_ruleset_attr *attr, size_t size);
int sys_landlock_add_rule(int ruleset_fd, int type, const void *attr);
int sys_landlock_restrict_self(int ruleset_fd, unsigned int flags);

/* sockets and waiting */
struct msghdr;
struct sockaddr;
struct pollfd;
int sys_socket(int domain, int type, int protocol);
int sys_socketpair(int domain, int type, int fds[2]);
int sys_bind(int fd, const struct sockaddr *addr, unsigned int len);
int sys_listen(int fd, int backlog);
int sys_accept(int fd);
int sys_connect(int fd, const struct sockaddr *addr, unsigned int len);
int sys_getsockname(int fd, struct sockaddr *addr, unsigned int *len);
int sys_getsockopt_int(int fd, int level, int name, int *out);
int sys_setsockopt_int(int fd, int level, int name, int value);
ssize_t sys_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t sys_recvmsg(int fd, struct msghdr *msg, int flags); /* MSG_CMSG_CLOEXEC is added */
int sys_poll(struct pollfd *fds, size_t n, int timeout_ms);
int sys_signalfd(const sigset_t *mask);
int sys_eventfd(void); /* counts from 0, not blocking */
int sys_sigprocmask(int how, const sigset_t *set, sigset_t *old);
long long sys_monotonic_ms(void); /* CLOCK_MONOTONIC, for deadlines */
void sys_reset_signals(void);	  /* every handler to its default, none blocked */
int sys_inotify_init(void);
int sys_inotify_add_watch(int fd, const char *path, uint32_t mask);

#endif

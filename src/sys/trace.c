/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into another process. See trace.h. No policy, no messages. */
#include "sys/trace.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int sys_ptrace(int request, pid_t tid, uintptr_t addr, uintptr_t data)
{
	long rc = syscall(SYS_ptrace, request, tid, addr, data);

	return rc < 0 ? -errno : (int)rc;
}

int sys_ptrace_syscall_info(pid_t tid, struct ptrace_syscall_info *out)
{
	return sys_ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*out), (uintptr_t)out);
}

ssize_t sys_process_read(pid_t tid, uint64_t remote, void *local, size_t len)
{
	struct iovec here = { .iov_base = local, .iov_len = len };
	struct iovec there = { .iov_base = (void *)(uintptr_t)remote, .iov_len = len };
	ssize_t n = process_vm_readv(tid, &here, 1, &there, 1, 0);

	return n < 0 ? -errno : n;
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	long rc = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return rc < 0 ? -errno : (int)rc;
}

int sys_kcmp_file(pid_t pid1, pid_t pid2, int fd1, int fd2)
{
	long rc = syscall(SYS_kcmp, pid1, pid2, KCMP_FILE, (long)fd1, (long)fd2);

	return rc < 0 ? -errno : (int)rc;
}

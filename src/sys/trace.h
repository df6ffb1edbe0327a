/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrappers of the system calls by which one process looks into another, as sys.h has the others.
 * <linux/ptrace.h> has the constants; <sys/ptrace.h> must not be included beside it.
 */
#ifndef SYS_TRACE_H
#define SYS_TRACE_H

#include <linux/ptrace.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ptrace(2), the raw call: `data` is a value or a pointer, as the request has it. */
int sys_ptrace(int request, pid_t tid, uintptr_t addr, uintptr_t data);
/* PTRACE_GET_SYSCALL_INFO (Linux 5.3). */
int sys_ptrace_syscall_info(pid_t tid, struct ptrace_syscall_info *out);
/* Copies up to `len` bytes from the other's memory: what could be read, or -errno. */
ssize_t sys_process_read(pid_t tid, uint64_t remote, void *local, size_t len);
int sys_pidfd_getfd(int pidfd, int fd); /* Linux 5.6; CLOEXEC */
/* KCMP_FILE: 0 if the two descriptors are one open file, > 0 if not. */
int sys_kcmp_file(pid_t pid1, pid_t pid2, int fd1, int fd2);

#endif

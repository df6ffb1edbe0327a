/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on a process that is outside of the domain: it is init, or another process of exec, and
 * the attacker is one of exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static const char *proc_name(const char *rest)
{
	static char name[128];

	snprintf(name, sizeof name, "/proc/%d/%s", attack_victim, rest);
	return name;
}

static int trace(void)
{
	if (ptrace(PTRACE_ATTACH, attack_victim, 0, 0))
		return errno;
	waitpid(attack_victim, NULL, __WALL);
	return attack_outcome(ptrace(PTRACE_DETACH, attack_victim, 0, 0));
}

/* The address of something in the victim, which is the same program without address randomness
 * for its data. */
static char target[64] = "as it was";

static int write_memory(void)
{
	char text[] = "changed";
	struct iovec here = { text, sizeof text }, there = { target, sizeof text };

	return attack_outcome(process_vm_writev(attack_victim, &here, 1, &there, 1, 0));
}

static int read_memory(void)
{
	char text[8];
	struct iovec here = { text, sizeof text }, there = { target, sizeof text };

	return attack_outcome(process_vm_readv(attack_victim, &here, 1, &there, 1, 0));
}

static int memory_file(void)
{
	int fd = open(proc_name("mem"), O_RDWR);
	char byte;

	return fd < 0 ? errno : attack_outcome(pread(fd, &byte, 1, (off_t)(size_t)target));
}

static int other_root(void)
{
	return attack_read(proc_name("root" SECRET));
}

static int other_cwd(void)
{
	return attack_read(proc_name("cwd" SECRET));
}

static int other_environment_privileged(void)
{
	return attack_read(proc_name("environ"));
}

/* The kernel lets somebody with CAP_PERFMON, which CAP_SYS_ADMIN contains, read it anyway. */
static int other_environment(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return errno;
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[1].effective &= ~(1U << (CAP_PERFMON - 32));
	return syscall(SYS_capset, &head, data) ? errno : other_environment_privileged();
}

static int other_descriptor(void)
{
	return attack_outcome(open(proc_name("fd/0"), O_RDONLY | O_NONBLOCK | O_NOCTTY));
}

static int victims_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, attack_victim, 0);
}

static int take_descriptor(void)
{
	int fd = victims_pidfd();

	return fd < 0 ? errno : attack_outcome(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int join_namespaces(void)
{
	int fd = victims_pidfd();

	return fd < 0 ? errno : attack_outcome(setns(fd, CLONE_NEWUTS | CLONE_NEWNS));
}

/* SIGCONT does no harm. */
static int send_signal(void)
{
	return attack_outcome(kill(attack_victim, SIGCONT));
}

static int send_signal_pidfd(void)
{
	int fd = victims_pidfd();

	return fd < 0 ? errno
		      : attack_outcome(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static int send_signal_thread(void)
{
	return attack_outcome(syscall(SYS_tgkill, attack_victim, attack_victim, SIGCONT));
}

static int change_limits(void)
{
	struct rlimit limit;

	if (prlimit(attack_victim, RLIMIT_CORE, NULL, &limit))
		return errno;
	return attack_outcome(prlimit(attack_victim, RLIMIT_CORE, &limit, NULL));
}

enum { SCOPES_ABI = 6 };

const struct attack process_attacks[] = {
	{ "trace", trace, 0, NULL },
	{ "write-memory", write_memory, 0, NULL },
	{ "read-memory", read_memory, 0, NULL },
	{ "memory-file", memory_file, 0, NULL },
	{ "other-root", other_root, 0, NULL },
	{ "other-cwd", other_cwd, 0, NULL },
	{ "other-environment", other_environment, 0, NULL },
	{ "other-environment-privileged", other_environment_privileged, 0,
	  "with the host's CAP_PERFMON or CAP_SYS_ADMIN the kernel does not ask" },
	{ "other-descriptor", other_descriptor, 0, NULL },
	{ "take-descriptor", take_descriptor, 0, NULL },
	{ "join-namespaces", join_namespaces, 0, NULL },
	{ "signal", send_signal, SCOPES_ABI, NULL },
	{ "signal-pidfd", send_signal_pidfd, SCOPES_ABI, NULL },
	{ "signal-thread", send_signal_thread, SCOPES_ABI, NULL },
	{ "change-limits", change_limits, 0,
	  "limits and priorities of processes of the same user are not among its rights" },
	{ 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process sees of its scheduling, memory policy and clocks: facts of the payload, asked of
 * the kernel directly. See payload.c.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "payload.h"

/* sched_setattr(2); the kernel's header defines struct sched_param a second time. */
struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

void say_scheduler(void)
{
	struct attr attr = { 0 };

	if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0)) {
		printf("sched=%s\n", errno_name(errno));
		return;
	}
	/* The nice value of policies that don't use it is in getpriority only. */
	printf("sched.policy=%u\nsched.flags=%llx\nsched.nice=%d\nsched.priority=%u\n", attr.policy,
	       (unsigned long long)attr.flags, getpriority(PRIO_PROCESS, 0), attr.priority);
	printf("sched.runtime=%llu\nsched.deadline=%llu\nsched.period=%llu\n",
	       (unsigned long long)attr.runtime, (unsigned long long)attr.deadline,
	       (unsigned long long)attr.period);
}

void say_io_priority(void)
{
	long value = syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0);

	if (value < 0)
		printf("ioprio=%s\n", errno_name(errno));
	else
		printf("ioprio=%ld:%ld\n", value >> 13, value & 0x1fff);
}

void say_memory_policy(void)
{
	unsigned long nodes[1024 / (8 * sizeof(unsigned long))] = { 0 };
	int mode = 0;

	/* 1024 nodes, plus the one that the kernel takes off. */
	if (syscall(SYS_get_mempolicy, &mode, nodes, 1025UL, NULL, 0UL))
		printf("mempolicy=%s\n", errno_name(errno));
	else
		printf("mempolicy.mode=%d\nmempolicy.flags=%x\nmempolicy.nodes=%lx\n",
		       mode & ~MPOL_MODE_FLAGS, mode & MPOL_MODE_FLAGS, nodes[0]);
}

static void say_clock(const char *name, clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	printf("clock.%s=%lld\n", name, (long long)now.tv_sec * 1000000000LL + now.tv_nsec);
}

void say_clocks(void)
{
	say_clock("monotonic", CLOCK_MONOTONIC);
	say_clock("boottime", CLOCK_BOOTTIME);
	say_clock("realtime", CLOCK_REALTIME);
}

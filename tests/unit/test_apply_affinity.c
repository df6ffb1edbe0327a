/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs of a process of exec, as the kernel has them afterwards. Needs no privilege. */
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/actors.h"
#include "tests/unit/check.h"

enum { CPUS = 8 * 1024 };
#define PLACE "process.execCPUAffinity.final"

static unsigned int first_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set))
			return cpu;
	}
	return 0;
}

/* How many CPUs a child has that was given `list`; -1: an error. */
static int cpus_of_child(const char *list)
{
	drop_arena struct arena arena = { 0 };
	struct bitset cpus;
	int status = -1;

	if (bitset_parse(&arena, list, &cpus))
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		cpu_set_t now;
		struct err *err = affinity_apply(&cpus, PLACE);

		CPU_ZERO(&now);
		if (err || sched_getaffinity(0, sizeof(now), &now))
			_exit(255);
		_exit(CPU_ISSET(first_cpu(), &now) ? CPU_COUNT(&now) : 254);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) < 254 ? WEXITSTATUS(status) : -1;
}

static void test_one_cpu(void)
{
	drop_arena struct arena arena = { 0 };
	const unsigned int cpu = first_cpu();

	CHECK(cpus_of_child(arena_asprintf(&arena, "%u", cpu)) == 1);
	/* More than the 1024 CPUs of the C library's type; those that are not there don't count. */
	CHECK(cpus_of_child(arena_asprintf(&arena, "%u,%d-%d", cpu, CPUS, CPUS + 1)) == 1);
}

static void test_empty_leaves(void)
{
	cpu_set_t own;

	CPU_ZERO(&own);
	sched_getaffinity(0, sizeof(own), &own);
	CHECK(cpus_of_child("") == (CPU_COUNT(&own) < 254 ? CPU_COUNT(&own) : -1));
}

static void test_none_is_there(void)
{
	drop_arena struct arena arena = { 0 };
	struct bitset cpus;

	CHECK_STR(bitset_parse(&arena, "8192-8200", &cpus), NULL);
	struct err *err = affinity_apply(&cpus, PLACE);
	CHECK(err && err_errno(err) == EINVAL && err_hint_text(err));
	CHECK_ERR(err, ERR_SYS, PLACE);
}

int main(void)
{
	test_one_cpu();
	test_empty_leaves();
	test_none_is_there();
	return check_result();
}

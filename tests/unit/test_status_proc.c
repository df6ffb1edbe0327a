/* SPDX-License-Identifier: Apache-2.0 */
/* A process by pid and start time: hostile names, zombies, numbers that belong to somebody else. */
#include "status/proc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/check.h"

/* A child with the command name `name` that lives until it is killed. */
static pid_t start_child(const char *name)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 0);
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* btime of the process by another way: ps -o lstart has seconds only, so compare with our own. */
static void test_alive(void)
{
	pid_t pid = start_child("plain");
	unsigned long long child = proc_start_time(pid), own = proc_start_time(getpid());

	CHECK(own > 0);
	CHECK(child >= own);
	/* ticks of 10 ms: a child just made is not minutes younger than its parent */
	CHECK(child - own < 100ULL * 600);
	CHECK(proc_is_alive(pid, child));
	CHECK(!proc_is_alive(pid, child + 1));
	CHECK(!proc_is_alive(pid, 0));
	end_child(pid);
	CHECK(proc_start_time(pid) == 0);
	CHECK(!proc_is_alive(pid, child));
}

/* Each would move a field for a parser that stops at the first blank or parenthesis. */
static void test_hostile_names(void)
{
	static const char *const names[] = {
		") Z 1 2 3", "a) b) c", "((((", "x y z", ") X (", "\n)"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid_t plain = start_child("plain");
		pid_t hostile = start_child(names[i]);
		unsigned long long a = proc_start_time(plain), b = proc_start_time(hostile);

		CHECK(a > 0 && b >= a && b - a < 1000);
		end_child(plain);
		end_child(hostile);
	}
}

static void test_zombie_is_gone(void)
{
	pid_t pid = start_child("zombie");
	unsigned long long start = proc_start_time(pid);
	siginfo_t info;
	int pidfd = -1;

	CHECK(proc_is_alive(pid, start));
	kill(pid, SIGKILL);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_start_time(pid) == 0);
	CHECK(!proc_is_alive(pid, start));
	CHECK(proc_open(pid, start, &pidfd) == NULL && pidfd == -1);
	waitpid(pid, NULL, 0);
}

static void test_open(void)
{
	pid_t pid = start_child("open");
	unsigned long long start = proc_start_time(pid);
	int pidfd = -1;

	CHECK(proc_open(pid, start, &pidfd) == NULL && pidfd >= 0);
	fd_closep(&pidfd);
	CHECK(proc_open(pid, start + 1, &pidfd) == NULL && pidfd == -1);
	CHECK(proc_open(pid, 0, &pidfd) == NULL && pidfd == -1);
	end_child(pid);
	CHECK(proc_open(pid, start, &pidfd) == NULL && pidfd == -1);
	CHECK(proc_open(0, 1, &pidfd) == NULL && pidfd == -1);
	CHECK(proc_open(-1, 1, &pidfd) == NULL && pidfd == -1);
	CHECK(proc_open(1LL << 40, 1, &pidfd) == NULL && pidfd == -1);
}

/* Forked and not executed, alive and ended, as long as nobody has waited; and this process. */
static void test_never_executed(void)
{
	siginfo_t info;
	pid_t pid = start_child("forked");
	unsigned long long start_time = proc_start_time(pid);

	CHECK(proc_never_executed(pid, start_time));
	CHECK(!proc_never_executed(pid, start_time + 1));
	CHECK(proc_never_executed(pid, 0));
	kill(pid, SIGKILL);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(proc_never_executed(pid, start_time));
	end_child(pid);
	CHECK(!proc_never_executed(pid, start_time));
	CHECK(!proc_never_executed(-1, 0));
	CHECK(!proc_never_executed(getpid(), proc_start_time(getpid())));
}

int main(void)
{
	test_alive();
	test_hostile_names();
	test_zombie_is_gone();
	test_open();
	test_never_executed();
	return check_result();
}

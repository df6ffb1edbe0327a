/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread under a filter that kills at any system call waits for another one and goes on. Both
 * share the C library's thread data, so each line of either comes in its turn.
 */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/gate.h"
#include "sys/sys.h"
#include "tests/unit/check.h"

static struct gate gate = { .fd = -1 };
static volatile int steps; /* how far they got: each adds one, in turn */

/* Ends the process: with 0 if all happened, in the one order. */
static int attendant(void *data)
{
	(void)data;
	for (unsigned int stop = 0; stop < GATE_STOPS; stop++) {
		struct err *err = gate_await(&gate, stop);

		if (err || steps++ != (int)stop * 2)
			sys_exit_group(2);
		if (stop + 1 == GATE_STOPS)
			sys_exit_group(0);
		err = gate_let_pass(&gate, stop);
		if (err)
			sys_exit_group(3);
	}
	/* Not _exit: a sanitizer looks for the stack of whoever calls what does not return. */
	sys_exit_group(4);
	return 1;
}

static void filtered(void)
{
	static _Alignas(16) char stack[65536];

	if (gate_open(&gate))
		_exit(5);
	if (sys_clone_thread(attendant, stack + sizeof(stack), NULL) < 0)
		_exit(6);
	/* read, write, exit and sigreturn only; none of them is made */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
		_exit(7);
	gate_pass(&gate, 0);
	steps++;
	gate_pass(&gate, 1);
	_exit(8); /* killed here, if it comes to that */
}

int main(void)
{
	int status = -1;
	struct err *err = gate_check();

	if (err) {
		CHECK_SKIP("gates", "no userfaultfd here");
		err_free(err);
		return check_result();
	}
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		filtered();
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program of the host for what it prints. See host_program.h. Parent only. */
#include "apply/host_program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"
#include "sys/io.h"

enum {
	OUTPUT_MAX = 64 * 1024 * 1024,
	EXEC_FAILED = 127,
};

/* Engines call some verbs with an empty environment (lesson C8). */
#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool find_in(const char *folders, const char *name, char **out)
{
	drop_mem char *copy = mem_strdup(folders);

	for (char *rest = copy, *folder; (folder = strsep(&rest, ":"));) {
		drop_mem char *path = mem_asprintf("%s/%s", folder, name);

		if (*folder == '/' && sys_faccessat(AT_FDCWD, path, X_OK, 0) == 0) {
			*out = mem_take(&path);
			return true;
		}
	}
	return false;
}

static struct err *find_program(const char *name, char **out)
{
	const char *path = getenv("PATH");

	if ((path && find_in(path, name, out)) || find_in(USUAL_PATH, name, out))
		return NULL;
	return err_new(ERR_NOT_FOUND, "the program %s is not on this machine", name);
}

/* In the new process. Everything but 0 to 2 is CLOEXEC. */
NORETURN static void become(const char *path, char *const args[], int output_fd)
{
	sys_reset_signals();
	if (sys_dup3(output_fd, STDOUT_FILENO, 0) >= 0)
		(void)sys_execve(path, args, environ);
	_exit(EXEC_FAILED);
}

static struct err *judge(const char *name, int status)
{
	if (WIFSIGNALED(status))
		return err_new(ERR_PEER, "%s was ended by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status) == EXEC_FAILED)
		return err_new(ERR_PEER, "%s could not be executed", name);
	if (WEXITSTATUS(status))
		return err_new(ERR_PEER, "%s failed with exit status %d", name,
			       WEXITSTATUS(status));
	return NULL;
}

struct err *host_program_run(char *const args[], struct strbuf *out)
{
	drop_mem char *path = NULL;
	struct clone_args clone = { .exit_signal = SIGCHLD };
	int fds[2], status = 0;

	TRY(find_program(args[0], &path));
	int rc = sys_pipe2(fds, 0);
	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = fds[0], write_fd = fds[1];
	pid_t child = sys_clone3(&clone);
	if (child == 0)
		become(path, args, write_fd);
	if (child < 0)
		return err_sys(child, "fork");
	fd_closep(&write_fd);
	struct err *unread = io_read_fd(read_fd, path, OUTPUT_MAX, out);
	fd_closep(&read_fd); /* whoever says more than that is not waited for */
	child = sys_waitpid(child, &status, 0);
	if (!unread && child < 0)
		return err_sys(child, "wait for %s", path);
	return unread ? unread : judge(args[0], status);
}

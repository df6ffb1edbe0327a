/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and running programs of the host. See host_program.h. Parent only. */
#include "apply/host_program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

const char *host_program_find(struct arena *arena, const char *path, const char *name)
{
	struct stat st;

	while (path && *path) {
		size_t len = strcspn(path, ":");
		const char *file = arena_asprintf(arena, "%.*s/%s", (int)len, path, name);

		/* Only absolute ones: an empty or relative entry would be the bundle's folder. */
		if (path[0] == '/' && sys_fstatat(AT_FDCWD, file, &st, 0) == 0 &&
		    S_ISREG(st.st_mode) && sys_faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0)
			return file;
		path += len + (path[len] == ':');
	}
	return NULL;
}

void host_program_free(struct host_program *program)
{
	strbuf_free(&program->output);
	err_free(program->unread);
	program->unread = NULL;
}

/* In the new process. Everything but 0 to 2 is CLOEXEC. */
NORETURN static void become(const struct host_program *program, int output_fd)
{
	sys_reset_signals();
	if (sys_dup3(output_fd, STDOUT_FILENO, 0) >= 0 &&
	    (!program->with_errors || sys_dup3(output_fd, STDERR_FILENO, 0) >= 0))
		(void)sys_execve(program->file, program->args, environ);
	_exit(HOST_PROGRAM_NOT_EXECUTED);
}

struct err *host_program_execute(struct host_program *program)
{
	struct clone_args clone = { .exit_signal = SIGCHLD };
	int fds[2];
	int rc = sys_pipe2(fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = fds[0], write_fd = fds[1];
	pid_t child = sys_clone3(&clone);
	if (child == 0)
		become(program, write_fd);
	if (child < 0)
		return err_sys(child, "fork");
	fd_closep(&write_fd);
	program->unread = io_read_fd(read_fd, program->file, program->output_max, &program->output);
	fd_closep(&read_fd);
	child = sys_waitpid(child, &program->status, 0);
	return child < 0 ? err_sys(child, "wait for %s", program->file) : NULL;
}

/* ---- by name ---- */

static struct err *judge(const char *name, int status)
{
	if (WIFSIGNALED(status))
		return err_new(ERR_PEER, "%s was ended by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status) == HOST_PROGRAM_NOT_EXECUTED)
		return err_new(ERR_PEER, "%s could not be executed", name);
	if (WEXITSTATUS(status))
		return err_new(ERR_PEER, "%s failed with exit status %d", name,
			       WEXITSTATUS(status));
	return NULL;
}

struct err *host_program_run(char *const args[], struct strbuf *out)
{
	drop_arena struct arena arena = { 0 };
	drop_host_program struct host_program program = {
		.file = host_program_find(&arena, getenv("PATH"), args[0]),
		.args = args,
		.output_max = OUTPUT_MAX,
	};

	if (!program.file)
		program.file = host_program_find(&arena, HOST_PROGRAM_PATH, args[0]);
	if (!program.file)
		return err_new(ERR_NOT_FOUND, "the program %s is not on this machine", args[0]);
	TRY(host_program_execute(&program));
	struct err *unread = program.unread;
	program.unread = NULL;
	TRY(unread);
	strbuf_add_bytes(out, strbuf_text(&program.output), program.output.len);
	return judge(args[0], program.status);
}

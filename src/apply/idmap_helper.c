/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newuidmap and newgidmap: finding and running them (newuidmap(1)). They are setuid root or have
 * file capabilities, check for themselves what the caller may map, and say on standard error what
 * they refuse. Parent only.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/idmap.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

enum {
	OUTPUT_MAX_BYTES = 64 * 1024,
	OUTPUT_SHOWN = 512,
	EXEC_FAILED = 127,
};

/* Engines call some verbs with an empty environment (lesson C8). The last one is where NixOS keeps
 * setuid programs. */
#define DEFAULT_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin"

/* ---- finding ---- */

static const char *find_in(struct arena *arena, const char *path, const char *name)
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

const char *idmap_find_program(struct arena *arena, const char *name)
{
	/* The user's own PATH counts for the user; root does not go where an environment leads. */
	const char *found = geteuid() != 0 ? find_in(arena, getenv("PATH"), name) : NULL;

	return found ? found : find_in(arena, DEFAULT_PATH, name);
}

/* ---- running ---- */

static char **make_args(struct arena *arena, const char *program, pid_t pid,
			const struct oci_id_mapping *map, size_t n)
{
	char **args = arena_zalloc(arena, (3 + 3 * n) * sizeof(*args));
	size_t at = 0;

	args[at++] = arena_strdup(arena, program);
	args[at++] = arena_asprintf(arena, "%d", (int)pid);
	for (size_t i = 0; i < n; i++) {
		args[at++] = arena_asprintf(arena, "%u", map[i].container_id);
		args[at++] = arena_asprintf(arena, "%u", map[i].host_id);
		args[at++] = arena_asprintf(arena, "%u", map[i].size);
	}
	return args;
}

/* In the new process. Everything but 0 to 2 is CLOEXEC. */
NORETURN static void become_program(char *const args[], int output_fd)
{
	sys_reset_signals();
	if (sys_dup3(output_fd, STDOUT_FILENO, 0) >= 0 &&
	    sys_dup3(output_fd, STDERR_FILENO, 0) >= 0)
		(void)sys_execve(args[0], args, environ);
	_exit(EXEC_FAILED);
}

/* What it said, without what would break a line, and without its own name, which we say. */
static char *one_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	if (str_starts_with(text, name) && str_starts_with(text + len, ": "))
		text += len + 2;
	char *copy = mem_strdup(text);
	copy[strnlen(copy, OUTPUT_SHOWN)] = '\0';
	for (len = strlen(copy); len && strchr(" \r\n\t", copy[len - 1]); len--)
		copy[len - 1] = '\0';
	for (char *p = copy; *p; p++) {
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = ' ';
	}
	return copy;
}

static struct err *judge(const char *program, int status, const char *output)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;
	drop_mem char *said = one_line(output, name);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	if (WIFSIGNALED(status))
		return err_new(ERR_PEER, "%s: killed by signal %d", name, WTERMSIG(status));
	if (WEXITSTATUS(status) == EXEC_FAILED && !*said)
		return err_new(ERR_PEER, "%s: could not be executed", program);
	return err_new(ERR_SYS, "%s: %s", name, *said ? said : "failed without saying why");
}

struct err *idmap_run_program(const char *program, pid_t pid, const struct oci_id_mapping *map,
			      size_t n)
{
	drop_arena struct arena arena = { 0 };
	drop_strbuf struct strbuf output = { 0 };
	char **args = make_args(&arena, program, pid, map, n);
	struct clone_args clone = { .exit_signal = SIGCHLD };
	int fds[2], status = 0;

	int rc = sys_pipe2(fds, 0);
	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = fds[0], write_fd = fds[1];
	pid_t child = sys_clone3(&clone);
	if (child == 0)
		become_program(args, write_fd);
	if (child < 0)
		return err_sys(child, "fork");
	fd_closep(&write_fd);
	drop_err struct err *unread = io_read_fd(read_fd, program, OUTPUT_MAX_BYTES, &output);
	fd_closep(&read_fd); /* whoever says more than that is not waited for */
	child = sys_waitpid(child, &status, 0);
	if (child < 0)
		return err_sys(child, "wait for %s", program);
	return judge(program, status, unread ? "" : strbuf_text(&output));
}

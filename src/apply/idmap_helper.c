/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newuidmap and newgidmap (newuidmap(1)): where they are, and what they say. They are setuid root
 * or have file capabilities, check for themselves what the caller may map, and say on standard
 * error what they refuse. Parent only.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/host_program.h"
#include "apply/idmap.h"
#include "base/str.h"

enum {
	OUTPUT_MAX_BYTES = 64 * 1024,
	OUTPUT_SHOWN = 512,
};

/* The last one is where NixOS keeps setuid programs. */
#define DEFAULT_PATH HOST_PROGRAM_PATH ":/run/wrappers/bin"

const char *idmap_find_program(struct arena *arena, const char *name)
{
	/* The user's own PATH counts for the user; root does not go where an environment leads. */
	const char *found = geteuid() != 0 ? host_program_find(arena, getenv("PATH"), name) : NULL;

	return found ? found : host_program_find(arena, DEFAULT_PATH, name);
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
	if (WEXITSTATUS(status) == HOST_PROGRAM_NOT_EXECUTED && !*said)
		return err_new(ERR_PEER, "%s: could not be executed", program);
	return err_new(ERR_SYS, "%s: %s", name, *said ? said : "failed without saying why");
}

struct err *idmap_run_program(const char *program, pid_t pid, const struct oci_id_mapping *map,
			      size_t n)
{
	drop_arena struct arena arena = { 0 };
	drop_host_program struct host_program running = {
		.file = program,
		.args = make_args(&arena, program, pid, map, n),
		.with_errors = true,
		.output_max = OUTPUT_MAX_BYTES,
	};

	TRY(host_program_execute(&running));
	return judge(program, running.status, running.unread ? "" : strbuf_text(&running.output));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What execve opens: the program, the dynamic loader that it names, and for a script the script and
 * its interpreters. The kernel opens each for execution, which takes the rights to execute and to
 * read it; libraries are opened later, by the loader, like any file. Looked at when the new program
 * is there and has not run yet. The observing process.
 */
#include <fcntl.h>
#include <linux/auxvec.h>
#include <linux/binfmts.h>
#include <string.h>

#include "base/fd.h"
#include "observe/calls_parts.h"
#include "sys/io.h"
#include "sys/sys.h"

#define EXECUTE_RIGHTS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
enum { SCRIPT_DEPTH = 5, PROC_FILE_MAX = 1024 * 1024 };

struct execution {
	struct view *view;
	pid_t tid;
	struct arena arena;
	struct seen_file program; /* that has been mapped: of a script its interpreter */
};

static void execution_close(struct execution *execution)
{
	arena_free(&execution->arena);
}

static bool read_proc(const struct execution *execution, const char *entry, struct strbuf *out)
{
	drop_mem char *path = mem_asprintf("%d/%s", (int)execution->tid, entry);
	drop_err struct err *err =
		io_read_file(execution->view->proc_dirfd, path, PROC_FILE_MAX, out);

	return !err;
}

/* ---- the program and its loader ---- */

/* Nothing else is mapped yet. */
static void see_loader(struct execution *execution)
{
	drop_strbuf struct strbuf maps = { 0 };
	char *line, *rest;

	if (!read_proc(execution, "maps", &maps))
		return;
	for (rest = maps.data; rest && (line = strsep(&rest, "\n"));) {
		const char *path = strchr(line, '/');
		struct seen_file file;

		if (!path || str_equal(path, execution->program.path))
			continue;
		drop_fd int fd = sys_open(path, O_PATH, 0);
		if (fd < 0)
			continue;
		view_describe(execution->view, &execution->arena, fd, &file);
		use_file(execution->view, &file, EXECUTE_RIGHTS);
	}
}

/* ---- scripts ---- */

/* The path that was executed: the kernel leaves it on the new program's stack. */
static const char *executed_path(struct execution *execution)
{
	drop_strbuf struct strbuf text = { 0 };
	unsigned long pair[2];

	if (!read_proc(execution, "auxv", &text))
		return NULL;
	for (size_t at = 0; at + sizeof(pair) <= text.len; at += sizeof(pair)) {
		memcpy(pair, text.data + at, sizeof(pair));
		if (pair[0] == AT_EXECFN)
			return tracee_string(&execution->arena, execution->tid, pair[1]);
	}
	return NULL;
}

/* The interpreter that the file's first line names, or NULL. */
static const char *interpreter_of(struct execution *execution, int path_fd)
{
	drop_mem char *path = mem_asprintf("self/fd/%d", path_fd);
	drop_fd int fd = sys_openat(execution->view->proc_dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	char line[BINPRM_BUF_SIZE + 1] = { 0 };

	if (fd < 0 || sys_read(fd, line, BINPRM_BUF_SIZE) <= 0 || !str_starts_with(line, "#!"))
		return NULL;
	char *start = line + strlen("#!");
	start += strspn(start, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	return arena_strdup(&execution->arena, start);
}

static void see_script(struct execution *execution)
{
	const char *path = executed_path(execution);
	struct seen_file file;

	if (!path)
		findings_note(execution->view->findings, NOTE_LOST, "execve");
	for (int depth = 0; path && depth <= SCRIPT_DEPTH; depth++) {
		drop_fd int fd = tracee_open(execution->view, execution->tid, AT_FDCWD, path, 0);

		if (fd < 0)
			return;
		view_describe(execution->view, &execution->arena, fd, &file);
		use_file(execution->view, &file, EXECUTE_RIGHTS);
		path = S_ISREG(file.type) ? interpreter_of(execution, fd) : NULL;
	}
}

void seen_exec(struct view *view, pid_t tid)
{
	CLEANUP(execution_close) struct execution execution = { .view = view, .tid = tid };

	view->findings->programs++;
	tracee_file(view, &execution.arena, tid, "exe", &execution.program);
	use_file(view, &execution.program, EXECUTE_RIGHTS);
	see_loader(&execution);
	see_script(&execution);
}

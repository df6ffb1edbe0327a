/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the program and the home directory inside the container. The image's files are hostile:
 * they are read bounded and only if regular. Child, in its final root and working directory.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "apply/actors.h"
#include "base/mem.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { PASSWD_MAX = 4 * 1024 * 1024 };

/* 0 or -errno: a regular file that somebody may execute (execvp(3) sees no more before it tries).
 */
static int check_program(const char *path)
{
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, path, &st, 0);

	if (rc < 0)
		return rc;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return sys_faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

/* The length of the next element of PATH; *path moves behind it, or becomes NULL at the end. */
static size_t next_element(const char **path)
{
	const char *start = *path, *end = strchr(start, ':');

	*path = end ? end + 1 : NULL;
	return end ? (size_t)(end - start) : strlen(start);
}

/* The reason in lower case, as Go writes it: by it engines tell 125, 126 and 127 from each other,
 * and Docker's client looks at the case, too. */
static struct err *cannot_execute(const char *name, int rc)
{
	const char *reason = strerror(-rc);
	drop_mem char *text = mem_asprintf("exec: \"%s\": %c%s", name,
					   tolower((unsigned char)*reason), reason + 1);

	return err_restore(ERR_CONFIG, -rc, text, NULL);
}

static struct err *search_path(struct arena *arena, const char *name, const char *path,
			       const char **out)
{
	int denied = 0;

	while (path) {
		const char *start = path;
		size_t len = next_element(&path);
		/* An empty element is the working directory, as the shell has it. */
		const char *candidate =
			len ? arena_asprintf(arena, "%.*s/%s", (int)len, start, name)
			    : arena_asprintf(arena, "./%s", name);
		int rc = check_program(candidate);

		if (rc >= 0) {
			*out = candidate;
			return NULL;
		}
		if (rc == -EACCES)
			denied = rc;
	}
	if (denied)
		return cannot_execute(name, denied);
	/* Engines match this text and answer 127 (lesson C15). */
	return err_new(ERR_CONFIG, "exec: \"%s\": executable file not found in $PATH", name);
}

struct err *exec_find(struct arena *arena, const struct plan_process *process, const char **out)
{
	const char *name = process->args[0];

	if (!name || !*name)
		return err_new(ERR_CONFIG, "exec: \"\": executable file not found in $PATH");
	if (!strchr(name, '/'))
		return search_path(arena, name, process->path, out);
	int rc = check_program(name);
	if (rc < 0)
		return cannot_execute(name, rc);
	*out = name;
	return NULL;
}

/* ---- home ---- */

/* The field after `field`, which is NUL-terminated on the way; NULL at the end of the line. */
static char *split_field(char *field)
{
	char *colon = strchr(field, ':');

	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* The sixth field of a passwd(5) line whose third is `uid`; NULL if it is another's line. */
static const char *home_in_line(char *line, uid_t uid)
{
	char *fields[6] = { line };
	uint32_t id;

	for (size_t i = 1; i < ARRAY_LEN(fields); i++) {
		fields[i] = split_field(fields[i - 1]);
		if (!fields[i])
			return NULL;
	}
	(void)split_field(fields[5]);
	if (!str_to_u32(fields[2], &id) || id != uid)
		return NULL;
	return fields[5][0] == '/' ? fields[5] : NULL;
}

const char *exec_home(struct arena *arena, uid_t uid)
{
	drop_strbuf struct strbuf text = { 0 };
	struct err *err = io_read_file(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text);

	if (err) {
		err_free(err);
		return "/";
	}
	char *copy = arena_strdup(arena, strbuf_text(&text));
	for (char *line = copy; line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		const char *home = home_in_line(line, uid);
		if (home)
			return home;
		line = end ? end + 1 : NULL;
	}
	return "/";
}

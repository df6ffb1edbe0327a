/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the list of mounts. See mountinfo.h. Decides nothing. Either process. */
#include "apply/mountinfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "sys/io.h"

enum { MOUNTINFO_MAX = 16 * 1024 * 1024 };

struct err *mountinfo_read(struct strbuf *out)
{
	return io_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, out);
}

/* mountinfo writes blank, tab, newline and backslash as octal (proc(5)). */
static void unescape(char *text)
{
	char *out = text;

	for (char *p = text; *p; out++) {
		if (p[0] == '\\' && p[1] && p[2] && p[3]) {
			*out = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*out = *p++;
		}
	}
	*out = '\0';
}

/* "36 35 98:0 /root /point options [tags] - type source options" */
static bool parse_line(char *line, struct mountinfo *out)
{
	unsigned long long id;
	char *rest = line, *point = NULL, *word;

	if (sscanf(line, "%llu %*u %u:%u", &id, &out->major, &out->minor) != 3)
		return false;
	for (int field = 1; field <= 5; field++)
		point = strsep(&rest, " ");
	do
		word = strsep(&rest, " ");
	while (word && strcmp(word, "-") != 0);
	out->id = id;
	out->point = point;
	out->type = strsep(&rest, " ");
	if (!point || !out->type)
		return false;
	unescape(point);
	return true;
}

bool mountinfo_next(char **cursor, struct mountinfo *out)
{
	for (char *line; *cursor && (line = strsep(cursor, "\n"));) {
		if (parse_line(line, out))
			return true;
	}
	return false;
}

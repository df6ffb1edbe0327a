/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/self/mountinfo (proc(5)): its lines, and where resctrl is mounted. Reads only, and only
 * when something is asked that is nowhere else. The parent runs it.
 */
#include "host/host.h"

#include <string.h>

#include "host/host_cache.h"
#include "sys/io.h"
#include "sys/sys.h"

/* Thousands of mounts are normal on container hosts; a line has some 200 bytes. */
enum { MOUNTINFO_MAX_BYTES = 64 * 1024 * 1024 };

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Space, tab, newline and backslash are written as three octal digits. In place. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in;) {
		if (in[0] == '\\' && is_octal(in[1]) && is_octal(in[2]) && is_octal(in[3])) {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
}

/* Cuts the next blank-separated field off *rest; NULL when there is none. */
static char *next_field(char **rest)
{
	*rest += strspn(*rest, " ");
	if (!**rest)
		return NULL;
	char *field = *rest;
	*rest += strcspn(*rest, " ");
	if (**rest)
		*(*rest)++ = '\0';
	return field;
}

bool host_parse_mount(char *line, struct host_mount *out)
{
	char *fields[5] = { 0 }; /* id, parent, device, root, mount point */
	char *field = NULL;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		fields[i] = next_field(&line);
		if (!fields[i])
			return false;
	}
	/* Options, then any number of optional fields, ended by a lone hyphen. */
	do
		field = next_field(&line);
	while (field && !str_equal(field, "-"));
	const char *type = next_field(&line);
	const char *source = next_field(&line);
	const char *super_options = next_field(&line);
	if (!type || !source)
		return false;
	unescape(fields[3]);
	unescape(fields[4]);
	*out = (struct host_mount){
		.root = fields[3],
		.mount_point = fields[4],
		.type = type,
		.super_options = super_options ? super_options : "",
	};
	return true;
}

struct err *host_read_mountinfo(struct strbuf *out)
{
	return io_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX_BYTES, out);
}

const char *host_parse_resctrl_root(struct arena *arena, const char *mountinfo)
{
	while (*mountinfo) {
		size_t len = strcspn(mountinfo, "\n");
		struct host_mount mount;

		if (memmem(mountinfo, len, " resctrl ", 9) &&
		    host_parse_mount(arena_strndup(arena, mountinfo, len), &mount) &&
		    str_equal(mount.type, "resctrl") && str_equal(mount.root, "/"))
			return mount.mount_point;
		mountinfo += len + (mountinfo[len] == '\n');
	}
	return NULL;
}

struct err *host_resctrl_root(struct host *host, const char **out)
{
	struct host_fact *fact = &host_cache_of(host)->resctrl;
	drop_strbuf struct strbuf text = { 0 };

	if (!fact->known) {
		TRY(host_read_mountinfo(&text));
		fact->text = host_parse_resctrl_root(&host->arena, strbuf_text(&text));
		fact->v = fact->text != NULL;
		fact->known = true;
	}
	*out = fact->v ? fact->text : NULL;
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text. See path.h. Either process. */
#include "base/path.h"

#include <string.h>

#include "base/str.h"

/* Appends the components of `path` to `out` (which starts as "" and grows "/a/b"). */
static void add_components(char *out, const char *path)
{
	size_t len = strlen(out);

	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && path[0] == '.' && path[1] == '.') {
			while (len && out[len - 1] != '/')
				len--;
			if (len)
				len--;
			out[len] = '\0';
		} else if (part && !(part == 1 && path[0] == '.')) {
			out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
			out[len] = '\0';
		}
		path += part;
		path += strspn(path, "/");
	}
}

char *path_clean(struct arena *arena, const char *base, const char *path)
{
	size_t base_len = base && path[0] != '/' ? strlen(base) : 0;
	char *out = arena_zalloc(arena, base_len + strlen(path) + 3);

	if (base_len)
		add_components(out, base);
	add_components(out, path);
	if (!*out)
		return arena_strdup(arena, "/");
	return out;
}

char *path_rel(struct arena *arena, const char *path)
{
	char *clean = path_clean(arena, NULL, path);

	return clean[1] ? clean + 1 : arena_strdup(arena, ".");
}

bool path_is_below(const char *path, const char *parent)
{
	size_t len = strlen(parent);

	if (strcmp(parent, "/") == 0)
		return true;
	return str_starts_with(path, parent) && (path[len] == '\0' || path[len] == '/');
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

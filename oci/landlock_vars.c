/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${name} in the paths of a policy: replaced by each literal in turn; several in one path give
 * every combination; "$${" is a literal "${" (Landlock Config). Pure.
 */
#include <string.h>

#include "oci/landlock.h"

enum { PATHS_MAX = 4096 }; /* a handful of variables must not become millions of rules */

struct expansion {
	struct arena *arena;
	const struct oci_landlock_variables *variables;
	const char *place;
	struct problems *problems;
	struct strv *out;
	bool failed;
};

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return false;
	}
	return len > 0;
}

static const struct oci_landlock_variable *find(const struct expansion *e, const char *name,
						size_t len)
{
	for (size_t i = 0; i < e->variables->n; i++) {
		const struct oci_landlock_variable *variable = &e->variables->items[i];

		if (variable->name && strlen(variable->name) == len &&
		    strncmp(variable->name, name, len) == 0)
			return variable;
	}
	return NULL;
}

static void fail(struct expansion *e, const char *what, int len, const char *name)
{
	drop_mem char *text = mem_asprintf("%.*s", len, name);

	if (!e->failed)
		problems_error(e->problems, e->place, "%s%s", what, text);
	e->failed = true;
}

static void add(struct expansion *e, const char *path)
{
	if (e->out->n >= PATHS_MAX) {
		fail(e, "stands for too many paths", 0, "");
		return;
	}
	e->out->items = arena_grow(e->arena, e->out->items, e->out->n, e->out->n + 1,
				   sizeof(*e->out->items));
	e->out->items[e->out->n++] = arena_strdup(e->arena, path);
}

/* `done` is finished text; `rest` still has to be looked at. One level of recursion per variable.
 */
static void expand(struct expansion *e, const char *done, const char *rest)
{
	const char *dollar = strstr(rest, "${");

	if (e->failed)
		return;
	if (!dollar) {
		add(e, arena_asprintf(e->arena, "%s%s", done, rest));
		return;
	}
	int before = (int)(dollar - rest);
	if (before > 0 && dollar[-1] == '$') {
		expand(e, arena_asprintf(e->arena, "%s%.*s${", done, before - 1, rest), dollar + 2);
		return;
	}
	const char *name = dollar + 2, *end = strchr(name, '}');
	size_t len = end ? (size_t)(end - name) : 0;
	if (!end || !is_name(name, len)) {
		fail(e, "has no valid variable name in ", (int)strlen(dollar), dollar);
		return;
	}
	const struct oci_landlock_variable *variable = find(e, name, len);
	if (!variable) {
		fail(e, "names an unknown variable: ", (int)len, name);
		return;
	}
	for (size_t i = 0; i < variable->literal.n; i++)
		expand(e,
		       arena_asprintf(e->arena, "%s%.*s%s", done, before, rest,
				      variable->literal.items[i]),
		       end + 1);
}

void oci_landlock_expand(struct arena *arena, const char *template,
			 const struct oci_landlock_variables *variables, const char *place,
			 struct problems *problems, struct strv *out)
{
	struct expansion e = { arena, variables, place, problems, out, false };

	expand(&e, "", template);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${name} in the paths of a policy: replaced by each literal in turn; several in one path give
 * every combination; "$$" is a literal "$", so "$${" a literal "${" (as Landlock Config's parser
 * has it). Pure.
 */
#include <limits.h>
#include <string.h>

#include "oci/landlock.h"

/* A handful of variables must not become millions of rules, or of steps to none at all. */
enum { PATHS_MAX = 4096, STEPS_MAX = 16 * PATHS_MAX };

struct expansion {
	struct arena *arena;
	const struct oci_landlock_variables *variables;
	const char *place;
	struct problems *problems;
	struct strv *out;
	size_t steps;
	bool failed;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return len > 0 && is_letter(name[0]);
}

bool oci_landlock_is_variable_name(const char *name)
{
	return is_name(name, strlen(name));
}

static bool is_named(const struct oci_landlock_variable *variable, const char *name, size_t len)
{
	return variable->name && strlen(variable->name) == len &&
	       strncmp(variable->name, name, len) == 0;
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
	e->out->items = arena_grow_one(e->arena, e->out->items, e->out->n, sizeof(*e->out->items));
	e->out->items[e->out->n++] = arena_strdup(e->arena, path);
}

static void expand(struct expansion *e, const char *done, const char *rest);

/* `name` starts behind "${". Of several variables with one name all literals count. */
static void expand_variable(struct expansion *e, const char *done, const char *name)
{
	const char *end = strchr(name, '}');
	size_t len = end ? (size_t)(end - name) : 0;
	bool known = false;

	if (!end || !is_name(name, len)) {
		fail(e, "has no valid variable name in ${", (int)strlen(name), name);
		return;
	}
	for (size_t i = 0; i < e->variables->n; i++) {
		const struct oci_landlock_variable *variable = &e->variables->items[i];

		if (!is_named(variable, name, len))
			continue;
		known = true;
		for (size_t j = 0; j < variable->literal.n; j++)
			expand(e,
			       arena_asprintf(e->arena, "%s%s", done, variable->literal.items[j]),
			       end + 1);
	}
	if (!known)
		fail(e, "names an unknown variable: ", (int)len, name);
}

/* `done` is finished text, `rest` not looked at yet. One level of recursion per variable. */
static void expand(struct expansion *e, const char *done, const char *rest)
{
	drop_strbuf struct strbuf text = { 0 };

	if (!e->failed && ++e->steps > STEPS_MAX)
		fail(e, "stands for too many paths", 0, "");
	if (e->failed)
		return;
	strbuf_add(&text, done);
	for (;;) {
		size_t len = strcspn(rest, "$");

		strbuf_add_bytes(&text, rest, len);
		rest += len;
		if (!*rest || rest[1] == '{')
			break;
		strbuf_add(&text, "$");
		rest += rest[1] == '$' ? 2 : 1;
	}
	if (*rest)
		expand_variable(e, strbuf_text(&text), rest + 2);
	else
		add(e, strbuf_text(&text));
}

void oci_landlock_expand(struct arena *arena, const char *template,
			 const struct oci_landlock_variables *variables, const char *place,
			 struct problems *problems, struct strv *out)
{
	struct expansion e = {
		.arena = arena,
		.variables = variables,
		.place = place,
		.problems = problems,
		.out = out,
	};

	if (strlen(template) >= PATH_MAX)
		fail(&e, "is longer than a path can be", 0, "");
	else
		expand(&e, "", template);
}

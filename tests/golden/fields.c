/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the fields of config.json, by the tables that the reader uses, one place a line:
 * "mounts[].options", "linux.netDevices{}.name". [] stands for the items of an array, {} for the
 * values of a keyed object. Sections are not printed, what is in them is.
 *
 *   fields          all of them
 *   fields FILE     those that the document in FILE has
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "oci/config_tables.h"

/* What comes behind a section's name; NULL: no section. */
static const char *mark_of(const struct field *field)
{
	switch (field->kind) {
	case FIELD_OBJECT:
	case FIELD_POINTER:
		return "";
	case FIELD_OBJECTS:
		return "[]";
	case FIELD_KEYED:
		return "{}";
	default:
		return NULL;
	}
}

static char *place_of(struct arena *arena, const char *place, const struct field *field)
{
	const char *mark = mark_of(field);

	return arena_asprintf(arena, "%s%s%s%s", place, *place ? "." : "", field->name,
			      mark ? mark : "");
}

static void print_all(struct arena *arena, const struct object *object, const char *place)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];
		const char *inner = place_of(arena, place, field);

		if (mark_of(field))
			print_all(arena, field->object, inner);
		else
			puts(inner);
	}
}

static void print_some(struct arena *arena, const struct object *object, const char *place,
		       const struct json_node *node);

/* A section of the document, or each of several. */
static void print_section(struct arena *arena, const struct field *field, const char *place,
			  const struct json_node *node)
{
	if (field->kind == FIELD_OBJECT || field->kind == FIELD_POINTER) {
		print_some(arena, field->object, place, node);
		return;
	}
	for (const struct json_node *item = node->first; item; item = item->next)
		print_some(arena, field->object, place, item);
}

static void print_some(struct arena *arena, const struct object *object, const char *place,
		       const struct json_node *node)
{
	if (node->type != JSON_OBJECT)
		return;
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];
		const struct json_node *value = json_member(node, field->name);

		if (!value || value->type == JSON_NULL)
			continue;
		if (mark_of(field))
			print_section(arena, field, place_of(arena, place, field), value);
		else
			puts(place_of(arena, place, field));
	}
}

static bool read_file(const char *path, struct strbuf *out)
{
	FILE *file = fopen(path, "re");
	char part[4096];

	if (!file)
		return false;
	for (size_t n; (n = fread(part, 1, sizeof(part), file));)
		strbuf_add_bytes(out, part, n);
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	drop_arena struct arena arena = { 0 };
	drop_strbuf struct strbuf text = { 0 };
	drop_problems struct problems problems = { 0 };

	if (argc == 1) {
		print_all(&arena, &oci_config_object, "");
		return 0;
	}
	if (argc > 2 || !read_file(argv[1], &text)) {
		fprintf(stderr, "fields [FILE]: can't read %s\n", argv[1]);
		return 1;
	}
	const struct json_node *root = json_parse(&arena, strbuf_text(&text), text.len, &problems);
	if (root)
		print_some(&arena, &oci_config_object, "", root);
	return 0;
}

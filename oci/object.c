/* SPDX-License-Identifier: Apache-2.0 */
/* The table engine. See object.h. Parent only (writing: either process). */
#include "oci/object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "oci/config.h"

/* ---- reading ---- */

struct reader {
	struct arena *arena;
	struct problems *problems;
	const struct field *field;
	const char *place; /* of the value */
};

/* Any of the arrays of structs: same layout for all (config.h). */
struct any_array {
	void *items;
	size_t n;
};

static bool expect(const struct reader *reader, const struct json_node *node, enum json_type type)
{
	if (node->type == type)
		return true;
	problems_error(reader->problems, reader->place, "expected %s, found %s",
		       json_type_name(type), json_type_name(node->type));
	return false;
}

static bool read_i64(const struct reader *reader, const struct json_node *node, int64_t min,
		     int64_t max, int64_t *out)
{
	if (!expect(reader, node, JSON_NUMBER))
		return false;
	if (strpbrk(node->text, ".eE")) {
		problems_error(reader->problems, reader->place, "expected an integer, found %s",
			       node->text);
		return false;
	}
	if (str_to_i64(node->text, out) && *out >= min && *out <= max)
		return true;
	problems_error(reader->problems, reader->place,
		       "%s is out of range: accepted are %" PRId64 " to %" PRId64, node->text, min,
		       max);
	return false;
}

static bool read_u64(const struct reader *reader, const struct json_node *node, uint64_t max,
		     uint64_t *out)
{
	if (!expect(reader, node, JSON_NUMBER))
		return false;
	int64_t min = reader->field->min;
	if (str_to_u64(node->text, out) && *out <= max && *out >= (uint64_t)min)
		return true;
	problems_error(reader->problems, reader->place,
		       "%s is out of range: accepted are integers from %" PRId64 " to %" PRIu64,
		       node->text, min, max);
	return false;
}

/* The accepted words, when there are few; else the nearest one. */
static void report_word(const struct reader *reader, const char *found)
{
	const struct oci_names *names = reader->field->names;
	const char *near = oci_names_nearest(names, found);
	drop_strbuf struct strbuf list = { 0 };

	if (near) {
		problems_error(reader->problems, reader->place,
			       "\"%s\" is no known %s; did you mean \"%s\"?", found, names->what,
			       near);
		return;
	}
	for (size_t i = 0; i < names->n && names->n <= 16; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names->items[i].name);
	problems_error(reader->problems, reader->place, "\"%s\" is no known %s%s%s", found,
		       names->what, list.len ? "; accepted are " : "", strbuf_text(&list));
}

static bool read_word(const struct reader *reader, const struct json_node *node, int *out)
{
	uint64_t value;

	if (!expect(reader, node, JSON_STRING))
		return false;
	if (!oci_names_find(reader->field->names, node->text, &value)) {
		report_word(reader, node->text);
		return false;
	}
	*out = (int)value;
	return true;
}

static struct reader element(const struct reader *reader, size_t i)
{
	struct reader inner = *reader;

	inner.place = arena_asprintf(reader->arena, "%s[%zu]", reader->place, i);
	return inner;
}

static void read_strings(const struct reader *reader, const struct json_node *node,
			 struct strv *out)
{
	size_t i = 0;

	/* One more than needed: the list is NULL-terminated for argv and environ. */
	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		if (child->type == JSON_STRING) {
			out->items[out->n++] = (char *)child->text;
			continue;
		}
		struct reader inner = element(reader, i);
		(void)expect(&inner, child, JSON_STRING);
	}
}

static void read_u32s(const struct reader *reader, const struct json_node *node,
		      struct oci_u32s *out)
{
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);
		uint64_t value;

		if (read_u64(&inner, child, UINT32_MAX, &value))
			out->items[out->n++] = (uint32_t)value;
	}
}

static void read_words(const struct reader *reader, const struct json_node *node,
		       struct oci_ints *out)
{
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);

		if (read_word(&inner, child, &out->items[out->n]))
			out->n++;
	}
}

static void read_objects(const struct reader *reader, const struct json_node *node,
			 struct any_array *out)
{
	const struct object *object = reader->field->object;
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * object->size);
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);

		if (expect(&inner, child, JSON_OBJECT))
			object_read(reader->arena, object, child, inner.place, reader->problems,
				    (char *)out->items + out->n * object->size);
		out->n++; /* places of later elements stay right */
	}
}

static void read_map(const struct reader *reader, const struct json_node *node, struct oci_map *out)
{
	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next) {
		struct reader inner = *reader;

		inner.place = arena_asprintf(reader->arena, "%s[%s]", reader->place, child->key);
		if (!expect(&inner, child, JSON_STRING))
			continue;
		out->items[out->n].key = (char *)child->key;
		out->items[out->n++].value = (char *)child->text;
	}
}

static void read_keyed(const struct reader *reader, const struct json_node *node,
		       struct any_array *out)
{
	const struct object *object = reader->field->object;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * object->size);
	for (const struct json_node *child = node->first; child; child = child->next) {
		struct reader inner = *reader;
		char *item = (char *)out->items + out->n * object->size;

		inner.place = arena_asprintf(reader->arena, "%s[%s]", reader->place, child->key);
		*(const char **)(void *)item = child->key;
		if (child->type == JSON_NULL)
			continue;
		if (expect(&inner, child, JSON_OBJECT))
			object_read(reader->arena, object, child, inner.place, reader->problems,
				    item);
		out->n++;
	}
}

static void read_signed(const struct reader *reader, const struct json_node *node, int64_t *value,
			bool *set)
{
	const struct field *field = reader->field;
	bool limited = field->min || field->max;

	*set = read_i64(reader, node, limited ? field->min : INT64_MIN,
			limited ? field->max : INT64_MAX, value);
}

static uint64_t unsigned_max(const struct field *field, uint64_t type_max)
{
	return field->max ? (uint64_t)field->max : type_max;
}

/* Numbers and words. */
static void read_scalar(const struct reader *reader, const struct json_node *node, void *out)
{
	const struct field *field = reader->field;
	uint64_t value = 0;
	bool set = false;

	switch (field->kind) {
	case FIELD_U16:
		if (read_u64(reader, node, unsigned_max(field, UINT16_MAX), &value))
			*(uint16_t *)out = (uint16_t)value;
		return;
	case FIELD_U32:
		if (read_u64(reader, node, unsigned_max(field, UINT32_MAX), &value))
			*(uint32_t *)out = (uint32_t)value;
		return;
	case FIELD_U64:
		if (read_u64(reader, node, unsigned_max(field, UINT64_MAX), &value))
			*(uint64_t *)out = value;
		return;
	case FIELD_I64:
		read_signed(reader, node, out, &set);
		return;
	case FIELD_ENUM:
		(void)read_word(reader, node, out);
		return;
	case FIELD_OPT_U16:
		set = read_u64(reader, node, unsigned_max(field, UINT16_MAX), &value);
		*(struct opt_u16 *)out = (struct opt_u16){ set, (uint16_t)value };
		return;
	case FIELD_OPT_U32:
		set = read_u64(reader, node, unsigned_max(field, UINT32_MAX), &value);
		*(struct opt_u32 *)out = (struct opt_u32){ set, (uint32_t)value };
		return;
	case FIELD_OPT_U64:
		set = read_u64(reader, node, unsigned_max(field, UINT64_MAX), &value);
		*(struct opt_u64 *)out = (struct opt_u64){ set, value };
		return;
	case FIELD_OPT_I64:
		read_signed(reader, node, &((struct opt_i64 *)out)->v,
			    &((struct opt_i64 *)out)->set);
		return;
	case FIELD_OPT_ENUM:
		((struct opt_enum *)out)->set =
			read_word(reader, node, &((struct opt_enum *)out)->v);
		return;
	case FIELD_BOOL:
	case FIELD_STRING:
	case FIELD_OPT_BOOL:
	case FIELD_OBJECT:
	case FIELD_POINTER:
	case FIELD_STRINGS:
	case FIELD_U32S:
	case FIELD_ENUMS:
	case FIELD_OBJECTS:
	case FIELD_MAP:
	case FIELD_KEYED:
	case FIELD_NODE:
		return; /* read_value's */
	}
}

static enum json_type expected_type(enum field_kind kind)
{
	switch (kind) {
	case FIELD_BOOL:
	case FIELD_OPT_BOOL:
		return JSON_BOOL;
	case FIELD_STRING:
	case FIELD_ENUM:
	case FIELD_OPT_ENUM:
		return JSON_STRING;
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_OPT_U16:
	case FIELD_OPT_U32:
	case FIELD_OPT_U64:
	case FIELD_OPT_I64:
		return JSON_NUMBER;
	case FIELD_STRINGS:
	case FIELD_U32S:
	case FIELD_ENUMS:
	case FIELD_OBJECTS:
		return JSON_ARRAY;
	case FIELD_OBJECT:
	case FIELD_POINTER:
	case FIELD_MAP:
	case FIELD_KEYED:
		return JSON_OBJECT;
	case FIELD_NODE:
		break;
	}
	return JSON_NULL;
}

static void read_value(const struct reader *reader, const struct json_node *node, void *out)
{
	const struct object *object = reader->field->object;

	if (reader->field->kind != FIELD_NODE &&
	    !expect(reader, node, expected_type(reader->field->kind)))
		return;
	switch (reader->field->kind) {
	case FIELD_BOOL:
		*(bool *)out = node->boolean;
		return;
	case FIELD_OPT_BOOL:
		*(struct opt_bool *)out = (struct opt_bool){ true, node->boolean };
		return;
	case FIELD_STRING:
		*(char **)out = (char *)node->text;
		return;
	case FIELD_OBJECT:
		object_read(reader->arena, object, node, reader->place, reader->problems, out);
		return;
	case FIELD_POINTER:
		*(void **)out = arena_zalloc(reader->arena, object->size);
		object_read(reader->arena, object, node, reader->place, reader->problems,
			    *(void **)out);
		return;
	case FIELD_STRINGS:
		read_strings(reader, node, out);
		return;
	case FIELD_U32S:
		read_u32s(reader, node, out);
		return;
	case FIELD_ENUMS:
		read_words(reader, node, out);
		return;
	case FIELD_OBJECTS:
		read_objects(reader, node, out);
		return;
	case FIELD_MAP:
		read_map(reader, node, out);
		return;
	case FIELD_NODE:
		*(const struct json_node **)out = node;
		return;
	case FIELD_KEYED:
		read_keyed(reader, node, out);
		return;
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_ENUM:
	case FIELD_OPT_U16:
	case FIELD_OPT_U32:
	case FIELD_OPT_U64:
	case FIELD_OPT_I64:
	case FIELD_OPT_ENUM:
		read_scalar(reader, node, out);
		return;
	}
}

static void refuse_unknown(const struct object *object, const struct json_node *node,
			   const char *place, struct problems *problems)
{
	for (const struct json_node *child = node->first; child; child = child->next) {
		bool known = false;

		for (size_t i = 0; i < object->n && !known; i++)
			known = strcmp(object->fields[i].name, child->key) == 0;
		if (!known)
			problems_error(problems, place, "\"%s\" is no property of %s", child->key,
				       object->what);
	}
}

void object_read(struct arena *arena, const struct object *object, const struct json_node *node,
		 const char *place, struct problems *problems, void *out)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];
		const struct json_node *value = json_member(node, field->name);
		struct reader reader = {
			.arena = arena,
			.problems = problems,
			.field = field,
		};
		bool absent = !value || value->type == JSON_NULL;

		/* Most properties are absent: no time for their places. */
		if (absent && !field->required)
			continue;
		reader.place =
			arena_asprintf(arena, "%s%s%s", place, *place ? "." : "", field->name);
		/* What comes after the reader need not expect NULL, even with problems. */
		if (field->required && field->kind == FIELD_STRING)
			*(char **)((char *)out + field->offset) = arena_strdup(arena, "");
		if (absent) {
			problems_error(problems, reader.place, "is required");
			continue;
		}
		if (field->set_offset)
			*(bool *)((char *)out + field->set_offset) = true;
		read_value(&reader, value, (char *)out + field->offset);
	}
	if (object->strict)
		refuse_unknown(object, node, place, problems);
}

/* The JSON parser's places begin at the document: in a document inside another they get its place.
 */
static struct json_node *parse_at(struct arena *arena, const char *text, size_t len,
				  const char *place, struct problems *problems)
{
	drop_problems struct problems inner = { 0 };
	struct json_node *node = json_parse(arena, text, len, &inner);

	for (size_t i = 0; i < inner.n; i++) {
		const char *where = inner.items[i].place;

		problems_error(
			problems,
			arena_asprintf(arena, "%s%s%s", place, *place && *where ? "." : "", where),
			"%s", inner.items[i].text);
	}
	return node;
}

bool object_parse(struct arena *arena, const struct object *object, const char *text, size_t len,
		  const char *place, struct problems *problems, void *out)
{
	struct json_node *node = parse_at(arena, text, len, place, problems);

	if (!node)
		return false;
	if (node->type != JSON_OBJECT) {
		problems_error(problems, place, "expected an object, found %s",
			       json_type_name(node->type));
		return false;
	}
	object_read(arena, object, node, place, problems, out);
	return true;
}

/* ---- writing ---- */

static void write_word(const struct field *field, int value, struct json_out *out)
{
	json_out_string(out, oci_names_of(field->names, (uint64_t)(int64_t)value));
}

static void write_strings(const struct strv *in, struct json_out *out)
{
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		json_out_string(out, in->items[i]);
	json_out_end_array(out);
}

static void write_numbers(const struct oci_u32s *in, struct json_out *out)
{
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		json_out_u64(out, in->items[i]);
	json_out_end_array(out);
}

static void write_words(const struct field *field, const struct oci_ints *in, struct json_out *out)
{
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		write_word(field, in->items[i], out);
	json_out_end_array(out);
}

static void write_objects(const struct object *object, const struct any_array *in,
			  struct json_out *out)
{
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		object_write(object, (const char *)in->items + i * object->size, out);
	json_out_end_array(out);
}

static void write_map(const struct oci_map *in, struct json_out *out)
{
	json_out_object(out);
	for (size_t i = 0; i < in->n; i++) {
		json_out_key(out, in->items[i].key);
		json_out_string(out, in->items[i].value);
	}
	json_out_end_object(out);
}

static void write_keyed(const struct object *object, const struct any_array *in,
			struct json_out *out)
{
	json_out_object(out);
	for (size_t i = 0; i < in->n; i++) {
		const char *item = (const char *)in->items + i * object->size;

		json_out_key(out, *(const char *const *)(const void *)item);
		object_write(object, item, out);
	}
	json_out_end_object(out);
}

/* An in-place object counts as absent when all its bytes are zero. */
static bool is_zero(const void *p, size_t size)
{
	const char *bytes = p;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static bool is_present(const struct field *field, const void *in, const void *whole)
{
	if (field->set_offset && *(const bool *)((const char *)whole + field->set_offset))
		return true;
	switch (field->kind) {
	case FIELD_BOOL:
		return *(const bool *)in || field->required;
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_ENUM:
		return true;
	case FIELD_OPT_BOOL:
		return ((const struct opt_bool *)in)->set;
	case FIELD_OPT_U16:
		return ((const struct opt_u16 *)in)->set;
	case FIELD_OPT_U32:
		return ((const struct opt_u32 *)in)->set;
	case FIELD_OPT_U64:
		return ((const struct opt_u64 *)in)->set;
	case FIELD_OPT_I64:
		return ((const struct opt_i64 *)in)->set;
	case FIELD_OPT_ENUM:
		return ((const struct opt_enum *)in)->set;
	case FIELD_NODE:
		return false;
	case FIELD_STRING:
	case FIELD_POINTER:
		return *(void *const *)in != NULL;
	case FIELD_OBJECT:
		return field->required || !is_zero(in, field->object->size);
	case FIELD_STRINGS:
	case FIELD_U32S:
	case FIELD_ENUMS:
	case FIELD_OBJECTS:
	case FIELD_MAP:
	case FIELD_KEYED:
		return ((const struct any_array *)in)->n > 0;
	}
	return false;
}

static void write_value(const struct field *field, const void *in, struct json_out *out)
{
	switch (field->kind) {
	case FIELD_BOOL:
		json_out_bool(out, *(const bool *)in);
		return;
	case FIELD_OPT_BOOL:
		json_out_bool(out, ((const struct opt_bool *)in)->v);
		return;
	case FIELD_STRING:
		json_out_string(out, *(char *const *)in);
		return;
	case FIELD_U16:
		json_out_u64(out, *(const uint16_t *)in);
		return;
	case FIELD_U32:
		json_out_u64(out, *(const uint32_t *)in);
		return;
	case FIELD_U64:
		json_out_u64(out, *(const uint64_t *)in);
		return;
	case FIELD_I64:
		json_out_i64(out, *(const int64_t *)in);
		return;
	case FIELD_ENUM:
		write_word(field, *(const int *)in, out);
		return;
	case FIELD_OPT_U16:
		json_out_u64(out, ((const struct opt_u16 *)in)->v);
		return;
	case FIELD_OPT_U32:
		json_out_u64(out, ((const struct opt_u32 *)in)->v);
		return;
	case FIELD_OPT_U64:
		json_out_u64(out, ((const struct opt_u64 *)in)->v);
		return;
	case FIELD_OPT_I64:
		json_out_i64(out, ((const struct opt_i64 *)in)->v);
		return;
	case FIELD_OPT_ENUM:
		write_word(field, ((const struct opt_enum *)in)->v, out);
		return;
	case FIELD_OBJECT:
		object_write(field->object, in, out);
		return;
	case FIELD_POINTER:
		object_write(field->object, *(void *const *)in, out);
		return;
	case FIELD_STRINGS:
		write_strings(in, out);
		return;
	case FIELD_U32S:
		write_numbers(in, out);
		return;
	case FIELD_ENUMS:
		write_words(field, in, out);
		return;
	case FIELD_OBJECTS:
		write_objects(field->object, in, out);
		return;
	case FIELD_MAP:
		write_map(in, out);
		return;
	case FIELD_KEYED:
		write_keyed(field->object, in, out);
		return;
	case FIELD_NODE:
		return;
	}
}

void object_write(const struct object *object, const void *in, struct json_out *out)
{
	json_out_object(out);
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];
		const void *value = (const char *)in + field->offset;

		if (!is_present(field, value, in))
			continue;
		json_out_key(out, field->name);
		write_value(field, value, out);
	}
	json_out_end_object(out);
}

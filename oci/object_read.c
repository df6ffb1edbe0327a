/* SPDX-License-Identifier: Apache-2.0 */
/* The table engine's reader. See object.h. Parent only. */
#include "oci/object.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "oci/config.h"

struct reader {
	struct arena *arena;
	struct problems *problems;
	const struct field *field;
	const char *place; /* of the value */
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

	inner.place = place_item(reader->arena, reader->place, i);
	return inner;
}

static void read_strings(const struct reader *reader, const struct json_node *node, void *to)
{
	struct strv *out = to;
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

static void read_u32s(const struct reader *reader, const struct json_node *node, void *to)
{
	struct oci_u32s *out = to;
	const uint64_t max = reader->field->max ? (uint64_t)reader->field->max : UINT32_MAX;
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);
		uint64_t value;

		if (read_u64(&inner, child, max, &value))
			out->items[out->n++] = (uint32_t)value;
	}
}

static void read_words(const struct reader *reader, const struct json_node *node, void *to)
{
	struct oci_ints *out = to;
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * sizeof(*out->items));
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);

		if (read_word(&inner, child, &out->items[out->n]))
			out->n++;
	}
}

/* What comes after the reader need not expect NULL for a required string, even with problems. */
static void set_required(const struct reader *reader, const struct object *object, void *out)
{
	for (size_t i = 0; i < object->n; i++) {
		if (object->fields[i].required && object->fields[i].kind == FIELD_STRING)
			*(char **)((char *)out + object->fields[i].offset) =
				arena_strdup(reader->arena, "");
	}
}

/* An object where an object must be. */
static void read_item(const struct reader *reader, const struct json_node *node, void *out)
{
	const struct object *object = reader->field->object;

	if (expect(reader, node, JSON_OBJECT))
		object_read(reader->arena, object, node, reader->place, reader->problems, out);
	else
		set_required(reader, object, out);
}

static void read_objects(const struct reader *reader, const struct json_node *node, void *to)
{
	struct any_array *out = to;
	const struct object *object = reader->field->object;
	size_t i = 0;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * object->size);
	for (const struct json_node *child = node->first; child; child = child->next, i++) {
		struct reader inner = element(reader, i);

		read_item(&inner, child, (char *)out->items + out->n * object->size);
		out->n++; /* places of later elements stay right */
	}
}

static void read_map(const struct reader *reader, const struct json_node *node, void *to)
{
	struct oci_map *out = to;

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

static void read_keyed(const struct reader *reader, const struct json_node *node, void *to)
{
	struct any_array *out = to;
	const struct object *object = reader->field->object;

	out->items = arena_zalloc(reader->arena, (node->n + 1) * object->size);
	for (const struct json_node *child = node->first; child; child = child->next) {
		struct reader inner = *reader;
		char *item = (char *)out->items + out->n * object->size;

		inner.place = arena_asprintf(reader->arena, "%s[%s]", reader->place, child->key);
		*(const char **)(void *)item = child->key;
		if (child->type == JSON_NULL)
			continue;
		read_item(&inner, child, item);
		out->n++;
	}
}

/* ---- one reader per kind of field ---- */

static void read_bool(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)reader;
	*(bool *)out = node->boolean;
}

static void read_opt_bool(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)reader;
	*(struct opt_bool *)out = (struct opt_bool){ true, node->boolean };
}

static void read_string(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)reader;
	*(char **)out = (char *)node->text;
}

/* The type's own largest value, unless the row says less. */
static bool read_unsigned(const struct reader *reader, const struct json_node *node,
			  uint64_t type_max, uint64_t *out)
{
	const struct field *field = reader->field;

	return read_u64(reader, node, field->max ? (uint64_t)field->max : type_max, out);
}

static bool read_signed(const struct reader *reader, const struct json_node *node, int64_t *out)
{
	const struct field *field = reader->field;
	bool limited = field->min || field->max;

	return read_i64(reader, node, limited ? field->min : INT64_MIN,
			limited ? field->max : INT64_MAX, out);
}

/* A plain number and its optional twin: the value stays 0 where it can't be read. */
#define NUMBER_READERS(name, c_type, opt_type, type_max)                                       \
	static void read_##name(const struct reader *reader, const struct json_node *node,     \
				void *out)                                                     \
	{                                                                                      \
		uint64_t value;                                                                \
                                                                                               \
		if (read_unsigned(reader, node, type_max, &value))                             \
			*(c_type *)out = (c_type)value;                                        \
	}                                                                                      \
	static void read_opt_##name(const struct reader *reader, const struct json_node *node, \
				    void *out)                                                 \
	{                                                                                      \
		uint64_t value = 0;                                                            \
		bool set = read_unsigned(reader, node, type_max, &value);                      \
                                                                                               \
		*(struct opt_type *)out = (struct opt_type){ set, (c_type)value };             \
	}
NUMBER_READERS(number16, uint16_t, opt_u16, UINT16_MAX)
NUMBER_READERS(number32, uint32_t, opt_u32, UINT32_MAX)
NUMBER_READERS(number64, uint64_t, opt_u64, UINT64_MAX)

static void read_integer(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)read_signed(reader, node, out);
}

static void read_opt_integer(const struct reader *reader, const struct json_node *node, void *out)
{
	struct opt_i64 *value = out;

	value->set = read_signed(reader, node, &value->v);
}

static void read_enum(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)read_word(reader, node, out);
}

static void read_opt_enum(const struct reader *reader, const struct json_node *node, void *out)
{
	struct opt_enum *value = out;

	value->set = read_word(reader, node, &value->v);
}

static void read_object(const struct reader *reader, const struct json_node *node, void *out)
{
	object_read(reader->arena, reader->field->object, node, reader->place, reader->problems,
		    out);
}

static void read_pointer(const struct reader *reader, const struct json_node *node, void *out)
{
	void *pointed = arena_zalloc(reader->arena, reader->field->object->size);

	*(void **)out = pointed;
	read_object(reader, node, pointed);
}

static void read_node(const struct reader *reader, const struct json_node *node, void *out)
{
	(void)reader;
	*(const struct json_node **)out = node;
}

typedef void read_fn(const struct reader *reader, const struct json_node *node, void *out);

static const struct {
	enum json_type type; /* what the document must have; JSON_NULL: anything */
	read_fn *read;
} kinds[] = {
	[FIELD_BOOL] = { JSON_BOOL, read_bool },
	[FIELD_STRING] = { JSON_STRING, read_string },
	[FIELD_U16] = { JSON_NUMBER, read_number16 },
	[FIELD_U32] = { JSON_NUMBER, read_number32 },
	[FIELD_U64] = { JSON_NUMBER, read_number64 },
	[FIELD_I64] = { JSON_NUMBER, read_integer },
	[FIELD_ENUM] = { JSON_STRING, read_enum },
	[FIELD_OPT_BOOL] = { JSON_BOOL, read_opt_bool },
	[FIELD_OPT_U16] = { JSON_NUMBER, read_opt_number16 },
	[FIELD_OPT_U32] = { JSON_NUMBER, read_opt_number32 },
	[FIELD_OPT_U64] = { JSON_NUMBER, read_opt_number64 },
	[FIELD_OPT_I64] = { JSON_NUMBER, read_opt_integer },
	[FIELD_OPT_ENUM] = { JSON_STRING, read_opt_enum },
	[FIELD_OBJECT] = { JSON_OBJECT, read_object },
	[FIELD_POINTER] = { JSON_OBJECT, read_pointer },
	[FIELD_STRINGS] = { JSON_ARRAY, read_strings },
	[FIELD_U32S] = { JSON_ARRAY, read_u32s },
	[FIELD_ENUMS] = { JSON_ARRAY, read_words },
	[FIELD_OBJECTS] = { JSON_ARRAY, read_objects },
	[FIELD_MAP] = { JSON_OBJECT, read_map },
	[FIELD_NODE] = { JSON_NULL, read_node },
	[FIELD_KEYED] = { JSON_OBJECT, read_keyed },
};
_Static_assert(ARRAY_LEN(kinds) == FIELD_KINDS, "a kind of field without a reader");

static void read_value(const struct reader *reader, const struct json_node *node, void *out)
{
	enum json_type type = kinds[reader->field->kind].type;

	if (type == JSON_NULL || expect(reader, node, type))
		kinds[reader->field->kind].read(reader, node, out);
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
		reader.place = place_member(arena, place, field->name);
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

		problems_error(problems, place_member(arena, place, where), "%s",
			       inner.items[i].text);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* The table engine's writer. See object.h. Either process. */
#include "oci/object.h"

#include "oci/config.h"

static void write_word(const struct field *field, int value, struct json_out *out)
{
	json_out_string(out, oci_names_of(field->names, (uint64_t)(int64_t)value));
}

static void write_strings(const struct field *field, const void *from, struct json_out *out)
{
	const struct strv *in = from;

	(void)field;
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		json_out_string(out, in->items[i]);
	json_out_end_array(out);
}

static void write_numbers(const struct field *field, const void *from, struct json_out *out)
{
	const struct oci_u32s *in = from;

	(void)field;
	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		json_out_u64(out, in->items[i]);
	json_out_end_array(out);
}

static void write_words(const struct field *field, const void *from, struct json_out *out)
{
	const struct oci_ints *in = from;

	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		write_word(field, in->items[i], out);
	json_out_end_array(out);
}

static void write_objects(const struct field *field, const void *from, struct json_out *out)
{
	const struct object *object = field->object;
	const struct any_array *in = from;

	json_out_array(out);
	for (size_t i = 0; i < in->n; i++)
		object_write(object, (const char *)in->items + i * object->size, out);
	json_out_end_array(out);
}

static void write_map(const struct field *field, const void *from, struct json_out *out)
{
	const struct oci_map *in = from;

	(void)field;
	json_out_object(out);
	for (size_t i = 0; i < in->n; i++) {
		json_out_key(out, in->items[i].key);
		json_out_string(out, in->items[i].value);
	}
	json_out_end_object(out);
}

static void write_keyed(const struct field *field, const void *from, struct json_out *out)
{
	const struct object *object = field->object;
	const struct any_array *in = from;

	json_out_object(out);
	for (size_t i = 0; i < in->n; i++) {
		const char *item = (const char *)in->items + i * object->size;

		json_out_key(out, *(const char *const *)(const void *)item);
		object_write(object, item, out);
	}
	json_out_end_object(out);
}

/* ---- what is absent ---- */

static bool always(const struct field *field, const void *in)
{
	(void)field;
	(void)in;
	return true;
}

static bool never(const struct field *field, const void *in)
{
	(void)field;
	(void)in;
	return false;
}

static bool is_true(const struct field *field, const void *in)
{
	return *(const bool *)in || field->required;
}

/* All opt_ structures begin with it. */
static bool is_set(const struct field *field, const void *in)
{
	(void)field;
	return *(const bool *)in;
}

static bool is_there(const struct field *field, const void *in)
{
	(void)field;
	return *(void *const *)in != NULL;
}

static bool has_items(const struct field *field, const void *in)
{
	(void)field;
	return ((const struct any_array *)in)->n > 0;
}

/* An in-place object counts as absent when all its bytes are zero. */
static bool has_bytes(const struct field *field, const void *in)
{
	const char *bytes = in;

	for (size_t i = 0; i < field->object->size; i++) {
		if (bytes[i])
			return true;
	}
	return field->required;
}

/* ---- one writer per kind of field ---- */

#define WRITER(name, call)                                                                        \
	static void write_##name(const struct field *field, const void *in, struct json_out *out) \
	{                                                                                         \
		(void)field;                                                                      \
		call;                                                                             \
	}
WRITER(bool, json_out_bool(out, *(const bool *)in))
WRITER(opt_bool, json_out_bool(out, ((const struct opt_bool *)in)->v))
WRITER(string, json_out_string(out, *(char *const *)in))
WRITER(number16, json_out_u64(out, *(const uint16_t *)in))
WRITER(number32, json_out_u64(out, *(const uint32_t *)in))
WRITER(number64, json_out_u64(out, *(const uint64_t *)in))
WRITER(integer, json_out_i64(out, *(const int64_t *)in))
WRITER(enum, write_word(field, *(const int *)in, out))
WRITER(opt_number16, json_out_u64(out, ((const struct opt_u16 *)in)->v))
WRITER(opt_number32, json_out_u64(out, ((const struct opt_u32 *)in)->v))
WRITER(opt_number64, json_out_u64(out, ((const struct opt_u64 *)in)->v))
WRITER(opt_integer, json_out_i64(out, ((const struct opt_i64 *)in)->v))
WRITER(opt_enum, write_word(field, ((const struct opt_enum *)in)->v, out))
WRITER(object, object_write(field->object, in, out))
WRITER(pointer, object_write(field->object, *(void *const *)in, out))
WRITER(nothing, (void)in; (void)out)

static const struct {
	bool (*is_present)(const struct field *field, const void *in);
	void (*write)(const struct field *field, const void *in, struct json_out *out);
} kinds[] = {
	[FIELD_BOOL] = { is_true, write_bool },
	[FIELD_STRING] = { is_there, write_string },
	[FIELD_U16] = { always, write_number16 },
	[FIELD_U32] = { always, write_number32 },
	[FIELD_U64] = { always, write_number64 },
	[FIELD_I64] = { always, write_integer },
	[FIELD_ENUM] = { always, write_enum },
	[FIELD_OPT_BOOL] = { is_set, write_opt_bool },
	[FIELD_OPT_U16] = { is_set, write_opt_number16 },
	[FIELD_OPT_U32] = { is_set, write_opt_number32 },
	[FIELD_OPT_U64] = { is_set, write_opt_number64 },
	[FIELD_OPT_I64] = { is_set, write_opt_integer },
	[FIELD_OPT_ENUM] = { is_set, write_opt_enum },
	[FIELD_OBJECT] = { has_bytes, write_object },
	[FIELD_POINTER] = { is_there, write_pointer },
	[FIELD_STRINGS] = { has_items, write_strings },
	[FIELD_U32S] = { has_items, write_numbers },
	[FIELD_ENUMS] = { has_items, write_words },
	[FIELD_OBJECTS] = { has_items, write_objects },
	[FIELD_MAP] = { has_items, write_map },
	[FIELD_NODE] = { never, write_nothing },
	[FIELD_KEYED] = { has_items, write_keyed },
};
_Static_assert(ARRAY_LEN(kinds) == FIELD_KINDS, "a kind of field without a writer");

bool object_has(const struct field *field, const void *whole)
{
	if (field->set_offset && *(const bool *)((const char *)whole + field->set_offset))
		return true;
	return kinds[field->kind].is_present(field, (const char *)whole + field->offset);
}

void object_write(const struct object *object, const void *in, struct json_out *out)
{
	json_out_object(out);
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];

		if (!object_has(field, in))
			continue;
		json_out_key(out, field->name);
		kinds[field->kind].write(field, (const char *)in + field->offset, out);
	}
	json_out_end_object(out);
}

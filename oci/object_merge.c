/* SPDX-License-Identifier: Apache-2.0 */
/* The table engine's merger: one object's properties over another's. See object.h. Pure. */
#include <string.h>

#include "base/str.h"
#include "oci/config.h"
#include "oci/object.h"

/* What is copied as a whole; 0: looked into below. */
static const size_t sizes[] = {
	[FIELD_BOOL] = sizeof(bool),
	[FIELD_STRING] = sizeof(char *),
	[FIELD_U16] = sizeof(uint16_t),
	[FIELD_U32] = sizeof(uint32_t),
	[FIELD_U64] = sizeof(uint64_t),
	[FIELD_I64] = sizeof(int64_t),
	[FIELD_ENUM] = sizeof(int),
	[FIELD_OPT_BOOL] = sizeof(struct opt_bool),
	[FIELD_OPT_U16] = sizeof(struct opt_u16),
	[FIELD_OPT_U32] = sizeof(struct opt_u32),
	[FIELD_OPT_U64] = sizeof(struct opt_u64),
	[FIELD_OPT_I64] = sizeof(struct opt_i64),
	[FIELD_OPT_ENUM] = sizeof(struct opt_enum),
	[FIELD_OBJECT] = 0,
	[FIELD_POINTER] = 0,
	[FIELD_STRINGS] = sizeof(struct strv),
	[FIELD_U32S] = sizeof(struct oci_u32s),
	[FIELD_ENUMS] = sizeof(struct oci_ints),
	[FIELD_OBJECTS] = 0,
	[FIELD_MAP] = 0,
	[FIELD_NODE] = sizeof(void *),
	[FIELD_KEYED] = 0,
};
_Static_assert(ARRAY_LEN(sizes) == FIELD_KINDS, "a kind of field that is not merged");

static void merge_pointer(struct arena *arena, const struct object *object, void **into,
			  void *const *from)
{
	if (!*into)
		*into = arena_zalloc(arena, object->size);
	object_merge(arena, object, *into, *from);
}

static bool same_key(const struct field *field, const void *a, const void *b)
{
	a = (const char *)a + field->offset;
	b = (const char *)b + field->offset;
	if (field->kind == FIELD_STRING)
		return str_equal(*(char *const *)a, *(char *const *)b);
	return memcmp(a, b, sizes[field->kind]) == 0;
}

/* By all fields that are keys; a list whose items have none only grows. */
static bool same_item(const struct object *object, const void *a, const void *b)
{
	bool any = false;

	for (size_t i = 0; i < object->n; i++) {
		if (!object->fields[i].key)
			continue;
		if (!same_key(&object->fields[i], a, b))
			return false;
		any = true;
	}
	return any;
}

/* FIELD_KEYED and FIELD_MAP: the key is the first member. */
static bool same_name(const void *a, const void *b)
{
	return str_equal(*(char *const *)a, *(char *const *)b);
}

/* The item that is the same as `item`, or a new one behind the last, with its key only. */
static void *find_or_add(struct arena *arena, struct any_array *array, size_t size,
			 const struct object *by_fields, const void *item)
{
	for (size_t i = 0; i < array->n; i++) {
		void *own = (char *)array->items + i * size;

		if (by_fields ? same_item(by_fields, own, item) : same_name(own, item))
			return own;
	}
	array->items = arena_grow(arena, array->items, array->n, array->n + 1, size);
	return (char *)array->items + array->n++ * size;
}

static void merge_array(struct arena *arena, const struct field *field, struct any_array *into,
			const struct any_array *from)
{
	const struct object *object = field->object;
	size_t size = object ? object->size : sizeof(struct oci_pair);
	const struct object *by_fields = field->kind == FIELD_OBJECTS ? object : NULL;
	/* A list of its own: the items of the other keep their values. */
	struct any_array whole = { .items = arena_zalloc(arena, (into->n + 1) * size),
				   .n = into->n };

	if (into->n)
		memcpy(whole.items, into->items, into->n * size);
	for (size_t i = 0; i < from->n; i++) {
		const void *item = (const char *)from->items + i * size;
		void *own = find_or_add(arena, &whole, size, by_fields, item);

		if (field->kind != FIELD_OBJECTS)
			*(char **)own = *(char *const *)item;
		if (object)
			object_merge(arena, object, own, item);
		else
			memcpy(own, item, size);
	}
	*into = whole;
}

static void merge_field(struct arena *arena, const struct field *field, void *into,
			const void *from)
{
	if (sizes[field->kind])
		memcpy(into, from, sizes[field->kind]);
	else if (field->kind == FIELD_OBJECT)
		object_merge(arena, field->object, into, from);
	else if (field->kind == FIELD_POINTER)
		merge_pointer(arena, field->object, into, from);
	else
		merge_array(arena, field, into, from);
}

void object_merge(struct arena *arena, const struct object *object, void *into, const void *from)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct field *field = &object->fields[i];

		if (!object_has(field, from))
			continue;
		if (field->set_offset)
			*((bool *)into + field->set_offset) = true;
		merge_field(arena, field, (char *)into + field->offset,
			    (const char *)from + field->offset);
	}
}

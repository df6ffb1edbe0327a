/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table engine: one table of fields per OCI object drives reading, checking and writing; the
 * arena makes freeing trivial. A new property is one row. Reading never stops at the first problem;
 * unknown properties are ignored (config.md, "Extensibility") unless the table is strict; null
 * counts as absent.
 */
#ifndef OCI_OBJECT_H
#define OCI_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "oci/json_in.h"
#include "oci/json_out.h"
#include "oci/names.h"
#include "oci/problems.h"

enum field_kind {
	/* what the member of the struct is */
	FIELD_BOOL,   /* bool */
	FIELD_STRING, /* char * */
	FIELD_U16,    /* uint16_t */
	FIELD_U32,
	FIELD_U64,
	FIELD_I64,
	FIELD_ENUM,	/* int, by `names` */
	FIELD_OPT_BOOL, /* struct opt_bool, and so on */
	FIELD_OPT_U16,
	FIELD_OPT_U32,
	FIELD_OPT_U64,
	FIELD_OPT_I64,
	FIELD_OPT_ENUM,
	FIELD_OBJECT,  /* struct x, in place, by `object` */
	FIELD_POINTER, /* struct x *, NULL when absent */
	FIELD_STRINGS, /* struct strv */
	FIELD_U32S,    /* struct oci_u32s */
	FIELD_ENUMS,   /* struct oci_ints */
	FIELD_OBJECTS, /* { struct x *items; size_t n; } */
	FIELD_MAP,     /* struct oci_map: string values */
	FIELD_NODE,    /* const struct json_node *: read by the caller; not written */
	FIELD_KEYED,   /* { struct x *items; size_t n; }, x starts with char *key: an object of
			  objects */
};
enum { FIELD_KINDS = FIELD_KEYED + 1 };
/* Any of the arrays of structs: the same layout for all (config.h). */
struct any_array {
	void *items;
	size_t n;
};
struct object;
struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	bool required;
	const struct oci_names *names; /* FIELD_*ENUM* */
	const struct object *object;   /* FIELD_OBJECT*, _POINTER, _KEYED */
	int64_t min, max;	       /* numbers; both 0: the type's own range */
	size_t set_offset;	       /* a bool that says "was there" for arrays; 0: none */
	bool key;		       /* items of a list that have the same here are the same */
};
struct object {
	const char *what; /* for messages */
	size_t size;	  /* of the struct */
	const struct field *fields;
	size_t n;
	bool strict; /* unknown properties are problems */
};

/* Reads `node` into the zeroed struct at `out`. `place` is the object's own. */
void object_read(struct arena *arena, const struct object *object, const struct json_node *node,
		 const char *place, struct problems *problems, void *out);
/* The same from text, which has to be a JSON object: else a problem at `place`, and false. */
bool object_parse(struct arena *arena, const struct object *object, const char *text, size_t len,
		  const char *place, struct problems *problems, void *out);
/* True if the property is there, as the document had it. */
bool object_has(const struct field *field, const void *whole);
/*
 * Puts what `from` has over what `into` has: properties one by one, items of lists by their keys.
 * What `from` does not have stays. The two share memory afterwards.
 */
void object_merge(struct arena *arena, const struct object *object, void *into, const void *from);
/* Writes the struct as a JSON object; absent properties are left out. */
void object_write(const struct object *object, const void *in, struct json_out *out);

/* Table helpers: FIELD(kind, struct, member, "name", extra initialisers...) */
#define FIELD(kind_, type_, member_, name_, ...)                                              \
	{                                                                                     \
		.name = name_, .kind = kind_, .offset = offsetof(type_, member_), __VA_ARGS__ \
	}
#define OBJECT(type_, what_, fields_, ...)                               \
	{                                                                \
		.what = what_, .size = sizeof(type_), .fields = fields_, \
		.n = sizeof(fields_) / sizeof((fields_)[0]), __VA_ARGS__ \
	}

#endif

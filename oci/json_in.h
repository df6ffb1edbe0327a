/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to a tree of nodes in an arena. The only readers of yajl are oci/json_*.c. Strict:
 * UTF-8, no comments, one document, bounded depth, no duplicate keys, no NUL inside a string (a C
 * string would end there and mean something else, CVE-2021-43784).
 */
#ifndef OCI_JSON_IN_H
#define OCI_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "oci/problems.h"

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER, /* text: as written, so that 64-bit integers keep every digit */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};
struct json_node {
	enum json_type type;
	bool boolean;
	const char *text;		/* string or number */
	const char *key;		/* member of an object, else NULL */
	struct json_node *first, *next; /* children in document order */
	struct json_node *last;
	size_t n; /* children */
};

enum { JSON_MAX_DEPTH = 64, JSON_MAX_BYTES = 16 * 1024 * 1024 };

/* NULL with a problem when the text is no JSON; duplicate keys and NULs are problems with places.
 */
struct json_node *json_parse(struct arena *arena, const char *text, size_t len,
			     struct problems *problems);
/* The member `key` of an object, or NULL. */
const struct json_node *json_member(const struct json_node *object, const char *key);
/* "a string", "a number", ...: for messages. */
const char *json_type_name(enum json_type type);

#endif

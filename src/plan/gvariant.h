/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GVariant's text format (glib, "GVariant Text Format"), as annotations have it: strings, numbers,
 * booleans, arrays and tuples; a type as a word ("uint64 5") or a signature ("@as []"). No
 * dictionaries, variants, maybes and byte strings. Text only. Private to the room; pure.
 */
#ifndef PLAN_GVARIANT_H
#define PLAN_GVARIANT_H

#include <stddef.h>

#include "base/mem.h"

struct gvariant {
	const char *type; /* D-Bus signature of one whole type */
	/* The basic values in their order, arrays with their number of items in front. */
	const char *const *values;
	size_t values_n;
};

/* NULL, or what is wrong with the text; everything is arena memory. */
const char *gvariant_parse(struct arena *arena, const char *text, struct gvariant *out);

#endif

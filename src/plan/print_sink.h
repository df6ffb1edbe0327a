/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a plan is printed to: readable text or JSON. Both get the same calls in the same order from
 * print.c, so that neither can show what the other does not. Private to the room.
 */
#ifndef PLAN_PRINT_SINK_H
#define PLAN_PRINT_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct print_sink {
	bool json;
	struct strbuf out;
	unsigned int depth; /* how many objects and arrays are open */
	bool first;	    /* nothing was written at this depth yet */
	bool item;	    /* text: the next key stands behind the hyphen of an array's item */
};

/* `key` is NULL for an item of an array and for the whole document. */
void print_open(struct print_sink *sink, const char *key, bool array);
void print_close(struct print_sink *sink, bool array);
/* quoted: a string; else a number, true or false. */
void print_scalar(struct print_sink *sink, const char *key, const char *value, bool quoted);
void print_list(struct print_sink *sink, const char *key, const char *const *words, size_t n);

#endif

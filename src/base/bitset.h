/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of CPUs and memory nodes: as documents write them ("0-3,7") and as the kernel takes them
 * (native words, bit N of word N / width). Pure; knows nothing of containers.
 */
#ifndef BASE_BITSET_H
#define BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/mem.h"

struct bitset {
	unsigned long *words; /* NULL when empty */
	size_t words_n;
};

/* The largest number of a list: set_mempolicy(2) takes one page of bits, no kernel has more. */
#define BITSET_MAX 32767
#define BITSET_WORD_BITS (8 * sizeof(unsigned long))

/*
 * Reads a comma-separated list of numbers and ranges; blanks around each are allowed, an empty text
 * is the empty set. NULL, or what is wrong with it, in arena memory; *out is empty then.
 */
MUST_CHECK const char *bitset_parse(struct arena *arena, const char *text, struct bitset *out);
/* The list in its shortest form, in arena memory. */
const char *bitset_format(struct arena *arena, const struct bitset *set);
bool bitset_has(const struct bitset *set, unsigned int number);
static inline bool bitset_is_empty(const struct bitset *set)
{
	return set->words_n == 0;
}

#endif

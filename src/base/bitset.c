/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of CPUs and memory nodes. See bitset.h. Either process. */
#include "base/bitset.h"

#include <string.h>

#include "base/str.h"

static void add_range(struct arena *arena, struct bitset *set, unsigned int first,
		      unsigned int last)
{
	size_t need = last / BITSET_WORD_BITS + 1;

	if (need > set->words_n) {
		set->words = arena_grow(arena, set->words, set->words_n, need, sizeof(*set->words));
		set->words_n = need;
	}
	for (unsigned int bit = first; bit <= last; bit++)
		set->words[bit / BITSET_WORD_BITS] |= 1UL << bit % BITSET_WORD_BITS;
}

/* The text between two separators, without the blanks around it. */
static char *trim(struct arena *arena, const char *start, size_t len)
{
	for (; len && *start == ' '; len--)
		start++;
	while (len && start[len - 1] == ' ')
		len--;
	return arena_strndup(arena, start, len);
}

/* False if `text` is not all digits; a number that is too large reads as BITSET_MAX + 1. */
static bool parse_number(const char *text, unsigned int *out)
{
	uint64_t value;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	if (!str_to_u64(text, &value) || value > BITSET_MAX)
		value = BITSET_MAX + 1;
	*out = (unsigned int)value;
	return true;
}

static const char *parse_entry(struct arena *arena, const char *text, struct bitset *set)
{
	const char *dash = strchr(text, '-');
	size_t first_len = dash ? (size_t)(dash - text) : strlen(text);
	unsigned int first, last;

	if (!*text)
		return "an entry is empty";
	if (!parse_number(trim(arena, text, first_len), &first) ||
	    (dash && !parse_number(trim(arena, dash + 1, strlen(dash + 1)), &last)))
		return arena_asprintf(arena, "\"%s\" is neither a number nor a range", text);
	if (!dash)
		last = first;
	if (first > BITSET_MAX || last > BITSET_MAX)
		return arena_asprintf(arena, "%s is too large: accepted are 0 to %d", text,
				      BITSET_MAX);
	if (last < first)
		return arena_asprintf(arena, "the range %s goes backwards", text);
	add_range(arena, set, first, last);
	return NULL;
}

const char *bitset_parse(struct arena *arena, const char *text, struct bitset *out)
{
	struct bitset set = { 0 };

	*out = set;
	if (!*trim(arena, text, strlen(text)))
		return NULL;
	for (const char *start = text; start;) {
		size_t len = strcspn(start, ",");
		const char *wrong = parse_entry(arena, trim(arena, start, len), &set);

		if (wrong)
			return wrong;
		start = start[len] ? start + len + 1 : NULL;
	}
	*out = set;
	return NULL;
}

bool bitset_has(const struct bitset *set, unsigned int number)
{
	return number / BITSET_WORD_BITS < set->words_n &&
	       set->words[number / BITSET_WORD_BITS] >> number % BITSET_WORD_BITS & 1;
}

const char *bitset_format(struct arena *arena, const struct bitset *set)
{
	const unsigned int end = (unsigned int)(set->words_n * BITSET_WORD_BITS);
	drop_strbuf struct strbuf out = { 0 };

	for (unsigned int first = 0; first < end; first++) {
		unsigned int last = first;

		if (!bitset_has(set, first))
			continue;
		while (bitset_has(set, last + 1))
			last++;
		strbuf_addf(&out, "%s%u", out.len ? "," : "", first);
		if (last > first)
			strbuf_addf(&out, "-%u", last);
		first = last;
	}
	return arena_strdup(arena, strbuf_text(&out));
}

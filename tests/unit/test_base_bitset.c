/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes: what is one, what it means, what is wrong with the others. */
#include "base/bitset.h"

#include <string.h>

#include "tests/unit/check.h"

static void test_lists(void)
{
	static const struct {
		const char *text, *shortest;
	} cases[] = {
		{ "", "" },
		{ " ", "" },
		{ "0", "0" },
		{ "0-3,7", "0-3,7" },
		{ "7,0-3", "0-3,7" },
		{ "0,1,2,3", "0-3" },
		{ "0-5,3-8", "0-8" },
		{ "5-5", "5" },
		{ " 0 - 3 , 7 ", "0-3,7" },
		{ "63,64", "63-64" },
		{ "62-65,128", "62-65,128" },
		{ "00,007", "0,7" },
		{ "1023-1025,4096", "1023-1025,4096" },
		{ "32767", "32767" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_arena struct arena arena = { 0 };
		struct bitset set;

		printf("# \"%s\"\n", cases[i].text);
		CHECK_STR(bitset_parse(&arena, cases[i].text, &set), NULL);
		CHECK_STR(bitset_format(&arena, &set), cases[i].shortest);
		CHECK(bitset_is_empty(&set) == (*cases[i].shortest == '\0'));
	}
}

static void test_bits(void)
{
	drop_arena struct arena arena = { 0 };
	struct bitset set;
	const unsigned int far = 2 * BITSET_WORD_BITS + 1;

	CHECK_STR(bitset_parse(&arena, arena_asprintf(&arena, "0,2,%u", far), &set), NULL);
	CHECK(set.words_n == 3 && set.words[0] == 5 && set.words[1] == 0 && set.words[2] == 2);
	CHECK(bitset_has(&set, 0) && !bitset_has(&set, 1) && bitset_has(&set, far));
	CHECK(!bitset_has(&set, far + 1) && !bitset_has(&set, 100 * BITSET_WORD_BITS));
}

static void test_wrong(void)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ ",", "empty" },
		{ "1,", "empty" },
		{ ",1", "empty" },
		{ "1,,2", "empty" },
		{ "-", "neither" },
		{ "1-", "neither" },
		{ "-1", "neither" },
		{ "1-2-3", "neither" },
		{ "a", "neither" },
		{ "0x1", "neither" },
		{ "+1", "neither" },
		{ "1.5", "neither" },
		{ "1 2", "neither" },
		{ "1\t", "neither" },
		{ "0-1:2", "neither" },
		{ "all", "neither" },
		{ "3-1", "backwards" },
		{ "0-3,9-8", "backwards" },
		{ "32768", "too large" },
		{ "0-32768", "too large" },
		{ "4294967296", "too large" },
		{ "99999999999999999999999", "too large" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_arena struct arena arena = { 0 };
		struct bitset set;
		const char *wrong = bitset_parse(&arena, cases[i].text, &set);

		printf("# \"%s\": %s\n", cases[i].text, wrong ? wrong : "taken");
		CHECK(wrong && strstr(wrong, cases[i].part));
		CHECK(bitset_is_empty(&set));
	}
}

int main(void)
{
	test_lists();
	test_bits();
	test_wrong();
	return check_result();
}

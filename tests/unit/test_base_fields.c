/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of fields (base/fields.h): what is written is read again, and damage is seen. */
#include <string.h>

#include "base/fields.h"
#include "base/mem.h"
#include "tests/unit/check.h"

enum { FIELDS_MAX = 4 };

static void test_round_trip(void)
{
	static const char *const rows[][FIELDS_MAX] = {
		{ "a", "b", "c", "d" },
		{ "a\tb", "c\nd", "e\\f", "\\t" },
		{ "x", "", "", "\\" },
	};
	drop_strbuf struct strbuf lines = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t j = 0; j < FIELDS_MAX; j++)
			fields_add(&lines, rows[i][j]);
		fields_end_line(&lines);
	}
	char *rest = lines.data;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *fields[FIELDS_MAX];
		size_t n = 0;

		CHECK(fields_split(strsep(&rest, "\n"), fields, FIELDS_MAX, &n));
		CHECK(n == FIELDS_MAX);
		for (size_t j = 0; j < n; j++)
			CHECK_STR(fields[j], rows[i][j]);
	}
	CHECK_STR(rest, "");
}

static void test_split(void)
{
	static const struct {
		const char *line;
		bool good;
		size_t n;
	} cases[] = {
		{ "", true, 0 },
		{ "a", true, 1 },
		{ "a\t", true, 2 },
		{ "1\t2\t3\t4", true, 4 },
		{ "1\t2\t3\t4\t5", false, 0 },
		{ "a\\x", false, 0 },
		{ "a\\", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *line = mem_strdup(cases[i].line);
		char *fields[FIELDS_MAX];
		size_t n = 0;
		bool good = fields_split(line, fields, FIELDS_MAX, &n);

		CHECK(good == cases[i].good);
		CHECK(!good || n == cases[i].n);
	}
}

int main(void)
{
	test_round_trip();
	test_split();
	return check_result();
}

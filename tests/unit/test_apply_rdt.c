/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing a group's schemata with what is asked for: the kernel's blanks, zeros and order. */
#include "apply/rdt.h"

#include "tests/unit/check.h"

/* As the kernel prints them, with code and data apart on L3. */
static const char file[] = "    MB:0= 20;1=100\n"
			   "L3DATA:0=00f;1=7ff\n"
			   "L3CODE:0=7f0;1=7ff\n"
			   "    L3:0=0ff;10=7ff\n";

/* The index of the first line that the file does not say, -1 if there is none. */
static int difference(const char *const *texts, size_t n)
{
	struct plan_rdt_line lines[4];
	const struct plan_rdt plan = { .lines = lines, .lines_n = n };

	for (size_t i = 0; i < n; i++)
		lines[i] = (struct plan_rdt_line){ .place = "here", .text = texts[i] };
	const struct plan_rdt_line *line = rdt_find_difference(&plan, file);
	return line ? (int)(line - lines) : -1;
}

#define DIFFERENCE(...)                                  \
	difference((const char *const[]){ __VA_ARGS__ }, \
		   ARRAY_LEN(((const char *[]){ __VA_ARGS__ })))

int main(void)
{
	/* Blanks, leading zeros, capitals, any order, any part. */
	CHECK(DIFFERENCE("MB:0=20;1=100") == -1);
	CHECK(DIFFERENCE("MB:1=100;0=20") == -1);
	CHECK(DIFFERENCE(" MB : 0 = 020 ; 1 = 100 ") == -1);
	CHECK(DIFFERENCE("L3:0=FF", "L3:10=7FF;") == -1);
	CHECK(DIFFERENCE("L3CODE:0=7f0", "L3DATA:0=f") == -1);
	/* A value, a domain, a resource that is another one. */
	CHECK(DIFFERENCE("MB:0=20;1=90") == 0);
	CHECK(DIFFERENCE("L3:0=ff", "L3:10=f") == 1);
	CHECK(DIFFERENCE("L3:1=7ff") == 0);
	CHECK(DIFFERENCE("L3:0=fff") == 0);
	CHECK(DIFFERENCE("L2:0=f") == 0);
	CHECK(DIFFERENCE("3:0=ff") == 0);
	/* A later line about the same domain is what counts. */
	CHECK(DIFFERENCE("L3:0=1", "L3:0=ff") == -1);
	CHECK(DIFFERENCE("L3:0=ff", "L3:0=1") == 1);
	CHECK(DIFFERENCE("L3:0=1;10=1", "L3:0=ff") == 0);
	/* What is no line says nothing that could be so. */
	CHECK(DIFFERENCE("L3") == 0);
	CHECK(DIFFERENCE("L3:") == 0);
	CHECK(DIFFERENCE("L3:0") == 0);
	CHECK(DIFFERENCE("L3:0=ff;x") == 0);
	CHECK(DIFFERENCE("L3:=") == 0);
	return check_result();
}

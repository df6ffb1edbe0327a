/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the annotation nucleus.landlock, and as the document that "file:" names. A policy
 * that
 * was taken handles every right that one of its rules gives: a rule for a right that is not handled
 * would say something that nobody enforces. Its rights can be named.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "oci/landlock.h"

static void check_policy(struct arena *arena, const struct oci_landlock_policy *policy)
{
	struct strv names = { 0 };

	for (size_t i = 0; i < policy->paths_n; i++) {
		fuzz_require(policy->paths[i].path && policy->paths[i].origin);
		fuzz_require((policy->paths[i].rights & ~policy->handled.fs) == 0);
	}
	for (size_t i = 0; i < policy->ports_n; i++)
		fuzz_require((policy->ports[i].rights & ~policy->handled.net) == 0);
	oci_landlock_names(arena, &policy->handled, &names);
	for (size_t i = 0; i < names.n; i++)
		fuzz_require(names.items[i] && *names.items[i]);
}

/* What is written can be read, and is then written the same. */
static void check_written(struct arena *arena, struct oci_landlock_policy *policy)
{
	drop_problems struct problems problems = { 0 };
	struct oci_landlock_policy *again = NULL;

	oci_landlock_settle(policy);
	drop_mem char *first = oci_landlock_write(policy);

	/* A dollar is doubled: the path may be too long. An annotation comes out of a JSON
	 * document, but not here: it may be no UTF-8. */
	for (const char *c = first; *c; c++) {
		if (*c == '$' || (unsigned char)*c > 0x7f)
			return;
	}
	oci_landlock_read(arena, first, NULL, 0, &problems, &again);
	fuzz_require(!problems_errors(&problems) && again);
	drop_mem char *second = oci_landlock_write(again);
	fuzz_require(strcmp(first, second) == 0);
}

static void read_policy(const char *annotation, const char *text, size_t len)
{
	drop_arena struct arena arena = { 0 };
	drop_problems struct problems problems = { 0 };
	struct oci_landlock_policy *policy = NULL;

	oci_landlock_read(&arena, annotation, text, len, &problems, &policy);
	drop_err struct err *err = problems_to_err(&problems);
	fuzz_require(!err == !problems_errors(&problems));
	if (!err && policy) {
		check_policy(&arena, policy);
		check_written(&arena, policy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	drop_mem char *text = mem_zalloc(size + 1);

	memcpy(text, data, size);
	/* "file:" is for the caller: it gives the text behind it. */
	if (!oci_landlock_file(text))
		read_policy(text, NULL, 0);
	read_policy("file:/policy.json", text, size);
	return 0;
}

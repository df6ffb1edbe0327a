/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as config.json. The reader either finds a problem or gives a configuration; a
 * configuration, written and read again, has no problems and is written in the same words: what
 * create keeps as the container's copy says what the user said.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "oci/config.h"

/* Every problem can be told. */
static void tell(const struct problems *problems)
{
	drop_err struct err *err = problems_to_err(problems);

	fuzz_require(!err == !problems_errors(problems));
	if (err)
		fuzz_require(*err_text(err));
}

/* The configuration as text again, or NULL if it has problems. */
static char *read_and_write(const char *text, size_t len)
{
	drop_arena struct arena arena = { 0 };
	drop_problems struct problems problems = { 0 };
	struct oci_config *config = NULL;

	oci_config_read(&arena, text, len, &problems, &config);
	tell(&problems);
	if (problems_errors(&problems))
		return NULL;
	fuzz_require(config != NULL);
	return oci_config_write(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	drop_mem char *once = read_and_write((const char *)data, size);

	if (!once)
		return 0;
	drop_mem char *twice = read_and_write(once, strlen(once));
	fuzz_require(twice != NULL);
	fuzz_require(strcmp(once, twice) == 0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser: every form that engines and people write, and every way to be wrong. */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/check.h"

struct values {
	bool detach, keep;
	const char *bundle, *format;
	uint32_t fds;
	struct strv assume;
};

static const struct option_row table[] = {
	{ "bundle", 'b', OPTION_STRING, offsetof(struct values, bundle), "DIR", "The bundle" },
	{ "detach", 'd', OPTION_FLAG, offsetof(struct values, detach), NULL, "Detach" },
	{ "keep", 'k', OPTION_FLAG, offsetof(struct values, keep), NULL, "Keep" },
	{ "format", 'f', OPTION_CHOICE, offsetof(struct values, format), "text|json", "Format" },
	{ "preserve-fds", 0, OPTION_NUMBER, offsetof(struct values, fds), "N", "Descriptors" },
	{ "assume", 0, OPTION_LIST, offsetof(struct values, assume), "N=V", "Facts" },
	{ 0 },
};
static const struct option_row global_table[] = {
	{ "debug", 0, OPTION_FLAG, 0, NULL, "Debug" },
	{ 0 },
};

/* The arguments of one run, up to NULL, and what came of them. */
struct run {
	struct values values;
	struct positionals rest;
	size_t taken;
	struct err *err;
};

static void parse(struct run *run, bool stop_at_word, const char *const *words)
{
	static char copies[16][64];
	static char *argv[17];
	size_t n = 0;

	for (; words[n]; n++) {
		strncpy(copies[n], words[n], sizeof(copies[n]) - 1);
		copies[n][sizeof(copies[n]) - 1] = '\0';
		argv[n] = copies[n];
	}
	argv[n] = NULL;
	*run = (struct run){ 0 };
	run->err = options_parse(table, &run->values, argv, n, stop_at_word, "verb", global_table,
				 &run->taken, &run->rest);
}

static void run_free(struct run *run)
{
	err_free(run->err);
	free(run->rest.items);
	options_free(table, &run->values);
}

#define PARSE(run, ...) parse(&(run), false, (const char *const[]){ __VA_ARGS__, NULL })

static void test_forms_of_a_value(void)
{
	static const char *const forms[][3] = {
		{ "--bundle", "dir" }, { "--bundle=dir" }, { "-bundle", "dir" }, { "-bundle=dir" },
		{ "-b", "dir" },       { "-bdir" },	   { "-b=dir" },
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct run run;

		parse(&run, false, forms[i]);
		CHECK(!run.err);
		CHECK_STR(run.values.bundle, "dir");
		CHECK(run.rest.n == 0);
		run_free(&run);
	}
}

static void test_values_stay_as_written(void)
{
	struct run run;

	PARSE(run, "--bundle=a=b", "--assume", "x=1", "--assume=y=2");
	CHECK(!run.err);
	CHECK_STR(run.values.bundle, "a=b");
	CHECK(run.values.assume.n == 2);
	CHECK_STR(run.values.assume.items[0], "x=1");
	CHECK_STR(run.values.assume.items[1], "y=2");
	run_free(&run);

	PARSE(run, "--bundle=");
	CHECK(!run.err);
	CHECK_STR(run.values.bundle, "");
	run_free(&run);

	/* a value may look like an option: the engine decides */
	PARSE(run, "--bundle", "--detach");
	CHECK(!run.err && !run.values.detach);
	CHECK_STR(run.values.bundle, "--detach");
	run_free(&run);

	PARSE(run, "--bundle", "first", "--bundle", "second");
	CHECK(!run.err);
	CHECK_STR(run.values.bundle, "second");
	run_free(&run);
}

static void test_flags(void)
{
	struct run run;

	PARSE(run, "-d", "--keep=true");
	CHECK(!run.err && run.values.detach && run.values.keep);
	run_free(&run);
	PARSE(run, "-dk");
	CHECK(!run.err && run.values.detach && run.values.keep);
	run_free(&run);
	PARSE(run, "-dkbdir");
	CHECK(!run.err && run.values.detach && run.values.keep);
	CHECK_STR(run.values.bundle, "dir");
	run_free(&run);
	PARSE(run, "--detach", "--detach=false");
	CHECK(!run.err && !run.values.detach);
	run_free(&run);
	PARSE(run, "--detach=maybe");
	CHECK(run.err && err_kind_of(run.err) == ERR_USAGE);
	CHECK(run.err && strstr(err_text(run.err), "true or false"));
	run_free(&run);
}

static void test_words(void)
{
	struct run run;

	PARSE(run, "id", "--detach", "second");
	CHECK(!run.err && run.values.detach && run.rest.n == 2);
	CHECK_STR(run.rest.items[0], "id");
	CHECK_STR(run.rest.items[1], "second");
	CHECK(run.rest.items[2] == NULL);
	run_free(&run);

	PARSE(run, "--", "--detach", "--");
	CHECK(!run.err && !run.values.detach && run.rest.n == 2);
	CHECK_STR(run.rest.items[0], "--detach");
	CHECK_STR(run.rest.items[1], "--");
	run_free(&run);

	PARSE(run, "-", "");
	CHECK(!run.err && run.rest.n == 2);
	run_free(&run);
}

static void test_stop_at_word(void)
{
	struct run run;

	parse(&run, true, (const char *const[]){ "-d", "create", "--keep", NULL });
	CHECK(!run.err && run.values.detach && !run.values.keep && run.taken == 1);
	run_free(&run);
	parse(&run, true, (const char *const[]){ "--bundle", "create", "run", NULL });
	CHECK(!run.err && run.taken == 2);
	run_free(&run);
}

static void check_refused(struct run *run, const char *text, const char *hint)
{
	CHECK(run->err != NULL);
	if (!run->err)
		return;
	CHECK(err_kind_of(run->err) == ERR_USAGE);
	CHECK_STR(err_text(run->err), text);
	CHECK_STR(err_hint_text(run->err), hint);
	run_free(run);
}

static void test_refusals(void)
{
	struct run run;

	PARSE(run, "--bundel", "x");
	check_refused(&run, "verb: unknown option \"--bundel\"", "did you mean \"--bundle\"?");
	PARSE(run, "--preserv-fds=3");
	check_refused(&run, "verb: unknown option \"--preserv-fds\"",
		      "did you mean \"--preserve-fds\"?");
	PARSE(run, "--debug");
	check_refused(&run, "verb: unknown option \"--debug\"",
		      "--debug is a global option: it goes before \"verb\"");
	PARSE(run, "--xyzzy");
	check_refused(&run, "verb: unknown option \"--xyzzy\"",
		      "nucleus-oci verb --help lists the options");
	PARSE(run, "-z");
	check_refused(&run, "verb: unknown option \"-z\"",
		      "nucleus-oci verb --help lists the options");
	PARSE(run, "--bundle");
	check_refused(&run, "option --bundle requires an argument", NULL);
	PARSE(run, "-db");
	check_refused(&run, "option --bundle requires an argument", NULL);
	PARSE(run, "--format=yaml");
	check_refused(&run, "option --format: \"yaml\" is none of text|json", NULL);
	PARSE(run, "--format=text|json");
	check_refused(&run, "option --format: \"text|json\" is none of text|json", NULL);
}

static void test_numbers(void)
{
	static const char *const bad[] = { "",	   "x",		 "-1",
					   "+1",   " 1",	 "1 ",
					   "0x10", "4294967296", "99999999999999999999" };
	struct run run;

	PARSE(run, "--preserve-fds", "4294967295");
	CHECK(!run.err && run.values.fds == UINT32_MAX);
	run_free(&run);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		PARSE(run, "--preserve-fds", bad[i]);
		CHECK(run.err && err_kind_of(run.err) == ERR_USAGE);
		run_free(&run);
	}
}

static void test_nearest(void)
{
	static const char *const verbs[] = { "create", "start", "state", "kill", "run", "spec" };

	CHECK_STR(options_nearest("craete", verbs, 6), "create");
	CHECK_STR(options_nearest("stat", verbs, 6), "start");
	CHECK_STR(options_nearest("kil", verbs, 6), "kill");
	CHECK(options_nearest("bananas", verbs, 6) == NULL);
	CHECK(options_nearest("x", verbs, 6) == NULL);
	CHECK(options_nearest("", verbs, 6) == NULL);
}

int main(void)
{
	test_forms_of_a_value();
	test_values_stay_as_written();
	test_flags();
	test_words();
	test_stop_at_word();
	test_refusals();
	test_numbers();
	test_nearest();
	return check_result();
}

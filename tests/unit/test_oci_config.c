/* SPDX-License-Identifier: Apache-2.0 */
/* config.json to the model: the specification's samples, the engines' files, and what is wrong. */
#include "oci/config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"
#include "sys/io.h"
#include "tests/unit/check.h"

struct reading {
	struct arena arena;
	struct problems problems;
	struct oci_config *config;
};

static void reading_end(struct reading *reading)
{
	problems_free(&reading->problems);
	arena_free(&reading->arena);
}
#define drop_reading CLEANUP(reading_end)

static void read_text(struct reading *out, const char *text, size_t len)
{
	*out = (struct reading){ 0 };
	oci_config_read(&out->arena, text, len, &out->problems, &out->config);
}

static bool has(const struct reading *reading, const char *place, const char *part)
{
	for (size_t i = 0; i < reading->problems.n; i++) {
		const struct problem *problem = &reading->problems.items[i];

		if (!problem->warning && strcmp(problem->place, place) == 0 &&
		    strstr(problem->text, part))
			return true;
	}
	for (size_t i = 0; i < reading->problems.n; i++)
		printf("#   has %s: %s\n", reading->problems.items[i].place,
		       reading->problems.items[i].text);
	return false;
}

static size_t config_errors(const struct reading *reading)
{
	size_t n = 0;

	for (size_t i = 0; i < reading->problems.n; i++) {
		const struct problem *problem = &reading->problems.items[i];

		if (problem->warning || problem->kind != ERR_CONFIG)
			continue;
		n++;
		printf("#   %s: %s\n", problem->place, problem->text);
	}
	return n;
}

/* ---- files ---- */

/* The model written and read again is the same model. */
static void check_round_trip(const struct reading *reading)
{
	drop_reading struct reading again;
	drop_mem char *text = oci_config_write(reading->config);

	read_text(&again, text, strlen(text));
	drop_mem char *twice = again.config ? oci_config_write(again.config) : NULL;
	CHECK_STR(twice, text);
}

static void check_file(const char *dir, const char *name, bool good)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *path = mem_asprintf("%s/%s", dir, name);
	drop_reading struct reading reading;

	CHECK_OK(io_read_file(AT_FDCWD, path, 1 << 20, &text));
	printf("# %s\n", path);
	read_text(&reading, strbuf_text(&text), text.len);
	if (good) {
		CHECK(reading.config && config_errors(&reading) == 0);
		check_round_trip(&reading);
	} else {
		CHECK(config_errors(&reading) > 0);
	}
}

static void check_folder(const char *name, bool good, size_t at_least)
{
	const char *top = getenv("srcdir");
	drop_mem char *dir = mem_asprintf("%s/tests/%s", top ? top : ".", name);
	DIR *entries = opendir(dir);
	struct dirent *entry;
	size_t n = 0;

	CHECK(entries != NULL);
	while (entries && (entry = readdir(entries))) {
		if (!str_ends_with(entry->d_name, ".json"))
			continue;
		check_file(dir, entry->d_name, good);
		n++;
	}
	CHECK(n >= at_least);
	if (entries)
		closedir(entries);
}

/* ---- what is wrong, and its place ---- */

#define HEAD "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}"

static void test_problems(void)
{
	static const struct {
		const char *text, *place, *part;
	} cases[] = {
		{ "", "", "" },
		{ "[]", "", "expected an object" },
		{ "{\"root\":{\"path\":\"r\"}}", "ociVersion", "is required" },
		{ "{\"ociVersion\":1,\"root\":{\"path\":\"r\"}}", "ociVersion",
		  "expected a string" },
		{ "{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}", "ociVersion",
		  "not supported" },
		{ "{\"ociVersion\":\"0.5\",\"root\":{\"path\":\"r\"}}", "ociVersion", "SemVer" },
		{ "{\"ociVersion\":\"0.5.0\",\"root\":{\"path\":\"r\"}}", "ociVersion",
		  "not supported" },
		{ HEAD ",\"hostname\":\"a\",\"hostname\":\"b\"}", "hostname", "more than once" },
		{ HEAD ",\"hostname\":\"a\\u0000b\"}", "hostname", "NUL" },
		{ HEAD ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"netwrk\"}]}}",
		  "linux.namespaces[1].type", "network" },
		{ HEAD ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}}",
		  "linux.namespaces[1]", "" },
		{ HEAD
		  ",\"process\":{\"cwd\":\"x\",\"args\":[\"a\"],\"user\":{\"uid\":0,\"gid\":0}}}",
		  "process.cwd", "absolute" },
		{ HEAD
		  ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":-1,\"gid\":0}}}",
		  "process.user.uid", "out of range" },
		{ HEAD ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":4294967296,"
		       "\"gid\":0}}}",
		  "process.user.uid", "out of range" },
		{ HEAD
		  ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"user\":{\"uid\":0,\"gid\":0},"
		  "\"rlimits\":[{\"type\":\"RLIMIT_NOFILES\",\"soft\":1,\"hard\":1}]}}",
		  "process.rlimits[0].type", "RLIMIT_NOFILE" },
		{ HEAD ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALOW\"}}}",
		  "linux.seccomp.defaultAction", "SCMP_ACT_ALLOW" },
		{ HEAD ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
		       "\"defaultErrnoRet\":4096}}}",
		  "linux.seccomp.defaultErrnoRet", "4096 is larger than 4095" },
		{ HEAD ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_TRACE\","
		       "\"defaultErrnoRet\":65536}}}",
		  "linux.seccomp.defaultErrnoRet", "65536 is larger than 65535" },
		{ HEAD ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_NOTIFY\","
		       "\"listenerPath\":\"\"}}}",
		  "linux.seccomp.listenerPath", "required" },
		{ HEAD ",\"linux\":{\"resources\":{\"memory\":{\"swap\":1}}}}",
		  "linux.resources.memory.swap", "without memory limit" },
		{ HEAD ",\"linux\":{\"resources\":{\"unified\":{\"../x\":\"1\"}}}}",
		  "linux.resources.unified[../x]", "no name" },
		{ HEAD ",\"annotations\":{\"nucleus.landlok\":\"default\"}}",
		  "annotations[nucleus.landlok]", "nucleus.landlock" },
		{ HEAD "} {}", "", "" },
		{ HEAD ",}", "", "" },
		{ HEAD ",\"hostname\":\"\xff\"}", "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_reading struct reading reading;

		printf("# %s\n", cases[i].text);
		read_text(&reading, cases[i].text, strlen(cases[i].text));
		CHECK(problems_errors(&reading.problems) > 0);
		if (*cases[i].place)
			CHECK(has(&reading, cases[i].place, cases[i].part));
	}
}

/* Not one after the other: all problems of a document are told at once. */
static void test_places(void)
{
	drop_arena struct arena arena = { 0 };

	CHECK_STR(place_member(&arena, "a.b", "c"), "a.b.c");
	CHECK_STR(place_member(&arena, "", "c"), "c");
	CHECK_STR(place_member(&arena, "a", ""), "a");
	CHECK_STR(place_item(&arena, "a", 0), "a[0]");
	CHECK_STR(place_item(&arena, "a", 907), "a[907]");
	CHECK_STR(place_item(&arena, "", UINT64_MAX), "[18446744073709551615]");
}

static void test_all_at_once(void)
{
	static const char text[] = "{\"ociVersion\":\"x\",\"root\":{},\"hostname\":1,"
				   "\"mounts\":[{},{\"destination\":7}]}";
	drop_reading struct reading reading;

	read_text(&reading, text, strlen(text));
	CHECK(has(&reading, "ociVersion", "SemVer"));
	CHECK(has(&reading, "root.path", "is required"));
	CHECK(has(&reading, "hostname", "expected a string"));
	CHECK(has(&reading, "mounts[0].destination", "is required"));
	CHECK(has(&reading, "mounts[1].destination", "expected a string"));
}

static void test_depth(void)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_reading struct reading reading;

	for (int i = 0; i < 100000; i++)
		strbuf_add(&text, "[");
	read_text(&reading, strbuf_text(&text), text.len);
	CHECK(problems_errors(&reading.problems) == 1);
}

static void test_values(void)
{
	static const char text[] =
		HEAD ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],"
		     "\"user\":{\"uid\":7,\"gid\":8,\"umask\":18},"
		     "\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
		     "\"hard\":18446744073709551615}]},"
		     "\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/n\"}]},"
		     "\"x-unknown\":{\"ignored\":true}}";
	drop_reading struct reading reading;

	read_text(&reading, text, strlen(text));
	CHECK(problems_errors(&reading.problems) == 0);
	const struct oci_process *process = reading.config->process;
	CHECK(process->user.uid == 7 && process->user.gid == 8);
	CHECK(process->user.umask.set && process->user.umask.v == 022);
	CHECK(process->rlimits.n == 1 && process->rlimits.items[0].type == RLIMIT_CORE);
	CHECK(process->rlimits.items[0].hard == UINT64_MAX);
	CHECK(reading.config->linux_->namespaces.items[0].type == CLONE_NEWNET);
	CHECK_STR(reading.config->linux_->namespaces.items[0].path, "/n");
}

/* What `spec` writes is accepted, for both kinds of caller. */
static void test_default_document(void)
{
	for (int rootless = 0; rootless < 2; rootless++) {
		drop_mem char *text = oci_spec_default(rootless, 1000, 1000);
		drop_reading struct reading reading;

		read_text(&reading, text, strlen(text));
		CHECK(reading.config && reading.problems.n == 0);
		CHECK(reading.config->linux_->uid_mappings.n == (size_t)rootless);
	}
}

int main(void)
{
	check_folder("schema/good", true, 7);
	check_folder("schema/spec/test/config/good", true, 5);
	check_folder("schema/spec/test/config/bad", false, 4);
	check_folder("unit/data/config/engines", true, 4);
	test_problems();
	test_places();
	test_all_at_once();
	test_depth();
	test_values();
	test_default_document();
	return check_result();
}

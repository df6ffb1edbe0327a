/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps in apply: comparing with what /proc shows, what is refused before anything is made, and
 * running the setuid programs, with scripts in their place.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/idmap.h"
#include "base/fd.h"
#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"
#include "tests/unit/check.h"

/* The kernel sorts maps of more than five lines and keeps the order of others: order and pieces are
 * no difference. */
static void test_same_maps(void)
{
	static const struct oci_id_mapping map[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{ "         0       1000          1\n         1     100000      65536\n", true },
		{ "1 100000 65536\n0 1000 1\n", true },
		{ "0 1000 1\n1 100000 1\n2 100001 65535\n", true },
		{ "0 1000 1\n1 100000 65535\n", false },
		{ "0 1000 1\n1 100001 65536\n", false },
		{ "0 1000 1\n1 100000 65536\n70000 300000 1\n", false },
		{ "0 1000 1\n", false },
		{ "", false },
		{ "0 0 4294967295\n", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(idmap_is_same(rows[i].text, map, ARRAY_LEN(map)) == rows[i].same);
}

/* Neighbours up to the last id: sums beyond 32 bits (lesson N9). */
static void test_large_maps(void)
{
	static const struct oci_id_mapping halves[] = { { 2147483648U, 2147483648U, 2147483647 },
							{ 0, 0, 2147483648U } };

	CHECK(idmap_is_same("0 0 4294967295\n", halves, 2));
	CHECK(!idmap_is_same("0 0 4294967294\n", halves, 2));
}

static void plan_with_map(struct plan *plan, struct oci_id_mapping *map, size_t n,
			  enum plan_map_writer writer)
{
	*plan = (struct plan){ 0 };
	plan->ns.uid_map = plan->ns.gid_map = map;
	plan->ns.uid_map_n = plan->ns.gid_map_n = n;
	plan->ns.uid_writer = plan->ns.gid_writer = writer;
}

/* 340 lines are allowed, but not more than a page of text. */
static void test_a_map_has_to_fit_a_page(void)
{
	static struct oci_id_mapping map[340];
	drop_arena struct arena arena = { 0 };
	struct idmap_programs programs;
	struct plan plan;

	for (unsigned int i = 0; i < 340; i++)
		map[i] = (struct oci_id_mapping){ i * 2, i, 1 };
	plan_with_map(&plan, map, 340, MAP_BY_RUNTIME);
	CHECK_OK(idmap_prepare(&plan, &arena, &programs));
	CHECK(!programs.uid && !programs.gid);
	for (unsigned int i = 0; i < 340; i++)
		map[i] = (struct oci_id_mapping){ 3000000000U + i * 2, 4000000000U + i * 2, 1 };
	if (getpagesize() == 4096)
		CHECK_ERR(idmap_prepare(&plan, &arena, &programs), ERR_CONFIG,
			  "linux.uidMappings: is too long: the kernel takes less than 4096 bytes");
	else
		CHECK_SKIP("a map of more than a page", "pages are larger here");
}

/* ---- programs ---- */

static char folder[] = "/tmp/nucleus-unit.XXXXXX";

static void write_script(const char *name, const char *text)
{
	drop_mem char *path = mem_asprintf("%s/%s", folder, name);
	drop_fd int fd = sys_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	CHECK_OK(io_write_all(fd, text, strlen(text), path));
}

static void test_running_a_program(void)
{
	static const struct oci_id_mapping map[] = { { 0, 1000, 1 }, { 1, 4294967294U, 1 } };
	drop_mem char *good = mem_asprintf("%s/good", folder);
	drop_mem char *bad = mem_asprintf("%s/newuidmap", folder);
	drop_mem char *none = mem_asprintf("%s/none", folder);
	drop_strbuf struct strbuf said = { 0 };

	write_script("good", "#!/bin/sh\necho \"$@\" >\"${0%/*}/args\"\n");
	CHECK_OK(idmap_run_program(good, 77, map, 2));
	drop_mem char *args = mem_asprintf("%s/args", folder);
	CHECK_OK(io_read_file(AT_FDCWD, args, 4096, &said));
	CHECK_STR(strbuf_text(&said), "77 0 1000 1 1 4294967294 1\n");

	write_script("newuidmap", "#!/bin/sh\necho 'newuidmap: range not allowed' >&2\n"
				  "echo 'second line' >&2\nexit 1\n");
	CHECK_ERR(idmap_run_program(bad, 77, map, 2), ERR_SYS,
		  "newuidmap: range not allowed second line");
	write_script("newuidmap", "#!/bin/sh\nexit 3\n");
	CHECK_ERR(idmap_run_program(bad, 77, map, 2), ERR_SYS,
		  "newuidmap: failed without saying why");
	write_script("newuidmap", "#!/bin/sh\nkill -KILL $$\n");
	CHECK_ERR(idmap_run_program(bad, 77, map, 2), ERR_PEER, "newuidmap: killed by signal 9");
	CHECK_ERR(idmap_run_program(none, 77, map, 2), ERR_PEER, "could not be executed");
}

static void test_finding_a_program(void)
{
	drop_arena struct arena arena = { 0 };
	drop_mem char *want = mem_asprintf("%s/nucleus-found", folder);

	write_script("nucleus-found", "#!/bin/sh\n");
	setenv("PATH", folder, 1);
	/* Root does not look where an environment leads. */
	CHECK_STR(idmap_find_program(&arena, "nucleus-found"), geteuid() ? want : NULL);
	setenv("PATH", ".:relative:", 1);
	CHECK(idmap_find_program(&arena, "nucleus-found") == NULL);
	unsetenv("PATH");
	CHECK(idmap_find_program(&arena, "nucleus-found") == NULL);
	CHECK(idmap_find_program(&arena, "sh") != NULL);
	setenv("PATH", folder, 1);
	CHECK(idmap_find_program(&arena, "sh") != NULL);
}

int main(void)
{
	CHECK(mkdtemp(folder) != NULL);
	test_same_maps();
	test_large_maps();
	test_a_map_has_to_fit_a_page();
	test_running_a_program();
	test_finding_a_program();
	static const char *const files[] = { "good", "newuidmap", "nucleus-found", "args" };
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		drop_mem char *path = mem_asprintf("%s/%s", folder, files[i]);

		(void)unlink(path);
	}
	CHECK(rmdir(folder) == 0);
	return check_result();
}

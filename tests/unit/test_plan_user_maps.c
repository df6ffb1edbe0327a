/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who writes the maps of a user namespace, by the rules of user_namespaces(7), and which maps a
 * runtime in a user namespace of its own can't give. Host facts are assumed.
 */
#include <linux/sched.h>
#include <string.h>

#include "plan/plan.h"
#include "tests/unit/check.h"

struct fixture {
	struct arena arena;
	struct problems problems;
	struct host host;
	struct oci_config config;
	struct oci_linux linux_;
	struct oci_namespace namespaces[1];
	struct plan plan;
};

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	host_free(&f->host);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

/* A new user namespace with these maps, planned on a machine with these facts. */
static void plan_maps(struct fixture *f, const char *facts, struct oci_id_mapping *uids,
		      size_t uids_n, struct oci_id_mapping *gids, size_t gids_n)
{
	drop_mem char *words = mem_strdup(facts);

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		CHECK_OK(host_assume(&f->host, word));
	f->namespaces[0].type = CLONE_NEWUSER;
	f->linux_.namespaces = (struct oci_namespaces){ f->namespaces, 1 };
	f->linux_.uid_mappings = (struct oci_id_mappings){ uids, uids_n };
	f->linux_.gid_mappings = (struct oci_id_mappings){ gids, gids_n };
	f->config.linux_ = &f->linux_;
	f->plan.config = &f->config;
	plan_add_namespaces(&f->arena, &f->plan, &f->host, &f->problems);
}

#define USER "euid=1000 egid=1001 userns=initial caps=none"

static void test_writers(void)
{
	/* CAP_SETGID is 6, CAP_SETUID 7, CAP_SETFCAP 31. */
	static struct {
		const char *facts;
		struct oci_id_mapping maps[2];
		size_t n;
		enum plan_map_writer uid, gid;
	} rows[] = {
		{ USER, { { 0, 1000, 1 } }, 1, MAP_OF_OWN_ID, MAP_BY_HELPER },
		{ USER, { { 77, 1001, 1 } }, 1, MAP_BY_HELPER, MAP_OF_OWN_ID },
		{ USER, { { 0, 1000, 2 } }, 1, MAP_BY_HELPER, MAP_BY_HELPER },
		{ USER, { { 0, 1000, 1 }, { 1, 100000, 9 } }, 2, MAP_BY_HELPER, MAP_BY_HELPER },
		{ USER, { { 0, 100000, 1 } }, 1, MAP_BY_HELPER, MAP_BY_HELPER },
		{ "euid=1000 egid=1001 userns=initial caps=80",
		  { { 0, 100000, 9 } },
		  1,
		  MAP_BY_RUNTIME,
		  MAP_BY_HELPER },
		{ "euid=1000 egid=1001 userns=initial caps=40",
		  { { 0, 100000, 9 } },
		  1,
		  MAP_BY_HELPER,
		  MAP_BY_RUNTIME },
		{ "euid=0 egid=0 userns=initial caps=all",
		  { { 0, 0, 9 } },
		  1,
		  MAP_BY_RUNTIME,
		  MAP_BY_RUNTIME },
		/* Linux 5.12: whoever maps root must have CAP_SETFCAP */
		{ "euid=0 egid=0 userns=initial caps=c0",
		  { { 0, 0, 9 } },
		  1,
		  MAP_BY_HELPER,
		  MAP_BY_RUNTIME },
		{ "euid=0 egid=0 userns=initial caps=800000c0",
		  { { 0, 0, 9 } },
		  1,
		  MAP_BY_RUNTIME,
		  MAP_BY_RUNTIME },
		{ "euid=0 egid=0 userns=other caps=none own-ids=1",
		  { { 0, 0, 1 } },
		  1,
		  MAP_BY_HELPER,
		  MAP_OF_OWN_ID },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;

		plan_maps(&f, rows[i].facts, rows[i].maps, rows[i].n, rows[i].maps, rows[i].n);
		CHECK(f.plan.ns.uid_writer == rows[i].uid);
		CHECK(f.plan.ns.gid_writer == rows[i].gid);
		CHECK(f.plan.ns.in_user_namespace && !f.plan.ns.unprivileged);
		CHECK(f.problems.n == 0);
	}
}

static void test_ranges_that_the_runtime_has(void)
{
	static struct oci_id_mapping inside[] = { { 0, 1, 65535 } };
	static struct oci_id_mapping beyond[] = { { 0, 0, 1 }, { 1, 65535, 2 } };
	drop_fixture struct fixture good, bad;
	const char *facts = "euid=0 egid=0 userns=other caps=all own-ids=65536";

	plan_maps(&good, facts, inside, 1, inside, 1);
	CHECK(good.problems.n == 0);
	plan_maps(&bad, facts, inside, 1, beyond, 2);
	CHECK(bad.problems.n == 1);
	if (bad.problems.n) {
		CHECK_STR(bad.problems.items[0].place, "linux.gidMappings[1]");
		CHECK(strstr(bad.problems.items[0].text, "65535 to 65536") != NULL);
	}
}

int main(void)
{
	test_writers();
	test_ranges_that_the_runtime_has();
	return check_result();
}

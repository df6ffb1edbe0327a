/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of an unprivileged runtime: where they go, when there are none, and what is refused. The
 * machine is assumed.
 */
#include <string.h>

#include "plan/plan.h"
#include "tests/unit/check.h"
#include "tests/unit/plan_fixture.h"

#define USER "euid=1000 userns=initial cgroup="
#define PIDS "{\"resources\":{\"pids\":{\"limit\":9}}}"

/* Without a delegated group: none, unless the user says where; a limit is an error then. */
static void test_without_delegation(void)
{
	static const struct {
		const char *facts, *linux_;
		bool without;
		const char *problem; /* a part of its text; NULL: none */
	} rows[] = {
		{ USER "v2 cgroup-delegation=none", "{}", true, NULL },
		{ USER "v2 cgroup-delegation=none", PIDS, true, "delegated to the user" },
		{ USER "v2 cgroup-delegation=none", "{\"cgroupsPath\":\"/mine/web\"}", false,
		  NULL },
		{ USER "v2 cgroup-delegation=none", "{\"cgroupsPath\":\"\"}", true, NULL },
		{ USER "hybrid cgroup-delegation=none", "{}", true, NULL },
		{ USER "v1", "{}", true, NULL },
		{ USER "v1", PIDS, true, "cgroup v2 is not mounted" },
		{ USER "v1", "{\"cgroupsPath\":\"/mine/web\"}", true, "v1 can't be delegated" },
		/* root of a user namespace is no better off */
		{ "euid=0 userns=other cgroup=v2 cgroup-delegation=none", "{}", true, NULL },
		/* an engine's deny-all is no limit that anybody misses */
		{ USER "v2 cgroup-delegation=none",
		  "{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}}", true,
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;

		plan_with_facts(&f, rows[i].facts, rows[i].linux_);
		CHECK(f.plan.cgroup.disabled == rows[i].without);
		CHECK(f.plan.cgroup.undelegated == rows[i].without);
		CHECK(problems_errors(&f.problems) == (rows[i].problem ? 1 : 0));
		CHECK(!rows[i].problem || !f.problems.n ||
		      strstr(f.problems.items[0].text, rows[i].problem));
	}
}

/* With one: only the v2 tree, also where v1 hierarchies have controllers, and no device program. */
static void test_with_delegation(void)
{
	static const char *const modes[] = { "v2", "hybrid" };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		drop_mem char *facts = mem_asprintf(USER "%s cgroup-delegation=parent", modes[i]);
		drop_fixture struct fixture f;

		plan_with_facts(&f, facts, "{}");
		const struct plan_cgroup *cgroup = &f.plan.cgroup;
		CHECK(!cgroup->disabled && problems_errors(&f.problems) == 0);
		CHECK(cgroup->dirs_n == 1 && cgroup->dirs[0].v2);
		CHECK(cgroup->v2_dir == 0 && cgroup->freezer_dir == 0 && cgroup->devices_dir == -1);
		CHECK(!cgroup->devices_by_bpf && cgroup->device_rules_n == 0);
		CHECK_STR(cgroup->path, "/nucleus-oci-web");
	}
}

/* v1 has the pids controller on a hybrid machine: its limit can't be a user's. */
static void test_limits_need_a_delegated_controller(void)
{
	drop_fixture struct fixture v2, hybrid, unified;

	plan_with_facts(&v2, USER "v2 cgroup-delegation=parent", PIDS);
	CHECK(problems_errors(&v2.problems) == 0);
	CHECK_STR(v2.plan.cgroup.dirs[0].enable, "+pids");
	plan_with_facts(&hybrid, USER "hybrid cgroup-delegation=parent", PIDS);
	CHECK(problems_errors(&hybrid.problems) == 1);
	CHECK(hybrid.problems.n && strstr(hybrid.problems.items[0].text, "pids controller"));
	plan_with_facts(&unified, USER "hybrid cgroup-delegation=parent",
			"{\"resources\":{\"unified\":{\"cgroup.max.depth\":\"3\"}}}");
	CHECK(problems_errors(&unified.problems) == 0 && unified.plan.cgroup.writes_n == 1);
}

/* A rule that closes one device is what somebody means; it has no effect, so it is told. */
static void test_device_rules_are_told(void)
{
	static const struct {
		const char *rule;
		bool warned;
	} rows[] = {
		{ "{\"allow\":false,\"access\":\"rwm\"}", false },
		{ "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}",
		  false },
		{ "{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"w\"}",
		  true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_mem char *linux_ =
			mem_asprintf("{\"resources\":{\"devices\":[%s]}}", rows[i].rule);
		drop_fixture struct fixture f;

		plan_with_facts(&f, USER "v2 cgroup-delegation=own", linux_);
		CHECK(problems_errors(&f.problems) == 0);
		CHECK((f.problems.n == 1) == rows[i].warned);
	}
}

int main(void)
{
	test_without_delegation();
	test_with_delegation();
	test_limits_need_a_delegated_controller();
	test_device_rules_are_told();
	return check_result();
}

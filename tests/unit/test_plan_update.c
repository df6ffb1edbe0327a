/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an update writes, on every layout, and what is kept of it: the resources before, the change
 * and the writes that are left, without a machine that has the controllers.
 */
#include <stdio.h>

#include "base/str.h"
#include "oci/resources.h"
#include "tests/unit/plan_fixture.h"

/* "file=value;" of every write, with "+" in front of one that is tied. */
static char *writes_text(const struct plan_cgroup *plan)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < plan->writes_n; i++)
		strbuf_addf(&text, "%s%s=%s;", plan->writes[i].tied ? "+" : "",
			    plan->writes[i].file, plan->writes[i].value);
	return strbuf_take(&text);
}

/* "Name=value,value;" of every property of the unit that systemd is told of. */
static char *unit_text(const struct plan_unit *unit)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < unit->properties_n; i++) {
		const struct plan_unit_property *property = &unit->properties[i];

		strbuf_addf(&text, "%s=", property->name);
		for (size_t v = 0; v < property->values_n; v++)
			strbuf_addf(&text, "%s%s", v ? "," : "", property->values[v]);
		strbuf_add(&text, ";");
	}
	return strbuf_take(&text);
}

struct update {
	struct fixture before, after;
	struct oci_resources change;
	struct plan_cgroup plan;
};

static void update_free(struct update *update)
{
	fixture_free(&update->before);
	fixture_free(&update->after);
}
#define drop_update CLEANUP(update_free)

static void make(struct update *u, const char *mode, const char *before, const char *change,
		 bool v2_only)
{
	static char group_v2[] = "/sys/fs/cgroup/web",
		    group_unified[] = "/sys/fs/cgroup/unified/web";
	static char v1[][40] = { "/sys/fs/cgroup/memory/web", "/sys/fs/cgroup/cpu,cpuacct/web",
				 "/sys/fs/cgroup/cpuset/web", "/sys/fs/cgroup/blkio/web",
				 "/sys/fs/cgroup/pids/web" };
	bool pure = str_equal(mode, "v2");
	char *dirs[6] = { pure ? group_v2 : group_unified };
	struct strv list = { dirs, 1 };
	struct problems *problems = &u->after.problems;

	plan_resources(&u->before, mode, before);
	plan_resources(&u->after, mode, before);
	for (size_t i = 0; !pure && !v2_only && i < ARRAY_LEN(v1); i++)
		dirs[list.n++] = v1[i];
	oci_resources_read(&u->after.arena, change, strlen(change), problems, &u->change);
	oci_resources_update(&u->after.arena, u->after.config, &u->change, problems);
	CHECK_OK(plan_update_cgroup(&u->after.arena,
				    &(struct plan_update){
					    .dirs = &list,
					    .unit = "web.scope",
					    .before = u->before.config->linux_->resources,
					    .change = &u->change,
					    .after = u->after.config->linux_->resources,
				    },
				    &u->after.host, problems, &u->plan));
}

static void test_writes(void)
{
	static const struct {
		const char *mode, *before, *change, *writes;
	} rows[] = {
		/* one value, and nothing else */
		{ "v2", "\"pids\":{\"limit\":5},\"cpu\":{\"shares\":512}",
		  "{\"pids\":{\"limit\":6}}", "pids.max=6;" },
		/* asked for again is written again: others may have changed it */
		{ "v2", "\"pids\":{\"limit\":5}", "{\"pids\":{\"limit\":5}}", "pids.max=5;" },
		{ "v2", "\"pids\":{\"limit\":5}", "{}", "" },
		{ "v2", "\"pids\":{\"limit\":5}", "{\"pids\":{\"limit\":0}}", "pids.max=1;" },
		/* swap is memory plus swap: v2's own follows */
		{ "v2", "\"memory\":{\"limit\":100,\"swap\":300}", "{\"memory\":{\"limit\":150}}",
		  "memory.max=150;memory.swap.max=150;" },
		{ "v2", "\"memory\":{\"limit\":100,\"swap\":300}", "{\"memory\":{\"swap\":400}}",
		  "memory.swap.max=300;" },
		{ "hybrid", "\"memory\":{\"limit\":100,\"swap\":300}",
		  "{\"memory\":{\"limit\":150,"
		  "\"swap\":500}}",
		  "memory.limit_in_bytes=150;+memory.memsw.limit_in_bytes=500;" },
		{ "hybrid", "\"memory\":{\"limit\":100,\"swap\":300}",
		  "{\"memory\":{\"limit\":150}}", "memory.limit_in_bytes=150;" },
		{ "v2", "\"memory\":{\"limit\":100,\"swap\":300}", "{\"memory\":{\"limit\":-1}}",
		  "memory.max=max;memory.swap.max=max;" },
		{ "v2", "\"memory\":{\"limit\":100,\"swap\":300}",
		  "{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0}}", "" },
		/* quota and period are one file on v2: the one keeps the other */
		{ "v2", "\"cpu\":{\"quota\":5000,\"period\":20000}", "{\"cpu\":{\"quota\":6000}}",
		  "cpu.max=6000 20000;" },
		{ "v2", "\"cpu\":{\"quota\":5000,\"period\":20000}", "{\"cpu\":{\"period\":50000}}",
		  "cpu.max=5000 50000;" },
		{ "v2", "\"cpu\":{\"shares\":512}", "{\"cpu\":{\"quota\":6000}}", "cpu.max=6000;" },
		{ "v2", "\"cpu\":{\"quota\":5000}", "{\"cpu\":{\"burst\":100}}",
		  "cpu.max.burst=100;" },
		{ "hybrid", "\"cpu\":{\"quota\":5000,\"period\":20000}",
		  "{\"cpu\":{\"quota\":6000,\"burst\":10}}",
		  "cpu.cfs_quota_us=6000;+cpu.cfs_burst_us=10;" },
		/* an idle group has no weight; one that is no more gets its own again */
		{ "v2", "\"cpu\":{\"shares\":1024}", "{\"cpu\":{\"idle\":1}}", "cpu.idle=1;" },
		{ "v2", "\"cpu\":{\"shares\":1024,\"idle\":1}", "{\"cpu\":{\"idle\":0}}",
		  "cpu.idle=0;cpu.weight=100;" },
		/* lists by their keys */
		{ "v2", "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]",
		  "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":2}]}",
		  "hugetlb.1GB.rsvd.max=2;"
		  "hugetlb.1GB.max=2;" },
		{ "v2", "\"unified\":{\"memory.high\":\"5\"}",
		  "{\"unified\":{\"memory.high\":\"6\",\"io.max\":\"8:0 rbps=1\"}}",
		  "memory.high=6;io.max=8:0 rbps=1;" },
		{ "v2",
		  "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}",
		  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,"
		  "\"rate\":6}]}}",
		  "io.max=8:16 rbps=6;" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_update struct update u = { 0 };

		make(&u, rows[i].mode, rows[i].before, rows[i].change, false);
		CHECK(problems_errors(&u.after.problems) == 0);
		drop_mem char *text = writes_text(&u.plan);
		if (!str_equal(text, rows[i].writes))
			printf("# %s %s: %s\n", rows[i].mode, rows[i].change, text);
		CHECK_STR(text, rows[i].writes);
	}
}

/* What of that systemd is told: no more than is written, but for what is one property there. */
static void test_unit(void)
{
	static const struct {
		const char *mode, *before, *change, *properties;
	} rows[] = {
		{ "v2", "\"pids\":{\"limit\":5},\"cpu\":{\"shares\":512}",
		  "{\"pids\":{\"limit\":6}}", "TasksMax=6;" },
		{ "v2", "\"pids\":{\"limit\":5}", "{\"pids\":{\"limit\":5}}", "TasksMax=5;" },
		{ "v2", "\"pids\":{\"limit\":5}", "{}", "" },
		/* it has no property for this */
		{ "v2", "\"cpu\":{\"quota\":5000}", "{\"cpu\":{\"burst\":100}}", "" },
		{ "v2", "\"memory\":{\"limit\":100,\"swap\":300}", "{\"memory\":{\"limit\":150}}",
		  "MemoryMax=150;MemorySwapMax=150;" },
		/* The period alone: another share of a second. Whole percents, rounded up. */
		{ "v2", "\"cpu\":{\"quota\":5000,\"period\":20000}", "{\"cpu\":{\"period\":50000}}",
		  "CPUQuotaPerSecUSec=100000;CPUQuotaPeriodUSec=50000;" },
		{ "v2", "\"cpu\":{\"quota\":5000,\"period\":20000}", "{\"cpu\":{\"quota\":4321}}",
		  "CPUQuotaPerSecUSec=220000;" },
		{ "v2", "\"cpu\":{\"shares\":1024,\"idle\":1}", "{\"cpu\":{\"idle\":0}}",
		  "CPUWeight=100;" },
		{ "hybrid", "\"pids\":{\"limit\":5},\"cpu\":{\"quota\":5000,\"period\":20000}",
		  "{\"cpu\":{\"quota\":6000}}", "CPUQuotaPerSecUSec=300000;" },
		/* a list is one property */
		{ "v2",
		  "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":5}]}",
		  "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,"
		  "\"rate\":6}]}}",
		  "IOReadBandwidthMax=2,/dev/block/8:0,5,/dev/block/8:16,6;" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_update struct update u = { 0 };

		make(&u, rows[i].mode, rows[i].before, rows[i].change, false);
		CHECK(problems_errors(&u.after.problems) == 0);
		drop_mem char *text = unit_text(u.plan.unit);
		if (!str_equal(text, rows[i].properties))
			printf("# %s %s: %s\n", rows[i].mode, rows[i].change, text);
		CHECK_STR(text, rows[i].properties);
	}
}

/* Which directories, and what is enabled above them. */
static void test_groups(void)
{
	drop_update struct update pure = { 0 }, late = { 0 }, none = { 0 };

	make(&pure, "v2", "\"pids\":{\"limit\":5}", "{\"memory\":{\"limit\":6}}", true);
	CHECK(pure.plan.dirs_n == 1 && pure.plan.v2_dir == 0);
	CHECK(strstr(pure.plan.dirs[0].enable, "+memory") != NULL);
	CHECK_STR(pure.plan.dirs[0].rel, "web");
	/* one that asked for nothing of v1 joins its hierarchies then, behind what it has */
	make(&late, "hybrid", "", "{\"memory\":{\"limit\":6}}", true);
	CHECK(late.plan.dirs_n > 5 && late.plan.dirs[0].v2);
	CHECK(late.plan.writes_n == 1 && !late.plan.dirs[late.plan.writes[0].dir].v2);
	CHECK_STR(late.plan.dirs[1].rel, "web");
	make(&none, "hybrid", "", "{}", true);
	CHECK(none.plan.dirs_n == 1 && none.plan.writes_n == 0);
}

static void check_problem(const char *mode, const char *before, const char *change,
			  const char *place, const char *text)
{
	drop_update struct update u = { 0 };

	make(&u, mode, before, change, false);
	CHECK(problems_errors(&u.after.problems) == 1);
	if (u.after.problems.n != 1)
		return;
	CHECK_STR(u.after.problems.items[0].place, place);
	CHECK(strstr(u.after.problems.items[0].text, text) != NULL);
}

static void test_refusals(void)
{
	check_problem("v2", "\"memory\":{\"limit\":100,\"swap\":300}",
		      "{\"memory\":{\"limit\":400}}", "linux.resources.memory.swap",
		      "is below memory.limit");
	check_problem("v2", "", "{\"memory\":{\"swap\":400}}", "linux.resources.memory.swap",
		      "without memory limit");
	check_problem("v2", "\"cpu\":{\"quota\":5000,\"burst\":4000}", "{\"cpu\":{\"quota\":3000}}",
		      "linux.resources.cpu.burst", "larger than quota");
	check_problem("v2", "", "{\"cpu\":{\"realtimeRuntime\":3000}}",
		      "linux.resources.cpu.realtimeRuntime", "no counterpart");
	check_problem("hybrid", "", "{\"unified\":{\"memory.high\":\"1\"}}",
		      "linux.resources.unified[memory.high]", "v1 hierarchy");
}

/* The kept text: everything else as it was. */
static void test_replace(void)
{
	static const char text[] =
		"{\"linux\":{\"x\":[1.50,{\"y\":null}],\"resources\":{\"pids\":{\"limit\":3},"
		"\"z\":1}},"
		"\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r/\\u00e9\"},"
		"\"big\":18446744073709551616}";
	drop_update struct update u = { 0 };
	drop_problems struct problems problems = { 0 };

	make(&u, "v2", "\"pids\":{\"limit\":3}", "{\"pids\":{\"limit\":7}}", false);
	drop_mem char *new = oci_resources_replace(text, strlen(text), u.after.config, &problems);
	CHECK(new && !problems.n);
	CHECK(strstr(new, "\"limit\": 7") && !strstr(new, "\"limit\": 3"));
	CHECK(strstr(new, "1.50") && strstr(new, "\"y\": null"));
	CHECK(strstr(new, "18446744073709551616") && strstr(new, "r/\303\251"));
	drop_mem char *none = oci_resources_replace("{", 1, u.after.config, &problems);
	CHECK(!none && problems.n);
}

int main(void)
{
	test_writes();
	test_unit();
	test_groups();
	test_refusals();
	test_replace();
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources and linux.cgroupsPath as groups and writes, on each layout, which is assumed. The
 * expected values are the kernel documentation's and the specification's, not this program's.
 */
#include <linux/sched.h>
#include <string.h>

#include "tests/unit/plan_fixture.h"

static void test_paths(void)
{
	static const struct {
		const char *asked, *want;
	} cases[] = {
		{ "", "/nucleus-oci-web" },   { "/a/b", "/a/b" },  { "a/b", "/nucleus-oci/a/b" },
		{ "/a/../../b//c/", "/b/c" }, { "../../x", "/x" }, { "/a/./b/", "/a/b" },
		{ "a/", "/nucleus-oci/a" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ = mem_asprintf("{\"cgroupsPath\":\"%s\"}", cases[i].asked);
		drop_fixture struct fixture f;

		plan_linux(&f, "v2", linux_);
		CHECK(f.problems.n == 0);
		CHECK_STR(f.plan.cgroup.path, cases[i].want);
	}
	drop_fixture struct fixture systemd, root;
	plan_linux(&systemd, "v2", "{\"cgroupsPath\":\"machine.slice:libpod:abc\"}");
	CHECK(systemd.problems.n == 1 && systemd.problems.items[0].kind == ERR_UNSUPPORTED);
	CHECK(strstr(problem(&systemd), "--systemd-cgroup") != NULL);
	plan_linux(&root, "v2", "{\"cgroupsPath\":\"/..\"}");
	CHECK(strstr(problem(&root), "root of the hierarchy") != NULL);
	drop_fixture struct fixture line, colon;
	plan_linux(&line, "v2", "{\"cgroupsPath\":\"/a\\nb\"}");
	CHECK(strstr(problem(&line), "line break") != NULL);
	/* with a slash it is no systemd form */
	plan_linux(&colon, "v2", "{\"cgroupsPath\":\"/a:b:c\"}");
	CHECK_STR(colon.plan.cgroup.path, "/a:b:c");
}

static void test_layouts(void)
{
	drop_fixture struct fixture v2, v1, hybrid, asked, none;

	plan_linux(&v2, "v2", "{\"resources\":{\"memory\":{\"limit\":1048576}}}");
	CHECK(v2.plan.cgroup.dirs_n == 1 && v2.plan.cgroup.v2_dir == 0);
	CHECK_STR(v2.plan.cgroup.dirs[0].enable, "+memory");
	CHECK(v2.plan.cgroup.devices_by_bpf && v2.plan.cgroup.devices_dir == -1);
	plan_linux(&v1, "v1", "{}");
	CHECK(v1.plan.cgroup.dirs_n == 12 && v1.plan.cgroup.v2_dir == -1);
	CHECK(!v1.plan.cgroup.devices_by_bpf);
	CHECK_STR(v1.plan.cgroup.dirs[v1.plan.cgroup.devices_dir].controllers, "devices");
	CHECK_STR(v1.plan.cgroup.dirs[v1.plan.cgroup.freezer_dir].controllers, "freezer");
	/* nothing asked for in v1: only the v2 group (docs/design.md) */
	plan_linux(&hybrid, "hybrid", "{\"cgroupsPath\":\"/x\"}");
	CHECK(hybrid.plan.cgroup.dirs_n == 1 && hybrid.plan.cgroup.dirs[0].v2);
	plan_linux(&asked, "hybrid", "{\"resources\":{\"pids\":{\"limit\":5}}}");
	CHECK(asked.plan.cgroup.dirs_n == 13 && asked.plan.cgroup.dirs[0].v2);
	CHECK_STR(asked.plan.cgroup.dirs[asked.plan.cgroup.writes[0].dir].controllers, "pids");
	plan_linux(&none, "none", "{\"resources\":{\"pids\":{\"limit\":5}}}");
	CHECK(none.plan.cgroup.disabled && problems_errors(&none.problems) == 1);
}

static void test_memory(void)
{
	static const struct {
		const char *memory, *max, *swap;
	} cases[] = {
		{ "\"limit\":100", "100", NULL },
		{ "\"limit\":0", NULL, NULL },
		{ "\"limit\":-1", "max", "max" },
		{ "\"limit\":100,\"swap\":100", "100", "0" },
		{ "\"limit\":100,\"swap\":150", "100", "50" },
		{ "\"limit\":100,\"swap\":-1", "100", "max" },
		{ "\"limit\":100,\"swap\":0", "100", NULL },
		{ "\"limit\":-1,\"swap\":70", "max", "70" },
		{ "\"limit\":-1,\"swap\":-1", "max", "max" },
		{ "\"swap\":-1", NULL, "max" },
		{ "\"swap\":0", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ =
			mem_asprintf("{\"resources\":{\"memory\":{%s}}}", cases[i].memory);
		drop_fixture struct fixture f;

		plan_linux(&f, "v2", linux_);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, "memory.max"), cases[i].max);
		CHECK_STR(written(&f, "memory.swap.max"), cases[i].swap);
	}
	drop_fixture struct fixture v1, swappiness;
	plan_linux(&v1, "v1",
		   "{\"resources\":{\"memory\":{\"limit\":100,\"swap\":150,\"reservation\":50,"
		   "\"swappiness\":0,\"disableOOMKiller\":true}}}");
	CHECK_STR(written(&v1, "memory.limit_in_bytes"), "100");
	CHECK_STR(written(&v1, "memory.memsw.limit_in_bytes"), "150");
	CHECK_STR(written(&v1, "memory.soft_limit_in_bytes"), "50");
	CHECK_STR(written(&v1, "memory.swappiness"), "0");
	CHECK_STR(written(&v1, "memory.oom_control"), "1");
	plan_linux(&swappiness, "v2", "{\"resources\":{\"memory\":{\"swappiness\":10}}}");
	CHECK_STR(problem(&swappiness), "has no counterpart on cgroup v2");
}

/* config-linux.md's own example: what v2 has no file for is refused if it asks for something. */
static void test_memory_rest(void)
{
	static const char v2_none[] = "has no counterpart on cgroup v2";
	static const struct {
		const char *mode, *memory, *place, *text; /* refused there */
	} refused[] = {
		{ "v2", "\"swappiness\":0", "swappiness", v2_none },
		{ "v2", "\"kernelTCP\":1048576", "kernelTCP", v2_none },
		{ "v2", "\"disableOOMKiller\":true", "disableOOMKiller", v2_none },
		{ "v2", "\"useHierarchy\":false", "useHierarchy", "Linux 5.11" },
		{ "v1", "\"useHierarchy\":false", "useHierarchy", "Linux 5.11" },
		{ "v1", "\"limit\":-1,\"swap\":70", "swap", "memory plus swap" },
	};
	static const struct {
		const char *mode, *memory, *file, *want; /* NULL: nothing is written at all */
	} fine[] = {
		{ "v2", "\"kernelTCP\":-1,\"kernel\":-1", NULL, NULL },
		{ "v2", "\"disableOOMKiller\":false,\"useHierarchy\":true", NULL, NULL },
		{ "v1", "\"disableOOMKiller\":false,\"useHierarchy\":true", NULL, NULL },
		{ "v1", "\"kernelTCP\":-1", "memory.kmem.tcp.limit_in_bytes", "-1" },
		{ "v1", "\"kernelTCP\":70000", "memory.kmem.tcp.limit_in_bytes", "70000" },
		{ "v1", "\"limit\":-1", "memory.memsw.limit_in_bytes", "-1" },
		{ "v1", "\"limit\":100,\"swap\":-1", "memory.memsw.limit_in_bytes", "-1" },
		{ "hybrid", "\"limit\":100", "memory.limit_in_bytes", "100" },
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		drop_mem char *text = mem_asprintf("\"memory\":{%s}", refused[i].memory);
		drop_mem char *place = mem_asprintf("linux.resources.memory.%s", refused[i].place);

		check_refused(refused[i].mode, text, ERR_UNSUPPORTED, place, refused[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		drop_mem char *text = mem_asprintf("\"memory\":{%s}", fine[i].memory);
		drop_fixture struct fixture f;

		plan_resources(&f, fine[i].mode, text);
		CHECK(f.problems.n == 0);
		if (fine[i].file)
			CHECK_STR(written(&f, fine[i].file), fine[i].want);
		else
			CHECK(f.plan.cgroup.writes_n == 0);
	}
	drop_fixture struct fixture kernel;
	plan_resources(&kernel, "v1", "\"memory\":{\"kernel\":1048576}");
	CHECK(kernel.problems.n == 1 && kernel.problems.items[0].warning);
	CHECK(kernel.plan.cgroup.writes_n == 0);
}

static void test_cpu(void)
{
	static const struct {
		const char *cpu, *file, *want;
	} cases[] = {
		/* the ends and the default of both scales meet */
		{ "\"shares\":1", "cpu.weight", "1" },
		{ "\"shares\":2", "cpu.weight", "1" },
		/* of the formula, calculated with another program */
		{ "\"shares\":3", "cpu.weight", "2" },
		{ "\"shares\":512", "cpu.weight", "59" },
		{ "\"shares\":2048", "cpu.weight", "174" },
		{ "\"shares\":10000", "cpu.weight", "627" },
		{ "\"shares\":1024", "cpu.weight", "100" },
		{ "\"shares\":262144", "cpu.weight", "10000" },
		{ "\"shares\":999999", "cpu.weight", "10000" },
		{ "\"shares\":0", "cpu.weight", NULL },
		{ "\"shares\":1024,\"idle\":1", "cpu.weight", NULL },
		{ "\"shares\":1024,\"idle\":1", "cpu.idle", "1" },
		{ "\"shares\":1024,\"idle\":0", "cpu.weight", "100" },
		{ "\"idle\":0", "cpu.idle", "0" },
		{ "\"quota\":50000,\"period\":100000", "cpu.max", "50000 100000" },
		{ "\"quota\":-1,\"period\":200000", "cpu.max", "max 200000" },
		{ "\"period\":200000", "cpu.max", "max 200000" },
		{ "\"quota\":50000", "cpu.max", "50000" },
		{ "\"quota\":0", "cpu.max", NULL },
		{ "\"quota\":50000,\"burst\":10000", "cpu.max.burst", "10000" },
		{ "\"cpus\":\"0-1\"", "cpuset.cpus", "0-1" },
		{ "\"quota\":-1", "cpu.max", "max" },
		{ "\"burst\":0", "cpu.max.burst", "0" },
		{ "\"cpus\":\"\"", "cpuset.cpus", NULL },
		{ "\"mems\":\"0\"", "cpuset.mems", "0" },
		{ "\"realtimeRuntime\":0,\"realtimePeriod\":0", "cpu.rt_runtime_us", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ =
			mem_asprintf("{\"resources\":{\"cpu\":{%s}}}", cases[i].cpu);
		drop_fixture struct fixture f;

		plan_linux(&f, "v2", linux_);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, cases[i].file), cases[i].want);
	}
	drop_fixture struct fixture idle, plain;
	plan_resources(&idle, "v2", "\"cpu\":{\"idle\":1}");
	CHECK(!write_to(&idle, "cpu.idle")->may_be_absent);
	plan_resources(&plain, "v2", "\"cpu\":{\"idle\":0}");
	CHECK(write_to(&plain, "cpu.idle")->may_be_absent);
	check_refused("v2", "\"cpu\":{\"realtimeRuntime\":100}", ERR_UNSUPPORTED,
		      "linux.resources.cpu.realtimeRuntime", "no counterpart on cgroup v2");
	check_refused("v2", "\"cpu\":{\"realtimePeriod\":100}", ERR_UNSUPPORTED,
		      "linux.resources.cpu.realtimePeriod", "no counterpart on cgroup v2");
	check_refused("hybrid", "\"cpu\":{\"realtimeRuntime\":-2}", ERR_CONFIG,
		      "linux.resources.cpu.realtimeRuntime", "nor -1");
	check_refused("v2", "\"cpu\":{\"quota\":5000,\"burst\":5001}", ERR_CONFIG,
		      "linux.resources.cpu.burst", "larger than quota");
}

static void test_cpu_v1(void)
{
	static const struct {
		const char *cpu, *file, *want;
	} cases[] = {
		{ "\"shares\":1024", "cpu.shares", "1024" },
		{ "\"shares\":1024,\"idle\":1", "cpu.shares", NULL },
		{ "\"shares\":1024,\"idle\":1", "cpu.idle", "1" },
		{ "\"quota\":-1", "cpu.cfs_quota_us", "-1" },
		{ "\"quota\":-5", "cpu.cfs_quota_us", "-1" },
		{ "\"period\":100000", "cpu.cfs_period_us", "100000" },
		{ "\"period\":100000", "cpu.cfs_quota_us", NULL },
		{ "\"burst\":7", "cpu.cfs_burst_us", "7" },
		{ "\"realtimeRuntime\":-1", "cpu.rt_runtime_us", "-1" },
		{ "\"realtimeRuntime\":950000", "cpu.rt_runtime_us", "950000" },
		{ "\"realtimePeriod\":1000000", "cpu.rt_period_us", "1000000" },
		{ "\"cpus\":\"2-3\"", "cpuset.cpus", "2-3" },
		{ "\"mems\":\"0-7\"", "cpuset.mems", "0-7" },
	};
	static const char *const modes[] = { "v1", "hybrid" };

	for (size_t i = 0; i < ARRAY_LEN(cases) * ARRAY_LEN(modes); i++) {
		drop_mem char *text = mem_asprintf("\"cpu\":{%s}", cases[i / 2].cpu);
		drop_fixture struct fixture f;

		plan_resources(&f, modes[i % 2], text);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, cases[i / 2].file), cases[i / 2].want);
	}
}

/* Which values the kernel checks against each other, so that neither order is always right. */
static void test_ties(void)
{
	static const char all[] = "\"memory\":{\"limit\":100,\"swap\":150,\"reservation\":50},"
				  "\"cpu\":{\"shares\":5,\"period\":6,\"quota\":7,\"burst\":1,"
				  "\"realtimePeriod\":8,\"realtimeRuntime\":2}";
	static const struct {
		const char *mode, *file;
		bool tied;
	} cases[] = {
		{ "v1", "memory.limit_in_bytes", false },
		{ "v1", "memory.memsw.limit_in_bytes", true },
		{ "v1", "memory.soft_limit_in_bytes", false },
		{ "v1", "cpu.shares", false },
		{ "v1", "cpu.cfs_period_us", false },
		{ "v1", "cpu.cfs_quota_us", true },
		{ "v1", "cpu.cfs_burst_us", true },
		{ "v1", "cpu.rt_period_us", false },
		{ "v1", "cpu.rt_runtime_us", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_fixture struct fixture f;

		plan_resources(&f, cases[i].mode, all);
		CHECK(written(&f, cases[i].file) != NULL);
		CHECK(write_to(&f, cases[i].file)->tied == cases[i].tied);
	}
	drop_fixture struct fixture v2, alone, period;
	plan_resources(&v2, "v2",
		       "\"memory\":{\"limit\":100,\"swap\":150},"
		       "\"cpu\":{\"quota\":7,\"burst\":1}");
	CHECK(!write_to(&v2, "memory.swap.max")->tied);
	CHECK(!write_to(&v2, "cpu.max")->tied && write_to(&v2, "cpu.max.burst")->tied);
	CHECK(!write_to(&v2, "cpu.max")->keeps_first);
	plan_resources(&alone, "v1", "\"memory\":{\"swap\":-1},\"cpu\":{\"burst\":1}");
	CHECK(!write_to(&alone, "memory.memsw.limit_in_bytes")->tied);
	CHECK(!write_to(&alone, "cpu.cfs_burst_us")->tied);
	plan_resources(&period, "v2", "\"cpu\":{\"period\":7}");
	CHECK(write_to(&period, "cpu.max")->keeps_first);
}

static void test_lists(void)
{
	static const char *const good[] = { "0", "0-1", "0-3,7", "7,0-3", " 1 , 2", "0-0" };
	static const char *const bad[] = { "all", "-1",	   "1-",  "3-1",       "0,,1",
					   ",",	  "0-1-2", "0x1", "4294967296" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		drop_mem char *text =
			mem_asprintf("\"cpu\":{\"cpus\":\"%s\",\"mems\":\"%s\"}", good[i], good[i]);
		drop_fixture struct fixture f;

		plan_resources(&f, "v2", text);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, "cpuset.cpus"), good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		drop_mem char *cpus = mem_asprintf("\"cpu\":{\"cpus\":\"%s\"}", bad[i]);
		drop_mem char *mems = mem_asprintf("\"cpu\":{\"mems\":\"%s\"}", bad[i]);

		check_refused("v2", cpus, ERR_CONFIG, "linux.resources.cpu.cpus", "no list");
		check_refused("v2", mems, ERR_CONFIG, "linux.resources.cpu.mems", "no list");
	}
}

static void test_pids(void)
{
	static const struct {
		const char *pids, *want;
	} cases[] = {
		{ "\"limit\":-1", "max" }, { "\"limit\":-9", "max" }, { "\"limit\":0", "1" },
		{ "\"limit\":1", "1" },	   { "\"limit\":64", "64" },  { "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *text = mem_asprintf("\"pids\":{%s}", cases[i].pids);
		drop_fixture struct fixture f;

		plan_resources(&f, i % 2 ? "v1" : "v2", text);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, "pids.max"), cases[i].want);
	}
}

static void test_unified(void)
{
	drop_fixture struct fixture unified, prefix, plain, trimmed;

	plan_resources(&unified, "v2",
		       "\"pids\":{\"limit\":5},"
		       "\"unified\":{\"pids.max\":\"7\",\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}");
	const struct plan_cgroup *cgroup = &unified.plan.cgroup;
	CHECK(cgroup->writes_n == 3);
	/* last, so that it wins */
	CHECK_STR(cgroup->writes[1].value, "7");
	CHECK_STR(cgroup->writes[1].place, "linux.resources.unified[pids.max]");
	CHECK_STR(cgroup->dirs[0].enable, "+pids +io");
	/* one controller's name begins with another's */
	plan_resources(&prefix, "v2",
		       "\"cpu\":{\"cpus\":\"0\"},"
		       "\"unified\":{\"cpu.weight\":\"50\",\"cpuset.mems\":\"0\"}");
	CHECK_STR(prefix.plan.cgroup.dirs[0].enable, "+cpuset +cpu");
	/* files that every group has */
	plan_resources(&plain, "v2",
		       "\"unified\":{\"cgroup.max.depth\":\"3\",\"irq.pressure\":\"x\"}");
	CHECK(plain.problems.n == 0 && plain.plan.cgroup.writes_n == 2);
	CHECK_STR(plain.plan.cgroup.dirs[0].enable, NULL);
	plan_resources(&trimmed, "v2", "\"unified\":{\"memory.high\":\" 1 2\\n\"}");
	CHECK_STR(written(&trimmed, "memory.high"), "1 2");
}

static void test_unified_refused(void)
{
	static const struct {
		const char *mode, *key;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "v1", "pids.max", ERR_UNSUPPORTED, "needs cgroup v2" },
		{ "hybrid", "pids.max", ERR_UNSUPPORTED, "pids controller is in a cgroup v1" },
		/* the same controller by its other name */
		{ "hybrid", "io.max", ERR_UNSUPPORTED, "io controller is in a cgroup v1" },
		{ "v2", "../memory.max", ERR_CONFIG, "no name of a file" },
		{ "v2", "..", ERR_CONFIG, "no name of a file" },
		{ "v2", "", ERR_CONFIG, "no name of a file" },
		{ "v2", "cgroup.procs", ERR_CONFIG, "no parameter" },
		{ "v2", "cgroup.threads", ERR_CONFIG, "no parameter" },
		{ "v2", "cgroup.freeze", ERR_CONFIG, "no parameter" },
		{ "v2", "cgroup.kill", ERR_CONFIG, "no parameter" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *text = mem_asprintf("\"unified\":{\"%s\":\"1\"}", cases[i].key);
		drop_mem char *place = mem_asprintf("linux.resources.unified[%s]", cases[i].key);

		check_refused(cases[i].mode, text, cases[i].kind, place, cases[i].text);
	}
}

static void test_device_rules(void)
{
	drop_fixture struct fixture f;

	plan_linux(
		&f, "v2",
		"{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"}]}}");
	const struct plan_device_rule *rules = f.plan.cgroup.device_rules;
	CHECK(f.plan.cgroup.device_rules_n > 3);
	/* denied unless allowed, then what is asked for, then what every container gets */
	CHECK(!rules[0].allow && rules[0].type == 'a' && rules[0].major == -1);
	CHECK(rules[2].allow && rules[2].type == 'c' && rules[2].major == 10);
	CHECK(rules[2].minor == 229 && rules[2].access == 3);
	CHECK(rules[f.plan.cgroup.device_rules_n - 1].allow);
}

/* -1 and nothing mean any number; what is no number at all must not come to mean "any". */
static void test_device_numbers(void)
{
	static const struct {
		const char *numbers, *place; /* NULL: fine */
	} cases[] = {
		{ "\"major\":-1,\"minor\":-1", NULL },
		{ "\"major\":4294967295,\"minor\":4294967295", NULL },
		{ "\"major\":-2", "linux.resources.devices[0].major" },
		{ "\"minor\":-2", "linux.resources.devices[0].minor" },
		{ "\"major\":4294967296", "linux.resources.devices[0].major" },
		{ "\"minor\":4294967296", "linux.resources.devices[0].minor" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ = mem_asprintf("{\"resources\":{\"devices\":[{\"allow\":true,"
						     "\"type\":\"c\",%s}]}}",
						     cases[i].numbers);
		drop_fixture struct fixture f;

		plan_linux(&f, "v2", linux_);
		CHECK(problems_errors(&f.problems) == (cases[i].place ? 1 : 0));
		CHECK_STR(f.problems.n ? f.problems.items[0].place : NULL, cases[i].place);
	}
}

static void test_check_before_update(void)
{
	drop_fixture struct fixture asked, plain;

	plan_linux(&asked, "v2",
		   "{\"resources\":{\"memory\":{\"limit\":100,\"reservation\":50,"
		   "\"checkBeforeUpdate\":true}}}");
	CHECK(asked.plan.cgroup.writes_n == 2);
	/* the limit, and nothing else */
	CHECK_STR(asked.plan.cgroup.writes[0].usage_file, "memory.current");
	CHECK_STR(asked.plan.cgroup.writes[1].usage_file, NULL);
	plan_linux(&plain, "v1", "{\"resources\":{\"memory\":{\"limit\":100}}}");
	CHECK(plain.plan.cgroup.writes_n == 1 && !plain.plan.cgroup.writes[0].usage_file);
}

/* config-linux.md, "Cgroup ownership": all of its conditions, and each of them missing. */
static void test_delegation(void)
{
	static const struct oci_id_mapping map = { .container_id = 0, .host_id = 5000, .size = 10 };
	static const struct {
		const char *mode, *dest, *source;
		bool readonly, namespaced, mapped;
		uint32_t uid;
		bool want;
		uint32_t want_uid;
	} cases[] = {
		{ "v2", "/sys/fs/cgroup", "cgroup", false, true, false, 7, true, 7 },
		{ "v2", "/sys/fs/cgroup", "cgroup", false, true, true, 7, true, 5007 },
		{ "v2", "/sys/fs/cgroup", "cgroup", false, true, true, 10, false, 0 },
		{ "v2", "/sys/fs/cgroup", "cgroup", true, true, false, 7, false, 0 },
		{ "v2", "/sys/fs/cgroup", "cgroup", false, false, false, 7, false, 0 },
		{ "v2", "/mnt", "cgroup", false, true, false, 7, false, 0 },
		{ "v2", "/sys/fs/cgroup", "none", false, true, false, 7, false, 0 },
		{ "hybrid", "/sys/fs/cgroup", "cgroup", false, true, false, 7, false, 0 },
		{ "v1", "/sys/fs/cgroup", "cgroup", false, true, false, 7, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct plan_mount mount = {
			.kind = PLAN_MOUNT_CGROUP,
			.dest = cases[i].dest,
			.source = cases[i].source,
			.readonly = cases[i].readonly,
		};
		drop_fixture struct fixture f;

		plan_linux(&f, cases[i].mode, "{}");
		f.plan.rootfs.mounts = &mount;
		f.plan.rootfs.mounts_n = 1;
		f.plan.process.present = true;
		f.plan.process.uid = cases[i].uid;
		f.plan.ns.create = cases[i].namespaced ? CLONE_NEWCGROUP : 0;
		f.plan.ns.uid_map = &map;
		f.plan.ns.uid_map_n = cases[i].mapped;
		memset(&f.plan.cgroup, 0, sizeof(f.plan.cgroup));
		CHECK_OK(host_assume(&f.host, "euid=0"));
		CHECK_OK(plan_add_cgroup(&f.arena, &f.plan, &f.options, &f.host, &f.problems));
		CHECK(f.plan.cgroup.delegate == cases[i].want);
		CHECK(!cases[i].want || f.plan.cgroup.delegate_uid == cases[i].want_uid);
		/* Without root only to oneself. */
		memset(&f.plan.cgroup, 0, sizeof(f.plan.cgroup));
		CHECK_OK(host_assume(&f.host, "euid=7"));
		CHECK_OK(host_assume(&f.host, "cgroup-delegation=own"));
		CHECK_OK(plan_add_cgroup(&f.arena, &f.plan, &f.options, &f.host, &f.problems));
		CHECK(f.plan.cgroup.delegate == (cases[i].want && cases[i].want_uid == 7));
	}
}

int main(void)
{
	test_paths();
	test_layouts();
	test_memory();
	test_memory_rest();
	test_cpu();
	test_cpu_v1();
	test_ties();
	test_lists();
	test_pids();
	test_unified();
	test_unified_refused();
	test_device_rules();
	test_device_numbers();
	test_check_before_update();
	test_delegation();
	return check_result();
}

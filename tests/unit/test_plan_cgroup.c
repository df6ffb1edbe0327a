/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources and linux.cgroupsPath as groups and writes, on each layout, which is assumed. The
 * expected values are the kernel documentation's and the specification's, not this program's.
 */
#include <string.h>

#include "plan/plan.h"
#include "tests/unit/check.h"

struct fixture {
	struct arena arena;
	struct problems problems;
	struct host host;
	struct oci_config *config;
	struct plan plan;
	struct plan_options options;
};

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	host_free(&f->host);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

/* `linux_` is the text of config.json's linux section. */
static void plan_linux(struct fixture *f, const char *mode, const char *linux_)
{
	drop_mem char *fact = mem_asprintf("cgroup=%s", mode);
	drop_mem char *text = mem_asprintf("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
					   "\"linux\":%s}",
					   linux_);

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	CHECK_OK(host_assume(&f->host, fact));
	oci_config_read(&f->arena, text, strlen(text), &f->problems, &f->config);
	CHECK(f->config != NULL);
	f->plan.config = f->config;
	f->plan.id = "web";
	f->plan.bundle = "/bundle";
	CHECK_OK(plan_add_cgroup(&f->arena, &f->plan, &f->options, &f->host, &f->problems));
}

/* The value written to `file`, or NULL. */
static const char *written(const struct fixture *f, const char *file)
{
	for (size_t i = 0; i < f->plan.cgroup.writes_n; i++) {
		if (strcmp(f->plan.cgroup.writes[i].file, file) == 0)
			return f->plan.cgroup.writes[i].value;
	}
	return NULL;
}

static const char *problem(const struct fixture *f)
{
	return f->problems.n ? f->problems.items[0].text : "no problem";
}

static void test_paths(void)
{
	static const struct {
		const char *asked, *want;
	} cases[] = {
		{ "", "/nucleus-oci-web" },   { "/a/b", "/a/b" },  { "a/b", "/nucleus-oci/a/b" },
		{ "/a/../../b//c/", "/b/c" }, { "../../x", "/x" },
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

static void test_cpu(void)
{
	static const struct {
		const char *cpu, *file, *want;
	} cases[] = {
		/* the ends and the default of both scales meet */
		{ "\"shares\":2", "cpu.weight", "1" },
		{ "\"shares\":1024", "cpu.weight", "100" },
		{ "\"shares\":262144", "cpu.weight", "10000" },
		{ "\"shares\":999999", "cpu.weight", "10000" },
		{ "\"shares\":0", "cpu.weight", NULL },
		{ "\"shares\":1024,\"idle\":1", "cpu.weight", NULL },
		{ "\"shares\":1024,\"idle\":1", "cpu.idle", "1" },
		{ "\"quota\":50000,\"period\":100000", "cpu.max", "50000 100000" },
		{ "\"quota\":-1,\"period\":200000", "cpu.max", "max 200000" },
		{ "\"period\":200000", "cpu.max", "max 200000" },
		{ "\"quota\":50000", "cpu.max", "50000" },
		{ "\"quota\":0", "cpu.max", NULL },
		{ "\"quota\":50000,\"burst\":10000", "cpu.max.burst", "10000" },
		{ "\"cpus\":\"0-1\"", "cpuset.cpus", "0-1" },
		{ "\"mems\":\"0\"", "cpuset.mems", "0" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ =
			mem_asprintf("{\"resources\":{\"cpu\":{%s}}}", cases[i].cpu);
		drop_fixture struct fixture f;

		plan_linux(&f, "v2", linux_);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, cases[i].file), cases[i].want);
	}
	drop_fixture struct fixture v1, realtime;
	plan_linux(&v1, "v1",
		   "{\"resources\":{\"cpu\":{\"shares\":1024,\"quota\":-1,\"period\":100000}}}");
	CHECK_STR(written(&v1, "cpu.shares"), "1024");
	CHECK_STR(written(&v1, "cpu.cfs_period_us"), "100000");
	CHECK_STR(written(&v1, "cpu.cfs_quota_us"), "-1");
	plan_linux(&realtime, "v2", "{\"resources\":{\"cpu\":{\"realtimeRuntime\":100}}}");
	CHECK_STR(problem(&realtime), "has no counterpart on cgroup v2");
}

static void test_pids_and_unified(void)
{
	drop_fixture struct fixture unlimited, zero, unified, v1;

	plan_linux(&unlimited, "v2", "{\"resources\":{\"pids\":{\"limit\":-1}}}");
	CHECK_STR(written(&unlimited, "pids.max"), "max");
	plan_linux(&zero, "v2", "{\"resources\":{\"pids\":{\"limit\":0}}}");
	CHECK_STR(written(&zero, "pids.max"), "1");
	plan_linux(&unified, "v2",
		   "{\"resources\":{\"pids\":{\"limit\":5},"
		   "\"unified\":{\"pids.max\":\"7\",\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}}}");
	const struct plan_cgroup *cgroup = &unified.plan.cgroup;
	CHECK(cgroup->writes_n == 3);
	/* last, so that it wins */
	CHECK_STR(cgroup->writes[1].value, "7");
	CHECK_STR(cgroup->dirs[0].enable, "+pids +io");
	/* one controller's name begins with another's */
	drop_fixture struct fixture prefix;
	plan_linux(&prefix, "v2",
		   "{\"resources\":{\"cpu\":{\"cpus\":\"0\"},"
		   "\"unified\":{\"cpu.weight\":\"50\",\"cpuset.mems\":\"0\"}}}");
	CHECK_STR(prefix.plan.cgroup.dirs[0].enable, "+cpuset +cpu");
	plan_linux(&v1, "v1", "{\"resources\":{\"unified\":{\"pids.max\":\"7\"}}}");
	CHECK(strstr(problem(&v1), "needs cgroup v2") != NULL);
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

int main(void)
{
	test_paths();
	test_layouts();
	test_memory();
	test_cpu();
	test_pids_and_unified();
	test_device_rules();
	test_device_numbers();
	test_check_before_update();
	return check_result();
}

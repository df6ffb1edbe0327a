/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit of systemd's cgroup manager: names and paths (systemd.unit(5), systemd.slice(5)), limits
 * and devices as properties (systemd.resource-control(5)), annotations, and GVariant's text.
 */
#include <string.h>

#include "plan/gvariant.h"
#include "tests/unit/plan_fixture.h"

/* As plan_linux, for systemd's manager; `annotations` is the inside of an object. */
static void plan_unit(struct fixture *f, const char *mode, const char *linux_,
		      const char *annotations)
{
	drop_mem char *fact = mem_asprintf("cgroup=%s", mode);
	drop_mem char *text = mem_asprintf("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
					   "\"annotations\":{%s},\"linux\":%s}",
					   annotations, linux_);

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	CHECK_OK(host_assume(&f->host, fact));
	CHECK_OK(host_assume(&f->host, "euid=0"));
	CHECK_OK(host_assume(&f->host, "userns=initial"));
	CHECK_OK(host_assume(&f->host, "systemd=/run/systemd/private"));
	CHECK_OK(host_assume(&f->host, "cgroup-delegation=none"));
	oci_config_read(&f->arena, text, strlen(text), &f->problems, &f->config);
	CHECK(f->config != NULL);
	f->plan.config = f->config;
	f->plan.id = "web";
	f->plan.bundle = "/bundle";
	f->options.systemd = true;
	CHECK_OK(plan_add_cgroup(&f->arena, &f->plan, &f->options, &f->host, &f->problems));
}

/* "TYPE VALUE VALUE..." of the property, or NULL. */
static const char *property(struct fixture *f, const char *name)
{
	const struct plan_unit *unit = f->plan.cgroup.unit;
	const char *text = NULL;

	for (size_t i = 0; unit && i < unit->properties_n; i++) {
		const struct plan_unit_property *row = &unit->properties[i];

		if (strcmp(row->name, name) != 0)
			continue;
		CHECK(!text); /* each name once */
		text = row->type;
		for (size_t v = 0; v < row->values_n; v++)
			text = arena_asprintf(&f->arena, "%s %s", text, row->values[v]);
	}
	return text;
}

static void test_names(void)
{
	static const struct {
		const char *asked, *name, *slice, *path;
	} cases[] = {
		{ "", "nucleus-oci-web.scope", "system.slice",
		  "/system.slice/nucleus-oci-web.scope" },
		{ ":p:n", "p-n.scope", "system.slice", "/system.slice/p-n.scope" },
		{ "::n", "n.scope", "system.slice", "/system.slice/n.scope" },
		{ "-:p:n", "p-n.scope", "-.slice", "/p-n.scope" },
		{ "-.slice:p:n", "p-n.scope", "-.slice", "/p-n.scope" },
		{ "a.slice:p:n", "p-n.scope", "a.slice", "/a.slice/p-n.scope" },
		{ "a-b-c.slice:p:n", "p-n.scope", "a-b-c.slice",
		  "/a.slice/a-b.slice/a-b-c.slice/p-n.scope" },
		{ ":x:a-b.slice", "a-b.slice", "a.slice", "/a.slice/a-b.slice" },
		{ "-:x:a.slice", "a.slice", "-.slice", "/a.slice" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ = mem_asprintf("{\"cgroupsPath\":\"%s\"}", cases[i].asked);
		drop_fixture struct fixture f;

		plan_unit(&f, "v2", linux_, "");
		CHECK(f.problems.n == 0 && f.plan.cgroup.unit);
		if (!f.plan.cgroup.unit)
			continue;
		CHECK_STR(f.plan.cgroup.unit->name, cases[i].name);
		CHECK_STR(f.plan.cgroup.unit->slice, cases[i].slice);
		CHECK_STR(f.plan.cgroup.path, cases[i].path);
		CHECK_STR(f.plan.cgroup.dirs[0].rel, cases[i].path + 1);
	}
}

static void test_names_refused(void)
{
	static const char *const cases[] = {
		"a",
		"a:b",
		"a:b:c:d",
		"/a/b",
		"a:b:c",
		"a--b.slice:p:n",
		"-a.slice:p:n",
		"a-.slice:p:n",
		".slice:p:n",
		"a.slice/b.slice:p:n",
		":p:",
		":p:a/b",
		":p:a b",
		":p:a@b",
		"b.slice:x:a-b.slice",
		":x:-.slice",
		"system.slic:p:n",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ = mem_asprintf("{\"cgroupsPath\":\"%s\"}", cases[i]);
		drop_fixture struct fixture f;

		plan_unit(&f, "v2", linux_, "");
		CHECK(problems_errors(&f.problems) == 1 &&
		      strcmp(f.problems.items[0].place, "linux.cgroupsPath") == 0);
		if (!problems_errors(&f.problems))
			printf("# taken: %s\n", cases[i]);
	}
}

static void check_property(const char *mode, const char *resources, const char *name,
			   const char *want)
{
	drop_mem char *linux_ = mem_asprintf("{\"resources\":{%s}}", resources);
	drop_fixture struct fixture f;

	plan_unit(&f, mode, linux_, "");
	CHECK(f.problems.n == 0);
	CHECK_STR(property(&f, name), want);
}

#define INFINITE "t 18446744073709551615"

static void test_limits(void)
{
	static const struct {
		const char *mode, *resources, *name, *want;
	} cases[] = {
		{ "v2", "\"memory\":{\"limit\":-1}", "MemoryMax", INFINITE },
		{ "v2", "\"memory\":{\"limit\":5,\"swap\":5}", "MemorySwapMax", "t 0" },
		{ "v2", "\"memory\":{\"limit\":5,\"swap\":-1}", "MemorySwapMax", INFINITE },
		{ "v2", "\"pids\":{\"limit\":0}", "TasksMax", "t 1" },
		{ "v2", "\"pids\":{\"limit\":-1}", "TasksMax", INFINITE },
		{ "v2", "\"cpu\":{\"idle\":1,\"shares\":1024}", "CPUWeight", "t 0" },
		{ "v2", "\"cpu\":{\"idle\":0,\"shares\":1024}", "CPUWeight", "t 100" },
		{ "v2", "\"cpu\":{\"quota\":50000}", "CPUQuotaPerSecUSec", "t 500000" },
		{ "v2", "\"cpu\":{\"quota\":50000}", "CPUQuotaPeriodUSec", NULL },
		{ "v2", "\"cpu\":{\"quota\":-1,\"period\":5000}", "CPUQuotaPerSecUSec", INFINITE },
		{ "v2", "\"cpu\":{\"period\":5000}", "CPUQuotaPerSecUSec", NULL },
		{ "v2", "\"cpu\":{\"period\":5000}", "CPUQuotaPeriodUSec", "t 5000" },
		{ "v2", "\"cpu\":{\"quota\":1001,\"period\":100000}", "CPUQuotaPerSecUSec",
		  "t 20000" },
		{ "v2", "\"cpu\":{\"cpus\":\"0-15,32\"}", "AllowedCPUs", "ay 5 255 255 0 0 1" },
		{ "v2", "\"cpu\":{\"mems\":\"1\"}", "AllowedMemoryNodes", "ay 1 2" },
		{ "v2", "\"unified\":{\"cpu.max\":\"max 50000\"}", "CPUQuotaPerSecUSec", INFINITE },
		{ "v2", "\"memory\":{\"limit\":5},\"unified\":{\"memory.max\":\"7\\n\"}",
		  "MemoryMax", "t 7" },
		{ "v2", "\"unified\":{\"io.max\":\"8:0 rbps=5 wiops=max\\n8:16 rbps=6\"}",
		  "IOReadBandwidthMax", "a(st) 2 /dev/block/8:0 5 /dev/block/8:16 6" },
		{ "v2", "\"unified\":{\"io.weight\":\"default 7\"}", "IOWeight", "t 7" },
		{ "v1", "\"memory\":{\"limit\":-1}", "MemoryLimit", INFINITE },
		{ "v1", "\"memory\":{\"limit\":5}", "MemoryMax", NULL },
		{ "v1", "\"cpu\":{\"shares\":2048}", "CPUShares", "t 2048" },
		{ "v1", "\"cpu\":{\"quota\":25000,\"period\":50000}", "CPUQuotaPerSecUSec",
		  "t 500000" },
		{ "v1", "\"cpu\":{\"cpus\":\"0\"}", "AllowedCPUs", NULL },
		{ "v1", "\"blockIO\":{\"weight\":500}", "BlockIOWeight", "t 500" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_property(cases[i].mode, cases[i].resources, cases[i].name, cases[i].want);
}

/* What is allowed by default, behind the rules of a case. */
#define DEFAULT_DEVICES                                                             \
	" /dev/char/1:3 rwm /dev/char/1:5 rwm /dev/char/1:7 rwm /dev/char/1:8 rwm " \
	"/dev/char/1:9 rwm /dev/char/5:0 rwm /dev/char/5:1 rwm /dev/char/5:2 rwm "  \
	"char-136 rwm /dev/char/10:200 rwm"
#define DEFAULTS " char-* m block-* m" DEFAULT_DEVICES

static void test_devices(void)
{
	static const struct {
		const char *rules, *policy, *allowed;
	} cases[] = {
		{ "", "s strict", "a(ss) 12" DEFAULTS },
		/* Two rules for one device are one entry; mknod comes from char-*. */
		{ "{\"allow\":true,\"type\":\"c\",\"major\":9,\"minor\":1,\"access\":\"r\"},"
		  "{\"allow\":true,\"type\":\"c\",\"major\":9,\"minor\":1,\"access\":\"w\"}",
		  "s strict", "a(ss) 13 /dev/char/9:1 rwm" DEFAULTS },
		/* What is denied again is not there. */
		{ "{\"allow\":true,\"type\":\"b\",\"major\":9,\"access\":\"rwm\"},"
		  "{\"allow\":false,\"type\":\"b\",\"major\":9,\"access\":\"rwm\"}",
		  "s strict", "a(ss) 12" DEFAULTS },
		/* A hole in what is allowed can't be said: the whole is. */
		{ "{\"allow\":true,\"type\":\"b\",\"major\":9,\"access\":\"rwm\"},"
		  "{\"allow\":false,\"type\":\"b\",\"major\":9,\"minor\":3,\"access\":\"rwm\"}",
		  "s strict", "a(ss) 13 block-9 rwm" DEFAULTS },
		{ "{\"allow\":true,\"type\":\"b\",\"minor\":3,\"access\":\"r\"}", "s strict",
		  "a(ss) 12 block-* rm char-* m" DEFAULT_DEVICES },
		{ "{\"allow\":true}", "s auto", "a(ss) 0" },
		{ "{\"allow\":true},{\"allow\":false}", "s strict",
		  "a(ss) 12 block-* m char-* m" DEFAULT_DEVICES },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *resources = mem_asprintf("\"devices\":[%s]", cases[i].rules);

		check_property("v2", resources, "DevicePolicy", cases[i].policy);
		check_property("v2", resources, "DeviceAllow", cases[i].allowed);
	}
}

static void test_annotations(void)
{
	drop_fixture struct fixture f;

	plan_unit(&f, "v2", "{}",
		  "\"org.systemd.property.TimeoutStopSec\":\"uint32 90\","
		  "\"org.systemd.property.Description\":\"'a b'\","
		  "\"org.systemd.property.MemoryMax\":\"uint64 7\",\"other\":\"x\"");
	CHECK(f.problems.n == 0);
	CHECK_STR(property(&f, "TimeoutStopUSec"), "t 90000000");
	CHECK_STR(property(&f, "TimeoutStopSec"), NULL);
	CHECK_STR(property(&f, "MemoryMax"), "t 7");
	CHECK_STR(f.plan.cgroup.unit->description, "a b");
}

static void test_annotations_refused(void)
{
	static const char *const cases[] = {
		"org.systemd.property.Ab\":\"true",
		"org.systemd.property.\":\"true",
		"org.systemd.property.Collect_Mode\":\"'a'",
		"org.systemd.property.9Lives\":\"'a'",
		"org.systemd.property.Slice\":\"'a.slice'",
		"org.systemd.property.PIDs\":\"[uint32 1]",
		"org.systemd.property.Delegate\":\"false",
		"org.systemd.property.TimeoutStopSec\":\"'30'",
		"org.systemd.property.TimeoutStopSec\":\"-1",
		"org.systemd.property.TimeoutStopSec\":\"uint64 18446744073710",
		"org.systemd.property.Description\":\"5",
		"org.systemd.property.CollectMode\":\"",
		"org.systemd.property.CollectMode\":\"inactive",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *annotation = mem_asprintf("\"%s\"", cases[i]);
		drop_fixture struct fixture f;

		plan_unit(&f, "v2", "{}", annotation);
		CHECK(problems_errors(&f.problems) == 1 &&
		      str_starts_with(f.problems.items[0].place,
				      "annotations[org.systemd.property."));
		if (problems_errors(&f.problems) != 1)
			printf("# not refused: %s\n", cases[i]);
	}
}

static void test_gvariant(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "true", "b true" },
		{ " 'a\\'b' ", "s a'b" },
		{ "\"x\\ty\"", "s x\ty" },
		{ "5", "i 5" },
		{ "-5", "i -5" },
		{ "0x10", "i 16" },
		{ "1.5", "d 1.5" },
		{ "uint64 18446744073709551615", "t 18446744073709551615" },
		{ "byte 255", "y 255" },
		{ "@t 5", "t 5" },
		{ "['a', 'b']", "as 2 a b" },
		{ "@as []", "as 0" },
		{ "[uint32 1, 2]", "au 2 1 2" },
		{ "[('a', uint64 1), ('b', 2)]", "a(st) 2 a 1 b 2" },
		{ "@a(ss) [('a','b')]", "a(ss) 1 a b" },
		{ "[['a'], []]", "aas 2 1 a 0" },
		{ "(1,)", "(i) 1" },
		{ "objectpath '/a'", "o /a" },
	};
	static const char *const refused[] = {
		"",	     "a",
		"'a",	     "[",
		"[]",	     "['a'",
		"[1,]",	     "['a',1]",
		"(",	     "()",
		"5 6",	     "int32 3000000000",
		"uint32 -1", "byte 256",
		"byte",	     "{'a':1}",
		"<1>",	     "@z 1",
		"@a{sv} []", "@(s) ()",
		"@s 1",	     "'\\u0041'",
		"--5",	     "boolean 1",
		"nothing",   "((((((((((1,),),),),),),),),)",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_arena struct arena arena = { 0 };
		struct gvariant value;
		const char *wrong = gvariant_parse(&arena, cases[i].text, &value);
		const char *got = wrong ? wrong : value.type;

		for (size_t v = 0; !wrong && v < value.values_n; v++)
			got = arena_asprintf(&arena, "%s %s", got, value.values[v]);
		CHECK_STR(got, cases[i].want);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		drop_arena struct arena arena = { 0 };
		struct gvariant value;
		bool taken = !gvariant_parse(&arena, refused[i], &value);

		CHECK(!taken);
		if (taken)
			printf("# taken: %s as %s\n", refused[i], value.type);
	}
}

/* A user's manager and a machine without one. */
static void test_managers(void)
{
	static const struct {
		const char *mode, *socket, *resources, *path;
		bool refused;
	} cases[] = {
		{ "v2", "/run/user/7/bus", "",
		  "/user.slice/user-7.slice/user@7.service/user.slice/n.scope", false },
		{ "v2", "none", "", NULL, false },
		{ "v2", "none", "\"pids\":{\"limit\":5}", NULL, true },
		{ "v1", "/run/user/7/bus", "\"pids\":{\"limit\":5}", NULL, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *linux_ = mem_asprintf("{\"cgroupsPath\":\"::n\",\"resources\":{%s}}",
						     cases[i].resources);
		drop_mem char *socket = mem_asprintf("systemd=%s", cases[i].socket);
		drop_fixture struct fixture f;

		plan_unit(&f, cases[i].mode, linux_, "");
		memset(&f.plan.cgroup, 0, sizeof(f.plan.cgroup));
		problems_free(&f.problems);
		CHECK_OK(host_assume(&f.host, "euid=7"));
		CHECK_OK(host_assume(&f.host, "outer-uid=7"));
		CHECK_OK(host_assume(&f.host, "cgroup-delegation=none"));
		CHECK_OK(host_assume(&f.host, socket));
		CHECK_OK(plan_add_cgroup(&f.arena, &f.plan, &f.options, &f.host, &f.problems));
		CHECK((problems_errors(&f.problems) > 0) == cases[i].refused);
		if (cases[i].refused)
			continue;
		CHECK_STR(f.plan.cgroup.path, cases[i].path);
		CHECK((f.plan.cgroup.unit != NULL) == (cases[i].path != NULL));
	}
}

/* A whole system in a user namespace: its systemd is a system's manager. */
static void test_system_in_user_namespace(void)
{
	drop_fixture struct fixture f;

	plan_unit(&f, "v2", "{\"cgroupsPath\":\"::n\"}", "");
	memset(&f.plan.cgroup, 0, sizeof(f.plan.cgroup));
	CHECK_OK(host_assume(&f.host, "userns=other"));
	CHECK_OK(plan_add_cgroup(&f.arena, &f.plan, &f.options, &f.host, &f.problems));
	CHECK(f.problems.n == 0);
	CHECK_STR(f.plan.cgroup.path, "/system.slice/n.scope");
	CHECK_STR(property(&f, "DeviceAllow"), NULL);
}

int main(void)
{
	test_system_in_user_namespace();
	test_names();
	test_names_refused();
	test_limits();
	test_devices();
	test_annotations();
	test_annotations_refused();
	test_gvariant();
	test_managers();
	return check_result();
}

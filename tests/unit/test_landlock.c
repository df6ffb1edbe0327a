/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock from the annotation to the plan, by the ABIs of the kernel's documentation: host facts
 * are assumed. What the kernel then does is in tests/system/landlock.bats.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/landlock.h"
#include "plan/plan.h"
#include "sys/io.h"
#include "tests/unit/check.h"

#define ALL_ABI1 0x1fffULL
#define REFER (1ULL << 13)
#define TRUNCATE (1ULL << 14)
#define IOCTL_DEV (1ULL << 15)
#define ALL_ABI5 0xffffULL
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

struct fixture {
	struct arena arena;
	struct problems problems;
	struct oci_landlock_policy *policy;
};

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

static void read_policy(struct fixture *f, const char *annotation)
{
	*f = (struct fixture){ 0 };
	oci_landlock_read(&f->arena, annotation, NULL, 0, &f->problems, &f->policy);
}

/* The first problem as "place: text". */
static const char *first(struct fixture *f)
{
	if (!f->problems.n)
		return "no problem";
	return arena_asprintf(&f->arena, "%s: %s", f->problems.items[0].place,
			      f->problems.items[0].text);
}

static uint64_t rights_of(const struct oci_landlock_policy *policy, const char *path)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < policy->paths_n; i++) {
		if (strcmp(policy->paths[i].path, path) == 0)
			rights |= policy->paths[i].rights;
	}
	return rights;
}

static void test_forms(void)
{
	drop_fixture struct fixture off, plain, options;

	read_policy(&off, "off");
	CHECK(!off.policy && off.problems.n == 0);
	read_policy(&plain, "default");
	CHECK(plain.problems.n == 0 && plain.policy->mounts && !plain.policy->best_effort);
	CHECK(plain.policy->handled.fs == ALL_ABI5);
	CHECK(plain.policy->handled.net == 0 && plain.policy->handled.scoped == 0);
	/* the table of docs/landlock.md */
	CHECK(rights_of(plain.policy, "/") == LANDLOCK_ACCESS_FS_READ_DIR);
	CHECK(rights_of(plain.policy, "/usr") == (EXECUTE | READ));
	CHECK(rights_of(plain.policy, "/lib64") == (EXECUTE | READ));
	CHECK(rights_of(plain.policy, "/etc") == READ);
	CHECK(rights_of(plain.policy, "/dev") == READ);
	CHECK(rights_of(plain.policy, "/dev/null") ==
	      (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_DEV));
	CHECK(rights_of(plain.policy, "/tmp") == (ALL_ABI5 & ~(uint64_t)EXECUTE));
	read_policy(&options, "default,best-effort,min-abi=3,rw=/data,ro=/conf,rx=/opt,rw=/more");
	CHECK(options.problems.n == 0 && options.policy->best_effort);
	CHECK(options.policy->minimum_abi == 3);
	CHECK(rights_of(options.policy, "/data") == (ALL_ABI5 & ~(uint64_t)EXECUTE));
	CHECK(rights_of(options.policy, "/more") == rights_of(options.policy, "/data"));
	CHECK(rights_of(options.policy, "/conf") == READ);
	CHECK(rights_of(options.policy, "/opt") == (EXECUTE | READ));
}

#define PLACE "annotations[nucleus.landlock]"
#define RULE(access, parent) \
	"{\"abi\":5,\"pathBeneath\":[{\"allowedAccess\":" access ",\"parent\":" parent "}]}"

static void test_bad_input(void)
{
	static const struct {
		const char *annotation, *part;
	} cases[] = {
		{ "", PLACE ": \"\": accepted are off, default" },
		{ "Default", PLACE ": \"Default\": accepted are" },
		{ "default,best-efort", PLACE ": unknown option \"best-efort\"" },
		{ "default,", PLACE ": unknown option \"\"" },
		{ "default,rw=data", "the path must be absolute" },
		{ "default,min-abi=0", "expected an ABI number" },
		{ "{", PLACE ": " },
		{ "{}", "restricts nothing" },
		{ "{\"abi\":0,\"ruleset\":[{\"scoped\":[\"signal\"]}]}",
		  PLACE ".abi: 0 is out of" },
		{ "{\"ruleset\":[{\"scoped\":[\"abi.all\"]}]}", "needs the document's \"abi\"" },
		{ "{\"rulset\":[]}", PLACE ": \"rulset\" is no property" },
		{ "{\"abi\":1,\"nucleus\":{\"bse\":\"default\"}}", "\"bse\" is no property" },
		{ RULE("[\"read_fil\"]", "[\"/\"]"),
		  PLACE ".pathBeneath[0].allowedAccess[0]: \"read_fil\" is no known Landlock file "
			"system right; did you mean \"read_file\"?" },
		{ RULE("[\"bind_tcp\"]", "[\"/\"]"), PLACE ".pathBeneath[0].allowedAccess[0]: " },
		{ RULE("[0]", "[\"/\"]"), "allowedAccess[0]: expected a right's name or an" },
		{ RULE("[]", "[\"/\"]"), PLACE ".pathBeneath[0].allowedAccess: expected" },
		{ RULE("[\"execute\"]", "[]"), PLACE ".pathBeneath[0].parent: expected" },
		{ RULE("[\"execute\"]", "[\"${no}\"]"),
		  "parent[0]: names an unknown variable: no" },
		{ RULE("[\"execute\"]", "[\"/${a-b}\"]"), "has no valid variable name" },
		{ RULE("[\"execute\"]", "[\"/${a\"]"), "has no valid variable name" },
		{ RULE("[\"execute\"]", "[\"/${1}\"]"), "has no valid variable name in ${1}" },
		{ "{\"variable\":[{\"name\":\"_a\"}],\"ruleset\":[{\"scoped\":[\"signal\"]}]}",
		  PLACE ".variable[0].name: \"_a\": a name is a letter" },
		{ "{\"abi\":12,\"ruleset\":[{\"scoped\":[\"abi.all\"]}]}",
		  PLACE ".ruleset[0].scoped[0]: \"abi.all\" of ABI 12: this build knows" },
		{ "{\"netPort\":[{\"allowedAccess\":[\"bind_tcp\"],\"port\":[65536]}]}",
		  PLACE ".netPort[0].port[0]: expected a port" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_fixture struct fixture f;

		read_policy(&f, cases[i].annotation);
		printf("# %s\n#   %s\n", cases[i].annotation, first(&f));
		CHECK(problems_errors(&f.problems) > 0);
		CHECK(strstr(first(&f), cases[i].part) != NULL);
	}
}

static void test_words(void)
{
	drop_fixture struct fixture groups, numbers, ports;

	read_policy(&groups, "{\"abi\":2,\"pathBeneath\":["
			     "{\"allowedAccess\":[\"abi.all\"],\"parent\":[\"/all\"]},"
			     "{\"allowedAccess\":[\"abi.read_execute\"],\"parent\":[\"/rx\"]},"
			     "{\"allowedAccess\":[\"abi.read_write\"],\"parent\":[\"/rw\"]}]}");
	CHECK(groups.problems.n == 0);
	CHECK(rights_of(groups.policy, "/all") == (ALL_ABI1 | REFER));
	/* as Landlock Config has it, but not for the option rx= */
	CHECK(rights_of(groups.policy, "/rx") == (EXECUTE | READ | REFER));
	CHECK(rights_of(groups.policy, "/rw") == ((ALL_ABI1 | REFER) & ~(uint64_t)EXECUTE));
	/* what a rule names is handled */
	CHECK(groups.policy->handled.fs == (ALL_ABI1 | REFER));
	read_policy(&numbers, RULE("[1048576, \"resolve_unix\"]", "[\"/x\"]"));
	CHECK(rights_of(numbers.policy, "/x") == (1ULL << 20 | 1ULL << 16));
	read_policy(&ports, "{\"netPort\":[{\"allowedAccess\":[\"bind_tcp\",\"bind_udp\"],"
			    "\"port\":[80,443]}]}");
	CHECK(ports.policy->ports_n == 2 && ports.policy->ports[1].port == 443);
	CHECK(ports.policy->handled.net == (1ULL << 0 | 1ULL << 2));
}

static void test_variables(void)
{
	drop_fixture struct fixture f;

	read_policy(
		&f,
		"{\"abi\":1,\"variable\":[{\"name\":\"a\",\"literal\":[\"1\",\"2\"]},"
		"{\"name\":\"b\",\"literal\":[\"x\",\"y\"]},{\"name\":\"none\"},"
		"{\"name\":\"c_1\",\"literal\":[\"p\"]},{\"name\":\"c_1\",\"literal\":[\"${a}\"]}"
		"],\"pathBeneath\":[{\"allowedAccess\":[\"execute\"],\"parent\":["
		"\"/${a}/${b}\",\"/${none}\",\"/$${a}\",\"/$a\",\"/$$a$\",\"/$$${a}\","
		"\"${c_1}\"]}]}");
	/* two variables of one name are one; a literal is none of the language's */
	static const char *const want[] = { "/1/x", "/1/y", "/2/x", "/2/y", "/${a}", "/$a",
					    "/$a$", "/$1",  "/$2",  "p",    "${a}" };
	CHECK(f.problems.n == 0 && f.policy->paths_n == ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want) && i < f.policy->paths_n; i++)
		CHECK_STR(f.policy->paths[i].path, want[i]);
}

static void test_composition(void)
{
	drop_fixture struct fixture f;

	read_policy(&f, "{\"ruleset\":[{\"scoped\":[\"signal\"]}],"
			"\"pathBeneath\":[{\"allowedAccess\":[\"execute\"],\"parent\":[\"/srv\"]}],"
			"\"nucleus\":{\"base\":\"default\",\"enforcement\":\"best-effort\","
			"\"minimumAbi\":4,\"mounts\":\"none\",\"missingPath\":\"error\","
			"\"log\":{\"sameExec\":false,\"newExec\":true,\"subdomains\":true}}}");
	CHECK_STR(first(&f), "no problem");
	CHECK(f.policy->handled.fs == ALL_ABI5 && f.policy->handled.scoped == 2);
	CHECK(f.policy->best_effort && f.policy->minimum_abi == 4 && !f.policy->mounts);
	CHECK(f.policy->restrict_flags == 3);
	CHECK(rights_of(f.policy, "/etc") == READ && rights_of(f.policy, "/srv") == EXECUTE);
	/* explicit "error" reaches the built-in policy's expected paths under strict only, and
	 * never its other ones */
	for (size_t i = 0; i < f.policy->paths_n; i++) {
		const struct oci_landlock_path *path = &f.policy->paths[i];

		if (strcmp(path->path, "/srv") == 0)
			CHECK(path->missing == LANDLOCK_MISSING_ERROR);
		if (strcmp(path->path, "/nix/store") == 0)
			CHECK(path->missing == LANDLOCK_MISSING_SKIP);
	}
}

static enum oci_landlock_missing missing_of(const struct fixture *f, const char *path)
{
	for (size_t i = 0; i < f->policy->paths_n; i++) {
		if (strcmp(f->policy->paths[i].path, path) == 0)
			return f->policy->paths[i].missing;
	}
	CHECK(!"the path is there");
	return LANDLOCK_MISSING_SKIP;
}

static void test_missing(void)
{
	drop_fixture struct fixture some, strict, best, newer;

	read_policy(&some,
		    "{\"pathBeneath\":[{\"allowedAccess\":[\"execute\"],"
		    "\"parent\":[\"/a\",\"/b\",\"/c\"]}],\"nucleus\":{\"missingPath\":\"skip\","
		    "\"expectedPaths\":[\"/b\"],\"requiredPaths\":[\"/c\"]}}");
	CHECK(missing_of(&some, "/a") == LANDLOCK_MISSING_SKIP);
	CHECK(missing_of(&some, "/b") == LANDLOCK_MISSING_WARN);
	CHECK(missing_of(&some, "/c") == LANDLOCK_MISSING_ERROR);
	read_policy(&strict, "{\"nucleus\":{\"base\":\"default\",\"missingPath\":\"error\"}}");
	CHECK(missing_of(&strict, "/usr") == LANDLOCK_MISSING_ERROR);
	CHECK(missing_of(&strict, "/nix/store") == LANDLOCK_MISSING_SKIP);
	read_policy(&best, "{\"nucleus\":{\"base\":\"default\",\"missingPath\":\"error\","
			   "\"enforcement\":\"best-effort\"}}");
	CHECK(missing_of(&best, "/usr") == LANDLOCK_MISSING_WARN);
	/* under best effort a group of an ABI beyond the tables is what they know of it */
	read_policy(&newer, "{\"abi\":12,\"ruleset\":[{\"scoped\":[\"abi.all\"]}],"
			    "\"nucleus\":{\"enforcement\":\"best-effort\"}}");
	CHECK(newer.problems.n == 1 && !problems_errors(&newer.problems));
	CHECK(newer.policy->handled.scoped == 3);
}

/* What Landlock Config's own tool makes of its samples (tests/unit/data/landlock). */
static const struct sample {
	const char *name;
	struct oci_landlock_rights handled;
	size_t paths_n;
	struct {
		const char *path;
		uint64_t rights;
	} paths[3];
	uint64_t ports[2];
} samples[] = {
	{ "mini-scoped.json", { .net = 3, .scoped = 3 }, 0, { { 0 } }, { 0 } },
	{ "mini-write-tmp.json",
	  { .fs = ALL_ABI5, .net = 1 },
	  8,
	  { { ".", EXECUTE | READ | REFER }, { "/tmp", ALL_ABI5 & ~(uint64_t)EXECUTE } },
	  { 80, 443 } },
	{ "verbose-write-tmp.json",
	  { .fs = ALL_ABI5 },
	  8,
	  { { "/proc", EXECUTE | READ | REFER },
	    { "/tmp", READ | REFER | TRUNCATE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			      LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			      LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
			      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
			      LANDLOCK_ACCESS_FS_MAKE_SYM } },
	  { 0 } },
	{ "s.json",
	  { .fs = ALL_ABI1 | REFER | TRUNCATE },
	  10,
	  { { "/home/user/bin", EXECUTE | READ | REFER },
	    { "/home/user/tmp", (ALL_ABI1 | REFER | TRUNCATE) & ~(uint64_t)EXECUTE } },
	  { 0 } },
	{ "s1.json",
	  { .fs = ALL_ABI5 },
	  8,
	  { { "/etc", EXECUTE | READ | REFER },
	    { "/tmp", ALL_ABI5 & ~(uint64_t)EXECUTE },
	    { "/var/tmp", ALL_ABI5 & ~(uint64_t)EXECUTE } },
	  { 0 } },
};

static void check_sample(const struct sample *sample)
{
	const char *top = getenv("srcdir");
	drop_mem char *path =
		mem_asprintf("%s/tests/unit/data/landlock/%s", top ? top : ".", sample->name);
	drop_strbuf struct strbuf text = { 0 };
	drop_fixture struct fixture f;

	CHECK_OK(io_read_file(AT_FDCWD, path, 1 << 20, &text));
	read_policy(&f, strbuf_text(&text));
	CHECK_STR(first(&f), "no problem");
	CHECK(f.policy->handled.fs == sample->handled.fs);
	CHECK(f.policy->handled.net == sample->handled.net);
	CHECK(f.policy->handled.scoped == sample->handled.scoped);
	CHECK(f.policy->paths_n == sample->paths_n);
	for (size_t i = 0; i < ARRAY_LEN(sample->paths) && sample->paths[i].path; i++)
		CHECK(rights_of(f.policy, sample->paths[i].path) == sample->paths[i].rights);
	CHECK(f.policy->ports_n == (sample->ports[0] ? 2 : 0));
	for (size_t i = 0; i < f.policy->ports_n; i++) {
		CHECK(f.policy->ports[i].port == sample->ports[i]);
		CHECK(f.policy->ports[i].rights == 1);
	}
}

static void test_samples(void)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		check_sample(&samples[i]);
}

static void check_same(const struct oci_landlock_policy *a, const struct oci_landlock_policy *b)
{
	CHECK(a->best_effort == b->best_effort && a->minimum_abi == b->minimum_abi);
	CHECK(a->restrict_flags == b->restrict_flags);
	CHECK(a->handled.fs == b->handled.fs && a->handled.net == b->handled.net);
	CHECK(a->handled.scoped == b->handled.scoped);
	CHECK(a->paths_n == b->paths_n && a->ports_n == b->ports_n);
	for (size_t i = 0; i < a->paths_n && i < b->paths_n; i++) {
		CHECK_STR(a->paths[i].path, b->paths[i].path);
		CHECK(a->paths[i].rights == b->paths[i].rights);
		CHECK(a->paths[i].missing == b->paths[i].missing);
	}
	for (size_t i = 0; i < a->ports_n && i < b->ports_n; i++) {
		CHECK(a->ports[i].port == b->ports[i].port);
		CHECK(a->ports[i].rights == b->ports[i].rights);
	}
}

/* A policy that is written as a document and read again is the same. */
static void test_written(void)
{
	static const char *const annotations[] = {
		"default",
		"default,best-effort,min-abi=3,rw=/data,ro=/c,rx=/$$o/${p}",
		RULE("[\"execute\", 1048576]", "[\"/a\", \"/$${b}\", \"c\"]"),
		"{\"abi\":10,\"ruleset\":[{\"scoped\":[\"abi.all\",8]}],"
		"\"netPort\":[{\"allowedAccess\":[\"abi.all\"],\"port\":[1,2]},"
		"{\"allowedAccess\":[16],\"port\":[3]}],"
		"\"nucleus\":{\"base\":\"default\",\"missingPath\":\"error\","
		"\"log\":{\"sameExec\":false,\"newExec\":true,\"subdomains\":false}}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(annotations); i++) {
		drop_fixture struct fixture first_time, again;

		read_policy(&first_time, annotations[i]);
		CHECK_STR(first(&first_time), "no problem");
		drop_mem char *text = oci_landlock_write(first_time.policy);
		read_policy(&again, text);
		CHECK_STR(first(&again), "no problem");
		check_same(first_time.policy, again.policy);
		drop_mem char *second = oci_landlock_write(again.policy);
		CHECK_STR(second, text);
	}
}

/* ---- the plan ---- */

struct planning {
	struct arena arena;
	struct problems problems;
	struct host host;
	struct oci_linux linux_;
	struct oci_pair pair;
	struct oci_config config;
	struct plan plan;
};

static void planning_free(struct planning *p)
{
	problems_free(&p->problems);
	host_free(&p->host);
	arena_free(&p->arena);
}
#define drop_planning CLEANUP(planning_free)

static void plan_policy(struct planning *p, const char *annotation, unsigned int abi)
{
	drop_mem char *fact = mem_asprintf("landlock-abi=%u", abi);

	memset(p, 0, sizeof(*p));
	host_init(&p->host);
	CHECK_OK(host_assume(&p->host, fact));
	p->pair = (struct oci_pair){ arena_strdup(&p->arena, "nucleus.landlock"),
				     arena_strdup(&p->arena, annotation) };
	p->config.annotations = (struct oci_map){ &p->pair, 1 };
	p->config.linux_ = &p->linux_;
	p->plan.config = &p->config;
	p->plan.bundle = "/bundle";
	p->plan.process.cwd = "/work";
	CHECK_OK(plan_add_landlock(&p->arena, &p->plan, &(struct plan_options){ 0 }, &p->host,
				   &p->problems));
}

/* The built-in policy needs ABI 5: every kernel, strict and best effort. */
static void test_every_abi(void)
{
	static const uint64_t known[] = { 0,	  0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff,
					  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff };

	for (unsigned int abi = 0; abi < ARRAY_LEN(known); abi++) {
		drop_planning struct planning strict, best;
		enum plan_landlock_status want = abi == 0  ? LANDLOCK_NOT_ENFORCED
						 : abi < 5 ? LANDLOCK_PARTIALLY_ENFORCED
							   : LANDLOCK_FULLY_ENFORCED;

		plan_policy(&strict, "default", abi);
		CHECK((problems_errors(&strict.problems) == 0) == (abi >= 5));
		plan_policy(&best, "default,best-effort", abi);
		CHECK(problems_errors(&best.problems) == 0);
		CHECK(best.problems.n == (abi < 5 ? 1 : 0));
		CHECK(best.plan.landlock.status == want);
		CHECK(best.plan.landlock.handled_fs == known[abi]);
		for (size_t i = 0; i < best.plan.landlock.paths_n; i++)
			CHECK(!(best.plan.landlock.paths[i].rights & ~known[abi]));
	}
}

static void test_enforcement(void)
{
	drop_planning struct planning minimum, log, unknown, newer, relative;

	plan_policy(&minimum, "default,best-effort,min-abi=3", 2);
	CHECK(problems_errors(&minimum.problems) == 1);
	CHECK(strstr(minimum.problems.items[0].text, "minimum is 3") != NULL);
	plan_policy(&log,
		    "{\"abi\":1,\"ruleset\":[{\"handledAccessFs\":[\"execute\"]}],"
		    "\"nucleus\":{\"log\":{\"sameExec\":false}}}",
		    6);
	CHECK(problems_errors(&log.problems) == 1);
	CHECK(strstr(log.problems.items[0].text, "ABI 7") != NULL);
	/* a bit that nobody knows: only a kernel beyond the tables may have it */
	plan_policy(&unknown, RULE("[1048576]", "[\"/x\"]"), 10);
	CHECK(problems_errors(&unknown.problems) == 1);
	CHECK(strstr(unknown.problems.items[0].text, "a newer kernel") != NULL);
	plan_policy(&newer, RULE("[1048576]", "[\"/x\"]"), 12);
	CHECK(newer.problems.n == 0 && newer.plan.landlock.handled_fs == 1ULL << 20);
	plan_policy(&relative, RULE("[\"execute\"]", "[\"data/../bin\", \".\"]"), 7);
	CHECK(relative.problems.n == 0 && relative.plan.landlock.paths_n == 2);
	CHECK_STR(relative.plan.landlock.paths[0].path, "/work/bin");
	CHECK_STR(relative.plan.landlock.paths[1].path, "/work");
}

/* A policy that somebody else can change, or that is no plain file, is refused. */
static void test_file(void)
{
	char dir[] = "/tmp/test-landlock-XXXXXX";
	static const char text[] = "{\"abi\":1,\"ruleset\":[{\"handledAccessFs\":[\"execute\"]}]}";

	CHECK(mkdtemp(dir) != NULL);
	drop_mem char *path = mem_asprintf("%s/policy.json", dir);
	drop_mem char *link = mem_asprintf("%s/link.json", dir);
	drop_mem char *fifo = mem_asprintf("%s/fifo", dir);
	CHECK_OK(io_replace_file(AT_FDCWD, path, 0644, text, strlen(text)));
	CHECK(symlink(path, link) == 0 && mkfifo(fifo, 0600) == 0);
	const struct {
		const char *path;
		mode_t mode;
		const char *problem; /* NULL: fine */
	} cases[] = {
		{ path, 0644, NULL },
		{ path, 0664, "writable by group" },
		{ path, 0646, "writable by" },
		{ link, 0, "symbolic link" },
		{ fifo, 0, "no regular file" },
		{ dir, 0, "no regular file" },
		{ "no-such", 0, "/bundle/no-such" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_planning struct planning p;
		drop_mem char *annotation = mem_asprintf("file:%s", cases[i].path);

		if (cases[i].mode)
			CHECK(chmod(path, cases[i].mode) == 0);
		plan_policy(&p, annotation, 7);
		CHECK((p.problems.n == 0) == !cases[i].problem);
		CHECK(!cases[i].problem || !p.problems.n ||
		      strstr(p.problems.items[0].text, cases[i].problem));
	}
	CHECK(unlink(path) == 0 && unlink(link) == 0 && unlink(fifo) == 0 && rmdir(dir) == 0);
}

int main(void)
{
	test_forms();
	test_bad_input();
	test_words();
	test_variables();
	test_composition();
	test_missing();
	test_samples();
	test_written();
	test_every_abi();
	test_enforcement();
	test_file();
	return check_result();
}

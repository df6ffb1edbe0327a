/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of a plan: capability masks, environment, ids, sysctl names. Host facts are assumed,
 * so that the results are the same on every machine.
 */
#include <linux/capability.h>
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
	struct oci_process process;
	struct oci_capabilities caps;
	struct plan plan;
	struct plan_options options;
};

static void fixture_init(struct fixture *f)
{
	static const char *const facts[] = { "euid=0",		"egid=0",     "userns=initial",
					     "apparmor=no",	"selinux=no", "last-cap=40",
					     "caps=1ffffffffff" };

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		CHECK(host_assume(&f->host, facts[i]) == NULL);
	f->config.linux_ = &f->linux_;
	f->config.process = &f->process;
	f->process.cwd = arena_strdup(&f->arena, "/");
	f->plan.config = &f->config;
	f->plan.bundle = "/bundle";
}

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	host_free(&f->host);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

static void add_word(struct fixture *f, struct strv *list, const char *word)
{
	list->items =
		arena_grow(&f->arena, list->items, list->n, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = arena_strdup(&f->arena, word);
}

static const struct plan_process *plan_process(struct fixture *f)
{
	plan_add_process(&f->arena, &f->plan, &f->options, &f->host, &f->problems);
	return &f->plan.process;
}

#define BIT(cap) (1ULL << (cap))

static void test_caps_are_masked_and_warned_once(void)
{
	drop_fixture struct fixture f;
	struct strv *sets[] = { &f.caps.bounding, &f.caps.permitted, &f.caps.effective };

	fixture_init(&f);
	CHECK(host_assume(&f.host, "caps=1") == NULL);
	f.process.capabilities = &f.caps;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		add_word(&f, sets[i], "CAP_CHOWN");
		add_word(&f, sets[i], "CAP_KILL");
		add_word(&f, sets[i], "CAP_NO_SUCH");
		add_word(&f, sets[i], "chown");
	}
	const struct plan_caps *caps = &plan_process(&f)->caps;
	CHECK(caps->set && caps->bounding == 1 && caps->permitted == 1 && caps->effective == 1);
	CHECK(caps->inheritable == 0 && caps->ambient == 0);
	CHECK(problems_errors(&f.problems) == 0);
	CHECK(f.problems.n == 3); /* CAP_KILL, CAP_NO_SUCH, chown: not thrice each */
}

static void test_caps_above_the_last(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	CHECK(host_assume(&f.host, "last-cap=38") == NULL);
	/* A new user namespace grants what there is, and no more. */
	f.plan.ns.create = CLONE_NEWUSER;
	CHECK(host_assume(&f.host, "caps=none") == NULL);
	f.process.capabilities = &f.caps;
	add_word(&f, &f.caps.bounding, "CAP_PERFMON"); /* 38 */
	add_word(&f, &f.caps.bounding, "CAP_BPF");     /* 39 */
	CHECK(plan_process(&f)->caps.bounding == BIT(CAP_PERFMON));
	CHECK(f.problems.n == 1);
	CHECK_STR(f.problems.items[0].place, "process.capabilities.bounding[1]");
}

/* Never widened: inheritable stays what it was asked to be (CVE-2022-29162). */
static void test_ambient_needs_inheritable(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	f.process.capabilities = &f.caps;
	add_word(&f, &f.caps.bounding, "CAP_KILL");
	add_word(&f, &f.caps.permitted, "CAP_KILL");
	add_word(&f, &f.caps.effective, "CAP_KILL");
	add_word(&f, &f.caps.ambient, "CAP_KILL");
	const struct plan_caps *caps = &plan_process(&f)->caps;
	CHECK(caps->ambient == 0 && caps->inheritable == 0);
	CHECK(caps->permitted == BIT(CAP_KILL) && caps->effective == BIT(CAP_KILL));
	CHECK(f.problems.n == 1 && f.problems.items[0].warning);
}

static void test_no_caps_object(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	/* absent means none: closed by default */
	CHECK(plan_process(&f)->caps.set);
	CHECK(plan_process(&f)->caps.bounding == 0 && plan_process(&f)->caps.permitted == 0);
}

static void test_env(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_word(&f, &f.process.env, "A=1");
	add_word(&f, &f.process.env, "PATH=/x");
	add_word(&f, &f.process.env, "LISTEN_PID=77");
	add_word(&f, &f.process.env, "HOME=");
	add_word(&f, &f.process.env, "AB=3");
	add_word(&f, &f.process.env, "A=2=2");
	f.options.listen_fds = 2;
	f.options.preserve_fds = 3;
	const struct plan_process *process = plan_process(&f);
	CHECK_STR(process->env[0], "PATH=/x");
	CHECK_STR(process->env[1], "HOME=");
	CHECK_STR(process->env[2], "AB=3");
	CHECK_STR(process->env[3], "A=2=2");
	CHECK_STR(process->env[4], "LISTEN_FDS=2");
	CHECK_STR(process->env[5], "LISTEN_PID=1");
	CHECK(process->env[6] == NULL);
	CHECK_STR(process->path, "/x");
	CHECK(!process->home_set);
	CHECK(process->pass_fds == 5);
}

static void test_many_env_entries(void)
{
	drop_fixture struct fixture f;
	size_t n = 0;

	fixture_init(&f);
	for (unsigned int i = 0; i < 3000; i++)
		add_word(&f, &f.process.env,
			 arena_asprintf(&f.arena, "SERVICE_%u_HOST=%u", i % 1000, i));
	char *const *env = plan_process(&f)->env;
	while (env[n])
		n++;
	CHECK(n == 1000);
	CHECK_STR(env[0], "SERVICE_0_HOST=2000");
	CHECK_STR(env[999], "SERVICE_999_HOST=2999");
}

/* Each name is the beginning of the next: none of them is another one. */
static void test_env_names_with_one_beginning(void)
{
	drop_fixture struct fixture f;
	char name[202] = { 0 };
	size_t n = 0;

	fixture_init(&f);
	for (size_t i = 0; i < 200; i++) {
		name[i] = (char)('A' + i * i % 23);
		add_word(&f, &f.process.env, arena_asprintf(&f.arena, "%s=", name));
	}
	char *const *env = plan_process(&f)->env;
	while (env[n])
		n++;
	CHECK(n == 200);
}

static void test_env_defaults(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	const struct plan_process *process = plan_process(&f);
	CHECK(process->env[0] == NULL);
	CHECK_STR(process->path, "/bin:/usr/bin");
	CHECK(process->umask == 0022 && process->new_keyring && process->pass_fds == 0);
}

static void test_mapping_bounds(void)
{
	static struct oci_id_mapping map[] = { { 0, 1000, 1 }, { 10, 4294967290U, 5 } };
	static const struct {
		uint32_t uid;
		bool mapped;
	} rows[] = { { 0, true },  { 1, false },  { 9, false },		{ 10, true },
		     { 14, true }, { 15, false }, { UINT32_MAX, false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;

		fixture_init(&f);
		f.plan.ns.create = CLONE_NEWUSER;
		f.plan.ns.uid_map = map;
		f.plan.ns.uid_map_n = ARRAY_LEN(map);
		f.process.user.uid = rows[i].uid;
		plan_process(&f);
		CHECK(problems_errors(&f.problems) == (rows[i].mapped ? 0 : 1));
	}
}

/* A container root that can write its own setgroups is no reason to lose groups. */
static void test_set_groups(void)
{
	static const struct {
		enum plan_map_writer writer;
		const char *setgroups; /* in the runtime's own user namespace */
		bool want;
	} rows[] = {
		{ MAP_NONE, "setgroups=allow", true },
		{ MAP_NONE, "setgroups=deny", false },
		{ MAP_BY_RUNTIME, "setgroups=allow", true },
		{ MAP_BY_RUNTIME, "setgroups=deny", false },
		{ MAP_OF_OWN_ID, "setgroups=allow", false },
		{ MAP_BY_HELPER, "setgroups=allow", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;

		fixture_init(&f);
		CHECK_OK(host_assume(&f.host, rows[i].setgroups));
		f.plan.ns.gid_writer = rows[i].writer;
		CHECK(plan_process(&f)->set_groups == rows[i].want);
		CHECK(problems_errors(&f.problems) == 0);
	}
}

/* Without a user namespace of the container's the ids are those of the runtime's own. */
static void test_ids_of_the_own_user_namespace(void)
{
	static const struct {
		const char *userns, *own_ids;
		uint32_t uid;
		bool mapped;
	} rows[] = {
		{ "userns=initial", NULL, 4294967294U, true },
		{ "userns=initial", NULL, 4294967295U, false },
		{ "userns=other", "own-ids=1", 0, true },
		{ "userns=other", "own-ids=1", 1, false },
		{ "userns=other", "own-ids=65536", 65535, true },
		{ "userns=other", "own-ids=65536", 65536, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;

		fixture_init(&f);
		CHECK_OK(host_assume(&f.host, rows[i].userns));
		if (rows[i].own_ids)
			CHECK_OK(host_assume(&f.host, rows[i].own_ids));
		f.process.user.uid = rows[i].uid;
		plan_process(&f);
		CHECK(problems_errors(&f.problems) == (rows[i].mapped ? 0 : 1));
	}
}

static void test_sysctl_names(void)
{
	static const struct {
		const char *key, *path; /* NULL: refused */
	} rows[] = {
		{ "net.ipv4.ip_forward", "net/ipv4/ip_forward" },
		{ "net/ipv4/ip_forward", "net/ipv4/ip_forward" },
		{ "net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding" },
		{ "net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding" },
		{ "kernel", "kernel" },
		{ "", NULL },
		{ "/net/ipv4", NULL },
		{ ".net", NULL },
		{ "net/", NULL },
		{ "net..ipv4", NULL },
		{ "net/../kernel/core_pattern", NULL },
		{ "net.//.kernel", NULL }, /* ".." after the conversion */
		{ "../sysrq-trigger", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		drop_fixture struct fixture f;
		struct oci_pair pair = { .value = NULL };

		fixture_init(&f);
		pair.key = arena_strdup(&f.arena, rows[i].key);
		pair.value = arena_strdup(&f.arena, "1");
		f.linux_.sysctl.items = &pair;
		f.linux_.sysctl.n = 1;
		plan_add_sysctls(&f.arena, &f.plan, &f.problems);
		CHECK(problems_errors(&f.problems) == (rows[i].path ? 0 : 1));
		if (rows[i].path)
			CHECK_STR(f.plan.sysctls[0].path_rel, rows[i].path);
	}
}

int main(void)
{
	test_caps_are_masked_and_warned_once();
	test_caps_above_the_last();
	test_ambient_needs_inheritable();
	test_no_caps_object();
	test_env();
	test_many_env_entries();
	test_env_names_with_one_beginning();
	test_env_defaults();
	test_mapping_bounds();
	test_set_groups();
	test_ids_of_the_own_user_namespace();
	test_sysctl_names();
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups as the kernel has them: made, limited, entered, killed, frozen and removed, on the layout
 * that this machine has. Works only below groups of its own, /nucleus-oci-test-PID. Needs root and
 * a cgroup v2 tree (pure or hybrid); what is missing is skipped with its reason.
 */
#include "tests/unit/cgroup_fixture.h"

/* ---- making ---- */

static void test_create(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "a/b");
	drop_mem char *parent = mem_asprintf("%s/a", top);
	CHECK_OK(create(&f));
	CHECK(exists(f.path));
	CHECK(cgroup_clone_fd(&f.cgroup) >= 0);
	CHECK(fcntl(cgroup_clone_fd(&f.cgroup), F_GETFD) & FD_CLOEXEC);
	CHECK(in_journal(&f.journal, JOURNAL_CGROUP, f.path));
	CHECK(in_journal(&f.journal, JOURNAL_CGROUP_PARENT, parent));
	/* what was there before is nobody's to remove */
	CHECK(!in_journal(&f.journal, JOURNAL_CGROUP_PARENT, top));
	cgroup_remove_if_empty(parent);
	CHECK(exists(f.path));
	CHECK_OK(cgroup_remove(f.path));
	cgroup_remove_if_empty(parent);
	CHECK(!exists(parent));
}

static void test_existing(void)
{
	drop_fixture struct fixture empty, used, frozen;

	fixture_init(&empty, "empty");
	CHECK(mkdir(empty.path, 0755) == 0);
	CHECK_OK(create(&empty));
	CHECK(in_journal(&empty.journal, JOURNAL_CGROUP, empty.path));

	fixture_init(&used, "used");
	CHECK(mkdir(used.path, 0755) == 0);
	pid_t pid = sleeper(used.path);
	CHECK(pid > 0);
	CHECK_ERR(create(&used), ERR_STATE, "container's cgroup is not empty: 1 process(es) found");
	/* not in the journal: undoing would kill a stranger */
	CHECK(used.journal.n == 0);
	CHECK(kill(pid, 0) == 0);
	CHECK_OK(cgroup_kill_all(used.path));
	CHECK(ended_by(pid) == SIGKILL);

	fixture_init(&frozen, "frozen");
	CHECK(mkdir(frozen.path, 0755) == 0);
	CHECK_OK(cgroup_freeze(frozen.path, v2, true));
	CHECK_ERR(create(&frozen), ERR_STATE, "frozen");
	CHECK(frozen.journal.n == 0);
}

/* A new group below a frozen one is born frozen: the container would hang, not fail. */
static void test_frozen_parent(void)
{
	drop_fixture struct fixture parent, child;

	fixture_init(&parent, "ice");
	fixture_init(&child, "ice/child");
	CHECK(mkdir(parent.path, 0755) == 0);
	CHECK_OK(cgroup_freeze(parent.path, v2, true));
	CHECK_ERR(create(&child), ERR_STATE, "frozen");
}

static void test_limits(void)
{
	drop_fixture struct fixture good, bad, absent;
	const struct plan_cgroup_write depth = { .file = "cgroup.max.depth",
						 .value = "3",
						 .place = "linux.resources.unified[x]" };
	struct plan_cgroup_write none = { .file = "no.such.file", .value = "1", .place = "here" };
	struct plan_cgroup_write wrong = { .file = "cgroup.max.depth",
					   .value = "many",
					   .place = "linux.resources.unified[y]" };
	char text[16] = "";

	fixture_init(&good, "limits");
	good.plan.writes = &depth;
	good.plan.writes_n = 1;
	CHECK_OK(create(&good));
	drop_mem char *file = mem_asprintf("%s/cgroup.max.depth", good.path);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CHECK_STR(text, "3\n");

	fixture_init(&bad, "bad");
	bad.plan.writes = &wrong;
	bad.plan.writes_n = 1;
	CHECK_ERR(create(&bad), ERR_SYS,
		  "linux.resources.unified[y]: write \"many\" to cgroup.max.depth");

	fixture_init(&absent, "absent");
	absent.plan.writes = &none;
	absent.plan.writes_n = 1;
	CHECK_ERR(create(&absent), ERR_SYS, "no.such.file");
	none.may_be_absent = true;
	CHECK_OK(cgroup_remove(absent.path));
	cgroup_close(&absent.cgroup);
	CHECK_OK(create(&absent));
}

static void test_controllers(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "controllers");
	f.dir.enable = "+nosuch";
	CHECK_ERR(create(&f), ERR_SYS, "+nosuch");
}

/* ---- device rules ---- */

#define RULES_MAX 5
static const struct device_case {
	const char *about;
	unsigned int want;
	size_t n; /* after deny_all */
	struct plan_device_rule rules[RULES_MAX];
} device_cases[] = {
	{ "nothing", ACCESS_NULL, 0, { { 0 } } },
	{ "read", ACCESS_NULL | READ_NULL, 1, { { true, 'c', 1, 3, 1 } } },
	{ "write", ACCESS_NULL | WRITE_NULL, 1, { { true, 'c', 1, 3, 2 } } },
	{ "mknod", ACCESS_NULL | MKNOD_NULL, 1, { { true, 'c', 1, 3, 4 } } },
	{ "the same numbers as a block device",
	  ACCESS_NULL | MKNOD_BLOCK,
	  1,
	  { { true, 'b', 1, 3, ALL } } },
	/* for each kind of access the last rule decides, so that two together allow both */
	{ "read, then write",
	  ACCESS_NULL | READ_NULL | WRITE_NULL | BOTH_NULL,
	  2,
	  { { true, 'c', 1, 3, 1 }, { true, 'c', 1, 3, 2 } } },
	{ "allowed, then its whole major denied",
	  ACCESS_NULL | READ_ZERO,
	  3,
	  { { true, 'c', 1, 3, ALL }, { false, 'c', 1, -1, ALL }, { true, 'c', 1, 5, 1 } } },
	{ "reading and writing allowed, writing denied",
	  ACCESS_NULL | READ_NULL,
	  2,
	  { { true, 'c', 1, 3, 3 }, { false, 'c', -1, 3, 2 } } },
	{ "everything, but a device not written",
	  ACCESS_NULL | READ_NULL | READ_ZERO | MKNOD_NULL | MKNOD_BLOCK,
	  2,
	  { { true, 'a', -1, -1, ALL }, { false, 'c', 1, 3, 2 } } },
	{ "denied, then allowed",
	  ACCESS_NULL | READ_ZERO,
	  2,
	  { { false, 'c', 1, -1, ALL }, { true, 'c', 1, 5, 1 } } },
	{ "a minor of any major", ACCESS_NULL | READ_ZERO, 1, { { true, 'c', -1, 5, 1 } } },
	{ "everything but block devices",
	  ACCESS_NULL | READ_NULL | WRITE_NULL | BOTH_NULL | READ_ZERO | MKNOD_NULL,
	  2,
	  { { true, 'a', -1, -1, ALL }, { false, 'b', -1, -1, ALL } } },
	/* the kernel has 12 bits of major and 20 of minor: these are no device's, above all not
	 * that of what is left when the rest is cut off */
	{ "a major beyond the kernel's", ACCESS_NULL, 1, { { true, 'c', 4096 + 1, 3, ALL } } },
	{ "a minor beyond the kernel's", ACCESS_NULL, 1, { { true, 'c', 0, (1 << 20) + 3, ALL } } },
	/* v2 only from here: v1 refuses these */
	{ "a whole major, but one minor",
	  ACCESS_NULL | READ_ZERO,
	  2,
	  { { true, 'c', 1, -1, 3 }, { false, 'c', 1, 3, ALL } } },
	{ "a major beyond 32 bits", ACCESS_NULL, 1, { { true, 'c', (1LL << 32) + 1, -1, ALL } } },
	{ "a minor beyond 32 bits", ACCESS_NULL, 1, { { true, 'c', -1, (1LL << 32) + 3, ALL } } },
};

enum { V2_ONLY = 3 };

static void test_devices(void)
{
	const size_t shared = ARRAY_LEN(device_cases) - V2_ONLY;

	for (size_t i = 0; i < ARRAY_LEN(device_cases); i++) {
		const struct device_case *c = &device_cases[i];
		/* v1 wants a rule even for asking whether the node is there */
		const unsigned int mask = v2 ? 255 : 255 & ~ACCESS_NULL;
		struct plan_device_rule rules[1 + RULES_MAX] = { deny_all };
		drop_fixture struct fixture f;

		memcpy(rules + 1, c->rules, c->n * sizeof(*rules));
		fixture_init(&f, "devices");
		f.plan.device_rules = rules;
		f.plan.device_rules_n = 1 + c->n;
		if (!v2 && i >= shared) {
			CHECK_ERR(create(&f), i == shared ? ERR_UNSUPPORTED : ERR_SYS,
				  "linux.resources.devices");
			continue;
		}
		CHECK_OK(create(&f));
		unsigned int got = attempts(f.path) & mask, want = c->want & mask;
		CHECK(got == want);
		if (got != want)
			printf("# %s: 0x%x instead of 0x%x\n", c->about, got, want);
	}
}

/* Jumps of eBPF reach 32767 instructions: rules beyond that are refused, never wrong. */
static void test_many_devices(void)
{
	const size_t n = 20000;
	drop_mem struct plan_device_rule *rules = mem_zalloc(n * sizeof(*rules));
	drop_fixture struct fixture f;

	rules[0] = deny_all;
	for (size_t i = 1; i < n; i++)
		rules[i] = (struct plan_device_rule){ true, i % 2 ? 'b' : 'c', 200, (int64_t)i, 1 };
	fixture_init(&f, "many");
	f.plan.device_rules = rules;
	f.plan.device_rules_n = n;
	CHECK_ERR(create(&f), ERR_UNSUPPORTED, "linux.resources.devices");
	cgroup_close(&f.cgroup);
	f.plan.device_rules_n = 1000;
	CHECK_OK(cgroup_remove(f.path));
	CHECK_OK(create(&f));
	CHECK(attempts(f.path) == ACCESS_NULL);
}

/* ---- processes ---- */

static void test_kill(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "kill");
	CHECK_OK(create(&f));
	drop_mem char *between = mem_asprintf("%s/between", f.path);
	drop_mem char *below = mem_asprintf("%s/between/below", f.path);
	CHECK(mkdir(between, 0755) == 0 && mkdir(below, 0755) == 0);
	pid_t one = sleeper(f.path), two = sleeper(below);
	CHECK(one > 0 && two > 0);
	CHECK_OK(cgroup_signal_all(below, SIGTERM));
	CHECK(ended_by(two) == SIGTERM);
	CHECK(waitpid(one, NULL, WNOHANG) == 0);
	two = sleeper(below);
	CHECK(two > 0);
	CHECK_OK(cgroup_signal_all(f.path, SIGUSR1));
	CHECK(ended_by(one) == -7 && ended_by(two) == -7);
	one = sleeper(f.path);
	two = sleeper(below);
	CHECK(one > 0 && two > 0);
	CHECK_OK(cgroup_kill_all(f.path));
	CHECK(ended_by(one) == SIGKILL && ended_by(two) == SIGKILL);
	CHECK_OK(cgroup_remove(f.path));
	CHECK(!exists(f.path));
	/* gone is done */
	CHECK_OK(cgroup_kill_all(f.path));
	CHECK_OK(cgroup_signal_all(f.path, SIGTERM));
	CHECK_OK(cgroup_remove(f.path));
}

static void test_freeze(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "freeze");
	CHECK_OK(create(&f));
	CHECK(!cgroup_is_frozen(f.path, v2));
	pid_t pid = sleeper(f.path);
	CHECK(pid > 0);
	CHECK_OK(cgroup_freeze(f.path, v2, true));
	CHECK(cgroup_is_frozen(f.path, v2));
	/* a handler can't run; what kills without one would end it even so */
	CHECK(kill(pid, SIGUSR1) == 0);
	usleep(50 * 1000);
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	CHECK_OK(cgroup_freeze(f.path, v2, false));
	CHECK(!cgroup_is_frozen(f.path, v2));
	CHECK(ended_by(pid) == -7);
	pid = sleeper(f.path);
	CHECK_OK(cgroup_freeze(f.path, v2, true));
	CHECK_OK(cgroup_kill_all(f.path)); /* also in a frozen group */
	CHECK(ended_by(pid) == SIGKILL);
	CHECK(!cgroup_is_frozen("/sys/fs/cgroup/no/such/group", true));
}

/* ---- removing ---- */

static void test_remove(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "nest");
	CHECK(mkdir(f.path, 0755) == 0);
	drop_mem char *below = mem_asprintf("%s/x", f.path);
	drop_mem char *deep = mem_asprintf("%s/x/y", f.path);
	drop_mem char *beside = mem_asprintf("%s/beside", top);
	drop_mem char *dotted = mem_asprintf("%s/x/..", f.path);
	CHECK(mkdir(below, 0755) == 0 && mkdir(deep, 0755) == 0 && mkdir(beside, 0755) == 0);
	/* a damaged journal's ".." leads nowhere */
	CHECK_ERR(cgroup_remove(dotted), ERR_SYS, "cgroup");
	CHECK(exists(deep));
	CHECK_OK(cgroup_remove(f.path));
	CHECK(!exists(f.path) && exists(beside));
	CHECK(rmdir(beside) == 0);

	drop_mem char *plain = mem_asprintf("%s/plain", work_dir);
	CHECK(mkdir(plain, 0755) == 0);
	/* only groups, and never a mount's root */
	CHECK_ERR(cgroup_remove(plain), ERR_SYS, plain);
	cgroup_remove_if_empty(plain);
	CHECK_ERR(cgroup_kill_all(plain), ERR_SYS, plain);
	CHECK(exists(plain));
	CHECK(rmdir(plain) == 0);
	CHECK_ERR(cgroup_remove(mount_point), ERR_SYS, mount_point);
}

/* ---- cgroup v1 ---- */

/* A tmpfs file stays charged to the group that wrote it. */
static void test_v1_usage(void)
{
	drop_fixture struct fixture f;
	drop_mem char *file = mem_asprintf("/dev/shm/test-cgroup-%d", (int)getpid());
	struct plan_cgroup_write limit = { .file = "memory.limit_in_bytes",
					   .value = "1048576",
					   .place = "linux.resources.memory.limit",
					   .usage_file = "memory.usage_in_bytes" };

	fixture_init(&f, "usage");
	f.plan.writes = &limit;
	f.plan.writes_n = 1;
	CHECK(mkdir(f.path, 0755) == 0);
	CHECK(write_pages(f.path, file, 1024));
	CHECK_ERR(create(&f), ERR_STATE, "linux.resources.memory.limit: rejecting memory limit");
	cgroup_close(&f.cgroup);
	limit.value = "104857600";
	CHECK_OK(create(&f));
	cgroup_close(&f.cgroup);
	limit.value = "-1";
	CHECK_OK(create(&f));
	CHECK(unlink(file) == 0);
}

/* Nobody can join a cpuset group without CPUs and nodes; a new one has neither. */
static void test_v1_cpuset(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "a/b");
	CHECK_OK(create(&f));
	pid_t pid = fork();
	if (pid == 0) {
		struct err *err = cgroup_join_self(&f.cgroup);
		_exit(err ? 1 : 0);
	}
	int status = -1;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void test_v2(void)
{
	if (!choose("")) {
		CHECK_SKIP("cgroup v2", "no tree where groups can be made");
		return;
	}
	test_create();
	test_existing();
	test_frozen_parent();
	test_limits();
	test_controllers();
	test_devices();
	test_many_devices();
	test_kill();
	test_freeze();
	test_remove();
	CHECK_OK(cgroup_remove(top));
}

static void test_v1(void)
{
	static const struct {
		const char *controller;
		void (*run)(void);
	} rows[] = {
		{ "memory", test_v1_usage },	   { "cpuset", test_v1_cpuset },
		{ "devices", test_devices },	   { "freezer", test_existing },
		{ "freezer", test_kill },	   { "freezer", test_freeze },
		{ "freezer", test_frozen_parent },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!choose(rows[i].controller)) {
			CHECK_SKIP("cgroup v1", "a hierarchy is missing or read-only");
			continue;
		}
		rows[i].run();
		CHECK_OK(cgroup_remove(top));
	}
}

int main(void)
{
	if (geteuid() != 0 || !mkdtemp(work_dir)) {
		CHECK_SKIP("groups", "needs root and a temporary directory");
		return check_result();
	}
	test_v2();
	test_v1();
	drop_mem char *c = mem_asprintf("%s/c", work_dir), *b = mem_asprintf("%s/b", work_dir);
	(void)unlink(c);
	(void)unlink(b);
	CHECK(rmdir(work_dir) == 0);
	return check_result();
}

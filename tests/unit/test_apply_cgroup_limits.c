/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups that others have or had, and values that the kernel takes only in some order, on this
 * machine's own hierarchies. Needs root; what is missing is skipped with its reason.
 */
#include "tests/unit/cgroup_fixture.h"

#include <linux/bpf.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "apply/undo.h"

static char *read_group(const struct fixture *f, const char *file)
{
	drop_mem char *path = mem_asprintf("%s/%s", f->path, file);
	char *text = mem_zalloc(4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, 4095) < 0)
		(void)strcpy(text, "unreadable");
	close(fd);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool write_group(const struct fixture *f, const char *file, const char *value)
{
	drop_mem char *path = mem_asprintf("%s/%s", f->path, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	close(fd);
	return ok;
}

static void check_value(const struct fixture *f, const char *file, const char *want)
{
	drop_mem char *got = read_group(f, file);

	CHECK_STR(got, want);
}

/* ---- two runtimes, one path ---- */

/* From the moment it is taken until it has the container's process, nobody else gets the group. */
static void test_lock(void)
{
	drop_fixture struct fixture first, second;

	fixture_init(&first, "lock");
	fixture_init(&second, "lock");
	CHECK_OK(create(&first));
	CHECK_ERR(create(&second), ERR_STATE, "being used by another create");
	/* what would kill the first's processes is not in the journal of the second */
	CHECK(!in_journal(&second.journal, JOURNAL_CGROUP, second.path));
	CHECK_OK(undo_all(&second.journal, true));
	CHECK(exists(first.path));
	cgroup_close(&second.cgroup);
	cgroup_close(&first.cgroup);
	CHECK_OK(create(&second));
	CHECK(in_journal(&second.journal, JOURNAL_CGROUP, second.path));
}

/* The file that is locked is not one that everybody can open. */
static void test_lock_file(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "lock");
	CHECK(mkdir(f.path, 0755) == 0);
	drop_mem char *file = mem_asprintf("%s/cgroup.kill", f.path);
	int dir = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) == 0);
	CHECK_OK(create(&f));
	close(dir);
	struct stat st;
	CHECK(stat(file, &st) == 0 && (st.st_mode & 0444) == 0);
}

/* "about to make" is replaced by what is known later. */
static void test_journal(void)
{
	static const struct {
		enum journal_kind last;
		bool killed;
	} cases[] = {
		{ JOURNAL_CGROUP_PARENT, false },
		{ JOURNAL_CGROUP_FOREIGN, false },
		{ JOURNAL_CGROUP, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_fixture struct fixture f;

		fixture_init(&f, "journal");
		CHECK(mkdir(f.path, 0755) == 0);
		pid_t pid = sleeper(f.path);
		CHECK(pid > 0);
		CHECK_OK(journal_add(&f.journal, JOURNAL_CGROUP_PARENT, "%s", f.path));
		CHECK_OK(journal_add(&f.journal, cases[i].last, "%s", f.path));
		CHECK_OK(undo_all(&f.journal, true));
		CHECK(exists(f.path) == !cases[i].killed);
		CHECK((waitpid(pid, NULL, WNOHANG) == 0) == !cases[i].killed);
		CHECK_OK(cgroup_kill_all(f.path));
		(void)waitpid(pid, NULL, 0);
	}
	drop_fixture struct fixture empty;
	fixture_init(&empty, "journal");
	CHECK(mkdir(empty.path, 0755) == 0);
	CHECK_OK(journal_add(&empty.journal, JOURNAL_CGROUP_PARENT, "%s", empty.path));
	CHECK_OK(journal_add(&empty.journal, JOURNAL_CGROUP_FOREIGN, "%s", empty.path));
	CHECK_OK(undo_all(&empty.journal, true));
	CHECK(exists(empty.path));
}

/* ---- device rules of a group's past ---- */

static const struct plan_device_rule allow_null[] = {
	{ false, 'a', -1, -1, ALL },
	{ true, 'c', 1, 3, 3 },
};

static void set_rules(struct fixture *f, const struct plan_device_rule *rules, size_t n)
{
	f->plan.device_rules = rules;
	f->plan.device_rules_n = n;
}

static void test_old_programs(void)
{
	drop_fixture struct fixture old, other, now;

	fixture_init(&old, "programs");
	set_rules(&old, &deny_all, 1);
	CHECK_OK(create(&old));
	cgroup_close(&old.cgroup);
	CHECK(attempts(old.path) == ACCESS_NULL);
	/* once more, and then what is allowed counts */
	fixture_init(&other, "programs");
	set_rules(&other, &deny_all, 1);
	CHECK_OK(create(&other));
	cgroup_close(&other.cgroup);
	fixture_init(&now, "programs");
	set_rules(&now, allow_null, ARRAY_LEN(allow_null));
	CHECK_OK(create(&now));
	CHECK(attempts(now.path) == (ACCESS_NULL | READ_NULL | WRITE_NULL | BOTH_NULL));
}

/* Attached as the only one, as before BPF_F_ALLOW_MULTI: it denies everything. */
static bool attach_alone(const char *path)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uint64_t)(uintptr_t)insns,
		.insn_cnt = ARRAY_LEN(insns),
		.license = (uint64_t)(uintptr_t) "Apache-2.0",
	};
	int group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	union bpf_attr attach = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};
	bool ok = syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) == 0;

	close(program);
	close(group);
	return ok;
}

static void test_old_lone_program(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, "alone");
	CHECK(mkdir(f.path, 0755) == 0);
	CHECK(attach_alone(f.path));
	CHECK(attempts(f.path) == 0);
	set_rules(&f, allow_null, ARRAY_LEN(allow_null));
	CHECK_OK(create(&f));
	CHECK(attempts(f.path) == (ACCESS_NULL | READ_NULL | WRITE_NULL | BOTH_NULL));
}

/* A v1 group with one below it can't start afresh: it goes from its rules to the new ones. */
static void test_v1_old_rules(void)
{
	static const struct plan_device_rule before[] = {
		{ false, 'a', -1, -1, ALL }, { true, 'c', 1, 3, 1 },  { true, 'c', 1, 5, ALL },
		{ true, 'b', 1, 3, 4 },	     { true, 'c', -1, 7, 1 },
	};
	static const struct plan_device_rule after[] = {
		{ false, 'a', -1, -1, ALL },
		{ true, 'c', 1, 3, 2 },
		{ true, 'c', 1, 5, 1 },
		{ true, 'c', 1, 3, 4 },
	};
	drop_fixture struct fixture old, now;

	fixture_init(&old, "rules");
	set_rules(&old, before, ARRAY_LEN(before));
	CHECK_OK(create(&old));
	cgroup_close(&old.cgroup);
	CHECK((attempts(old.path) & ~(unsigned int)ACCESS_NULL) ==
	      (READ_NULL | READ_ZERO | MKNOD_BLOCK));
	drop_mem char *below = mem_asprintf("%s/below", old.path);
	CHECK(mkdir(below, 0755) == 0);
	fixture_init(&now, "rules");
	set_rules(&now, after, ARRAY_LEN(after));
	CHECK_OK(create(&now));
	CHECK((attempts(now.path) & ~(unsigned int)ACCESS_NULL) ==
	      (WRITE_NULL | READ_ZERO | MKNOD_NULL));
	drop_mem char *list = mem_asprintf("%s/devices.list", now.path);
	char text[256] = "";
	int fd = open(list, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	/* nothing of the past is left */
	CHECK(strstr(text, "1:3 wm\n") && strstr(text, "c 1:5 r\n"));
	CHECK(!strstr(text, "*:7") && !strstr(text, "b 1:3"));
}

/* ---- limits ---- */

static void set_writes(struct fixture *f, const struct plan_cgroup_write *writes, size_t n)
{
	f->plan.writes = writes;
	f->plan.writes_n = n;
}

static void test_other_file(void)
{
	const struct plan_cgroup_write other = { .file = "no.such.file",
						 .value = "1",
						 .other_file = "cgroup.max.depth",
						 .other_value = "5",
						 .place = "here" };
	const struct plan_cgroup_write first = { .file = "cgroup.max.depth",
						 .value = "6",
						 .other_file = "cgroup.max.depth",
						 .other_value = "7",
						 .place = "here" };
	const struct plan_cgroup_write bad = { .file = "no.such.file",
					       .value = "1",
					       .other_file = "cgroup.max.depth",
					       .other_value = "x",
					       .place = "here" };
	const struct plan_cgroup_write none = { .file = "no.such.file",
						.value = "1",
						.other_file = "nor.this",
						.other_value = "2",
						.place = "here" };
	drop_fixture struct fixture f;

	fixture_init(&f, "other");
	set_writes(&f, &other, 1);
	CHECK_OK(create(&f));
	check_value(&f, "cgroup.max.depth", "5");
	cgroup_close(&f.cgroup);
	set_writes(&f, &first, 1);
	CHECK_OK(create(&f));
	check_value(&f, "cgroup.max.depth", "6");
	cgroup_close(&f.cgroup);
	set_writes(&f, &bad, 1);
	CHECK_ERR(create(&f), ERR_SYS, "here: write \"x\" to cgroup.max.depth");
	cgroup_close(&f.cgroup);
	set_writes(&f, &none, 1);
	CHECK_ERR(create(&f), ERR_SYS, "here: write \"1\" to no.such.file");
}

static void test_keeps_first(void)
{
	const struct plan_cgroup_write keep = {
		.file = "cgroup.max.depth", .value = "max", .keeps_first = true, .place = "here"
	};
	drop_fixture struct fixture f;

	fixture_init(&f, "keep");
	CHECK(mkdir(f.path, 0755) == 0);
	CHECK(write_group(&f, "cgroup.max.depth", "4"));
	set_writes(&f, &keep, 1);
	CHECK_OK(create(&f));
	check_value(&f, "cgroup.max.depth", "4");
}

/* Two or three values that bound each other, from what a group has to what it shall have. */
static void check_tied(const char *const *files, const char *const *before,
		       const char *const *wanted, size_t n, bool possible)
{
	struct plan_cgroup_write writes[3] = { 0 };
	drop_fixture struct fixture f;

	fixture_init(&f, "tied");
	CHECK(mkdir(f.path, 0755) == 0);
	for (size_t i = 0; i < n; i++) {
		CHECK(write_group(&f, files[i], before[i]));
		writes[i] = (struct plan_cgroup_write){
			.file = files[i], .value = wanted[i], .place = "here", .tied = i > 0
		};
	}
	set_writes(&f, writes, n);
	if (!possible) {
		CHECK_ERR(create(&f), ERR_SYS, "Invalid argument");
		return;
	}
	CHECK_OK(create(&f));
	for (size_t i = 0; i < n; i++)
		check_value(&f, files[i], wanted[i]);
}

static void test_tied_memory(void)
{
	static const char *const files[] = { "memory.limit_in_bytes",
					     "memory.memsw.limit_in_bytes" };
	static const struct {
		const char *before[2], *wanted[2];
		bool possible;
	} cases[] = {
		{ { "1048576", "2097152" }, { "4194304", "8388608" }, true },
		{ { "4194304", "8388608" }, { "1048576", "2097152" }, true },
		{ { "1048576", "2097152" }, { "1048576", "2097152" }, true },
		{ { "1048576", "2097152" }, { "8388608", "4194304" }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_tied(files, cases[i].before, cases[i].wanted, 2, cases[i].possible);
}

static void test_tied_cpu(void)
{
	static const char *const files[] = { "cpu.cfs_period_us", "cpu.cfs_quota_us",
					     "cpu.cfs_burst_us" };
	static const struct {
		const char *before[3], *wanted[3];
		bool possible;
	} cases[] = {
		{ { "100000", "50000", "40000" }, { "100000", "20000", "10000" }, true },
		{ { "100000", "20000", "10000" }, { "50000", "50000", "40000" }, true },
		{ { "100000", "20000", "10000" }, { "100000", "20000", "30000" }, false },
		{ { "100000", "20000", "10000" }, { "100000", "500", "0" }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_tied(files, cases[i].before, cases[i].wanted, 3, cases[i].possible);
}

/* A quota of the group above: the period first would be too large a share for a moment. */
static void test_tied_below_quota(void)
{
	const struct plan_cgroup_write writes[] = {
		{ .file = "cpu.cfs_period_us", .value = "50000", .place = "p" },
		{ .file = "cpu.cfs_quota_us", .value = "25000", .place = "q", .tied = true },
	};
	drop_fixture struct fixture parent, child;

	fixture_init(&parent, "share");
	fixture_init(&child, "share/child");
	CHECK(mkdir(parent.path, 0755) == 0 && mkdir(child.path, 0755) == 0);
	CHECK(write_group(&parent, "cpu.cfs_quota_us", "60000"));
	CHECK(write_group(&child, "cpu.cfs_quota_us", "50000"));
	set_writes(&child, writes, 2);
	CHECK_OK(create(&child));
	check_value(&child, "cpu.cfs_period_us", "50000");
	check_value(&child, "cpu.cfs_quota_us", "25000");
}

static bool has_swap(void)
{
	char text[512] = "";
	int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
	bool none = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
		    strchr(text, '\n') == strrchr(text, '\n');

	close(fd);
	return !none;
}

/* What the kernel can't get rid of: it refuses, and the message says how much there is. */
static void test_busy(void)
{
	const struct plan_cgroup_write limit = { .file = "memory.limit_in_bytes",
						 .value = "65536",
						 .place = "linux.resources.memory.limit" };
	drop_mem char *file = mem_asprintf("/dev/shm/test-cgroup-busy-%d", (int)getpid());
	drop_fixture struct fixture f;

	fixture_init(&f, "busy");
	if (has_swap()) {
		CHECK_SKIP("memory in use", "there is swap, where it goes");
		return;
	}
	CHECK(mkdir(f.path, 0755) == 0);
	CHECK(write_pages(f.path, file, 512));
	set_writes(&f, &limit, 1);
	struct err *err = create(&f);
	CHECK(err && err_errno(err) == EBUSY);
	CHECK(err && err_hint_text(err) && strstr(err_hint_text(err), "bytes already"));
	err_free(err);
	CHECK(unlink(file) == 0);
}

/* ---- whether it can be done here ---- */

int main(void)
{
	static const struct {
		const char *controller;
		void (*run)(void);
	} rows[] = {
		{ "", test_lock },
		{ "", test_lock_file },
		{ "", test_journal },
		{ "", test_old_programs },
		{ "", test_old_lone_program },
		{ "", test_other_file },
		{ "", test_keeps_first },
		{ "freezer", test_lock },
		{ "freezer", test_journal },
		{ "devices", test_v1_old_rules },
		{ "memory", test_tied_memory },
		{ "memory", test_busy },
		{ "cpu", test_tied_cpu },
		{ "cpu", test_tied_below_quota },
	};

	if (geteuid() != 0 || !mkdtemp(work_dir)) {
		CHECK_SKIP("groups", "needs root and a temporary directory");
		return check_result();
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!choose(rows[i].controller)) {
			CHECK_SKIP("a hierarchy", "it is missing or read-only");
			continue;
		}
		rows[i].run();
		CHECK_OK(cgroup_remove(top));
	}
	drop_mem char *c = mem_asprintf("%s/c", work_dir), *b = mem_asprintf("%s/b", work_dir);
	(void)unlink(c);
	(void)unlink(b);
	CHECK(rmdir(work_dir) == 0);
	return check_result();
}

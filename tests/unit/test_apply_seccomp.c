/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters do what config-linux.md says: profiles are read as a config.json's, loaded in
 * forked children, and asked by making the calls. getpid is the call of most tests: it ignores its
 * arguments, so that any may be given. The cache has its own test.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/actors.h"
#include "oci/config.h"
#include "plan/plan.h"
#include "tests/unit/check.h"

#define EXIT_RULE "{\"names\":[\"exit_group\"],\"action\":\"SCMP_ACT_ALLOW\"}"

/* The plan for a profile; `out->profile` is NULL if the document is wrong. */
static void read_plan(struct arena *arena, const char *seccomp, struct plan_seccomp *out)
{
	drop_problems struct problems problems = { 0 };
	struct plan plan = { .bundle = "/bundle" };
	struct oci_config *config;
	const char *text = arena_asprintf(arena,
					  "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},"
					  "\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]},"
					  "\"linux\":{\"seccomp\":%s}}",
					  seccomp);

	oci_config_read(arena, text, strlen(text), &problems, &config);
	*out = (struct plan_seccomp){ 0 };
	if (problems_errors(&problems)) {
		err_free(problems_to_err(&problems));
		return;
	}
	plan.config = config;
	plan_add_seccomp(arena, &plan);
	*out = plan.seccomp;
}

static bool prepare(struct arena *arena, const char *seccomp, struct seccomp_filter *out)
{
	struct plan_seccomp plan;

	read_plan(arena, seccomp, &plan);
	drop_err struct err *err =
		plan.profile ? seccomp_filter_prepare(&plan, -1, arena, out)
			     : err_new(ERR_CONFIG, "the test's profile is wrong: %s", seccomp);

	if (err)
		printf("# %s\n", err_text(err));
	return !err;
}

/* ---- calls under a filter ---- */

enum { NOT_LOADED = 255, NO_PROFILE = 1000, KILLED = 2000 };
struct call {
	long number;
	long args[6];
	bool compat; /* through i386's gate */
};

static int call_errno(const struct call *call)
{
#ifdef __x86_64__
	if (call->compat) {
		long result;

		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(call->number)
				 : "memory", "r8", "r9", "r10", "r11");
		return (int)result < 0 ? -(int)result : 0;
	}
#endif
	const long *a = call->args;
	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

/*
 * Nothing but this one call: sanitizers put calls of their own into _exit, and before every call
 * that doesn't return (so nothing here says that).
 */
static void leave(int code)
{
	if (syscall(SYS_exit_group, code) < 0)
		__builtin_trap();
}

/* 0, the call's errno, or KILLED + the signal. The filter must allow exit_group. */
static int ask(const struct seccomp_filter *filter, const struct call *call)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			leave(NOT_LOADED);
		struct err *err = filter ? seccomp_filter_load(filter, NULL) : NULL;
		leave(err ? NOT_LOADED : call_errno(call));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int ask_profile(const char *seccomp, const struct call *call)
{
	drop_arena struct arena arena = { 0 };
	struct seccomp_filter filter;

	return prepare(&arena, seccomp, &filter) ? ask(&filter, call) : NO_PROFILE;
}

/* Calls without arguments. */
static int ask_number(const char *seccomp, long number)
{
	return ask_profile(seccomp, &(struct call){ .number = number });
}

/* ---- actions ---- */

#define ONE_RULE(rule) \
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getpid\"]," rule "}]}"

static void test_actions(void)
{
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_ALLOW\""), SYS_getpid) == 0);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_LOG\""), SYS_getpid) == 0);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_ERRNO\""), SYS_getpid) == EPERM);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77"), SYS_getpid) ==
	      77);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0"), SYS_getpid) ==
	      0);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_KILL\""), SYS_getpid) == KILLED + SIGSYS);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_KILL_THREAD\""), SYS_getpid) ==
	      KILLED + SIGSYS);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_KILL_PROCESS\""), SYS_getpid) ==
	      KILLED + SIGSYS);
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_TRAP\""), SYS_getpid) == KILLED + SIGSYS);
	/* No tracer: the kernel says ENOSYS. */
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":3"), SYS_getpid) ==
	      ENOSYS);
	/* The others go on. */
	CHECK(ask_number(ONE_RULE("\"action\":\"SCMP_ACT_KILL\""), SYS_getppid) == 0);
}

#define DEFAULTS(action, rules) \
	"{\"defaultAction\":\"SCMP_ACT_" action ",\"syscalls\":[" EXIT_RULE rules "]}"

static void test_default_actions(void)
{
	const char *allow_too = ",{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\"}";
	drop_arena struct arena arena = { 0 };
	const char *with_rule = arena_asprintf(&arena, DEFAULTS("ERRNO\"", "%s"), allow_too);

	CHECK(ask_number(DEFAULTS("ERRNO\"", ""), SYS_getpid) == EPERM);
	CHECK(ask_number(with_rule, SYS_getpid) == 0);
	CHECK(ask_number(DEFAULTS("ERRNO\",\"defaultErrnoRet\":5", ""), SYS_getpid) == 5);
	CHECK(ask_number(DEFAULTS("KILL_PROCESS\"", ""), SYS_getpid) == KILLED + SIGSYS);
	CHECK(ask_number(DEFAULTS("LOG\"", ""), SYS_getpid) == 0);
}

/* libseccomp refuses rules that change nothing, and doesn't know every name: neither is an error.
 */
static void test_needless_and_unknown_rules(void)
{
	CHECK(ask_number(DEFAULTS("ERRNO\"", ",{\"names\":[\"getpid\"],\"action\":"
					     "\"SCMP_ACT_ERRNO\",\"errnoRet\":1}"),
			 SYS_getpid) == EPERM);
	CHECK(ask_number(DEFAULTS("ERRNO\"", "," EXIT_RULE), SYS_getpid) == EPERM);
	CHECK(ask_number("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":["
			 "\"of_another_age\",\"getpid\",\"socketcall\"],"
			 "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77}]}",
			 SYS_getpid) == 77);
}

/* ---- arguments ---- */

struct arg_case {
	const char *args; /* of the rule that answers 77 */
	long call[3];
	bool matches;
};
#define BIG "4294967296" /* 1 << 32 */
#define ARG(index, op, value) "{\"index\":" index ",\"op\":\"SCMP_CMP_" op "\",\"value\":" value "}"
#define MASKED(mask, rest) \
	"{\"index\":0,\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":" mask ",\"valueTwo\":" rest "}"

static const struct arg_case arg_cases[] = {
	{ ARG("0", "EQ", "5"), { 5 }, true },
	{ ARG("0", "EQ", "5"), { 6 }, false },
	{ ARG("0", "EQ", BIG), { 1L << 32 }, true },
	{ ARG("0", "EQ", BIG), { 0 }, false },
	{ ARG("2", "EQ", "5"), { 0, 0, 5 }, true },
	{ ARG("2", "EQ", "5"), { 5, 5, 0 }, false },
	{ ARG("0", "NE", "5"), { 6 }, true },
	{ ARG("0", "NE", "5"), { 5 }, false },
	{ ARG("0", "LT", "5"), { 4 }, true },
	{ ARG("0", "LT", "5"), { 5 }, false },
	{ ARG("0", "LE", "5"), { 5 }, true },
	{ ARG("0", "LE", "5"), { 6 }, false },
	{ ARG("0", "GE", "5"), { 5 }, true },
	{ ARG("0", "GE", "5"), { 4 }, false },
	{ ARG("0", "GT", "5"), { 6 }, true },
	{ ARG("0", "GT", "5"), { 5 }, false },
	{ ARG("0", "GT", "5"), { 1L << 32 }, true },
	{ MASKED("12", "8"), { 8 + 3 }, true },
	{ MASKED("12", "8"), { 8 + 4 }, false },
	/* on different arguments: and */
	{ ARG("0", "EQ", "5") "," ARG("1", "EQ", "6"), { 5, 6 }, true },
	{ ARG("0", "EQ", "5") "," ARG("1", "EQ", "6"), { 5, 7 }, false },
	/* on the same: or (libseccomp can't "and" them) */
	{ ARG("0", "EQ", "5") "," ARG("0", "EQ", "6"), { 5 }, true },
	{ ARG("0", "EQ", "5") "," ARG("0", "EQ", "6"), { 6 }, true },
	{ ARG("0", "EQ", "5") "," ARG("0", "EQ", "6"), { 7 }, false },
};

static void test_arguments(void)
{
	for (size_t i = 0; i < ARRAY_LEN(arg_cases); i++) {
		const struct arg_case *c = &arg_cases[i];
		drop_arena struct arena arena = { 0 };
		const char *profile = arena_asprintf(
			&arena,
			ONE_RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77,\"args\":[%s]"),
			c->args);
		struct call call = { .number = SYS_getpid,
				     .args = { c->call[0], c->call[1], c->call[2] } };
		bool right = ask_profile(profile, &call) == (c->matches ? 77 : 0);

		if (!right)
			printf("# %s with %ld, %ld, %ld\n", c->args, c->call[0], c->call[1],
			       c->call[2]);
		CHECK(right);
	}
}

/* ---- calls that the profile can't know ---- */

#define NAMED(more, extra)                                              \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\"" extra ",\"syscalls\":[" \
	"{\"names\":[\"exit_group\",\"restart_syscall\"" more "],"      \
	"\"action\":\"SCMP_ACT_ALLOW\"}]}"
enum { FUTURE = 10000 };

static void test_newer_calls_are_missing(void)
{
	const char *denied = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" EXIT_RULE
			     ",{\"names\":[\"statx\"],\"action\":\"SCMP_ACT_ERRNO\","
			     "\"errnoRet\":77}]}";

	CHECK(ask_number(NAMED("", ""), FUTURE) == ENOSYS);
	CHECK(ask_number(NAMED("", ""), SYS_exit_group + 1) == ENOSYS);
	CHECK(ask_number(NAMED("", ""), SYS_exit_group - 1) == EPERM);
	CHECK(ask_number(NAMED("", ",\"defaultErrnoRet\":1"), FUTURE) == ENOSYS);
	/* The newest name counts, also when its rule denies, and it keeps its verdict. */
	CHECK(ask_number(denied, SYS_statx) == 77);
	CHECK(ask_number(denied, SYS_statx - 1) == EPERM);
	CHECK(ask_number(denied, SYS_statx + 1) == ENOSYS);
	/* A number of the user's own stays, as do other actions. */
	CHECK(ask_number(NAMED("", ",\"defaultErrnoRet\":5"), FUTURE) == 5);
	CHECK(ask_number(DEFAULTS("KILL_PROCESS\"", ""), FUTURE) == KILLED + SIGSYS);
}

/* ---- architectures ---- */

#ifdef __x86_64__
enum { I386_EXIT_GROUP = 252, I386_GETPID = 20, X32 = 0x40000000 };
#define ARCHS(list) ",\"architectures\":[" list "]"

static void test_i386(void)
{
	struct call call = { .number = I386_GETPID, .compat = true };

	if (ask(NULL, &call) != 0) {
		CHECK_SKIP("i386 calls", "this kernel doesn't run them");
		return;
	}
	const char *both = NAMED(",\"getpid\"", ARCHS("\"SCMP_ARCH_X86\""));

	CHECK(ask_profile(both, &call) == 0);
	CHECK(ask_number(both, SYS_getpid) == 0); /* the native one is always there */
	CHECK(ask_profile(NAMED(",\"getpid\"", ""), &call) == KILLED + SIGSYS);
	call.number = I386_EXIT_GROUP + 1;
	CHECK(ask_profile(both, &call) == ENOSYS);
	call.number = I386_EXIT_GROUP - 2;
	CHECK(ask_profile(both, &call) == EPERM);
	call.number = -1;
	CHECK(ask_profile(both, &call) == EPERM);
}

/* x32's calls have the number space of x86_64 with a bit: they are not newer calls of x86_64. */
static void test_x32(void)
{
	const char *both = NAMED("", ARCHS("\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\""));

	CHECK(ask_number(both, X32 | SYS_getpid) == EPERM);
	CHECK(ask_number(both, FUTURE) == ENOSYS);
	CHECK(ask_number(NAMED("", ""), X32 | SYS_getpid) == KILLED + SIGSYS);
}
#endif

static struct err *prepare_err(const char *seccomp)
{
	drop_arena struct arena arena = { 0 };
	struct seccomp_filter filter;
	struct plan_seccomp plan;

	read_plan(&arena, seccomp, &plan);
	return plan.profile ? seccomp_filter_prepare(&plan, -1, &arena, &filter) : NULL;
}

/* Little endian beside big endian can't be in one program. */
static void test_foreign_architecture(void)
{
	const char *foreign = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":["
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			      "\"SCMP_ARCH_S390X\"]}";
#else
			      "\"SCMP_ARCH_X86_64\"]}";
#endif
	CHECK_ERR(prepare_err(foreign), ERR_UNSUPPORTED, "linux.seccomp.architectures[0]");
}

/* ---- flags, errors, loading ---- */

static unsigned int flags_of(const char *list)
{
	drop_arena struct arena arena = { 0 };
	struct seccomp_filter filter = { .flags = ~0U };
	const char *profile =
		arena_asprintf(&arena, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"%s}", list);

	return prepare(&arena, profile, &filter) ? filter.flags : ~0U;
}

static void test_flags(void)
{
	CHECK(flags_of("") == SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	CHECK(flags_of(",\"flags\":[]") == 0);
	CHECK(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]") == SECCOMP_FILTER_FLAG_LOG);
	CHECK(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]") ==
	      SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	CHECK(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"]") == 0);
}

#define LISTENER ",\"listenerPath\":\"agent\""
#define NOTIFY_GETPID ",\"syscalls\":[{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_NOTIFY\"}]"
#define KILLABLE ",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"

static void test_listener_flags(void)
{
	drop_arena struct arena arena = { 0 };
	struct plan_seccomp plan;

	CHECK(flags_of(KILLABLE LISTENER NOTIFY_GETPID) == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	/* seccomp(2) refuses it without a listener */
	CHECK(flags_of(KILLABLE LISTENER) == 0);
	read_plan(&arena, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"" LISTENER "}", &plan);
	CHECK(plan.listener_path == NULL);
	read_plan(&arena, "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"" LISTENER "}", &plan);
	CHECK_STR(plan.listener_path, "/bundle/agent");
}

/* Under a filter that answers EINVAL to the flag, as a kernel does that does not know it. */
#define OLD_KERNEL                                                                      \
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"seccomp\"]," \
	"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":22,\"args\":[{\"index\":1,"         \
	"\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":%u,\"valueTwo\":%u}]}]}"

/* 0, or 1 + the number of what went wrong; getpid waits for an answer that does not come. */
static int load_listener(const struct seccomp_filter *outer, const struct seccomp_filter *filter)
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = -1;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			leave(1);
		if (outer && seccomp_filter_load(outer, NULL))
			leave(2);
		if (seccomp_filter_load(filter, &fd))
			leave(3);
		/* without its listener a notified call is one that is not there */
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC) || close(fd) < 0)
			leave(4);
		leave(syscall(SYS_getpid) < 0 && errno == ENOSYS ? 0 : 5);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

static void test_listener(void)
{
	drop_arena struct arena arena = { 0 };
	const unsigned int flag = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	const char *old_kernel = arena_asprintf(&arena, OLD_KERNEL, flag, flag);
	struct seccomp_filter outer, filter, killable;

	CHECK(prepare(&arena, old_kernel, &outer));
	CHECK(prepare(&arena, "{\"defaultAction\":\"SCMP_ACT_ALLOW\"" LISTENER NOTIFY_GETPID "}",
		      &filter));
	CHECK(prepare(&arena,
		      "{\"defaultAction\":\"SCMP_ACT_ALLOW\"" KILLABLE LISTENER NOTIFY_GETPID "}",
		      &killable));
	CHECK(load_listener(NULL, &filter) == 0);
	CHECK(load_listener(NULL, &killable) == 0);
	CHECK(load_listener(&outer, &killable) == 0);
}

/* Without privilege and without no_new_privs the kernel refuses it: nothing runs unfiltered. */
static void test_load_needs_a_right(void)
{
	drop_arena struct arena arena = { 0 };
	struct seccomp_filter filter;
	int status = 0;

	CHECK(prepare(&arena, DEFAULTS("ERRNO\"", ""), &filter));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && syscall(SYS_setresuid, 65534, 65534, 65534) < 0)
			leave(1);
		struct err *err = seccomp_filter_load(&filter, NULL);
		leave(err && err_errno(err) == EACCES && err_hint_text(err) ? 0 : 2);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	filter.flags = 1U << 31;
	CHECK(ask(&filter, &(struct call){ .number = SYS_getpid }) == NOT_LOADED);
}

/* Above 32 rules libseccomp sorts its program into a tree: the verdicts stay. */
static void test_many_rules(void)
{
	static const char *const names[] = {
		"read",	     "write",	 "close",  "fstat",   "lseek",	   "mmap",	"mprotect",
		"munmap",    "brk",	 "ioctl",  "readv",   "writev",	   "madvise",	"nanosleep",
		"getpid",    "sendfile", "socket", "connect", "sendmsg",   "recvmsg",	"shutdown",
		"bind",	     "listen",	 "exit",   "uname",   "fcntl",	   "flock",	"fsync",
		"ftruncate", "getcwd",	 "chdir",  "fchdir",  "fchmod",	   "fchown",	"umask",
		"getuid",    "getgid",	 "setuid", "setgid",  "getgroups", "setgroups", "capget",
	};
	drop_strbuf struct strbuf profile = { 0 };

	strbuf_add(&profile, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" EXIT_RULE);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		strbuf_addf(&profile, ",{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ALLOW\"}",
			    names[i]);
	strbuf_add(&profile, "]}");
	CHECK(ask_number(profile.data, SYS_getpid) == 0);
	CHECK(ask_number(profile.data, SYS_getuid) == 0);
	CHECK(ask_number(profile.data, SYS_getppid) == EPERM);
	CHECK(ask_number(profile.data, SYS_setsid) == EPERM);
	CHECK(ask_number(profile.data, FUTURE) == ENOSYS);
}

int main(void)
{
	/* Killed children leave no core files. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	test_actions();
	test_default_actions();
	test_needless_and_unknown_rules();
	test_arguments();
	test_newer_calls_are_missing();
#ifdef __x86_64__
	test_i386();
	test_x32();
#endif
	test_foreign_architecture();
	test_flags();
	test_listener_flags();
	test_listener();
	test_load_needs_a_right();
	test_many_rules();
	return check_result();
}

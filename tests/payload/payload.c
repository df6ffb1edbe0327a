/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that the system tests put into a container. It says what a process sees there, one
 * key=value a line, and tries what a process might do there: "ok" or the errno's name. It is
 * static and asks the kernel directly wherever that is possible, so that it works in a root
 * directory with nothing in it. Facts are in this file and in scheduling.c, attempts in attempts.c,
 * attacks on a Landlock policy in attacks.c.
 */
#include "payload.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void say_ids(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, groups[256];
	int count = getgroups(256, groups);

	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	printf("uid=%u,%u,%u\ngid=%u,%u,%u\ngroups=", ruid, euid, suid, rgid, egid, sgid);
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	putchar('\n');
}

static void say_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	unsigned long long bounding = 0, ambient = 0;

	if (syscall(SYS_capget, &head, data))
		printf("capget=%s\n", errno_name(errno));
	for (unsigned int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= 1ULL << cap;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			ambient |= 1ULL << cap;
	}
	printf("capeff=%08x%08x\n", data[1].effective, data[0].effective);
	printf("capprm=%08x%08x\n", data[1].permitted, data[0].permitted);
	printf("capinh=%08x%08x\n", data[1].inheritable, data[0].inheritable);
	printf("capbnd=%016llx\ncapamb=%016llx\n", bounding, ambient);
}

static void say_limit(const char *name, int number)
{
	struct rlimit limit = { 0, 0 };

	getrlimit((__rlimit_resource_t)number, &limit);
	printf("rlimit.%s=%lld:%lld\n", name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

static void say_rlimits(void)
{
	static const struct {
		const char *name;
		int number;
	} limits[] = {
		{ "as", RLIMIT_AS },
		{ "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },
		{ "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },
		{ "locks", RLIMIT_LOCKS },
		{ "memlock", RLIMIT_MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE },
		{ "nice", RLIMIT_NICE },
		{ "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC },
		{ "rss", RLIMIT_RSS },
		{ "rtprio", RLIMIT_RTPRIO },
		{ "rttime", RLIMIT_RTTIME },
		{ "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		say_limit(limits[i].name, limits[i].number);
}

static void say_nnp(void)
{
	printf("nnp=%d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void say_seccomp(void)
{
	printf("seccomp=%d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void say_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	printf("umask=%04o\n", mask);
}

static void say_cwd(void)
{
	char path[4096];

	printf("cwd=%s\n", getcwd(path, sizeof path) ? path : errno_name(errno));
}

static void say_env(void)
{
	for (char **entry = environ; *entry; entry++)
		printf("env.%s\n", *entry);
}

/* Every line of a file, with the key in front. */
static void say_file(const char *key, const char *path)
{
	char line[8192];
	FILE *file = fopen(path, "re");

	if (!file) {
		printf("%s=%s\n", key, errno_name(errno));
		return;
	}
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		printf("%s=%s\n", key, line);
	}
	fclose(file);
}

static void say_mounts(void)
{
	say_file("mount", "/proc/self/mountinfo");
}

static void say_cgroup(void)
{
	say_file("cgroup", "/proc/self/cgroup");
}

static void say_oom(void)
{
	say_file("oom", "/proc/self/oom_score_adj");
}

static void say_maps(void)
{
	say_file("uid_map", "/proc/self/uid_map");
	say_file("gid_map", "/proc/self/gid_map");
	say_file("setgroups", "/proc/self/setgroups");
}

/* The kinds of what is open, without asking /proc: a descriptor is there if fstat says so. */
static void say_fds(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		if (fstat(fd, &st))
			continue;
		printf("fd.%d=%s\n", fd,
		       S_ISDIR(st.st_mode)    ? "directory"
		       : S_ISREG(st.st_mode)  ? "file"
		       : S_ISCHR(st.st_mode)  ? "character"
		       : S_ISFIFO(st.st_mode) ? "pipe"
		       : S_ISSOCK(st.st_mode) ? "socket"
					      : "other");
	}
}

static void say_names(void)
{
	struct utsname names;

	uname(&names);
	printf("hostname=%s\ndomainname=%s\nmachine=%s\n", names.nodename, names.domainname,
	       names.machine);
}

static void say_namespaces(void)
{
	static const char *const names[] = { "cgroup", "ipc",  "mnt",  "net",
					     "pid",    "time", "user", "uts" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64], link[64];
		ssize_t len;

		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		len = readlink(path, link, sizeof link - 1);
		link[len < 0 ? 0 : len] = 0;
		printf("ns.%s=%s\n", names[i], len < 0 ? errno_name(errno) : link);
	}
}

static void say_session(void)
{
	printf("pid=%d\nppid=%d\nsid=%d\npgid=%d\n", getpid(), getppid(), getsid(0), getpgid(0));
	for (int fd = 0; fd < 3; fd++)
		printf("tty.%d=%d\n", fd, isatty(fd));
	printf("foreground=%d\n", isatty(0) && tcgetpgrp(0) == getpgid(0));
}

static void say_keyring(void)
{
	char text[256] = "";
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (id < 0) {
		printf("keyring=%s\n", errno_name(errno));
		return;
	}
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof text - 1);
	printf("keyring=%ld %s\n", id, text);
}

static void say_personality(void)
{
	printf("personality=%x\n", (unsigned int)personality(0xffffffff));
}

static void say_signals(void)
{
	sigset_t blocked;
	unsigned long long ignored = 0, mask = 0;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int number = 1; number <= 64; number++) {
		struct sigaction now;

		if (!sigaction(number, NULL, &now) && now.sa_handler == SIG_IGN)
			ignored |= 1ULL << (number - 1);
		if (sigismember(&blocked, number) == 1)
			mask |= 1ULL << (number - 1);
	}
	printf("signals.ignored=%llx\nsignals.blocked=%llx\n", ignored, mask);
}

static void say_cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof set, &set);
	printf("cpus=%d\n", CPU_COUNT(&set));
}

static const struct {
	const char *name;
	void (*say)(void);
} facts[] = {
	{ "ids", say_ids },
	{ "caps", say_caps },
	{ "rlimits", say_rlimits },
	{ "nnp", say_nnp },
	{ "seccomp", say_seccomp },
	{ "umask", say_umask },
	{ "cwd", say_cwd },
	{ "env", say_env },
	{ "mounts", say_mounts },
	{ "fds", say_fds },
	{ "hostname", say_names },
	{ "ns", say_namespaces },
	{ "sid", say_session },
	{ "keyring", say_keyring },
	{ "oom", say_oom },
	{ "personality", say_personality },
	{ "cgroup", say_cgroup },
	{ "maps", say_maps },
	{ "signals", say_signals },
	{ "cpus", say_cpus },
	{ "sched", say_scheduler },
	{ "ioprio", say_io_priority },
	{ "mempolicy", say_memory_policy },
	{ "clocks", say_clocks },
};

static bool say_fact(const char *name)
{
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (strcmp(name, facts[i].name))
			continue;
		facts[i].say();
		fflush(stdout);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	/* Descriptors are told before stdio could open one. */
	for (char **arg = argv + 1; arg < argv + argc;) {
		int left = (int)(argv + argc - arg);
		int used = say_fact(*arg)		? 1
			   : strcmp(*arg, "agent") == 0 ? agent_run(arg, left)
							: attempt_run(arg, left);

		if (used < 1)
			used = attack_run(arg, left);
		if (used < 1) {
			fprintf(stderr, "payload: unknown or incomplete: %s\n", *arg);
			return 64;
		}
		arg += used;
	}
	return 0;
}

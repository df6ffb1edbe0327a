/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of `make bench`: what the kernel alone takes for the clone flags, mounts, pivot_root
 * and execve that a bench bundle asks for. Static; reads nothing, checks nothing that it could do
 * without, makes no cgroup, device or state, and loads no filter. A runtime can't be faster.
 *
 *   floor hello|engine ROOTFS     runs /bin/true in it
 *   floor --rss COMMAND...        runs the command; prints its peak resident memory in KiB. The
 *                                 kernel lets a process inherit the peak of who executes it, so
 *                                 that has to be a small program.
 */
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct mounting {
	const char *target, *type, *data;
	unsigned long flags;
};

#define SAFE (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static const struct mounting hello[] = {
	{ "proc", "proc", NULL, 0 },
	{ "dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME },
	{ "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
	{ "dev/shm", "tmpfs", "mode=1777,size=65536k", SAFE },
	{ "dev/mqueue", "mqueue", NULL, SAFE },
	{ "sys", "sysfs", NULL, SAFE | MS_RDONLY },
	{ "sys/fs/cgroup", "cgroup2", NULL, SAFE | MS_RELATIME | MS_RDONLY },
	{ NULL, NULL, NULL, 0 },
};
static const struct mounting engine[] = {
	{ "proc", "proc", NULL, SAFE },
	{ "dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_NOEXEC | MS_STRICTATIME },
	{ "sys", "sysfs", NULL, SAFE | MS_RDONLY },
	{ "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
	{ "dev/mqueue", "mqueue", NULL, SAFE },
	{ "sys/fs/cgroup", "cgroup2", NULL, SAFE | MS_RELATIME | MS_RDONLY },
	{ NULL, NULL, NULL, 0 },
};
static const char *const hello_masked[] = {
	"proc/acpi",
	"proc/asound",
	"proc/kcore",
	"proc/keys",
	"proc/latency_stats",
	"proc/timer_list",
	"proc/timer_stats",
	"proc/sched_debug",
	"sys/firmware",
	"proc/scsi",
	NULL,
};
static const char *const engine_masked[] = {
	"proc/acpi",	   "proc/kcore",       "proc/keys",	   "proc/latency_stats",
	"proc/timer_list", "proc/timer_stats", "proc/sched_debug", "proc/scsi",
	"sys/firmware",	   "sys/fs/selinux",   "sys/dev/block",	   NULL,
};
static const char *const hello_readonly[] = {
	"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", NULL,
};
static const char *const engine_readonly[] = {
	"proc/asound", "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger", NULL,
};

static void fail(const char *what)
{
	perror(what);
	_exit(1);
}

/* The container: relative paths, as the working directory is the new root. */
static void mount_all(const struct mounting *mounting)
{
	for (; mounting->target; mounting++) {
		if (strchr(mounting->target, '/'))
			(void)mkdir(mounting->target, 0755);
		if (mount(mounting->type, mounting->target, mounting->type, mounting->flags,
			  mounting->data) < 0)
			fail(mounting->target);
	}
}

/* Paths that this kernel lacks cost an error, as they cost a runtime. */
static void close_paths(const char *const *masked, const char *const *readonly)
{
	for (size_t i = 0; masked[i]; i++) {
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0)
			(void)mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL);
	}
	for (size_t i = 0; readonly[i]; i++) {
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			(void)mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
				    NULL);
	}
}

static void container(const char *kind, const char *rootfs)
{
	static char *const args[] = { "/bin/true", NULL };
	static char *const env[] = { "PATH=/bin", NULL };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("make / private");
	if (mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(rootfs) < 0)
		fail(rootfs);
	if (strcmp(kind, "engine") == 0) {
		mount_all(engine);
		close_paths(engine_masked, engine_readonly);
	} else {
		mount_all(hello);
		close_paths(hello_masked, hello_readonly);
		/* root.readonly */
		if (mount(NULL, ".", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
			fail("make the root read-only");
	}
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		fail("pivot_root");
	(void)sethostname("floor", 5);
	execve(args[0], args, env);
	fail(args[0]);
}

static int print_rss(char **command)
{
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		fail(command[0]);
	printf("%ld\n", usage.ru_maxrss);
	return status != 0;
}

int main(int argc, char **argv)
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
		.exit_signal = SIGCHLD,
	};
	int status;

	if (argc > 2 && strcmp(argv[1], "--rss") == 0)
		return print_rss(argv + 2);
	if (argc != 3)
		return 2;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		container(argv[1], argv[2]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		fail("clone3");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

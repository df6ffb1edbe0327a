/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the system tests' payload tries, and the ways in which it waits, signals and ends. Each
 * attempt prints one line: its name, its arguments and "=ok" or "=" and the name of the errno.
 */
#include "payload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *errno_name(int number)
{
	const char *name = number ? strerrorname_np(number) : "ok";

	return name ? name : "unknown";
}

/* 0 or the errno of what has just returned result. */
static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int close_outcome(int fd)
{
	int number = outcome(fd);

	if (fd >= 0)
		close(fd);
	return number;
}

static int try_write(char **args)
{
	int fd = open(args[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int number = outcome(fd);

	if (fd >= 0) {
		number = outcome(write(fd, "x", 1));
		close(fd);
	}
	return number;
}

static int try_read(char **args)
{
	char byte;
	int fd = open(args[1], O_RDONLY | O_CLOEXEC);
	int number = outcome(fd);

	if (fd >= 0) {
		number = outcome(read(fd, &byte, 1));
		close(fd);
	}
	return number;
}

static int try_list(char **args)
{
	return close_outcome(open(args[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* Executes a program in a child; the errno comes back through a pipe that execve closes. */
static int try_exec(char **args)
{
	char end[] = "exit", zero[] = "0", *const words[] = { args[1], end, zero, NULL };
	int pipe_fds[2], number = 0;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return errno;
	pid = fork();
	if (!pid) {
		execv(args[1], words);
		number = errno;
		if (write(pipe_fds[1], &number, sizeof number) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipe_fds[1]);
	if (read(pipe_fds[0], &number, sizeof number) < (ssize_t)sizeof number)
		number = 0;
	close(pipe_fds[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return number;
}

/* Copies a program and executes the copy: the classic drop-and-exec. */
static int try_drop_exec(char **args)
{
	char block[65536];
	ssize_t len;
	int in = open(args[1], O_RDONLY | O_CLOEXEC);
	int out = open(args[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (in < 0 || out < 0)
		return errno;
	while ((len = read(in, block, sizeof block)) > 0)
		if (write(out, block, (size_t)len) != len)
			return errno;
	close(in);
	close(out);
	return try_exec(args + 1);
}

static int try_mkdir(char **args)
{
	return outcome(mkdir(args[1], 0755));
}

static int try_unlink(char **args)
{
	return outcome(unlink(args[1]));
}

static int try_rename(char **args)
{
	return outcome(rename(args[1], args[2]));
}

static int try_link(char **args)
{
	return outcome(link(args[1], args[2]));
}

static int try_symlink(char **args)
{
	return outcome(symlink(args[1], args[2]));
}

static int try_truncate(char **args)
{
	return outcome(truncate(args[1], 0));
}

static int try_chown(char **args)
{
	return outcome(lchown(args[1], 12, 34));
}

static int try_open_dev(char **args)
{
	return close_outcome(open(args[1], O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

static int try_ioctl(char **args)
{
	int fd = open(args[1], O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), number;
	struct winsize size;

	if (fd < 0)
		return errno;
	number = outcome(ioctl(fd, TIOCGWINSZ, &size));
	close(fd);
	return number;
}

/* try-mknod PATH MAJOR MINOR: a character device. */
static int try_mknod(char **args)
{
	dev_t dev = makedev((unsigned int)atoi(args[2]), (unsigned int)atoi(args[3]));

	return outcome(mknod(args[1], S_IFCHR | 0666, dev));
}

static int try_mount(char **args)
{
	return outcome(mount("tmpfs", args[1], "tmpfs", 0, NULL));
}

static int try_umount(char **args)
{
	return outcome(umount2(args[1], MNT_DETACH));
}

static int try_remount_rw(char **args)
{
	return outcome(mount(NULL, args[1], NULL, MS_REMOUNT | MS_BIND, NULL));
}

static struct sockaddr_in loopback(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return address;
}

static int try_bind(char **args)
{
	struct sockaddr_in address = loopback(args[1]);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), number;

	if (fd < 0)
		return errno;
	number = outcome(bind(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
	return number;
}

static int try_connect(char **args)
{
	struct sockaddr_in address = loopback(args[1]);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), number;

	if (fd < 0)
		return errno;
	number = outcome(connect(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
	return number;
}

static int try_abstract(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(args[1]);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), number;

	if (fd < 0)
		return errno;
	memcpy(address.sun_path + 1, args[1], len < 100 ? len : 100);
	number = outcome(connect(fd, (struct sockaddr *)&address,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)));
	close(fd);
	return number;
}

static int try_signal(char **args)
{
	return outcome(kill(atoi(args[1]), 0));
}

static int try_syscall(char **args)
{
	return outcome(syscall(atol(args[1]), 0, 0, 0, 0, 0, 0));
}

/* try-syscall-arg NR ARG: with one argument. */
static int try_syscall_arg(char **args)
{
	return outcome(syscall(atol(args[1]), strtol(args[2], NULL, 0), 0, 0, 0, 0, 0));
}

static void ignore(int signum)
{
	(void)signum;
}

/* signalled-syscall NR: with a handler for SIGUSR1 that does not restart it. */
static int signalled_syscall(char **args)
{
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGUSR1, &action, NULL);
	return outcome(syscall(atol(args[1]), 0, 0, 0, 0, 0, 0));
}

static void *call_in_thread(void *number)
{
	syscall(*(long *)number, 0, 0, 0, 0, 0, 0);
	return NULL;
}

/* thread-syscall NR: in a thread of its own; "ok" if the process has outlived it. */
static int thread_syscall(char **args)
{
	pthread_t thread;
	long number = atol(args[1]);
	int rc = pthread_create(&thread, NULL, call_in_thread, &number);

	return rc ? rc : pthread_join(thread, NULL);
}

static int try_unshare(char **args)
{
	return outcome(unshare((int)strtol(args[1], NULL, 0)));
}

static int try_setuid(char **args)
{
	return outcome(setuid((uid_t)atoi(args[1])));
}

/* try-memory MIB: touches that much and gives it back. */
static int try_memory(char **args)
{
	size_t size = (size_t)atoi(args[1]) << 20;
	char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return errno;
	memset(block, 1, size);
	munmap(block, size);
	return 0;
}

/* try-forks N: can N children live at once? The errno of the first that could not be made. */
static int try_forks(char **args)
{
	int number = 0, made = 0, most = atoi(args[1]);
	pid_t children[1024];

	while (made < most && made < 1024 && !number) {
		pid_t pid = fork();

		if (!pid) {
			pause();
			_exit(0);
		}
		if (pid < 0)
			number = errno;
		else
			children[made++] = pid;
	}
	while (made > 0) {
		kill(children[--made], SIGKILL);
		waitpid(children[made], NULL, 0);
	}
	return number;
}

static void got_signal(int number)
{
	char text[32];
	int len = snprintf(text, sizeof text, "signal=%d\n", number);

	if (write(1, text, (size_t)len) < 0 || number == SIGTERM)
		_exit(number == SIGTERM ? 0 : 1);
}

/* Says "ready", then every signal it gets; SIGTERM ends it with 0. */
static int signal_wait(char **args __attribute__((unused)))
{
	for (int number = 1; number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGCHLD)
			signal(number, got_signal);
	puts("ready");
	fflush(stdout);
	while (pause())
		;
	return 0;
}

/* try-hugepages N: maps that many pages of 2 MB, as one reservation, and uses them. */
static int try_hugepages(char **args)
{
	size_t len = strtoul(args[1], NULL, 10) << 21;
	char *pages = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, -1, 0);

	if (pages == MAP_FAILED)
		return errno;
	for (size_t at = 0; at < len; at += 1UL << 21)
		pages[at] = 1;
	munmap(pages, len);
	return 0;
}

/* A real-time policy, which a group needs a budget for; and back. */
static int try_realtime(char **args __attribute__((unused)))
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		return errno;
	param.sched_priority = 0;
	return outcome(sched_setscheduler(0, SCHED_OTHER, &param));
}

static int sleep_forever(char **args __attribute__((unused)))
{
	while (pause())
		;
	return 0;
}

static int exit_now(char **args)
{
	fflush(stdout);
	exit(atoi(args[1]));
}

static int raise_signal(char **args)
{
	signal(atoi(args[1]), SIG_DFL);
	kill(getpid(), atoi(args[1]));
	return 0;
}

/* A child of a child of a child ..., each in a session of its own, all waiting. */
static int fork_tree(char **args)
{
	int depth = atoi(args[1]);

	for (int i = 0; i < depth; i++) {
		if (fork())
			return sleep_forever(args);
		setsid();
	}
	puts("tree=ready");
	fflush(stdout);
	return sleep_forever(args);
}

static int copy_input(char **args)
{
	char block[4096];
	ssize_t len;

	(void)args;
	while ((len = read(0, block, sizeof block)) > 0)
		if (write(1, block, (size_t)len) != len)
			return errno;
	return outcome(len);
}

/* complain TEXT: to standard error. */
static int complain(char **args)
{
	fprintf(stderr, "%s\n", args[1]);
	return 0;
}

/* stat PATH: what it is, its mode, owner and device number. */
static int say_stat(char **args)
{
	struct stat st;

	if (lstat(args[1], &st))
		return errno;
	printf("stat.%s=%c %04o %u:%u %u:%u %lld\n", args[1],
	       "?pc?d?b?-?l?s???"[(st.st_mode >> 12) & 15], st.st_mode & 07777, st.st_uid,
	       st.st_gid, major(st.st_rdev), minor(st.st_rdev), (long long)st.st_size);
	return 0;
}

/* xattr PATH NAME: the value of an extended attribute in hexadecimal digits. */
static int say_xattr(char **args)
{
	unsigned char value[4096];
	ssize_t size = lgetxattr(args[1], args[2], value, sizeof value);

	if (size < 0)
		return errno;
	printf("xattr.%s.%s=", args[1], args[2]);
	for (ssize_t i = 0; i < size; i++)
		printf("%02x", value[i]);
	putchar('\n');
	return 0;
}

static const struct {
	const char *name;
	int args;
	bool quiet;
	int (*run)(char **args);
} attempts[] = {
	{ "try-write", 1, false, try_write },
	{ "try-read", 1, false, try_read },
	{ "try-list", 1, false, try_list },
	{ "try-exec", 1, false, try_exec },
	{ "try-drop-exec", 2, false, try_drop_exec },
	{ "try-mkdir", 1, false, try_mkdir },
	{ "try-unlink", 1, false, try_unlink },
	{ "try-rename", 2, false, try_rename },
	{ "try-link", 2, false, try_link },
	{ "try-symlink", 2, false, try_symlink },
	{ "try-truncate", 1, false, try_truncate },
	{ "try-chown", 1, false, try_chown },
	{ "try-open-dev", 1, false, try_open_dev },
	{ "try-ioctl", 1, false, try_ioctl },
	{ "try-mknod", 3, false, try_mknod },
	{ "try-mount", 1, false, try_mount },
	{ "try-umount", 1, false, try_umount },
	{ "try-remount-rw", 1, false, try_remount_rw },
	{ "try-bind", 1, false, try_bind },
	{ "try-connect", 1, false, try_connect },
	{ "try-abstract", 1, false, try_abstract },
	{ "try-signal", 1, false, try_signal },
	{ "try-syscall", 1, false, try_syscall },
	{ "try-syscall-arg", 2, false, try_syscall_arg },
	{ "signalled-syscall", 1, false, signalled_syscall },
	{ "thread-syscall", 1, false, thread_syscall },
	{ "try-unshare", 1, false, try_unshare },
	{ "try-setuid", 1, false, try_setuid },
	{ "try-memory", 1, false, try_memory },
	{ "try-forks", 1, false, try_forks },
	{ "try-hugepages", 1, false, try_hugepages },
	{ "try-realtime", 0, false, try_realtime },
	{ "thread-create", 1, false, try_thread_create },
	{ "thread-exec", 1, false, try_thread_exec },
	{ "tmpfile-link", 2, false, try_tmpfile_link },
	{ "try-ftruncate", 1, false, try_ftruncate },
	{ "try-exchange", 2, false, try_exchange },
	{ "try-bind-path", 1, false, try_bind_path },
	{ "try-connect-path", 1, false, try_connect_path },
	{ "try-own-path", 1, false, try_own_path },
	{ "listen-path", 1, false, listen_path },
	{ "try-udp", 2, false, try_udp },
	{ "try-fifo", 1, false, try_fifo },
	{ "try-rmdir", 1, false, try_rmdir },
	{ "try-untraced", 0, false, try_untraced },
	{ "try-foreign-call", 0, false, try_foreign_call },
	{ "notify", 1, false, try_notify },
	{ "notify-barrier", 0, false, try_notify_barrier },
	{ "attack-peer", 0, false, attack_peer },
	{ "stat", 1, false, say_stat },
	{ "xattr", 2, false, say_xattr },
	{ "complain", 1, true, complain },
	{ "cat", 0, true, copy_input },
	{ "signal-wait", 0, true, signal_wait },
	{ "sleep", 0, true, sleep_forever },
	{ "fork-tree", 1, true, fork_tree },
	{ "raise", 1, true, raise_signal },
	{ "exit", 1, true, exit_now },
};

int attempt_run(char **args, int count)
{
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		int number, words = attempts[i].args;

		if (strcmp(args[0], attempts[i].name))
			continue;
		if (count <= words)
			return 0;
		number = attempts[i].run(args);
		if (!attempts[i].quiet) {
			for (int word = 0; word <= words; word++)
				printf("%s%s", word ? " " : "", args[word]);
			printf("=%s\n", errno_name(number));
			fflush(stdout);
		}
		return words + 1;
	}
	return 0;
}

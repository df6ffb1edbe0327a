/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What landlock learn has to see and what is not among the other attempts: from other threads,
 * files without a name, descriptors, sockets by name.
 */
#include "payload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 or the errno of what has just returned result; a descriptor is closed. */
static int fd_outcome(int fd)
{
	int number = fd < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return number;
}

static void *create_in_thread(void *path)
{
	return (void *)(long)fd_outcome(creat(path, 0644));
}

/* thread-create PATH */
int try_thread_create(char **args)
{
	pthread_t thread;
	void *number = NULL;
	int rc = pthread_create(&thread, NULL, create_in_thread, args[1]);

	return rc ? rc : pthread_join(thread, &number) ? errno : (int)(long)number;
}

static void *exec_in_thread(void *path)
{
	char end[] = "try-list", root[] = "/", *const words[] = { path, end, root, NULL };

	execv(path, words);
	return (void *)(long)errno;
}

/* thread-exec PROGRAM: a thread that is not the first executes the payload anew. */
int try_thread_exec(char **args)
{
	pthread_t thread;
	void *number = NULL;
	int rc;

	fflush(stdout);
	rc = pthread_create(&thread, NULL, exec_in_thread, args[1]);
	return rc ? rc : pthread_join(thread, &number) ? errno : (int)(long)number;
}

/* tmpfile-link FOLDER NAME: a file without a name gets one. */
int try_tmpfile_link(char **args)
{
	char path[64];
	int number = 0, fd = open(args[1], O_TMPFILE | O_RDWR, 0644);

	if (fd < 0)
		return errno;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, args[2], AT_SYMLINK_FOLLOW))
		number = errno;
	close(fd);
	return number;
}

/* try-ftruncate PATH */
int try_ftruncate(char **args)
{
	int number = 0, fd = open(args[1], O_WRONLY);

	if (fd < 0)
		return errno;
	if (ftruncate(fd, 0))
		number = errno;
	close(fd);
	return number;
}

/* try-exchange A B */
int try_exchange(char **args)
{
	return syscall(SYS_renameat2, AT_FDCWD, args[1], AT_FDCWD, args[2], 2 /* EXCHANGE */)
		       ? errno
		       : 0;
}

static struct sockaddr_un path_address(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	return address;
}

static int call_with_path(const char *path, bool binds)
{
	struct sockaddr_un address = path_address(path);
	const struct sockaddr *any = (const struct sockaddr *)&address;
	int number = 0, fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	if (binds ? bind(fd, any, sizeof address) : connect(fd, any, sizeof address))
		number = errno;
	close(fd);
	return number;
}

/* try-bind-path PATH */
int try_bind_path(char **args)
{
	return call_with_path(args[1], true);
}

/* try-connect-path PATH */
int try_connect_path(char **args)
{
	return call_with_path(args[1], false);
}

/* try-own-path PATH: to a socket of its own. */
int try_own_path(char **args)
{
	struct sockaddr_un address = path_address(args[1]);
	int number, fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8))
		return errno;
	number = try_connect_path(args);
	close(fd);
	return number;
}

/* listen-path PATH: until it is ended */
int listen_path(char **args)
{
	struct sockaddr_un address = path_address(args[1]);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8))
		return errno;
	puts("listening");
	fflush(stdout);
	for (;;) {
		int connection = accept(fd, NULL, NULL);

		if (connection >= 0)
			close(connection);
	}
}

/* try-udp bind|connect|send|sendmsg|sendmmsg|bound-send PORT; sendmmsg also to the port after it */
int try_udp(char **args)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(args[2])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct sockaddr_in next = peer;
	struct iovec text = { (char[]){ 'x' }, 1 };
	struct mmsghdr messages[] = {
		{ .msg_hdr = { .msg_name = &peer,
			       .msg_namelen = sizeof peer,
			       .msg_iov = &text,
			       .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_name = &next,
			       .msg_namelen = sizeof next,
			       .msg_iov = &text,
			       .msg_iovlen = 1 } },
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long rc = -1;

	if (fd < 0)
		return errno;
	if (strcmp(args[1], "bind") == 0) {
		rc = bind(fd, (struct sockaddr *)&peer, sizeof peer);
	} else if (strcmp(args[1], "connect") == 0) {
		rc = connect(fd, (struct sockaddr *)&peer, sizeof peer);
		if (rc == 0)
			rc = send(fd, "x", 1, 0);
	} else if (strcmp(args[1], "sendmsg") == 0) {
		rc = sendmsg(fd, &messages[0].msg_hdr, 0);
	} else if (strcmp(args[1], "sendmmsg") == 0) {
		next.sin_port = htons((uint16_t)(atoi(args[2]) + 1));
		rc = sendmmsg(fd, messages, 2, 0) == 2 ? 0 : -1;
	} else {
		if (strcmp(args[1], "bound-send") == 0 &&
		    bind(fd, (struct sockaddr *)&own, sizeof own))
			return errno;
		rc = sendto(fd, "x", 1, 0, (struct sockaddr *)&peer, sizeof peer);
	}
	int number = rc < 0 ? errno : 0;
	close(fd);
	return number;
}

/* try-fifo PATH */
int try_fifo(char **args)
{
	return mkfifo(args[1], 0644) ? errno : 0;
}

/* try-rmdir PATH */
int try_rmdir(char **args)
{
	return rmdir(args[1]) ? errno : 0;
}

/* A child that no tracer gets. */
int try_untraced(char **args)
{
	long pid = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
	int status = 1;

	(void)args;
	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid((pid_t)pid, &status, 0) < 0 ? errno : status;
}

/* getpid by the gate of 32-bit programs; elsewhere there is none. */
int try_foreign_call(char **args)
{
	long result = -ENOSYS;

	(void)args;
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
#endif
	return result < 0 ? (int)-result : 0;
}

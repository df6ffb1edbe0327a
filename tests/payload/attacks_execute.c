/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks that execute what the process has written itself, or leave the domain by becoming another
 * process. OWN_PROGRAM is a copy of the payload, OWN_SCRIPT one that begins with #!/bin/sh.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

extern char **environ;

/* The file that does the same as this program, if it is executed: it exits with 0. */
static char *const program_words[] = { (char[]){ "program" }, (char[]){ "exit" }, (char[]){ "0" },
				       NULL };

static int execute(const char *path, char *const words[])
{
	execve(path, words, environ);
	return errno;
}

static int execute_path(void)
{
	return execute(OWN_PROGRAM, program_words);
}

static int execute_script(void)
{
	return execute(OWN_SCRIPT, program_words);
}

static int execute_descriptor(void)
{
	int fd = open(OWN_PROGRAM, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	syscall(SYS_execveat, fd, "", program_words, environ, AT_EMPTY_PATH);
	return errno;
}

static int execute_proc(void)
{
	int fd = open(OWN_PROGRAM, O_RDONLY);

	if (fd < 0)
		return errno;
	return execute(attack_descriptor_path(fd), program_words);
}

static int copy(const char *path, int out_fd)
{
	char block[65536];
	ssize_t len;
	int in = open(path, O_RDONLY | O_CLOEXEC);

	if (in < 0)
		return errno;
	while ((len = read(in, block, sizeof block)) > 0)
		if (write(out_fd, block, (size_t)len) != len)
			return errno;
	close(in);
	return attack_outcome(len);
}

static int execute_memory(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC), number;

	if (fd < 0)
		return errno;
	number = copy(OWN_PROGRAM, fd);
	if (number)
		return number;
	syscall(SYS_execveat, fd, "", program_words, environ, AT_EMPTY_PATH);
	return errno;
}

static int map_executable(void)
{
	int fd = open(OWN_PROGRAM, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno
											 : 0;
}

static int interpreter(void)
{
	char *const words[] = { (char[]){ "sh" }, (char[]){ OWN_SCRIPT }, NULL };

	return execute("/bin/sh", words);
}

/* The dynamic loader of the machine, under a name that every architecture has. */
static int loader(void)
{
	char *const words[] = { (char[]){ "loader" }, (char[]){ OWN_DIR "/dynamic" }, NULL };

	return execute("/lib/loader", words);
}

/* ---- another domain, another process ---- */

/* Allows itself everything: the new domain is one more layer, and all layers must allow. */
static int weaker_domain(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	};
	struct landlock_path_beneath_attr rule = { .allowed_access = attr.handled_access_fs };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	rule.parent_fd = open("/", O_PATH);
	if (fd < 0 || rule.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, fd, 0))
		return errno;
	return attack_read(SECRET);
}

/* What the child exits with. */
static int of_child(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* A child in a session of its own, whose child does it. */
static int new_session(void)
{
	pid_t pid = fork();

	if (!pid) {
		if (setsid() < 0)
			_exit(errno);
		pid = fork();
		_exit(pid ? of_child(pid) : attack_read(SECRET));
	}
	return of_child(pid);
}

static int new_namespaces(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) ? errno : attack_read(SECRET);
}

const struct attack execute_attacks[] = {
	{ "execute-path", execute_path, 0, NULL },
	{ "execute-script", execute_script, 0, NULL },
	{ "execute-descriptor", execute_descriptor, 0, NULL },
	{ "execute-proc", execute_proc, 0, NULL },
	{ "execute-memory", execute_memory, 0,
	  "the file of memfd_create has no path that a rule could be about" },
	{ "map-executable", map_executable, 0, "mmap(2) is reading, whatever is mapped" },
	{ "interpreter", interpreter, 0, "the program is the shell, and the script is read" },
	{ "loader", loader, 0, "the program is the loader, which maps what it may read" },
	{ "weaker-domain", weaker_domain, 0, NULL },
	{ "new-session", new_session, 0, NULL },
	{ "new-namespaces", new_namespaces, 0, NULL },
	{ 0 },
};

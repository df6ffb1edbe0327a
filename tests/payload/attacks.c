/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "attack NAME": tries one way around a Landlock policy and says what came of it:
 *
 *   NAME: worked                           without a policy, or it is a hole
 *   NAME: worked, REASON                   why Landlock can't deny it, on this ABI or at all
 *   NAME: denied, ERRNO
 *   NAME: impossible, ERRNO                for a reason that no policy has
 *
 * "victim PID" says at which process the next ones are aimed. "attack-names" lists them all.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "payload.h"

enum { PATIENCE_SECONDS = 20 };

static const struct attack *const tables[] = {
	path_attacks,  execute_attacks, process_attacks, mount_attacks,
	uring_attacks, network_attacks, peer_attacks,
};

pid_t attack_victim = 1;

int attack_outcome(long result)
{
	return result < 0 ? errno : 0;
}

const char *attack_descriptor_path(int fd)
{
	static char name[64];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	return name;
}

int attack_read_at(int dir_fd, const char *path)
{
	char byte;
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	int number = attack_outcome(fd);

	if (fd >= 0) {
		number = attack_outcome(read(fd, &byte, 1));
		close(fd);
	}
	return number;
}

int attack_read(const char *path)
{
	return attack_read_at(AT_FDCWD, path);
}

static const struct attack *find(const char *name)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct attack *attack = tables[i]; attack->name; attack++)
			if (!strcmp(attack->name, name))
				return attack;
	return NULL;
}

/* What an attack has changed about itself ends with it. */
static int run_in_child(const struct attack *attack)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		alarm(PATIENCE_SECONDS);
		_exit(attack->run());
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void say_worked(const struct attack *attack)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	printf("%s: worked", attack->name);
	if (attack->reason)
		printf(", Landlock can't deny it: %s", attack->reason);
	else if (attack->abi > (abi < 0 ? 0 : abi))
		printf(", Landlock can deny it from ABI %d on, and this kernel has %ld",
		       attack->abi, abi < 0 ? 0 : abi);
	putchar('\n');
}

/* The errnos of a denial: Landlock's own; of the mount tree, ptrace and signals; of links between
 * folders without refer, which look like those between file systems. */
static void say(const struct attack *attack, int number)
{
	if (!number)
		say_worked(attack);
	else if (number == EACCES || number == EPERM || number == EXDEV)
		printf("%s: denied, %s\n", attack->name, errno_name(number));
	else
		printf("%s: impossible, %s\n", attack->name, errno_name(number));
	fflush(stdout);
}

static int list_names(void)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct attack *attack = tables[i]; attack->name; attack++)
			puts(attack->name);
	return 1;
}

int attack_run(char **args, int count)
{
	if (!strcmp(args[0], "attack-names"))
		return list_names();
	if (count < 2)
		return 0;
	if (!strcmp(args[0], "victim")) {
		attack_victim = atoi(args[1]);
		return 2;
	}
	const struct attack *attack = strcmp(args[0], "attack") ? NULL : find(args[1]);
	if (!attack)
		return 0;
	say(attack, run_in_child(attack));
	return 2;
}

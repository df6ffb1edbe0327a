/* SPDX-License-Identifier: Apache-2.0 */
/* What all verbs share. See cli.h. Parent only. */
#include "cli/cli.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "sys/io.h"
#include "sys/sys.h"

struct err *cli_absolute(struct arena *arena, const char *path, const char **out)
{
	char cwd[PATH_MAX];

	if (path[0] != '/') {
		int rc = sys_getcwd(cwd, sizeof(cwd));

		if (rc < 0)
			return err_sys(rc, "current directory");
		/* "(unreachable)/x": outside of our root; no path can name it (CVE-2024-21626) */
		if (cwd[0] != '/')
			return err_new(ERR_SYS, "the current directory is outside of the root");
	}
	*out = path_clean(arena, path[0] == '/' ? NULL : cwd, path);
	return NULL;
}

static bool is_rootless(const struct cli *cli)
{
	drop_host struct host host = { 0 };

	if (str_equal(cli->globals.rootless, "true"))
		return true;
	if (str_equal(cli->globals.rootless, "false"))
		return false;
	if (geteuid() != 0)
		return true;
	host_init(&host);
	return !host_in_initial_userns(&host);
}

struct err *cli_open_store(const struct cli *cli, bool make, struct store *out)
{
	drop_arena struct arena arena = { 0 };
	const char *root = NULL;

	*out = (struct store){ .root_dirfd = -1 };
	if (cli->globals.root) {
		if (!*cli->globals.root)
			return err_new(ERR_USAGE, "option --root: the path is empty");
		TRY(cli_absolute(&arena, cli->globals.root, &root));
		return store_open(root, make, out);
	}
	drop_mem char *default_root = store_default_root(is_rootless(cli));
	return store_open(default_root, make, out);
}

struct err *cli_open_container(const struct cli *cli, bool lock, struct store *store,
			       struct container *container)
{
	TRY(store_check_id(cli->args[0]));
	TRY(cli_open_store(cli, false, store));
	return store_get(store, cli->args[0], lock, container);
}

int cli_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A descriptor of the caller's is never CLOEXEC here, or it would not have survived the execve. */
struct err *cli_check_fds(unsigned int listen_fds, unsigned int preserve_fds)
{
	if (listen_fds > INT16_MAX || preserve_fds > INT16_MAX)
		return err_new(ERR_USAGE,
			       "option --preserve-fds: no process has that many descriptors");
	for (unsigned int fd = 3; fd < 3 + listen_fds + preserve_fds; fd++) {
		int flags = sys_fcntl((int)fd, F_GETFD, 0);

		if (flags < 0 || (flags & FD_CLOEXEC))
			return err_new(ERR_USAGE, "unable to stat %s-fd %u: it is not open",
				       fd < 3 + listen_fds ? "listen" : "preserved", fd);
	}
	return NULL;
}

void cli_hold_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&set, signals[i]);
	(void)sys_sigprocmask(SIG_BLOCK, &set, NULL);
}

struct err *cli_print(const char *text)
{
	return io_write_all(STDOUT_FILENO, text, strlen(text), "standard output");
}

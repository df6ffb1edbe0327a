/* SPDX-License-Identifier: Apache-2.0 */
/* What all verbs share. See cli.h. Parent only. */
#include "cli/cli.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/notify.h"
#include "base/log.h"
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

bool cli_systemd_cgroup(const struct cli_globals *globals)
{
	return globals->systemd_cgroup || str_equal(globals->cgroup_manager, "systemd");
}

static bool is_rootless(const struct cli *cli, struct host *host)
{
	if (str_equal(cli->globals.rootless, "true"))
		return true;
	if (str_equal(cli->globals.rootless, "false"))
		return false;
	return host_euid(host) != 0 || !host_in_initial_userns(host);
}

struct err *cli_state_root(const struct cli *cli, struct host *host, struct arena *arena,
			   const char **out)
{
	if (!cli->globals.root) {
		drop_mem char *root = store_default_root(is_rootless(cli, host));

		*out = arena_strdup(arena, root);
		return NULL;
	}
	if (!*cli->globals.root)
		return err_new(ERR_USAGE, "option --root: the path is empty");
	return cli_absolute(arena, cli->globals.root, out);
}

struct err *cli_open_store(const struct cli *cli, bool make, struct store *out)
{
	drop_arena struct arena arena = { 0 };
	drop_host struct host host = { 0 };
	const char *root = NULL;

	host_init(&host);
	*out = (struct store){ .root_dirfd = -1 };
	TRY(cli_state_root(cli, &host, &arena, &root));
	return store_open(root, make, out);
}

struct err *cli_open_container(const struct cli *cli, bool lock, struct store *store,
			       struct container *container)
{
	TRY(store_check_id(cli->args[0]));
	TRY(cli_open_store(cli, false, store));
	return store_get(store, cli->args[0], lock, container);
}

const char *cli_notify_socket(void)
{
	const char *value = getenv("NOTIFY_SOCKET");

	if (!value || !*value)
		return NULL;
	if (notify_is_address(value))
		return value;
	log_warn("NOTIFY_SOCKET: neither a path nor an abstract name: nobody is told when the "
		 "container is ready");
	return NULL;
}

const char *cli_notify_dir(struct arena *arena, const char *root, const char *id)
{
	return arena_asprintf(arena, "%s/%s/" NOTIFY_DIR, root, id);
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

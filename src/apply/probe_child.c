/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the kernel: the order of things in the container's process. It keeps all privileges
 * and stays outside of the policy; who asks under the policy, and who asks as the process, are
 * children of it. See probe.h. Child only.
 */
#include "apply/probe_child.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "apply/sync.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/sys.h"

struct asking {
	struct child_exec *exec;
	struct child_context *context;
	struct probe_site site;
	struct probe_answer answer;
};

/* ---- in processes of their own ---- */

static NORETURN void ask_under_policy(const struct asking *asking, int out_fd)
{
	struct plan_landlock landlock = asking->context->plan->landlock;
	int answers[2] = { EPROTO, PROBE_NOT_ASKED };

	/* a question is nothing that an auditor should hear of */
	landlock.restrict_flags = landlock.can_log ? LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF : 0;
	drop_err struct err *err = landlock_enforce(&landlock, asking->exec->ruleset_fd);

	if (!err)
		answers[0] = probe_ask(&asking->site, PROBE_WITH);
	if (!err && asking->site.probe->right == LANDLOCK_ACCESS_FS_EXECUTE &&
	    !asking->site.stage && asking->site.probe->kind == PROBE_FS)
		answers[1] = probe_execute(asking->site.path);
	_exit(sys_write(out_fd, answers, sizeof(answers)) < 0);
}

static NORETURN void ask_as_process(const struct asking *asking, int out_fd)
{
	const struct plan_process *process = &asking->context->plan->process;
	int answers[2] = { EPROTO, PROBE_NOT_ASKED };
	drop_err struct err *err = creds_apply(process, process->caps.until_exec);

	if (!err)
		answers[0] = probe_ask_process(&asking->site);
	_exit(sys_write(out_fd, answers, sizeof(answers)) < 0);
}

typedef void asker(const struct asking *asking, int out_fd);

static struct err *ask_by(const struct asking *asking, asker *by, int answers[2])
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int fds[2], status;
	int rc = sys_pipe2(fds, 0);

	if (rc < 0)
		return err_sys(rc, "pipe");
	drop_fd int read_fd = fds[0], write_fd = fds[1];
	pid_t pid = sys_clone3(&args);
	if (pid == 0)
		by(asking, write_fd);
	if (pid < 0)
		return err_sys(pid, "clone a process that asks");
	fd_closep(&write_fd);
	ssize_t len = sys_read(read_fd, answers, 2 * sizeof(int));
	(void)sys_waitpid(pid, &status, 0);
	if (len != (ssize_t)(2 * sizeof(int)) || answers[0] == EPROTO)
		return err_new(ERR_PEER, "the process that asks the kernel died");
	return NULL;
}

/* ---- one question ---- */

static struct err *ask_all(struct asking *asking)
{
	int answers[2];

	asking->answer.without = probe_ask(&asking->site, PROBE_WITHOUT);
	TRY(ask_by(asking, ask_under_policy, answers));
	asking->answer.with = answers[0];
	asking->answer.chain = answers[1];
	TRY(ask_by(asking, ask_as_process, answers));
	asking->answer.process = answers[0];
	return NULL;
}

static struct err *ask_on_stage(struct asking *asking)
{
	struct probe_stage stage = PROBE_STAGE_INIT;
	struct err *err = NULL;
	int rc = probe_stage_open(asking->answer.where, &stage);

	if (rc >= 0) {
		asking->site.stage = &stage;
		err = ask_all(asking);
	} else {
		asking->answer.without = -rc;
	}
	probe_stage_close(&stage);
	return err;
}

/* ---- which rule ---- */

static bool is_same(const char *path, const struct stat *with)
{
	struct stat st;

	return sys_fstatat(AT_FDCWD, path, &st, 0) == 0 && st.st_dev == with->st_dev &&
	       st.st_ino == with->st_ino;
}

/* Of the rules for this very file or folder, by whatever name. */
static void find_rules_at(struct asking *asking, const char *path)
{
	const struct plan_landlock *landlock = &asking->context->plan->landlock;
	struct probe_answer *answer = &asking->answer;
	struct stat st;

	if (sys_fstatat(AT_FDCWD, path, &st, 0) < 0)
		return;
	for (size_t i = 0; i < landlock->paths_n; i++) {
		const struct plan_landlock_path *rule = &landlock->paths[i];
		const bool grants = rule->rights & asking->site.probe->right;

		if ((answer->covering >= 0 && !grants) || !is_same(rule->path, &st))
			continue;
		if (answer->covering < 0)
			answer->covering = (int)i;
		if (answer->granting < 0 && grants)
			answer->granting = (int)i;
	}
}

/* As the kernel does: from the place upwards, by what the folders are. */
static void find_rules(struct asking *asking)
{
	struct probe_answer *answer = &asking->answer;
	/* realpath(3) reads links only; where it fails the path is taken as it is */
	drop_mem char *path = realpath(answer->where, NULL);

	if (!path)
		path = mem_strdup(answer->where);
	while (answer->granting < 0) {
		find_rules_at(asking, path);
		if (!path[1])
			return;
		char *slash = strrchr(path, '/');
		slash[slash == path] = '\0';
	}
}

/* The folder that PATH is in. */
static char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static struct err *ask_path(struct asking *asking)
{
	const struct probe *probe = asking->site.probe;
	struct arena *arena = &asking->exec->arena;
	struct probe_answer *answer = &asking->answer;
	const bool of_folders = probe_is_of_folders(probe->right);
	struct stat st;
	int rc = sys_fstatat(AT_FDCWD, probe->path, &st, 0);
	const bool is_folder = rc >= 0 && S_ISDIR(st.st_mode);

	answer->folder = of_folders || is_folder;
	answer->where = of_folders && !is_folder ? folder_of(arena, probe->path)
						 : arena_strdup(arena, probe->path);
	asking->site.path = answer->where;
	if (rc < 0 && (!of_folders || rc != -ENOENT)) {
		answer->without = -rc;
		return NULL;
	}
	if (!answer->folder || probe->right == LANDLOCK_ACCESS_FS_READ_DIR)
		return ask_all(asking);
	return ask_on_stage(asking);
}

static int abstract_socket(void)
{
	const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };
	drop_fd int fd = sys_socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return fd;
	/* unix(7), "Autobind feature": a name that nobody has */
	int rc = sys_bind(fd, (const void *)&unnamed, sizeof(unnamed.sun_family));
	if (rc >= 0)
		rc = sys_listen(fd, 8);
	return rc < 0 ? rc : take_fd(&fd);
}

static int udp_socket(void)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	drop_fd int fd = sys_socket(AF_INET, SOCK_DGRAM, 0);
	int rc = fd < 0 ? fd : sys_bind(fd, (const void *)&any, sizeof(any));

	return rc < 0 ? rc : take_fd(&fd);
}

static struct err *answer_one(struct asking *asking)
{
	struct probe_answer *answer = &asking->answer;
	drop_fd int socket_fd = -1;

	*answer = (struct probe_answer){
		.with = PROBE_NOT_ASKED,
		.process = PROBE_NOT_ASKED,
		.chain = PROBE_NOT_ASKED,
		.granting = -1,
		.covering = -1,
		.where = arena_strdup(&asking->exec->arena, ""),
	};
	if (asking->site.probe->kind == PROBE_FS) {
		TRY(ask_path(asking));
		find_rules(asking);
	} else {
		socket_fd =
			asking->site.probe->kind == PROBE_SCOPE ? abstract_socket() : udp_socket();
		asking->site.socket_fd = socket_fd;
		TRY(ask_all(asking));
	}
	drop_mem char *text = mem_asprintf("%d %d %d %d %d %d %d %s", answer->without, answer->with,
					   answer->process, answer->chain, answer->granting,
					   answer->covering, answer->folder, answer->where);
	return sync_send_text(asking->context->sync_fd, SYNC_ANSWER, text, -1);
}

/* ---- the container's process ---- */

static struct err *get_ready(void)
{
	const struct rlimit none = { 0, 0 };
	/* nothing that is mounted for a question may reach the host */
	int rc = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	if (rc < 0)
		return err_sys(rc, "make the mounts private");
	(void)umask(0);
	(void)signal(SIGXFSZ, SIG_IGN);
	rc = sys_prlimit(0, RLIMIT_FSIZE, &none, NULL);
	return rc < 0 ? err_sys(rc, "set RLIMIT_FSIZE") : NULL;
}

struct err *probe_run(struct child_exec *exec, struct child_context *context)
{
	TRY(get_ready());
	for (size_t i = 0; i < context->probes_n; i++) {
		struct asking asking = {
			.exec = exec,
			.context = context,
			.site = { .probe = &context->probes[i],
				  .socket_fd = -1,
				  .own_network = context->plan->ns.create & CLONE_NEWNET },
		};

		TRY(answer_one(&asking));
	}
	_exit(0);
}

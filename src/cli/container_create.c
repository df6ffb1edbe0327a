/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating a container. See container_create.h. Owns the order: read, decide and refuse first, then
 * claim the id, then act, with the journal ahead of every effect. Parent only.
 */
#include "cli/container_create.h"

#include <stdlib.h>
#include <unistd.h>

#include "apply/agent.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/container_delete.h"
#include "cli/container_state.h"
#include "cli/handover.h"
#include "config-build.h"
#include "oci/landlock.h"
#include "plan/plan.h"
#include "sys/sys.h"

void creation_init(struct creation *creation, const struct cli *cli,
		   const struct create_options *options)
{
	*creation = (struct creation){
		.cli = cli,
		.options = options,
		.store = { .root_dirfd = -1 },
		.container = CONTAINER_INIT,
		.journal = { .fd = -1 },
		.result = APPLY_RESULT_INIT,
		.notify = NOTIFY_INIT,
	};
	bundle_init(&creation->bundle);
}

void creation_close(struct creation *creation)
{
	apply_result_close(&creation->result);
	notify_close(&creation->notify);
	journal_close(&creation->journal);
	container_close(&creation->container);
	store_close(&creation->store);
	bundle_close(&creation->bundle);
}

/* ---- before any effect ---- */

static void set_annotation(struct arena *arena, struct oci_map *map, const char *key,
			   const char *value)
{
	size_t i = 0;

	while (i < map->n && !str_equal(map->items[i].key, key))
		i++;
	if (i == map->n) {
		map->items = arena_grow(arena, map->items, map->n, map->n + 1, sizeof(*map->items));
		map->items[map->n++].key = arena_strdup(arena, key);
	}
	map->items[i].value = arena_strdup(arena, value);
}

/* The kept text is the changed one: an exec is confined as the container is. */
static void change(struct bundle *bundle, const struct creation_changes *changes)
{
	struct oci_config *config = bundle->config;

	if (!changes || !config || problems_errors(&bundle->problems))
		return;
	if (changes->args.n && config->process)
		config->process->args = changes->args;
	set_annotation(&bundle->arena, &config->annotations, OCI_LANDLOCK_ANNOTATION,
		       changes->landlock);
	drop_mem char *text = oci_config_write(config);
	strbuf_free(&bundle->text);
	strbuf_add(&bundle->text, text);
}

static struct err *check_manager(const struct cli_globals *globals)
{
	if (HAVE_SYSTEMD || !cli_systemd_cgroup(globals))
		return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED,
				"--systemd-cgroup: this build can't talk to systemd (configure "
				"--with-systemd)"),
			"use the cgroupfs manager (podman --cgroup-manager=cgroupfs; containerd "
			"SystemdCgroup = false)");
}

/* Relative paths are the caller's; they are settled before the working directory changes. */
static struct err *settle_paths(struct creation *creation)
{
	struct arena *arena = &creation->bundle.arena;
	const struct create_options *options = creation->options;

	if (options->pid_file)
		TRY(cli_absolute(arena, options->pid_file, &creation->pid_file));
	if (options->console_socket)
		TRY(cli_absolute(arena, options->console_socket, &creation->console_socket));
	if (options->pidfd_socket)
		TRY(cli_absolute(arena, options->pidfd_socket, &creation->pidfd_socket));
	return NULL;
}

static unsigned int count_listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t pid_number, n;

	/* sd_listen_fds(3): they are ours only if they were meant for this process */
	if (!pid || !fds || !str_to_u32(pid, &pid_number) || pid_number != (uint32_t)getpid())
		return 0;
	return str_to_u32(fds, &n) ? n : 0;
}

static struct err *check_console(const struct creation *creation)
{
	const struct oci_process *process = creation->bundle.config->process;
	bool terminal = process && process->terminal;

	return handover_check_console(creation->detach && terminal, creation->console_socket);
}

static struct err *decide(struct creation *creation)
{
	const struct create_options *options = creation->options;
	struct bundle *bundle = &creation->bundle;
	const char *manager = cli_notify_socket();
	const struct plan_options plan_options = {
		.id = creation->id,
		.bundle = bundle->dir,
		.no_pivot = options->no_pivot,
		.no_new_keyring = options->no_new_keyring,
		.preserve_fds = options->preserve_fds,
		.listen_fds = count_listen_fds(),
		.detach = creation->detach,
		.notify_dir =
			manager ? cli_notify_dir(&bundle->arena, creation->store.root, creation->id)
				: NULL,
		.no_cgroup = str_equal(creation->cli->globals.cgroup_manager, "disabled"),
		.systemd = cli_systemd_cgroup(&creation->cli->globals),
	};

	TRY(cli_check_fds(plan_options.listen_fds, options->preserve_fds));
	TRY(bundle_plan(bundle, &plan_options));
	TRY(bundle_check(bundle));
	TRY(check_console(creation));
	/* create is fine without one, start is not (runtime.md, "Start"): run would end there. */
	if (!creation->by_socket && !bundle->config->process)
		return err_new(ERR_CONFIG, "the configuration has no process to start");
	TRY(apply_check(bundle->plan));
	if (bundle->plan->seccomp.listener_path)
		TRY(agent_check(bundle->plan->seccomp.listener_path));
	if (log_debug_on()) {
		drop_mem char *text = plan_print_text(bundle->plan);

		log_debug("%s", text);
	}
	return NULL;
}

/* ---- acting ---- */

/* The compiled seccomp filters of all containers; without it they are just compiled again. */
static int open_cache(const struct creation *creation)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
	int root = creation->store.root_dirfd;

	if (!creation->bundle.plan->seccomp.profile)
		return -1;
	int fd = sys_openat(root, ".seccomp-cache", flags, 0);
	if (fd < 0 && sys_mkdirat(root, ".seccomp-cache", 0700) == 0)
		fd = sys_openat(root, ".seccomp-cache", flags, 0);
	return fd;
}

/* Tells the world: the record first, as without it nobody could find what the others point to. */
static struct err *publish(struct creation *creation)
{
	struct oci_record *record = &creation->container.record;

	record->state.pid = creation->result.pid;
	record->init_start_time = creation->result.start_time;
	TRY(store_save(&creation->container));
	TRY(handover_descriptors(&creation->result, creation->console_socket,
				 creation->pidfd_socket));
	if (creation->pid_file)
		TRY(journal_add(&creation->journal, JOURNAL_PID_FILE, "%s", creation->pid_file));
	return handover_pid_file(&creation->result, creation->pid_file);
}

static struct err *owe_hooks(struct creation *creation)
{
	const struct oci_hooks *hooks = creation->bundle.config->hooks;

	if (!hooks || !(hooks->poststart.n || hooks->poststop.n))
		return NULL;
	return journal_add(&creation->journal, JOURNAL_HOOKS, "%s", "");
}

/* Before the program can say anything, and before the mounts that show the folder. */
static struct err *set_up_notify(struct creation *creation)
{
	const struct plan *plan = creation->bundle.plan;
	int dirfd = creation->container.dirfd;

	if (!plan->notify)
		return NULL;
	TRY(notify_make_dir(dirfd, plan->rootfs.mount_label));
	/* After create it is start that listens: nobody would be there. */
	return creation->by_socket ? NULL
				   : notify_open(&creation->notify, dirfd, cli_notify_socket());
}

static struct err *act(struct creation *creation)
{
	struct container *container = &creation->container;
	const struct bundle *bundle = &creation->bundle;
	drop_fd int listen_fd = -1;
	drop_fd int cache_fd = open_cache(creation);

	TRY(journal_open(&creation->journal, container->dirfd));
	TRY(store_save_config(container, strbuf_text(&bundle->text), bundle->text.len));
	if (bundle->plan->landlock.policy_text)
		TRY(store_save_policy(container, bundle->plan->landlock.policy_text));
	container_fill_record(container, bundle->plan);
	TRY(store_save(container)); /* "creating": for hooks that ask for the state */
	TRY(owe_hooks(creation));
	TRY(set_up_notify(creation));
	if (creation->by_socket)
		TRY(apply_listen(container->dirfd, &listen_fd));
	const struct apply_request request = {
		.plan = bundle->plan,
		.journal = &creation->journal,
		.start_listen_fd = listen_fd,
		.cache_dirfd = cache_fd,
		.stdio_fds = { -1, creation->quiet ? STDERR_FILENO : -1, -1 },
		.observed = creation->observed,
	};
	TRY(apply_create(&request, &creation->result));
	return publish(creation);
}

struct err *creation_undo(struct creation *creation, struct err *err, bool failed_create)
{
	if (failed_create)
		err = err_attach(err, apply_return_devices(&creation->result, &creation->journal));
	apply_result_close(&creation->result);
	/* delete leaves this to its caller, who was told of a container then. */
	if (!failed_create && creation->pid_file)
		(void)sys_unlinkat(AT_FDCWD, creation->pid_file, 0);
	return err_attach(err, container_destroy(&creation->store, &creation->container,
						 &creation->journal, failed_create));
}

struct err *creation_run(struct creation *creation)
{
	struct bundle *bundle = &creation->bundle;

	TRY(store_check_id(creation->id));
	TRY(check_manager(&creation->cli->globals));
	TRY(settle_paths(creation));
	TRY(cli_open_store(creation->cli, true, &creation->store));
	TRY(bundle_open(bundle, creation->options->bundle));
	change(bundle, creation->changes);
	TRY(decide(creation));
	/* Hooks and their files are often named relative to the bundle, where runc runs them. */
	int rc = sys_chdir(bundle->dir);
	if (rc < 0)
		return err_sys(rc, "bundle %s", bundle->dir);
	TRY(store_claim(&creation->store, creation->id, &creation->container));
	struct err *err = act(creation);
	return err ? creation_undo(creation, err, true) : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock check: what the kernel answers a process of this bundle. Makes a throw-away container,
 * has its process ask (apply/probe.h), and says which rule of the plan the answer comes from.
 */
#include <errno.h>
#include <string.h>

#include "apply/apply.h"
#include "apply/exe.h"
#include "base/fd.h"
#include "base/path.h"
#include "cli/bundle.h"
#include "cli/verbs.h"
#include "oci/landlock.h"
#include "sys/uapi.h"

enum { EXIT_DENIED = 2 };
#define BUT_NOT_ITS_LOADER "; but its loader or interpreter may not be executed"

struct check_values {
	bool help;
};
static const struct option_row rows[] = { CLI_HELP_ROW };
const struct cli_options cmd_landlock_check_options = { rows, sizeof(struct check_values) };

struct check {
	struct cli *cli;
	struct bundle bundle;
	struct apply_result result;
	struct journal journal;
	struct strbuf out;
	struct probe *probes;
	struct probe_answer *answers;
	size_t n;
	bool denied;
};

static void check_close(struct check *check)
{
	apply_kill(&check->result);
	apply_result_close(&check->result);
	journal_close(&check->journal);
	strbuf_free(&check->out);
	bundle_close(&check->bundle);
}

/* ---- the questions ---- */

static const struct oci_names *names_of(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_FS:
		return &oci_landlock_fs_rights;
	case PROBE_PORT:
		return &oci_landlock_net_rights;
	case PROBE_SCOPE:
		return &oci_landlock_scopes;
	}
	return NULL;
}

static struct err *read_object(struct check *check, const char *text, struct probe *out)
{
	uint32_t port;

	if (str_equal(text, "scope")) {
		out->kind = PROBE_SCOPE;
	} else if (str_starts_with(text, "port:")) {
		if (!str_to_u32(text + strlen("port:"), &port) || port > UINT16_MAX)
			return err_new(ERR_USAGE, "\"%s\": expected a port from 0 to 65535", text);
		out->kind = PROBE_PORT;
		out->port = (uint16_t)port;
	} else if (!*text) {
		return err_new(ERR_USAGE, "the path is empty");
	} else {
		const char *cwd = check->bundle.plan->process.cwd;

		out->kind = PROBE_FS;
		out->path = path_clean(&check->bundle.arena, cwd ? cwd : "/", text);
	}
	return NULL;
}

static struct err *read_right(const char *word, struct probe *probe)
{
	const struct oci_names *names = names_of(probe->kind);

	if (oci_names_find(names, word, &probe->right))
		return NULL;
	const char *nearest = oci_names_nearest(names, word);
	struct err *err = err_new(ERR_USAGE, "\"%s\" is no known %s", word, names->what);
	if (nearest)
		return err_hint(err, "did you mean \"%s\"?", nearest);
	return err_hint(err, "nucleus-oci landlock abi lists the rights");
}

static struct err *read_questions(struct check *check)
{
	const struct cli *cli = check->cli;
	struct arena *arena = &check->bundle.arena;
	struct probe first = { 0 };

	TRY(read_object(check, cli->args[1], &first));
	check->n = cli->args_n - 2;
	check->probes = arena_zalloc(arena, check->n * sizeof(*check->probes));
	check->answers = arena_zalloc(arena, check->n * sizeof(*check->answers));
	for (size_t i = 0; i < check->n; i++) {
		check->probes[i] = first;
		TRY(read_right(cli->args[i + 2], &check->probes[i]));
	}
	return NULL;
}

/* ---- the container ---- */

/* What would act on others, or takes what a question has no use for. */
static void leave_out(struct oci_config *config)
{
	config->hooks = NULL;
	if (config->linux_) {
		config->linux_->resources = NULL;
		config->linux_->intel_rdt = NULL;
		config->linux_->net_devices = (__typeof__(config->linux_->net_devices)){ 0 };
		config->linux_->seccomp = NULL;
	}
	if (config->process) {
		config->process->terminal = false;
		config->process->scheduler = NULL;
		config->process->io_priority = NULL;
	}
}

static struct err *plan_it(struct check *check)
{
	struct bundle *bundle = &check->bundle;
	static char *const no_args[] = { NULL };

	TRY(bundle_open(bundle, check->cli->args[0]));
	if (bundle->config)
		leave_out(bundle->config);
	const struct plan_options options = {
		.id = bundle_derive_id(&bundle->arena, bundle->dir, 1),
		.bundle = bundle->dir,
		.no_cgroup = true,
		.no_new_keyring = true,
	};
	TRY(bundle_plan(bundle, &options));
	TRY(bundle_check(bundle));
	struct plan *plan = bundle->plan;
	if (!plan->process.present)
		return err_new(ERR_CONFIG, "the configuration has no process, so it has no policy");
	if (!(plan->ns.create & CLONE_NEWNS))
		return err_new(ERR_UNSUPPORTED,
			       "linux.namespaces: without a mount namespace of its own a "
			       "container can't be made only to be asked");
	TRY(read_questions(check));
	plan->process.args = no_args; /* nothing is executed, so nothing has to be there */
	plan->process.cwd = "/";      /* and no folder is made */
	plan->process.give_pipes = false;
	return apply_check(plan);
}

static struct err *ask(struct check *check)
{
	const struct apply_request request = {
		.plan = check->bundle.plan,
		.journal = &check->journal,
		.start_listen_fd = -1,
		.cache_dirfd = -1,
		.probes = check->probes,
		.probes_n = check->n,
		.stdio_fds = { -1, -1, -1 },
	};

	TRY(apply_create(&request, &check->result));
	return apply_probe(&check->result, check->n, &check->bundle.arena, check->answers);
}

/* ---- the answers ---- */

/* One answer while it is told. */
struct telling {
	struct check *check;
	const struct plan_landlock *landlock;
	const struct probe *probe;
	const struct probe_answer *answer;
	struct strbuf reason;
};

static bool is_handled(const struct telling *telling)
{
	const struct plan_landlock *landlock = telling->landlock;
	const uint64_t right = telling->probe->right;

	switch (telling->probe->kind) {
	case PROBE_FS:
		/* refer is denied by every policy for files that does not grant it */
		return (landlock->handled_fs & right) ||
		       (landlock->handled_fs && right == LANDLOCK_ACCESS_FS_REFER);
	case PROBE_PORT:
		return landlock->handled_net & right;
	case PROBE_SCOPE:
		return landlock->scoped & right;
	}
	return false;
}

static void add_path_rule(struct telling *telling, int index)
{
	const struct plan_landlock_path *rule = &telling->landlock->paths[index];

	strbuf_addf(&telling->reason, "the rule for %s (%s)", rule->path, rule->origin);
}

static const struct plan_landlock_port *port_rule(const struct telling *telling)
{
	const struct plan_landlock *landlock = telling->landlock;

	for (size_t i = 0; i < landlock->ports_n; i++) {
		if (landlock->ports[i].port == telling->probe->port &&
		    (landlock->ports[i].rights & telling->probe->right))
			return &landlock->ports[i];
	}
	return NULL;
}

static void say_what_grants(struct telling *telling)
{
	const struct plan_landlock_port *port = port_rule(telling);

	if (!telling->landlock->asked)
		strbuf_add(&telling->reason, "the bundle has no Landlock policy");
	else if (telling->landlock->status == LANDLOCK_NOT_ENFORCED)
		strbuf_add(&telling->reason, "the policy is not enforced on this kernel");
	else if (!is_handled(telling))
		strbuf_add(&telling->reason, "the policy does not restrict it");
	else if (telling->probe->kind == PROBE_FS && telling->answer->granting >= 0)
		add_path_rule(telling, telling->answer->granting);
	else if (telling->probe->kind == PROBE_PORT && port)
		strbuf_addf(&telling->reason, "the rule %s", port->origin);
	else
		strbuf_add(&telling->reason, "by a rule for the same files by another path");
}

static void say_what_denies(struct telling *telling)
{
	const struct probe_answer *answer = telling->answer;
	struct arena *arena = &telling->check->bundle.arena;

	if (telling->probe->kind == PROBE_SCOPE) {
		strbuf_add(&telling->reason, "\"scoped\" of the policy");
		return;
	}
	if (answer->granting >= 0) {
		/* an older kernel can only be asked for the whole; refer alone is no use where
		 * nothing can be made */
		const char *but = telling->probe->right == LANDLOCK_ACCESS_FS_EXECUTE
					  ? BUT_NOT_ITS_LOADER
					  : " grants it, but not what else the kernel wants for it";

		add_path_rule(telling, answer->granting);
		strbuf_add(&telling->reason, but);
		return;
	}
	strbuf_add(&telling->reason, "no rule grants it");
	if (telling->probe->kind != PROBE_FS || answer->covering < 0)
		return;
	strbuf_add(&telling->reason, "; ");
	add_path_rule(telling, answer->covering);
	strbuf_addf(&telling->reason, " grants: %s",
		    oci_landlock_phrase(arena, LANDLOCK_FS,
					telling->landlock->paths[answer->covering].rights,
					telling->landlock->handled_fs));
}

static void say_what_else(struct telling *telling)
{
	const struct probe_answer *answer = telling->answer;

	if (answer->process > 0)
		strbuf_addf(&telling->reason, "; but the process itself may not: %s",
			    strerror(answer->process));
}

/* Whether the program may do it, with the reason. */
static bool judge(struct telling *telling)
{
	const struct probe_answer *answer = telling->answer;
	bool allowed = answer->with == 0;

	if (answer->with > 0 && answer->with == answer->without) {
		strbuf_addf(&telling->reason, "%s, before Landlock is asked",
			    strerror(answer->without));
		return false;
	}
	if (!allowed) {
		say_what_denies(telling);
	} else {
		say_what_grants(telling);
		if (answer->chain == EACCES) {
			strbuf_add(&telling->reason, BUT_NOT_ITS_LOADER);
			allowed = false;
		}
		say_what_else(telling);
	}
	return allowed;
}

static const char *object_of(struct telling *telling)
{
	struct arena *arena = &telling->check->bundle.arena;

	switch (telling->probe->kind) {
	case PROBE_FS:
		return telling->answer->folder
			       ? arena_asprintf(arena, "in %s", telling->answer->where)
			       : telling->answer->where;
	case PROBE_PORT:
		return arena_asprintf(arena, "port %u", telling->probe->port);
	case PROBE_SCOPE:
		return "outside";
	}
	return "";
}

/* What is no answer. */
static struct err *check_asked(const struct telling *telling)
{
	const struct probe_answer *answer = telling->answer;
	const char *name = oci_names_of(names_of(telling->probe->kind), telling->probe->right);

	if (answer->without == EOPNOTSUPP)
		return err_hint(err_new(ERR_UNSUPPORTED, "%s can't be asked of %s", name,
					telling->probe->path),
				"devices and pipes are not opened, as that may do something; a "
				"folder is no device");
	if (answer->with == PROBE_NOT_ASKED)
		return err_sys_kind(ERR_NOT_FOUND, answer->without, "%s of %s in the container",
				    name, telling->probe->path);
	return NULL;
}

static struct err *tell(struct check *check, size_t i)
{
	struct telling telling = {
		.check = check,
		.landlock = &check->bundle.plan->landlock,
		.probe = &check->probes[i],
		.answer = &check->answers[i],
	};

	TRY(check_asked(&telling));
	bool allowed = judge(&telling);
	strbuf_addf(&check->out, "%-7s %s %s: %s\n", allowed ? "allowed" : "denied",
		    oci_names_of(names_of(telling.probe->kind), telling.probe->right),
		    object_of(&telling), strbuf_text(&telling.reason));
	strbuf_free(&telling.reason);
	check->denied |= !allowed;
	return NULL;
}

struct err *cmd_landlock_check(struct cli *cli, const void *values UNUSED)
{
	CLEANUP(check_close) struct check check = {
		.cli = cli,
		.result = APPLY_RESULT_INIT,
		.journal = { .fd = -1 },
	};

	bundle_init(&check.bundle);
	/* before anything is read: from here on the container can't reach our own binary */
	TRY(exe_protect(cli->argv));
	TRY(plan_it(&check));
	TRY(ask(&check));
	for (size_t i = 0; i < check.n; i++)
		TRY(tell(&check, i));
	cli->exit_code = check.denied ? EXIT_DENIED : 0;
	return cli_print(strbuf_text(&check.out));
}

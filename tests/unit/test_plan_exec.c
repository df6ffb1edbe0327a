/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of exec as options change the configured one. What --process does, and what such a
 * plan leaves out, is in the golden tests (exec-process*). Host facts are assumed.
 */
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <string.h>

#include "plan/plan.h"
#include "tests/unit/check.h"

static const char configured[] =
	"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"terminal\":true,"
	"\"cwd\":\"/srv\",\"args\":[\"/bin/server\"],\"env\":[\"A=1\",\"B=2\"],"
	"\"user\":{\"uid\":5,\"gid\":6,\"umask\":63,\"additionalGids\":[7]},"
	"\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
	"\"permitted\":[\"CAP_CHOWN\"],\"effective\":[\"CAP_CHOWN\"],"
	"\"inheritable\":[\"CAP_KILL\"]}},\"hooks\":{\"poststop\":[{\"path\":\"/x\"}]},"
	"\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}}";

struct fixture {
	struct arena arena;
	struct problems problems;
	struct host host;
	struct oci_config *config;
	struct plan_options options;
	struct plan_exec_options exec;
	struct plan *plan;
};

static void fixture_init(struct fixture *f, const char *config)
{
	static const char *const facts[] = { "euid=0",	    "egid=0",	  "userns=initial",
					     "apparmor=no", "selinux=no", "last-cap=40",
					     "caps=all" };
	char *args[] = { NULL, NULL };

	memset(f, 0, sizeof(*f));
	host_init(&f->host);
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		CHECK_OK(host_assume(&f->host, facts[i]));
	oci_config_read(&f->arena, config, strlen(config), &f->problems, &f->config);
	args[0] = arena_strdup(&f->arena, "probe");
	f->exec.args.items = arena_zalloc(&f->arena, sizeof(args));
	memcpy(f->exec.args.items, args, sizeof(args));
	f->exec.args.n = 1;
	f->options.id = "web";
	f->options.bundle = "/bundle";
}

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	host_free(&f->host);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

static struct err *make(struct fixture *f)
{
	return plan_make_exec(&f->arena, f->config, &f->options, &f->exec, &f->host, &f->problems,
			      &f->plan);
}

static struct strv words(struct fixture *f, const char *one, const char *two)
{
	struct strv list = { arena_zalloc(&f->arena, 3 * sizeof(char *)), 0 };

	list.items[list.n++] = arena_strdup(&f->arena, one);
	if (two)
		list.items[list.n++] = arena_strdup(&f->arena, two);
	return list;
}

#define BIT(cap) (1ULL << (cap))

static void test_nothing_said(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, configured);
	CHECK_OK(make(&f));
	const struct plan_process *process = &f.plan->process;
	CHECK_STR(process->args[0], "probe");
	CHECK(!process->args[1]);
	CHECK_STR(process->env[0], "A=1");
	CHECK_STR(process->env[1], "B=2");
	CHECK_STR(process->cwd, "/srv");
	CHECK(process->cwd_must_exist);
	CHECK(process->uid == 5 && process->gid == 6 && process->umask == 63);
	CHECK(process->groups_n == 1 && process->groups[0] == 7);
	CHECK(process->caps.bounding == (BIT(CAP_CHOWN) | BIT(CAP_KILL)));
	CHECK(process->caps.effective == BIT(CAP_CHOWN));
	/* config's terminal is its own process's (lesson C40) */
	CHECK(!process->terminal && !process->no_new_privs);
	CHECK(!f.plan->hooks && !f.plan->rootfs.path && !f.plan->cgroup.dirs_n);
	CHECK(f.plan->ns.enter == CLONE_NEWPID && !f.plan->ns.create);
}

static void test_everything_said(void)
{
	drop_fixture struct fixture f;
	uint32_t gids[] = { 8, 9 };

	fixture_init(&f, configured);
	f.exec.env = words(&f, "B=3", "C=4");
	f.exec.cwd = "/tmp";
	f.exec.uid = (struct opt_u32){ true, 0 };
	f.exec.additional_gids = (struct oci_u32s){ gids, 2 };
	f.exec.terminal = f.exec.no_new_privs = true;
	CHECK_OK(make(&f));
	const struct plan_process *process = &f.plan->process;
	CHECK_STR(process->env[0], "A=1"); /* kept (lesson C39), and the last of a name counts */
	CHECK_STR(process->env[1], "B=3");
	CHECK_STR(process->env[2], "C=4");
	CHECK(!process->env[3]);
	CHECK_STR(process->cwd, "/tmp");
	CHECK(process->uid == 0 && process->gid == 6); /* the group stays (lesson S39) */
	CHECK(process->groups_n == 3 && process->groups[2] == 9);
	CHECK(process->terminal && process->no_new_privs);
	/* the stored configuration is what it was */
	CHECK(f.config->process->env.n == 2 && f.config->process->user.uid == 5);
}

/* Never inheritable (CVE-2022-29162), ambient only what is so already (lesson S38). */
static void test_caps(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f, configured);
	f.exec.caps = words(&f, "CAP_KILL", "CAP_NET_RAW");
	CHECK_OK(make(&f));
	const struct plan_caps *caps = &f.plan->process.caps;
	CHECK(caps->bounding == (BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_RAW)));
	CHECK(caps->permitted == caps->bounding && caps->effective == caps->bounding);
	CHECK(caps->inheritable == BIT(CAP_KILL) && caps->ambient == BIT(CAP_KILL));
	CHECK(f.config->process->capabilities->bounding.n == 2);
}

static void test_refusals(void)
{
	drop_fixture struct fixture f, none;

	fixture_init(&f, configured);
	f.exec.env = words(&f, "NAME", NULL);
	CHECK_OK(make(&f));
	CHECK(!f.plan && problems_errors(&f.problems) == 1);
	CHECK_STR(f.problems.items[0].place, "process.env[2]");
	fixture_init(&none, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}");
	drop_err struct err *err = make(&none);
	CHECK_STR(err_text(err), "the configuration has no process");
}

/* The policy of a file is the one that create read. */
static void test_kept_policy(void)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\","
		"\"args\":[\"x\"],\"user\":{\"uid\":0,\"gid\":0},\"noNewPrivileges\":true},"
		"\"annotations\":{\"nucleus.landlock\":\"file:/nowhere/policy.json\"}}";
	drop_fixture struct fixture f;

	fixture_init(&f, text);
	CHECK_OK(host_assume(&f.host, "landlock-abi=1"));
	f.options.policy_text = "{\"abi\":1,\"ruleset\":[{\"handledAccessFs\":[\"execute\"]}]}";
	CHECK_OK(make(&f));
	CHECK(problems_errors(&f.problems) == 0);
	CHECK(f.plan && f.plan->landlock.handled_fs == LANDLOCK_ACCESS_FS_EXECUTE);
}

int main(void)
{
	test_nothing_said();
	test_everything_said();
	test_caps();
	test_refusals();
	test_kept_policy();
	return check_result();
}

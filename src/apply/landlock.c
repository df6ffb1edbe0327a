/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Landlock ruleset of the plan: built while the container is created, in its final mount tree,
 * so that a bad policy fails there; enforced after the start signal (docs/landlock.md, "Order").
 * Child only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "apply/actors.h"
#include "apply/inroot.h"
#include "base/fd.h"
#include "sys/sys.h"

struct build {
	const struct plan_landlock *plan;
	int root_fd, ruleset_fd;
	struct arena *arena;
	struct strv *warnings;
	uint64_t known; /* rights that have a name here */
};

static void warn(struct build *build, const struct plan_landlock_path *path)
{
	struct strv *list = build->warnings;

	list->items =
		arena_grow(build->arena, list->items, list->n, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = arena_asprintf(
		build->arena, "Landlock policy (%s): %s does not exist in the container",
		path->origin, path->path);
}

static struct err *missing(struct build *build, const struct plan_landlock_path *path)
{
	if (!path->may_be_missing)
		return err_hint(err_new(ERR_CONFIG,
					"Landlock policy (%s): %s does not exist in the container",
					path->origin, path->path),
				"\"missingPath\": \"skip\" lets it pass");
	if (path->warn_missing)
		warn(build, path);
	return NULL;
}

/* Without rights there is nothing to allow. */
static int add_rule(const struct build *build, const struct landlock_path_beneath_attr *rule)
{
	return rule->allowed_access
		       ? sys_landlock_add_rule(build->ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, rule)
		       : 0;
}

/* A rule that the kernel finds invalid may be of a file, which can't have rights of folders; of
 * rights that were given as numbers only the kernel knows whether a file can have them. */
static int add_rule_of_file(const struct build *build, struct landlock_path_beneath_attr *rule)
{
	struct stat st;
	int rc = sys_fstat(rule->parent_fd, &st);

	if (rc < 0 || S_ISDIR(st.st_mode))
		return -EINVAL;
	rule->allowed_access &= ~(uint64_t)NUC_LANDLOCK_DIR_RIGHTS;
	rc = add_rule(build, rule);
	if (rc != -EINVAL)
		return rc;
	rule->allowed_access &= build->known;
	return add_rule(build, rule);
}

static struct err *add_path(struct build *build, const struct plan_landlock_path *path)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = path->rights };
	const char *rel = path->path[1] ? path->path + 1 : ".";
	drop_fd int fd = -1;
	bool found = false;

	TRY(err_link(inroot_find(build->root_fd, rel, &fd, &found), "Landlock policy (%s): %s",
		     path->origin, path->path));
	if (!found)
		return missing(build, path);
	rule.parent_fd = fd;
	int rc = add_rule(build, &rule);
	if (rc == -EINVAL)
		rc = add_rule_of_file(build, &rule);
	return rc < 0 ? err_sys(rc, "Landlock policy (%s): rule for %s", path->origin, path->path)
		      : NULL;
}

static struct err *add_port(const struct build *build, const struct plan_landlock_port *port)
{
	const struct nuc_landlock_net_port_attr rule = {
		.allowed_access = port->rights,
		.port = port->port,
	};
	int rc = sys_landlock_add_rule(build->ruleset_fd, NUC_LANDLOCK_RULE_NET_PORT, &rule);

	return rc < 0 ? err_sys(rc, "Landlock policy (%s): rule for port %llu", port->origin,
				(unsigned long long)port->port)
		      : NULL;
}

/* Older kernels refuse a structure that is longer than theirs, unless the rest is zero: so all is
 * given. */
static int create(const struct plan_landlock *plan)
{
	const struct nuc_landlock_ruleset_attr attr = {
		.handled_access_fs = plan->handled_fs,
		.handled_access_net = plan->handled_net,
		.scoped = plan->scoped,
	};

	return sys_landlock_create_ruleset(&attr, sizeof(attr));
}

struct err *landlock_build(const struct plan_landlock *plan, int root_fd, struct arena *arena,
			   struct strv *warnings, int *out_fd)
{
	struct build build = {
		.plan = plan,
		.root_fd = root_fd,
		.arena = arena,
		.warnings = warnings,
		.known = plan->known_fs,
	};

	*out_fd = -1;
	if (!plan->asked || plan->status == LANDLOCK_NOT_ENFORCED)
		return NULL;
	drop_fd int fd = create(plan);
	if (fd == -EINVAL)
		return err_hint(err_sys(fd, "Landlock: create the ruleset"),
				"a right that was given as an integer is none of this kernel's");
	if (fd < 0)
		return err_sys(fd, "Landlock: create the ruleset");
	build.ruleset_fd = fd;
	for (size_t i = 0; i < plan->paths_n; i++)
		TRY(add_path(&build, &plan->paths[i]));
	for (size_t i = 0; i < plan->ports_n; i++)
		TRY(add_port(&build, &plan->ports[i]));
	*out_fd = take_fd(&fd);
	return NULL;
}

struct err *landlock_enforce(const struct plan_landlock *plan, int ruleset_fd)
{
	if (ruleset_fd < 0)
		return NULL;
	int rc = sys_landlock_restrict_self(ruleset_fd, plan->restrict_flags);
	if (rc == -EPERM)
		return err_hint(err_sys(rc, "Landlock: enforce the policy"),
				"without process.noNewPrivileges it needs CAP_SYS_ADMIN");
	if (rc == -E2BIG)
		return err_hint(err_sys(rc, "Landlock: enforce the policy"),
				"too many policies are stacked (the kernel's limit is 16)");
	return rc < 0 ? err_sys(rc, "Landlock: enforce the policy") : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New limits for a container. See container_update.h. Owns the order: the whole is checked and
 * planned, then the groups, then resctrl, what is kept, and systemd. Parent only, the container
 * locked.
 */
#include "cli/container_update.h"

#include <string.h>

#include "apply/cgroup.h"
#include "apply/rdt.h"
#include "base/log.h"
#include "host/host.h"
#include "oci/resources.h"
#include "plan/plan.h"

/* From the kept configuration to what is to be written. */
struct updating {
	struct container *container;
	struct strbuf text; /* of the kept configuration */
	struct oci_config *before, *after;
	struct host host;
	struct plan_cgroup cgroup;
	struct plan plan;      /* .rdt: what is to be written there */
	struct oci_config rdt; /* a configuration with the new schemata only */
	struct oci_linux rdt_linux;
	struct oci_intel_rdt schemata;
};

static void updating_close(struct updating *updating)
{
	strbuf_free(&updating->text);
	host_free(&updating->host);
}

static struct err *report(const struct problems *problems)
{
	TRY(problems_to_err(problems));
	for (size_t i = 0; i < problems->n; i++)
		log_warn("%s: %s", problems->items[i].place, problems->items[i].text);
	return NULL;
}

/* ---- planning ---- */

static struct err *plan_groups(struct updating *updating, struct container_change *change,
			       struct problems *problems)
{
	struct arena *arena = &updating->container->arena;
	const struct strv *dirs = &updating->container->record.cgroup_dirs;

	oci_resources_update(arena, updating->after, &change->resources, problems);
	TRY(problems_to_err(problems));
	if (!dirs->n)
		return err_hint(err_new(ERR_UNSUPPORTED,
					"the container has no cgroup, so it can have no limits"),
				"without root it gets one where cgroup v2 is delegated to the "
				"user (systemd: Delegate=yes)");
	return plan_update_cgroup(arena,
				  &(struct plan_update){
					  .dirs = dirs,
					  .unit = updating->container->record.systemd_unit,
					  .socket = updating->container->record.systemd_socket,
					  .before = updating->before->linux_->resources,
					  .change = &change->resources,
					  .after = updating->after->linux_->resources,
				  },
				  &updating->host, problems, &updating->cgroup);
}

/* Only what is new is written; what is kept is the whole. */
static struct err *plan_schemata(struct updating *updating, const struct container_change *change,
				 struct problems *problems)
{
	struct arena *arena = &updating->container->arena;
	struct oci_intel_rdt *kept = updating->after->linux_->intel_rdt;

	if (!change->l3_cache_schema && !change->mem_bw_schema)
		return NULL;
	if (!kept) /* lesson P35 */
		return err_new(ERR_CONFIG,
			       "linux.intelRdt: the container was made without it, so it has no "
			       "class of its own to be changed");
	updating->schemata = *kept;
	updating->schemata.schemata = (struct strv){ 0 };
	updating->schemata.l3_cache_schema = arena_strdup(arena, change->l3_cache_schema);
	updating->schemata.mem_bw_schema = arena_strdup(arena, change->mem_bw_schema);
	if (change->l3_cache_schema)
		kept->l3_cache_schema = updating->schemata.l3_cache_schema;
	if (change->mem_bw_schema)
		kept->mem_bw_schema = updating->schemata.mem_bw_schema;
	updating->rdt_linux.intel_rdt = &updating->schemata;
	updating->rdt.linux_ = &updating->rdt_linux;
	updating->plan.config = &updating->rdt;
	updating->plan.id = updating->container->id;
	return plan_add_rdt(arena, &updating->plan, &updating->host, problems);
}

static bool asks_for_groups(const struct oci_resources *change)
{
	return change->memory || change->cpu || change->pids || change->block_io ||
	       change->network || change->hugepage_limits.n || change->rdma.n || change->unified.n;
}

static struct err *decide(struct updating *updating, struct container_change *change)
{
	drop_problems struct problems problems = { 0 };

	TRY(store_load_config_text(updating->container, &updating->text));
	/* Twice: one is changed, and both must be there to be compared. */
	TRY(store_parse_config(updating->container, &updating->text, &updating->before));
	TRY(store_parse_config(updating->container, &updating->text, &updating->after));
	if (asks_for_groups(&change->resources))
		TRY(plan_groups(updating, change, &problems));
	TRY(plan_schemata(updating, change, &problems));
	return report(&problems);
}

/* ---- acting ---- */

/* Groups that were made are the container's from now on. */
static struct err *record_groups(struct updating *updating)
{
	struct container *container = updating->container;
	struct strv *dirs = &container->record.cgroup_dirs;
	const struct plan_cgroup *plan = &updating->cgroup;
	size_t had = dirs->n;

	if (plan->dirs_n <= had)
		return NULL;
	dirs->items =
		arena_grow(&container->arena, dirs->items, had, plan->dirs_n, sizeof(*dirs->items));
	for (; dirs->n < plan->dirs_n; dirs->n++)
		dirs->items[dirs->n] =
			arena_asprintf(&container->arena, "%s/%s", plan->dirs[dirs->n].mount_point,
				       plan->dirs[dirs->n].rel);
	return store_save(container);
}

/* systemd comes last: what it has been told can't be taken back exactly. What the kernel refuses
 * never gets there. */
static struct err *tell_systemd(struct updating *updating, struct cgroup_update *groups)
{
	return updating->cgroup.writes_n ? cgroup_update_unit(groups) : NULL;
}

static struct err *keep(struct updating *updating, struct cgroup_update *groups)
{
	struct container *container = updating->container;
	const struct strbuf *text = &updating->text;
	drop_problems struct problems problems = { 0 };
	drop_mem char *changed =
		oci_resources_replace(strbuf_text(text), text->len, updating->after, &problems);

	TRY(problems_to_err(&problems));
	TRY(store_save_config(container, changed, strlen(changed)));
	struct err *err = tell_systemd(updating, groups);
	if (err)
		err = err_attach(err, store_save_config(container, strbuf_text(text), text->len));
	return err;
}

static struct err *change_schemata(struct updating *updating, struct cgroup_update *groups)
{
	const struct plan_rdt *rdt = &updating->plan.rdt;
	drop_strbuf struct strbuf old = { 0 };

	if (!rdt->lines_n)
		return keep(updating, groups);
	TRY(rdt_update(rdt, &old));
	struct err *err = keep(updating, groups);
	if (err)
		err = err_attach(err, rdt_update_undo(rdt, &old));
	return err;
}

/* Each step does the next, and takes back its own if that fails. */
static struct err *act(struct updating *updating)
{
	drop_journal struct journal journal = { .fd = -1 };
	drop_cgroup_update struct cgroup_update groups = { 0 };

	if (!updating->cgroup.writes_n)
		return change_schemata(updating, &groups);
	TRY(journal_open(&journal, updating->container->dirfd));
	TRY(cgroup_update(&updating->cgroup, updating->container->record.cgroup_dirs.n, &journal,
			  &groups));
	struct err *err = record_groups(updating);
	if (!err)
		err = change_schemata(updating, &groups);
	if (err)
		err = err_attach(err, cgroup_update_undo(&groups));
	return err;
}

struct err *container_update(struct container *container, struct container_change *change)
{
	CLEANUP(updating_close) struct updating updating = { .container = container };

	host_init(&updating.host);
	TRY(decide(&updating, change));
	return act(&updating);
}

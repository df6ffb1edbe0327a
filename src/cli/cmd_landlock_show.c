/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock show: the policy of a bundle as it is resolved for this kernel, as a table to be read,
 * or as the document that means the same. Reads only, needs no root.
 */
#include <inttypes.h>
#include <string.h>

#include "base/fd.h"
#include "cli/bundle.h"
#include "cli/verbs.h"
#include "oci/landlock.h"
#include "sys/uapi.h"

struct show_values {
	bool help, json;
	struct strv assume;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct show_values, json), NULL,
	  "The resolved policy as a document that can be given back as the policy" },
	{ "assume", 0, OPTION_LIST, offsetof(struct show_values, assume), "NAME=VALUE",
	  "Take this for a fact of the machine instead of looking (landlock-abi=3); may be "
	  "repeated" },
	CLI_HELP_ROW,
};
const struct cli_options cmd_landlock_show_options = { rows, sizeof(struct show_values) };

struct table {
	struct arena arena;
	struct strbuf *out;
	const struct plan_landlock *landlock;
};

static void table_free(struct table *table)
{
	arena_free(&table->arena);
}

/* ---- the head ---- */

static void add_head(struct table *table)
{
	const struct plan_landlock *landlock = table->landlock;
	struct strbuf *out = table->out;

	strbuf_addf(out, "policy:       %s\n", landlock->source);
	if (landlock->abi)
		strbuf_addf(out, "status:       %s (the kernel's Landlock ABI is %u)\n",
			    plan_landlock_status_name(landlock->status), landlock->abi);
	else
		strbuf_addf(out, "status:       %s (the kernel has no Landlock)\n",
			    plan_landlock_status_name(landlock->status));
	strbuf_addf(out, "enforcement:  %s", landlock->best_effort ? "best-effort" : "strict");
	if (landlock->minimum_abi)
		strbuf_addf(out, ", at least ABI %u", landlock->minimum_abi);
	strbuf_add(out, "\n");
	for (size_t i = 0; i < landlock->dropped_n; i++)
		strbuf_addf(out, "%s%s", i ? ", " : "dropped:      ", landlock->dropped[i]);
	if (landlock->dropped_n)
		strbuf_add(out, " (the kernel does not know it)\n");
}

/* ---- rules ---- */

static size_t wider(size_t width, const char *text)
{
	size_t len = strlen(text);

	return len > width ? len : width;
}

static const char *missing_word(enum oci_landlock_missing missing)
{
	switch (missing) {
	case LANDLOCK_MISSING_SKIP:
		return "skipped";
	case LANDLOCK_MISSING_WARN:
		return "warning";
	case LANDLOCK_MISSING_ERROR:
		return "error";
	}
	return "";
}

static const char *may(struct table *table, enum oci_landlock_kind kind, uint64_t rights,
		       uint64_t handled)
{
	if (!(rights & handled))
		return "nothing (the kernel knows none of the rule's rights)";
	return oci_landlock_phrase(&table->arena, kind, rights & handled, handled);
}

static void add_paths(struct table *table)
{
	const struct plan_landlock *landlock = table->landlock;
	const struct oci_landlock_policy *policy = landlock->policy;
	size_t path_width = strlen("PATH"), origin_width = strlen("FROM");

	if (!landlock->handled_fs)
		return;
	strbuf_addf(table->out, "\nOnly where a rule allows it: %s.\n",
		    oci_landlock_phrase(&table->arena, LANDLOCK_FS, landlock->handled_fs, 0));
	if (!(landlock->handled_fs & LANDLOCK_ACCESS_FS_REFER))
		strbuf_add(table->out, "Nowhere, as no rule can be for it: rename and link between "
				       "folders.\n");
	for (size_t i = 0; i < policy->paths_n; i++) {
		path_width = wider(path_width, policy->paths[i].path);
		origin_width = wider(origin_width, policy->paths[i].origin);
	}
	if (!policy->paths_n)
		return;
	strbuf_addf(table->out, "\n%-*s  %-*s  %-10s  %s\n", (int)path_width, "PATH",
		    (int)origin_width, "FROM", "IF MISSING", "MAY");
	for (size_t i = 0; i < policy->paths_n; i++) {
		const struct oci_landlock_path *path = &policy->paths[i];

		strbuf_addf(table->out, "%-*s  %-*s  %-10s  %s\n", (int)path_width, path->path,
			    (int)origin_width, path->origin, missing_word(path->missing),
			    may(table, LANDLOCK_FS, path->rights, landlock->handled_fs));
	}
}

static void add_ports(struct table *table)
{
	const struct plan_landlock *landlock = table->landlock;
	const struct oci_landlock_policy *policy = landlock->policy;

	if (!landlock->handled_net)
		return;
	strbuf_addf(table->out, "\nOnly at ports for which a rule allows it: %s.\n",
		    oci_landlock_phrase(&table->arena, LANDLOCK_NET, landlock->handled_net, 0));
	if (policy->ports_n)
		strbuf_addf(table->out, "\n%-5s  %-12s  %s\n", "PORT", "FROM", "MAY");
	for (size_t i = 0; i < policy->ports_n; i++) {
		const struct oci_landlock_port *port = &policy->ports[i];

		strbuf_addf(table->out, "%-5" PRIu64 "  %-12s  %s\n", port->port, port->origin,
			    may(table, LANDLOCK_NET, port->rights, landlock->handled_net));
	}
}

static void add_scopes_and_log(struct table *table)
{
	const struct plan_landlock *landlock = table->landlock;
	const uint32_t flags = landlock->restrict_flags;

	if (landlock->scoped)
		strbuf_addf(
			table->out, "\nOnly among the container's own processes: %s.\n",
			oci_landlock_phrase(&table->arena, LANDLOCK_SCOPE, landlock->scoped, 0));
	if (flags)
		strbuf_add(table->out, "\n");
	if (flags & OCI_LANDLOCK_LOG_SAME_EXEC_OFF)
		strbuf_add(table->out, "Audit: what the program itself is denied is not logged.\n");
	if (flags & OCI_LANDLOCK_LOG_NEW_EXEC_ON)
		strbuf_add(table->out, "Audit: what programs that it executes are denied is "
				       "logged.\n");
	if (flags & OCI_LANDLOCK_LOG_SUBDOMAINS_OFF)
		strbuf_add(table->out, "Audit: what further domains in the container deny is not "
				       "logged.\n");
}

static void add_table(struct strbuf *out, const struct plan_landlock *landlock)
{
	CLEANUP(table_free) struct table table = { .out = out, .landlock = landlock };

	if (!landlock->asked) {
		strbuf_add(out, "policy:       none: Landlock restricts nothing\n");
		return;
	}
	add_head(&table);
	add_paths(&table);
	add_ports(&table);
	add_scopes_and_log(&table);
}

static void add_document(struct strbuf *out, const struct plan_landlock *landlock)
{
	drop_mem char *text = landlock->asked ? oci_landlock_write(landlock->policy) : NULL;

	strbuf_add(out, text ? text : "null");
	if (!str_ends_with(strbuf_text(out), "\n"))
		strbuf_add(out, "\n");
}

struct err *cmd_landlock_show(struct cli *cli, const void *data)
{
	const struct show_values *values = data;
	drop_bundle struct bundle bundle;
	drop_strbuf struct strbuf out = { 0 };

	bundle_init(&bundle);
	TRY(bundle_look(&bundle, &values->assume, cli->args_n ? cli->args[0] : NULL));
	TRY(bundle_check(&bundle));
	if (values->json)
		add_document(&out, &bundle.plan->landlock);
	else
		add_table(&out, &bundle.plan->landlock);
	return cli_print(strbuf_text(&out));
}

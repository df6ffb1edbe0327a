/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as a Landlock Config document: what `landlock show --json` prints and `landlock learn`
 * writes. Reading it again gives the same policy. See landlock.h. Pure.
 */
#include <inttypes.h>

#include "oci/json_out.h"
#include "oci/landlock.h"

static void write_rights(struct json_out *out, const char *key, enum oci_landlock_kind kind,
			 uint64_t rights)
{
	if (!rights)
		return;
	json_out_key(out, key);
	json_out_array(out);
	for (unsigned int i = 0; i < 64; i++) {
		const uint64_t bit = rights & 1ULL << i;
		const char *name = bit ? oci_landlock_name(kind, bit) : NULL;

		if (name)
			json_out_string(out, name);
		else if (bit)
			json_out_u64(out, bit);
	}
	json_out_end_array(out);
}

static void write_ruleset(struct json_out *out, const struct oci_landlock_rights *handled)
{
	json_out_key(out, "ruleset");
	json_out_array(out);
	json_out_object(out);
	write_rights(out, "handledAccessFs", LANDLOCK_FS, handled->fs);
	write_rights(out, "handledAccessNet", LANDLOCK_NET, handled->net);
	write_rights(out, "scoped", LANDLOCK_SCOPE, handled->scoped);
	json_out_end_object(out);
	json_out_end_array(out);
}

/* A dollar of a path is no variable's. */
static void write_path(struct json_out *out, const char *path)
{
	drop_strbuf struct strbuf text = { 0 };

	for (; *path; path++)
		strbuf_add_bytes(&text, *path == '$' ? "$$" : path, *path == '$' ? 2 : 1);
	json_out_string(out, strbuf_text(&text));
}

/* Neighbours with the same rights are one rule. */
static void write_path_rules(struct json_out *out, const struct oci_landlock_policy *policy)
{
	if (!policy->paths_n)
		return;
	json_out_key(out, "pathBeneath");
	json_out_array(out);
	for (size_t i = 0; i < policy->paths_n;) {
		const uint64_t rights = policy->paths[i].rights;

		json_out_object(out);
		json_out_key(out, "parent");
		json_out_array(out);
		for (; i < policy->paths_n && policy->paths[i].rights == rights; i++)
			write_path(out, policy->paths[i].path);
		json_out_end_array(out);
		write_rights(out, "allowedAccess", LANDLOCK_FS, rights);
		json_out_end_object(out);
	}
	json_out_end_array(out);
}

/* A group of an ABI may be empty for ports: such a rule allows nothing. */
static void write_port_rules(struct json_out *out, const struct oci_landlock_policy *policy)
{
	bool any = false;

	for (size_t i = 0; i < policy->ports_n;) {
		const uint64_t rights = policy->ports[i].rights;

		if (!rights) {
			i++;
			continue;
		}
		if (!any) {
			json_out_key(out, "netPort");
			json_out_array(out);
		}
		any = true;
		json_out_object(out);
		json_out_key(out, "port");
		json_out_array(out);
		for (; i < policy->ports_n && policy->ports[i].rights == rights; i++)
			json_out_u64(out, policy->ports[i].port);
		json_out_end_array(out);
		write_rights(out, "allowedAccess", LANDLOCK_NET, rights);
		json_out_end_object(out);
	}
	if (any)
		json_out_end_array(out);
}

/* ---- the key nucleus ---- */

static bool is_first(const struct oci_landlock_policy *policy, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (policy->paths[j].missing == policy->paths[i].missing &&
		    str_equal(policy->paths[j].path, policy->paths[i].path))
			return false;
	}
	return true;
}

/* The lists are of paths, no templates: as they are. */
static void write_missing_list(struct json_out *out, const char *key,
			       const struct oci_landlock_policy *policy,
			       enum oci_landlock_missing missing)
{
	bool any = false;

	for (size_t i = 0; i < policy->paths_n; i++) {
		if (policy->paths[i].missing != missing || !is_first(policy, i))
			continue;
		if (!any) {
			json_out_key(out, key);
			json_out_array(out);
		}
		any = true;
		json_out_string(out, policy->paths[i].path);
	}
	if (any)
		json_out_end_array(out);
}

static void write_missing(struct json_out *out, const struct oci_landlock_policy *policy)
{
	bool all_required = true;

	for (size_t i = 0; i < policy->paths_n; i++)
		all_required &= policy->paths[i].missing == LANDLOCK_MISSING_ERROR;
	json_out_key(out, "missingPath");
	json_out_string(out, all_required ? "error" : "skip");
	if (all_required)
		return;
	write_missing_list(out, "expectedPaths", policy, LANDLOCK_MISSING_WARN);
	write_missing_list(out, "requiredPaths", policy, LANDLOCK_MISSING_ERROR);
}

static void write_log(struct json_out *out, uint32_t flags)
{
	if (!flags)
		return;
	json_out_key(out, "log");
	json_out_object(out);
	if (flags & OCI_LANDLOCK_LOG_SAME_EXEC_OFF) {
		json_out_key(out, "sameExec");
		json_out_bool(out, false);
	}
	if (flags & OCI_LANDLOCK_LOG_NEW_EXEC_ON) {
		json_out_key(out, "newExec");
		json_out_bool(out, true);
	}
	if (flags & OCI_LANDLOCK_LOG_SUBDOMAINS_OFF) {
		json_out_key(out, "subdomains");
		json_out_bool(out, false);
	}
	json_out_end_object(out);
}

static void write_settings(struct json_out *out, const struct oci_landlock_policy *policy)
{
	json_out_key(out, "nucleus");
	json_out_object(out);
	json_out_key(out, "enforcement");
	json_out_string(out, policy->best_effort ? "best-effort" : "strict");
	if (policy->minimum_abi) {
		json_out_key(out, "minimumAbi");
		json_out_u64(out, policy->minimum_abi);
	}
	write_missing(out, policy);
	write_log(out, policy->restrict_flags);
	json_out_end_object(out);
}

char *oci_landlock_write(const struct oci_landlock_policy *policy)
{
	struct json_out *out = json_out_new(true);

	json_out_object(out);
	write_ruleset(out, &policy->handled);
	write_path_rules(out, policy);
	write_port_rules(out, policy);
	write_settings(out, policy);
	json_out_end_object(out);
	return json_out_take(out);
}

void oci_landlock_settle(struct oci_landlock_policy *policy)
{
	for (size_t i = 0; i < policy->paths_n; i++) {
		const struct oci_landlock_path *path = &policy->paths[i];

		if (path->missing != LANDLOCK_MISSING_ERROR)
			continue;
		for (size_t j = 0; j < policy->paths_n; j++) {
			if (str_equal(policy->paths[j].path, path->path))
				policy->paths[j].missing = LANDLOCK_MISSING_ERROR;
		}
	}
}

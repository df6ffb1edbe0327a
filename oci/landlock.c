/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the nucleus.landlock annotation in all its forms, and composing the built-in policy with
 * options or a document. See landlock.h. Touches no kernel and no file. Parent only.
 */
#include "oci/landlock.h"

#include <linux/landlock.h>
#include <string.h>

#include "landlock_default.h"
#include "oci/landlock_document.h"

/* ---- reading one document into a policy ---- */

enum { RULES_MAX = 16384 };

struct policy_reader {
	struct arena *arena;
	struct problems *problems;
	struct oci_landlock_policy *policy;
	const char *place;  /* of the document */
	const char *origin; /* "default" for the built-in one, else NULL: the rule's place */
	uint32_t abi;
	enum oci_landlock_missing missing;
	struct strv expected; /* paths whose absence is told */
	enum oci_landlock_missing expected_missing;
	struct strv required; /* paths whose absence is an error */
};

/* abi.all of an ABI that is newer than this build would leave out what the author means. */
static void check_abi(const struct policy_reader *r, const char *word, const char *place)
{
	if (r->abi <= OCI_LANDLOCK_ABI_MAX || !str_starts_with(word, "abi."))
		return;
	const char *text = arena_asprintf(
		r->arena,
		"\"%s\" of ABI %u: this build knows the rights up to ABI %d; newer ones can be "
		"given as integers",
		word, r->abi, OCI_LANDLOCK_ABI_MAX);
	if (r->policy->best_effort)
		problems_warn(r->problems, place, "%s", text);
	else
		problems_unsupported(r->problems, place, "%s", text);
}

static void read_word(const struct policy_reader *r, enum oci_landlock_kind kind, const char *word,
		      const char *place, uint64_t *rights)
{
	oci_landlock_word(kind, word, r->abi, place, r->problems, rights);
	check_abi(r, word, place);
}

/* A list of words and integers; empty or absent lists are told where they are not allowed. */
static uint64_t read_rights(const struct policy_reader *r, enum oci_landlock_kind kind,
			    const struct json_node *node, const char *place)
{
	uint64_t rights = 0;
	size_t i = 0;

	if (node->type != JSON_ARRAY || node->n == 0) {
		problems_error(r->problems, place, "expected an array of rights, found %s",
			       node->type == JSON_ARRAY ? "an empty one"
							: json_type_name(node->type));
		return 0;
	}
	for (const struct json_node *item = node->first; item; item = item->next, i++) {
		const char *item_place = place_item(r->arena, place, i);
		uint64_t mask = 0;

		if (item->type == JSON_STRING)
			read_word(r, kind, item->text, item_place, &rights);
		else if (item->type == JSON_NUMBER && str_to_u64(item->text, &mask) && mask)
			rights |= mask;
		else
			problems_error(r->problems, item_place,
				       "expected a right's name or an integer bit mask");
	}
	return rights;
}

static const char *rule_place(const struct policy_reader *r, const char *list, size_t i)
{
	return place_item(r->arena, place_member(r->arena, r->place, list), i);
}

static void read_ruleset(const struct policy_reader *r, const struct ruleset *ruleset,
			 const char *place)
{
	struct oci_landlock_rights *handled = &r->policy->handled;
	struct {
		const struct json_node *node;
		const char *name;
		enum oci_landlock_kind kind;
		uint64_t *out;
	} rows[] = {
		{ ruleset->fs, "handledAccessFs", LANDLOCK_FS, &handled->fs },
		{ ruleset->net, "handledAccessNet", LANDLOCK_NET, &handled->net },
		{ ruleset->scoped, "scoped", LANDLOCK_SCOPE, &handled->scoped },
	};
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].node)
			continue;
		any = true;
		*rows[i].out |= read_rights(r, rows[i].kind, rows[i].node,
					    place_member(r->arena, place, rows[i].name));
	}
	if (!any)
		problems_error(r->problems, place,
			       "needs handledAccessFs, handledAccessNet or scoped");
}

static bool lists(const struct strv *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (str_equal(list->items[i], text))
			return true;
	}
	return false;
}

static enum oci_landlock_missing missing_of(const struct policy_reader *r, const char *path)
{
	if (lists(&r->required, path))
		return LANDLOCK_MISSING_ERROR;
	return lists(&r->expected, path) ? r->expected_missing : r->missing;
}

static void add_path(const struct policy_reader *r, const char *path, uint64_t rights,
		     const char *origin)
{
	struct oci_landlock_policy *policy = r->policy;
	const char *place = OCI_LANDLOCK_PLACE ".pathBeneath";
	size_t n = policy->paths_n;

	if (n >= RULES_MAX) {
		if (!problems_has(r->problems, place))
			problems_error(r->problems, place, "has more than %d rules for paths",
				       RULES_MAX);
		return;
	}
	policy->paths = arena_grow_one(r->arena, policy->paths, n, sizeof(*policy->paths));
	policy->paths[n] = (struct oci_landlock_path){
		.path = path,
		.rights = rights,
		.missing = missing_of(r, path),
		.origin = origin,
	};
	policy->paths_n = n + 1;
	/* A document with only rules is complete. */
	policy->handled.fs |= rights;
}

static void read_path_rule(const struct policy_reader *r, const struct document *document, size_t i)
{
	const struct path_rule *rule = &document->paths.items[i];
	const char *place = rule_place(r, "pathBeneath", i);
	const char *origin = r->origin ? r->origin : place_item(r->arena, "pathBeneath", i);
	const char *parents_place = place_member(r->arena, place, "parent");
	struct strv paths = { 0 };

	if (!rule->access)
		return; /* told: it is required */
	uint64_t rights = read_rights(r, LANDLOCK_FS, rule->access,
				      place_member(r->arena, place, "allowedAccess"));
	if (!rule->parents.n)
		problems_error(r->problems, parents_place,
			       "expected an array of paths, found an empty one");
	for (size_t j = 0; j < rule->parents.n; j++) {
		const char *parent_place = place_item(r->arena, parents_place, j);

		if (!rule->parents.items[j][0])
			problems_error(r->problems, parent_place, "is empty");
		oci_landlock_expand(r->arena, rule->parents.items[j], &document->variables,
				    parent_place, r->problems, &paths);
	}
	for (size_t j = 0; j < paths.n; j++)
		add_path(r, paths.items[j], rights, origin);
}

static void add_port(const struct policy_reader *r, const struct json_node *node, const char *place,
		     uint64_t rights, const char *origin)
{
	struct oci_landlock_policy *policy = r->policy;
	size_t n = policy->ports_n;
	uint64_t port;

	if (node->type != JSON_NUMBER || !str_to_u64(node->text, &port) || port > UINT16_MAX) {
		problems_error(r->problems, place, "expected a port from 0 to 65535");
		return;
	}
	policy->ports = arena_grow_one(r->arena, policy->ports, n, sizeof(*policy->ports));
	policy->ports[n] = (struct oci_landlock_port){ port, rights, origin };
	policy->ports_n = n + 1;
	policy->handled.net |= rights;
}

static void read_port_rule(const struct policy_reader *r, const struct document *document, size_t i)
{
	const struct port_rule *rule = &document->ports.items[i];
	const char *place = rule_place(r, "netPort", i);
	const char *ports_place = place_member(r->arena, place, "port");
	size_t j = 0;

	if (!rule->access || !rule->ports)
		return; /* told: they are required */
	uint64_t rights = read_rights(r, LANDLOCK_NET, rule->access,
				      place_member(r->arena, place, "allowedAccess"));
	if (rule->ports->type != JSON_ARRAY || rule->ports->n == 0)
		problems_error(r->problems, ports_place, "expected an array of ports");
	for (const struct json_node *port = rule->ports->first; port; port = port->next, j++)
		add_port(r, port, place_item(r->arena, ports_place, j), rights,
			 place_item(r->arena, "netPort", i));
}

/* Also of one that no path names. */
static void check_variables(const struct policy_reader *r, const struct document *document)
{
	for (size_t i = 0; i < document->variables.n; i++) {
		const char *name = document->variables.items[i].name;

		if (name && !oci_landlock_is_variable_name(name))
			problems_error(
				r->problems,
				arena_asprintf(r->arena, "%s.name", rule_place(r, "variable", i)),
				"\"%.64s\": a name is a letter, then letters, digits and "
				"underscores",
				name);
	}
}

static void read_rules(const struct policy_reader *r, const struct document *document)
{
	check_variables(r, document);
	for (size_t i = 0; i < document->rulesets.n; i++)
		read_ruleset(r, &document->rulesets.items[i], rule_place(r, "ruleset", i));
	for (size_t i = 0; i < document->paths.n; i++)
		read_path_rule(r, document, i);
	for (size_t i = 0; i < document->ports.n; i++)
		read_port_rule(r, document, i);
}

/* ---- settings ---- */

static uint32_t flags_of(const struct log_flags *log)
{
	uint32_t flags = 0;

	if (!log)
		return 0;
	if (log->same_exec.set && !log->same_exec.v)
		flags |= OCI_LANDLOCK_LOG_SAME_EXEC_OFF;
	if (log->new_exec.set && log->new_exec.v)
		flags |= OCI_LANDLOCK_LOG_NEW_EXEC_ON;
	if (log->subdomains.set && !log->subdomains.v)
		flags |= OCI_LANDLOCK_LOG_SUBDOMAINS_OFF;
	return flags;
}

static void add_default(struct arena *arena, struct problems *problems, bool missing_is_error,
			struct oci_landlock_policy *policy)
{
	struct document document;
	struct policy_reader reader = {
		.arena = arena,
		.problems = problems,
		.policy = policy,
		.place = "the built-in policy",
		.origin = "default",
		.missing = LANDLOCK_MISSING_SKIP,
		.expected_missing =
			missing_is_error ? LANDLOCK_MISSING_ERROR : LANDLOCK_MISSING_WARN,
	};

	if (!landlock_document_parse(arena, landlock_default_json, strlen(landlock_default_json),
				     reader.place, problems, &document))
		return;
	reader.abi = document.abi.v;
	if (document.settings)
		reader.expected = document.settings->expected_paths;
	read_rules(&reader, &document);
	policy->mounts = true;
}

static void read_document(struct arena *arena, const char *text, size_t len,
			  struct problems *problems, struct oci_landlock_policy *policy)
{
	struct document document;
	static const struct settings none;

	if (!landlock_document_parse(arena, text, len, OCI_LANDLOCK_PLACE, problems, &document))
		return;
	const struct settings *settings = document.settings ? document.settings : &none;
	bool skip = settings->missing_path.set && settings->missing_path.v == LANDLOCK_MISSING_SKIP;
	struct policy_reader reader = {
		.arena = arena,
		.problems = problems,
		.policy = policy,
		.place = OCI_LANDLOCK_PLACE,
		.abi = document.abi.v,
		.missing = skip ? LANDLOCK_MISSING_SKIP : LANDLOCK_MISSING_ERROR,
		.expected = settings->expected_paths,
		.expected_missing = skip ? LANDLOCK_MISSING_WARN : LANDLOCK_MISSING_ERROR,
		.required = settings->required_paths,
	};

	policy->best_effort =
		settings->enforcement.set && settings->enforcement.v == ENFORCE_BEST_EFFORT;
	if (settings->base.set && settings->base.v == BASE_DEFAULT)
		add_default(arena, problems,
			    settings->missing_path.set && !skip && !policy->best_effort, policy);
	read_rules(&reader, &document);
	policy->minimum_abi = settings->minimum_abi.v;
	if (settings->mounts.set && settings->mounts.v == MOUNTS_NONE)
		policy->mounts = false;
	policy->restrict_flags = flags_of(settings->log);
	const struct oci_landlock_rights *handled = &policy->handled;
	if (!handled->fs && !handled->net && !handled->scoped)
		problems_error(
			problems, OCI_LANDLOCK_PLACE,
			"restricts nothing: no ruleset, no pathBeneath, no netPort, no base");
}

/* ---- "default,OPTION,..." ---- */

static void add_option_path(struct arena *arena, struct oci_landlock_policy *policy,
			    struct problems *problems, const char *option)
{
	const struct policy_reader reader = {
		.arena = arena,
		.problems = problems,
		.policy = policy,
		.missing = LANDLOCK_MISSING_ERROR,
	};
	const char *path = strchr(option, '=') + 1;
	uint64_t rights = option[1] == 'w'   ? oci_landlock_read_write()
			  : option[1] == 'o' ? oci_landlock_read_only()
					     : oci_landlock_read_execute();

	if (*path != '/') {
		problems_error(problems, OCI_LANDLOCK_PLACE, "\"%s\": the path must be absolute",
			       option);
		return;
	}
	add_path(&reader, path, rights, option);
}

static void take_option(struct arena *arena, struct oci_landlock_policy *policy,
			struct problems *problems, const char *option)
{
	if (str_equal(option, "best-effort")) {
		policy->best_effort = true;
	} else if (str_equal(option, "strict")) {
		policy->best_effort = false;
	} else if (str_starts_with(option, "min-abi=")) {
		if (!str_to_u32(option + strlen("min-abi="), &policy->minimum_abi) ||
		    !policy->minimum_abi)
			problems_error(problems, OCI_LANDLOCK_PLACE,
				       "\"%s\": expected an ABI number from 1", option);
	} else if (str_starts_with(option, "rw=") || str_starts_with(option, "ro=") ||
		   str_starts_with(option, "rx=")) {
		add_option_path(arena, policy, problems, option);
	} else {
		problems_error(
			problems, OCI_LANDLOCK_PLACE,
			"unknown option \"%s\": accepted are best-effort, strict, min-abi=N, "
			"rw=PATH, ro=PATH, rx=PATH",
			option);
	}
}

static void read_default(struct arena *arena, const char *options, struct problems *problems,
			 struct oci_landlock_policy *policy)
{
	char *rest = arena_strdup(arena, options);

	add_default(arena, problems, false, policy);
	for (char *option; (option = strsep(&rest, ","));)
		take_option(arena, policy, problems, option);
}

/* ---- the annotation ---- */

const char *oci_landlock_file(const char *annotation)
{
	return str_starts_with(annotation, "file:") ? annotation + strlen("file:") : NULL;
}

void oci_landlock_read(struct arena *arena, const char *annotation, const char *file_text,
		       size_t file_len, struct problems *problems, struct oci_landlock_policy **out)
{
	struct oci_landlock_policy *policy = arena_zalloc(arena, sizeof(*policy));

	*out = NULL;
	if (str_equal(annotation, "off"))
		return;
	*out = policy;
	if (str_equal(annotation, "default")) {
		policy->source = "default";
		add_default(arena, problems, false, policy);
	} else if (str_starts_with(annotation, "default,")) {
		policy->source = annotation;
		read_default(arena, annotation + strlen("default,"), problems, policy);
	} else if (annotation[0] == '{') {
		policy->source = "inline";
		read_document(arena, annotation, strlen(annotation), problems, policy);
	} else if (oci_landlock_file(annotation)) {
		policy->source = annotation;
		if (file_text)
			read_document(arena, file_text, file_len, problems, policy);
	} else {
		problems_error(
			problems, OCI_LANDLOCK_PLACE,
			"\"%.64s\": accepted are off, default, default,OPTION,..., {POLICY}, "
			"file:PATH",
			annotation);
	}
}

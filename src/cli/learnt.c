/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a policy and as words. See learnt.h. Pure. */
#include "cli/learnt.h"

#include <stdlib.h>
#include <string.h>

#include "sys/uapi.h"

/* ---- the policy ---- */

static uint64_t scopes(const struct findings *findings, const struct learnt_wish *wish)
{
	uint64_t scoped = oci_landlock_rights_of_abi(wish->abi).scoped;

	/* Abstract names are those of a network namespace, process ids those of a pid namespace. */
	if (!wish->own_network && findings_noted(findings, NOTE_ABSTRACT))
		scoped &= ~(uint64_t)LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
	if (!wish->own_pids)
		scoped &= ~(uint64_t)LANDLOCK_SCOPE_SIGNAL;
	return scoped;
}

/* Paths with the same rights stand together: they become one rule of the document. */
static int by_rights(const void *a, const void *b)
{
	const struct oci_landlock_path *x = a, *y = b;

	if (x->rights != y->rights)
		return x->rights < y->rights ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int by_port_rights(const void *a, const void *b)
{
	const struct oci_landlock_port *x = a, *y = b;

	if (x->rights != y->rights)
		return x->rights < y->rights ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

static void add_paths(struct oci_landlock_policy *policy, struct findings *findings)
{
	bool skip = findings_has_gone(findings);

	policy->paths =
		arena_zalloc(&findings->arena, (findings->paths_n + 1) * sizeof(*policy->paths));
	for (size_t i = 0; i < findings->paths_n; i++) {
		const struct finding_path *path = &findings->paths[i];

		if (path->rights)
			policy->paths[policy->paths_n++] = (struct oci_landlock_path){
				.path = path->path,
				.rights = path->rights,
				.missing = skip ? LANDLOCK_MISSING_SKIP : LANDLOCK_MISSING_ERROR,
			};
	}
	if (policy->paths_n)
		qsort(policy->paths, policy->paths_n, sizeof(*policy->paths), by_rights);
}

static void add_ports(struct oci_landlock_policy *policy, struct findings *findings)
{
	policy->ports =
		arena_zalloc(&findings->arena, (findings->ports_n + 1) * sizeof(*policy->ports));
	for (size_t i = 0; i < findings->ports_n; i++) {
		uint64_t rights = findings->ports[i].rights & policy->handled.net;

		if (rights)
			policy->ports[policy->ports_n++] = (struct oci_landlock_port){
				.port = findings->ports[i].port,
				.rights = rights,
			};
	}
	if (policy->ports_n)
		qsort(policy->ports, policy->ports_n, sizeof(*policy->ports), by_port_rights);
}

/* ---- the summary ---- */

/* The text of a note, %s being its detail; those without are told by themselves. */
static const char *const note_texts[NOTE_FAILED + 1] = {
	[NOTE_IO_URING] = "io_uring was set up%s: what it does is not seen (let seccomp deny it)",
	[NOTE_MOUNT] = "%s has changed the mount tree: under any Landlock policy that is denied",
	[NOTE_FOREIGN] = "a program of another architecture ran%s: its calls were not read",
	[NOTE_OUTSIDE] = "%s is not in the container's tree of files: no rule can allow it",
	[NOTE_UNTRACED] = "a process was made with CLONE_UNTRACED%s: it was not followed",
	[NOTE_ABSTRACT] = "the abstract Unix socket \"%s\" is not one that the run has bound",
	[NOTE_LOST] = "a path of %s could not be read: a rule may be missing",
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void add_note(struct strbuf *out, struct arena *arena, const struct finding_note *note)
{
	const char *text = note_texts[note->kind], *hole = strstr(text, "%s");

	strbuf_add_line(out, arena_asprintf(arena, "note: %.*s%s%s", (int)(hole - text), text,
					    note->detail, hole + strlen("%s")));
}

static void add_rules(struct strbuf *out, struct arena *arena,
		      const struct oci_landlock_policy *policy)
{
	for (size_t i = 0; i < policy->paths_n;) {
		const uint64_t rights = policy->paths[i].rights;
		size_t first = i;

		while (i < policy->paths_n && policy->paths[i].rights == rights)
			i++;
		const char *phrase =
			oci_landlock_phrase(arena, LANDLOCK_FS, rights, policy->handled.fs);
		strbuf_addf(out, "%6zu path%s: %s\n", i - first, plural(i - first), phrase);
	}
	for (size_t i = 0; i < policy->ports_n; i++)
		strbuf_addf(out, "  port %llu: %s\n", (unsigned long long)policy->ports[i].port,
			    oci_landlock_phrase(arena, LANDLOCK_NET, policy->ports[i].rights, 0));
}

static void add_scopes(struct strbuf *out, const struct oci_landlock_policy *policy,
		       const struct learnt_wish *wish)
{
	const uint64_t known = oci_landlock_rights_of_abi(wish->abi).scoped;
	const uint64_t open = known & ~policy->handled.scoped;

	if (open & LANDLOCK_SCOPE_SIGNAL)
		strbuf_add(out, "note: signals to processes outside are not restricted: the "
				"container has no pid namespace of its own\n");
	if (open & LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
		strbuf_add(out, "note: abstract Unix sockets are not restricted: the run has used "
				"one of somebody else\n");
}

static void summarise(struct strbuf *out, struct findings *findings,
		      const struct oci_landlock_policy *policy, const struct learnt_wish *wish)
{
	strbuf_addf(out, "seen: %lu program%s, %lu call%s that a policy can deny\n",
		    findings->programs, plural(findings->programs), findings->calls,
		    plural(findings->calls));
	strbuf_addf(out, "learnt: rules for %zu path%s and %zu port%s\n", policy->paths_n,
		    plural(policy->paths_n), policy->ports_n, plural(policy->ports_n));
	add_rules(out, &findings->arena, policy);
	add_scopes(out, policy, wish);
	for (size_t i = 0; i < findings->notes_n; i++) {
		if (note_texts[findings->notes[i].kind])
			add_note(out, &findings->arena, &findings->notes[i]);
	}
}

static void add_calls(struct strbuf *out, const struct findings *findings,
		      enum finding_note_kind kind)
{
	for (size_t i = 0; i < findings->notes_n; i++) {
		if (findings->notes[i].kind == kind)
			strbuf_add_line(out, findings->notes[i].detail);
	}
}

void learnt_report(struct findings *findings, struct strbuf *out, const void *data)
{
	const struct learnt_wish *wish = data;
	struct oci_landlock_policy policy = { .handled = oci_landlock_rights_of_abi(wish->abi) };

	findings_finish(findings, policy.handled.fs);
	policy.handled.scoped = scopes(findings, wish);
	add_paths(&policy, findings);
	add_ports(&policy, findings);
	drop_mem char *text = oci_landlock_write(&policy);
	strbuf_add_bytes(out, text, strlen(text) + 1);
	summarise(out, findings, &policy, wish);
	strbuf_add_bytes(out, "", 1);
	add_calls(out, findings, NOTE_DENIED);
	strbuf_add_bytes(out, "", 1);
	add_calls(out, findings, NOTE_FAILED);
}

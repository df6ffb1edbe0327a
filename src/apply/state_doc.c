/* SPDX-License-Identifier: Apache-2.0 */
/* State documents from a plan. See state_doc.h. Either process. */
#include "apply/state_doc.h"

#include "base/mem.h"

static struct oci_nucleus_state *nucleus_state(struct arena *arena, const struct plan *plan)
{
	const struct plan_landlock *landlock = &plan->landlock;

	if (!landlock->asked)
		return NULL;
	struct oci_nucleus_state *nucleus = arena_zalloc(arena, sizeof(*nucleus));
	struct oci_landlock_state *state = arena_zalloc(arena, sizeof(*state));
	nucleus->landlock = state;
	state->status = arena_strdup(arena, plan_landlock_status_name(landlock->status));
	state->abi = landlock->abi;
	state->dropped.n = landlock->dropped_n;
	state->dropped.items =
		arena_zalloc(arena, (landlock->dropped_n + 1) * sizeof(*state->dropped.items));
	for (size_t i = 0; i < landlock->dropped_n; i++)
		state->dropped.items[i] = arena_strdup(arena, landlock->dropped[i]);
	return nucleus;
}

void state_doc_fill(struct arena *arena, const struct plan *plan, struct oci_state *out)
{
	out->oci_version = arena_strdup(arena, OCI_SPEC_VERSION);
	out->id = arena_strdup(arena, plan->id);
	out->bundle = arena_strdup(arena, plan->bundle);
	out->rootfs = arena_strdup(arena, plan->rootfs.path);
	out->annotations = plan->config->annotations;
	out->nucleus = nucleus_state(arena, plan);
}

char *state_doc_write(const struct plan *plan, const char *status, int64_t pid)
{
	drop_arena struct arena arena = { 0 };
	struct oci_state state = { 0 };

	state_doc_fill(&arena, plan, &state);
	state.status = arena_strdup(&arena, status);
	state.pid = pid;
	return oci_state_write(&state, false);
}

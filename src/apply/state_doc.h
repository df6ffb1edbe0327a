/* SPDX-License-Identifier: Apache-2.0 */
/* The state document for hooks, from a plan (runtime.md, "State"). Either process. */
#ifndef APPLY_STATE_DOC_H
#define APPLY_STATE_DOC_H

#include <stdint.h>

#include "oci/state.h"
#include "plan/plan.h"

/* Compact JSON. `pid` as the reader sees it: the host's for runtime-namespace hooks, the
 * container's for hooks inside. free() by the caller. */
char *state_doc_write(const struct plan *plan, const char *status, int64_t pid);
/* Fills the state from a plan; strings are the plan's or the arena's. */
void state_doc_fill(struct arena *arena, const struct plan *plan, struct oci_state *out);

#endif

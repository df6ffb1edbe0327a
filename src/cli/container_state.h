/* SPDX-License-Identifier: Apache-2.0 */
/* State documents: the record made from a plan, and what state, list and hooks show of it. */
#ifndef CLI_CONTAINER_STATE_H
#define CLI_CONTAINER_STATE_H

#include "apply/agent.h"
#include "base/err.h"
#include "plan/plan.h"
#include "status/lifecycle.h"
#include "status/store.h"

/*
 * Fills container->record from the plan, with pid 0 ("creating"). Strings go to the container's
 * arena or stay with the plan, which must live as long.
 */
void container_fill_record(struct container *container, const struct plan *plan);

/* The agent that gets the container's listener, in *out; NULL if no call is notified. */
const struct agent *container_agent(const struct container *container, struct agent *out);

/* The container's status, asked from the kernel. */
enum status container_status(const struct container *container);
/* The one group whose members are the container's processes; NULL: it has none. */
const char *container_group(const struct oci_record *record);
/* The document that `state` prints, with its status and owner; free() by the caller. */
char *container_state_text(struct container *container, enum status status, bool indent);
/* The name of the user `uid`, or "#uid" for one without name. Arena memory. */
const char *container_owner(struct arena *arena, uint32_t uid);

#endif

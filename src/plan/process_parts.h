/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of plan_add_process, a file each. Private to the room; pure; the parent runs it.
 * config->process is not NULL in any of them.
 */
#ifndef PLAN_PROCESS_PARTS_H
#define PLAN_PROCESS_PARTS_H

#include "plan/plan.h"

/* caps.c */
void plan_add_caps(struct arena *arena, struct plan *plan, struct host *host,
		   struct problems *problems);
/* env.c: env, home_set and path. */
void plan_add_env(struct arena *arena, struct plan *plan, const struct plan_options *options,
		  struct problems *problems);
/* user.c: uid, gid, groups, set_groups, umask. */
void plan_add_user(struct arena *arena, struct plan *plan, struct host *host,
		   struct problems *problems);

#endif

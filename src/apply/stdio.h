/* SPDX-License-Identifier: Apache-2.0 */
/* The standard streams that a process gets from the runtime's caller. Parent only. */
#ifndef APPLY_STDIO_H
#define APPLY_STDIO_H

#include "plan/plan.h"

/*
 * Engines' images log to /dev/stdout as an ordinary user: to open it again takes the right to the
 * pipe behind it. So pipes among the streams become the process's user's. Before the clone: a user
 * namespace has no right to them. What can't be given away stays (lesson S44).
 */
void stdio_give_pipes(const struct plan_process *process);

#endif

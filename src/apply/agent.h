/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp agent: whoever listens at linux.seccomp.listenerPath and decides about notified calls
 * (config-linux.md, "Seccomp" and "The Container Process State"). Parent only.
 */
#ifndef APPLY_AGENT_H
#define APPLY_AGENT_H

#include "base/err.h"
#include "oci/state.h"

struct agent {
	const char *path;	       /* of its socket, absolute */
	const char *metadata;	       /* NULL: none */
	const struct oci_state *state; /* the container's, with its pid; status does not matter */
	/* exec: the process, and the container's status; 0, NULL: init, which is "created" */
	int64_t pid;
	const char *status;
};

/*
 * Whether somebody could answer there, without a connection that the agent would notice. Before
 * anything is made or started: an agent that is gone loses nothing then.
 */
MUST_CHECK struct err *agent_check(const char *path);
/* Sends the container process state and the listener over a connection that is closed again. */
MUST_CHECK struct err *agent_send(const struct agent *agent, int listener_fd);

#endif

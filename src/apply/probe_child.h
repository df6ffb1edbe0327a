/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the kernel: the parts of the child's side. See probe.h. Child only. */
#ifndef APPLY_PROBE_CHILD_H
#define APPLY_PROBE_CHILD_H

#include "apply/child.h"
#include "apply/child_exec.h"
#include "apply/probe.h"

/* Answers every question of the context (SYNC_ANSWER each) and ends. Returns only errors. */
MUST_CHECK struct err *probe_run(struct child_exec *exec, struct child_context *context);

/*
 * probe_stage.c: a tmpfs of our own that is mounted one level below a folder, so that what the
 * kernel says of things in it follows from the folder's rules (the hidden mount point counts for
 * nothing in Landlock), and nothing of the container's changes. An existing folder is taken for the
 * mount point; where there is none, one is made and removed again.
 */
struct probe_stage {
	int parent_fd;	 /* the folder, or -1 */
	int fd;		 /* the root of the tmpfs, or -1: no stage */
	int listen_fd;	 /* a socket "sock" in it */
	char made[64];	 /* the folder that was made, or "" */
	char point[300]; /* of the mount point in the folder */
	struct timespec times[2];
};
#define PROBE_STAGE_INIT                                   \
	{                                                  \
		.parent_fd = -1, .fd = -1, .listen_fd = -1 \
	}
/* 0 or -errno. */
int probe_stage_open(const char *folder, struct probe_stage *out);
void probe_stage_close(struct probe_stage *stage);

/* probe_ask.c: one question, by the process that calls it, in its own credentials and domain. */
struct probe_site {
	const struct probe *probe;
	const char *path;		 /* what is asked about; with a stage, its folder */
	const struct probe_stage *stage; /* NULL: the path itself */
	/* From before the domain: a socket that listens by an abstract name (PROBE_SCOPE), or one
	 * of UDP that has a port (PROBE_PORT). */
	int socket_fd;
	bool own_network; /* loopback is nobody else's */
};
enum probe_pass { PROBE_WITHOUT, PROBE_WITH };
/* 0 or a positive errno. */
int probe_ask(const struct probe_site *site, enum probe_pass pass);
/* The same without any effect or Landlock: by the process's ids and capabilities. */
int probe_ask_process(const struct probe_site *site);
/* As probe_ask, with everything that execve would open; stops before the program's first line. */
int probe_execute(const char *path);
/* Rights that are asked of a folder, and those that something in a folder has to be asked for. */
bool probe_is_of_folders(uint64_t right);
bool probe_is_of_files(uint64_t right);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at what an observed thread has: its memory, the files that its paths and descriptors
 * stand for. Everything is named as the container's root names it. The observing process runs it,
 * in the container's mount namespace and root; files are only looked at, never opened for reading,
 * with one exception (the first line of a script).
 */
#ifndef OBSERVE_TRACEE_H
#define OBSERVE_TRACEE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "observe/findings.h"

enum { VIEW_HELD_MAX = 256 };
/* The observing process's view of the container. */
struct view {
	int proc_dirfd; /* the host's procfs, in which the observed threads have their ids */
	struct stat root;
	struct findings *findings;
	/* Files that the first program got open: a policy does not concern them. */
	int held_fds[VIEW_HELD_MAX];
	size_t held_n;
	struct strv bound; /* abstract names that the run has bound: arena strings of findings */
};

/* A file, as rules can name it. */
struct seen_file {
	const char *path; /* NULL: no path stands for it (a pipe, a socket, memory) */
	mode_t type;	  /* S_IFMT bits; 0: nothing is there */
	bool unnamed;	  /* it has no name, or none any more: `path` is the one that it had */
};

/* A string of at most PATH_MAX bytes in the thread's memory, or NULL. */
const char *tracee_string(struct arena *arena, pid_t tid, uint64_t at);
/* What a path stands for to the thread, as a descriptor (O_PATH) of ours, or -errno. `flags` may
 * add O_NOFOLLOW and O_DIRECTORY. */
int tracee_open(const struct view *view, pid_t tid, int dirfd, const char *path, int flags);
/* The file behind a descriptor of ours, or an entry below /proc/TID ("fd/3", "exe"). */
void view_describe(struct view *view, struct arena *arena, int fd, struct seen_file *out);
void tracee_file(struct view *view, struct arena *arena, pid_t tid, const char *entry,
		 struct seen_file *out);
void tracee_fd(struct view *view, struct arena *arena, pid_t tid, int fd, struct seen_file *out);
/* The name that a path ends with, in the folder that it is in; links are followed up to there. */
void tracee_name(struct view *view, struct arena *arena, pid_t tid, int dirfd, const char *path,
		 struct seen_file *out);

/* Takes hold of the files that the first program has open. */
void view_hold_files(struct view *view, pid_t pid);
/* Whether the thread's descriptor is one of them, or a copy. */
bool view_holds(const struct view *view, pid_t tid, int fd);
/* IPPROTO_* of the thread's socket, if it is one of IPv4 or IPv6; else 0. */
int tracee_protocol(const struct view *view, pid_t tid, int fd);
/* Whether it has a port of its own by now. */
bool tracee_has_port(const struct view *view, pid_t tid, int fd);

#endif

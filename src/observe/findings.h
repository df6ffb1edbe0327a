/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run was seen to do, as the rights that a Landlock policy has to give for it. Fed with
 * events in their order, by path; knows no process and no kernel. Pure.
 *
 * A rule holds for what has its path when the container is made. So the findings follow names: what
 * the run has made itself has no rule of its own, but one on the nearest folder that was there
 * before; what the run has moved has one on the path that it came from.
 */
#ifndef OBSERVE_FINDINGS_H
#define OBSERVE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"

/* What has a name now. */
enum finding_now {
	NOW_AS_BEFORE, /* what had it when the run began, or nothing */
	NOW_MADE,      /* something that the run has made */
	NOW_MOVED,     /* something that had another name before */
};
struct finding_path {
	const char *path; /* absolute, clean */
	uint64_t rights;  /* LANDLOCK_ACCESS_FS_* for what had this path before; 0: no rule */
	enum finding_now now;
	const char *before; /* NOW_MOVED: its path before */
	bool gone;	    /* what had it before was removed or moved away */
	/* What another run needs if this one has left something there: on it, on its folder. */
	uint64_t again, again_folder;
};
/* A file or folder that has come into another folder: it must not gain rights by that. */
struct finding_move {
	const char *from, *to; /* the folders, as rules name them */
	const char *self;      /* its path before; NULL: the run has made it */
	bool is_dir;
};
struct finding_port {
	uint16_t port;
	uint64_t rights; /* LANDLOCK_ACCESS_NET_* */
};

/* What no rule can allow, or what could not be followed. */
enum finding_note_kind {
	NOTE_IO_URING, /* what is done by io_uring is seen by nobody */
	NOTE_MOUNT,    /* the mount tree was changed, which no Landlock domain may do */
	NOTE_FOREIGN,  /* calls of another architecture, which are not read */
	NOTE_OUTSIDE,  /* a file that no path in the container leads to */
	NOTE_UNTRACED, /* a process that was made so that nobody can follow it */
	NOTE_ABSTRACT, /* an abstract Unix socket that the run has not bound itself */
	NOTE_LOST,     /* a path that could not be read */
	NOTE_DENIED,   /* a call that failed like those that a policy denies */
	NOTE_FAILED,   /* one that failed otherwise, of what is there */
};
struct finding_note {
	enum finding_note_kind kind;
	const char *detail; /* a path, a call's name; may be "" */
};

struct findings {
	struct arena arena; /* of all strings */
	struct finding_path *paths;
	size_t paths_n, paths_cap;
	uint32_t *slots; /* hash table of indices + 1 */
	size_t slots_n;
	struct finding_move *moves;
	size_t moves_n;
	struct finding_port *ports;
	size_t ports_n;
	struct finding_note *notes;
	size_t notes_n;
	unsigned long programs; /* executed */
	unsigned long calls;	/* of those that a policy could deny */
};
void findings_free(struct findings *f);
#define drop_findings CLEANUP(findings_free)

/* The rights are needed on what has this path. */
void findings_use(struct findings *f, const char *path, uint64_t rights);
/* They are needed on the folder that it is in: of a file without a name, where it was made. */
void findings_use_folder(struct findings *f, const char *path, uint64_t rights);
/* A name was made for a new file, folder, socket, ...; `type` is S_IFREG, S_IFDIR, ... */
void findings_make(struct findings *f, const char *path, mode_t type);
/* What has this path was made by the run. If it is still there at the end, the same run would need
 * the rights on it the next time. */
void findings_use_again(struct findings *f, const char *path, uint64_t rights);
void findings_remove(struct findings *f, const char *path, bool is_dir);

struct finding_rename {
	const char *old_path, *new_path;
	mode_t old_type, new_type; /* new_type 0: nothing had the new name */
	bool exchange;
};
void findings_rename(struct findings *f, const struct finding_rename *rename);
/* A second name; `unnamed`: the first one for a file without (O_TMPFILE). */
void findings_link(struct findings *f, const char *old_path, const char *new_path, mode_t type,
		   bool unnamed);

/* What is known of this path, or NULL; not after findings_finish. */
struct finding_path *findings_find(struct findings *f, const char *path);
void findings_port(struct findings *f, uint16_t port, uint64_t rights);
void findings_note(struct findings *f, enum finding_note_kind kind, const char *detail);
bool findings_noted(const struct findings *f, enum finding_note_kind kind);

/*
 * The end: what moves need besides is added, what a folder's rule gives already is taken away. Only
 * rights in `known` stay. Paths are sorted; those without rights have no rule. No event may follow.
 */
void findings_finish(struct findings *f, uint64_t known);
/* Whether a rule's path was removed or moved away by the run, and nothing has it now. */
bool findings_has_gone(const struct findings *f);

#endif

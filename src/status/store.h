/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: <root>/<id>/ with
 *   state.json   the record (oci/state.h), written to a temporary name and renamed
 *   config.json  the private copy of the configuration, taken at create
 *   landlock.json the Landlock policy, if the annotation names a file; for exec
 *   journal      effects (journal.h)
 *   start.sock   while the container is "created"
 *   notify/      where the container says that it is ready, if a manager waits for that
 * and <root>/.deleted/<id>/, the same of a container that is deleted while its poststop hooks run.
 * The root is 0700 (sticky for a user's own, so that cleaners of temporary files leave it), a
 * container's directory too. The directory is locked (flock) while a verb changes the container.
 */
#ifndef STATUS_STORE_H
#define STATUS_STORE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "oci/state.h"

/* The start socket: there while the container is "created" (made and removed by apply). */
#define STORE_START_SOCKET "start.sock"

struct store {
	char *root;	 /* absolute */
	int root_dirfd;	 /* -1: the root does not exist (and was not to be made) */
	bool is_deleted; /* store_open_deleted */
};
/* /run/nucleus-oci, or $XDG_RUNTIME_DIR/nucleus-oci when not root or in a user namespace;
 * /run/user/UID/nucleus-oci where a user's environment has no such variable. */
char *store_default_root(bool rootless);
/* With `make`, the root is made; without, a missing root is no error (root_dirfd -1).
 * "/" is refused, and so is a root that belongs to others, or that they can write to. */
MUST_CHECK struct err *store_open(const char *root, bool make, struct store *out);
void store_close(struct store *store);
#define drop_store CLEANUP(store_close)

/* "invalid container ID format": only [A-Za-z0-9_+.-], at most 1024, not "." or "..", no leading
 * dot. */
MUST_CHECK struct err *store_check_id(const char *id);

struct container {
	struct arena arena;
	char *id;
	int dirfd;	 /* the container's directory, locked if asked for */
	bool has_record; /* false: create died before the record was written */
	struct oci_record record;
};
#define CONTAINER_INIT      \
	{                   \
		.dirfd = -1 \
	}
/* Claims the id: makes the directory, locked. ERR_EXISTS "container with given ID already exists".
 */
MUST_CHECK struct err *store_claim(struct store *store, const char *id, struct container *out);
/*
 * Opens an existing container; `lock` waits for the directory's lock. ERR_NOT_FOUND "container
 * \"x\" does not exist". A directory without a record has has_record false, a damaged record is an
 * error (ERR_STATE) that names the file.
 */
MUST_CHECK struct err *store_get(struct store *store, const char *id, bool lock,
				 struct container *out);
MUST_CHECK struct err *store_save(struct container *container);
/* Keeps the configuration's text / reads it back, as text and parsed (container memory). */
MUST_CHECK struct err *store_save_config(struct container *container, const char *text, size_t len);
MUST_CHECK struct err *store_load_config_text(struct container *container, struct strbuf *out);
MUST_CHECK struct err *store_parse_config(struct container *container, const struct strbuf *text,
					  struct oci_config **out);
MUST_CHECK struct err *store_load_config(struct container *container, struct oci_config **out);
/* The same for the Landlock policy of a "file:" annotation; reading one that was not kept leaves
 * `out` empty. */
MUST_CHECK struct err *store_save_policy(struct container *container, const char *text);
MUST_CHECK struct err *store_load_policy(struct container *container, struct strbuf *out);
/*
 * The containers of `store` that are deleted but for their poststop hooks, as a store of its own;
 * with `make` it is made. root_dirfd is -1 if there are none.
 */
MUST_CHECK struct err *store_open_deleted(const struct store *store, bool make, struct store *out);
/*
 * Moves a container there: its id is free from now on. ERR_EXISTS if another of that id still is
 * there, with a delete that runs its hooks or that was killed.
 */
MUST_CHECK struct err *store_move(const struct store *from, const struct store *deleted,
				  const struct container *container);
/* Removes the container's directory and all its files. Missing is success. */
MUST_CHECK struct err *store_remove(struct store *store, struct container *container);
/* The ids in the root, sorted; entries that vanish meanwhile are the caller's to skip. */
MUST_CHECK struct err *store_list(struct store *store, struct arena *arena, struct strv *out);
/* Lets other verbs at the container while this one goes on (foreground run). */
void container_unlock(struct container *container);
void container_close(struct container *container);
#define drop_container CLEANUP(container_close)

#endif

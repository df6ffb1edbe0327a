/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory. See store.h. Owns <root> and <root>/<id>/ and who may change them; knows
 * nothing of processes, cgroups or hooks. Parent only.
 *
 * A claim is free of races: whoever made the directory locks it and then looks whether it is still
 * the one behind the name and still empty. A deleter locks, looks likewise, and removes the
 * directory last. So of any number of claimers and deleters one at a time holds a directory that
 * is really there.
 */
#include "status/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "sys/io.h"
#include "sys/sys.h"

enum {
	ID_MAX = 1024,
	NAME_BYTES_MAX = 255,		     /* of a file name on every Linux file system */
	RECORD_MAX_BYTES = 16 * 1024 * 1024, /* annotations are in it */
	CONFIG_MAX_BYTES = 16 * 1024 * 1024,
	CLAIM_TRIES = 64,
};

/* ---- the root ---- */

char *store_default_root(bool rootless)
{
	const char *runtime_dir = rootless ? getenv("XDG_RUNTIME_DIR") : NULL;

	if (runtime_dir && runtime_dir[0] == '/')
		return mem_asprintf("%s/nucleus-oci", runtime_dir);
	if (rootless && geteuid() != 0) /* where the session's is, if the environment lost it */
		return mem_asprintf("/run/user/%u/nucleus-oci", geteuid());
	return mem_strdup("/run/nucleus-oci");
}

/* Not /tmp instead: what lies there under a known name may be somebody else's, and is cleaned. */
static struct err *no_root(int rc, const char *root)
{
	struct err *err = err_sys(rc, "create state root %s", root);

	if ((rc != -EACCES && rc != -EPERM && rc != -EROFS) || getenv("XDG_RUNTIME_DIR"))
		return err;
	return err_hint(err, "a user's state is in XDG_RUNTIME_DIR, which is not set; --root names "
			     "another place");
}

/* Makes the root and what is missing above it. */
static struct err *make_root(char *root)
{
	for (char *slash = strchr(root + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		int rc = sys_mkdirat(AT_FDCWD, root, 0700);
		/*
		 * A user's own root lies in a directory that cleaners of temporary files visit:
		 * the sticky bit tells them to leave it (XDG base directory specification).
		 */
		if (rc == 0 && !slash && geteuid() != 0)
			rc = sys_fchmodat(AT_FDCWD, root, 01700);
		struct err *err = rc < 0 && rc != -EEXIST ? no_root(rc, root) : NULL;
		if (slash)
			*slash = '/';
		if (err || !slash)
			return err;
	}
}

static struct err *check_root(int fd, const char *root)
{
	struct stat st;
	int rc = sys_fstat(fd, &st);

	if (rc < 0)
		return err_sys(rc, "stat state root %s", root);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_hint(err_new(ERR_USAGE,
					"state root %s belongs to somebody else (uid %u)", root,
					st.st_uid),
				"whoever can write there decides what is killed, removed and run: "
				"do it as that user");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_hint(err_new(ERR_USAGE,
					"state root %s can be written to by others (mode %04o)",
					root, st.st_mode & 07777),
				"give --root a directory of its own, mode 0700");
	return NULL;
}

struct err *store_open(const char *root, bool make, struct store *out)
{
	struct arena arena = { 0 };

	*out = (struct store){ .root_dirfd = -1 };
	out->root = mem_strdup(path_clean(&arena, NULL, root));
	arena_free(&arena);
	if (str_equal(out->root, "/"))
		return err_new(ERR_USAGE, "the state root can't be \"/\"");
	const int flags = O_RDONLY | O_DIRECTORY;
	drop_fd int fd = sys_open(out->root, flags, 0);
	if (fd == -ENOENT && make) {
		TRY(make_root(out->root));
		fd = sys_open(out->root, flags, 0);
	}
	if (fd == -ENOENT && !make)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "open state root %s", out->root);
	TRY(check_root(fd, out->root));
	out->root_dirfd = take_fd(&fd);
	return NULL;
}

struct err *store_open_deleted(const struct store *store, bool make, struct store *out)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

	/* No id begins with a dot. */
	*out = (struct store){
		.root = mem_asprintf("%s/.deleted", store->root),
		.root_dirfd = -1,
		.is_deleted = true,
	};
	if (store->root_dirfd < 0)
		return NULL;
	int fd = sys_openat(store->root_dirfd, ".deleted", flags, 0);
	if (fd == -ENOENT && make) {
		int rc = sys_mkdirat(store->root_dirfd, ".deleted", 0700);

		if (rc < 0 && rc != -EEXIST)
			return err_sys(rc, "create %s", out->root);
		fd = sys_openat(store->root_dirfd, ".deleted", flags, 0);
	}
	if (fd < 0)
		return fd == -ENOENT ? NULL : err_sys(fd, "open %s", out->root);
	out->root_dirfd = fd;
	return NULL;
}

void store_close(struct store *store)
{
	fd_closep(&store->root_dirfd);
	mem_dropp(&store->root);
}

/* ---- ids ---- */

struct err *store_check_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+.-";
	size_t len = strnlen(id, ID_MAX + 1);

	/* The id goes into the message only up to a length that people can read. */
	if (len > ID_MAX || len > NAME_BYTES_MAX)
		return err_new(ERR_USAGE, "invalid container ID format: \"%.32s...\" is too long",
			       id);
	if (!len || id[0] == '.' || strspn(id, allowed) != len)
		return err_hint(
			err_new(ERR_USAGE, "invalid container ID format: \"%s\"", id),
			"an id has letters, digits, \"_\", \"+\", \".\" and \"-\", and does "
			"not start with \".\"");
	return NULL;
}

static struct err *no_such_container(const char *id)
{
	return err_new(ERR_NOT_FOUND, "container \"%s\" does not exist", id);
}

/* ---- directories ---- */

static bool note_any(const char *name UNUSED, void *data)
{
	*(bool *)data = true;
	return false;
}

/* 1 if it is, 0 if not, or -errno. */
static int directory_is_empty(int dirfd)
{
	bool any = false;
	int rc = io_for_each_name(dirfd, note_any, &any);

	return rc < 0 ? rc : !any;
}

/* 1 if the open directory is still the one behind its name, 0 if not, or -errno. */
static int is_linked(const struct store *store, const char *id, int dirfd)
{
	struct stat here, there;
	int rc = sys_fstat(dirfd, &here);

	if (rc >= 0)
		rc = sys_fstatat(store->root_dirfd, id, &there, AT_SYMLINK_NOFOLLOW);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	return here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

static int open_directory(const struct store *store, const char *id)
{
	return sys_openat(store->root_dirfd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static struct err *already_exists(const char *id)
{
	return err_hint(err_new(ERR_EXISTS, "container with given ID already exists: \"%s\"", id),
			"nucleus-oci delete --force %s removes it", id);
}

/* ---- containers ---- */

static void container_init(struct container *container, const char *id)
{
	*container = (struct container)CONTAINER_INIT;
	container->id = arena_strdup(&container->arena, id);
}

/* The directory that we have just made: opened, locked, and nobody else's. *out_fd is -1 if a
 * deleter was faster. */
static int take_directory(struct store *store, const char *id, int *out_fd)
{
	drop_fd int fd = open_directory(store, id);

	if (fd == -ENOENT)
		return 0;
	int rc = fd < 0 ? fd : sys_flock(fd, LOCK_EX | LOCK_NB);
	if (rc < 0)
		return rc;
	rc = is_linked(store, id, fd);
	if (rc <= 0)
		return rc;
	rc = directory_is_empty(fd);
	if (rc <= 0)
		return rc < 0 ? rc : -EWOULDBLOCK;
	*out_fd = take_fd(&fd);
	return 0;
}

static struct err *try_claim(struct store *store, const char *id, int *out_fd)
{
	*out_fd = -1;
	int rc = sys_mkdirat(store->root_dirfd, id, 0700);
	if (rc == -EEXIST)
		return already_exists(id);
	if (rc < 0)
		return err_sys(rc, "create %s/%s", store->root, id);
	rc = take_directory(store, id, out_fd);
	if (rc == -EWOULDBLOCK) /* somebody else has it, or had it before us */
		return already_exists(id);
	if (rc < 0) {
		(void)sys_unlinkat(store->root_dirfd, id, AT_REMOVEDIR);
		return err_sys(rc, "take %s/%s", store->root, id);
	}
	return NULL;
}

struct err *store_claim(struct store *store, const char *id, struct container *out)
{
	container_init(out, id);
	TRY(store_check_id(id));
	for (int tries = 0; tries < CLAIM_TRIES && out->dirfd < 0; tries++)
		TRY(try_claim(store, id, &out->dirfd));
	return out->dirfd < 0 ? already_exists(id) : NULL;
}

/* Waits for the lock; ERR_NOT_FOUND if the container was removed meanwhile. */
static struct err *lock_directory(struct store *store, const char *id, int fd)
{
	int rc = sys_flock(fd, LOCK_EX | LOCK_NB);

	if (rc == -EWOULDBLOCK) {
		log_debug("container %s: waiting for another nucleus-oci that changes it", id);
		rc = sys_flock(fd, LOCK_EX);
	}
	if (rc < 0)
		return err_sys(rc, "lock %s/%s", store->root, id);
	rc = is_linked(store, id, fd);
	if (rc < 0)
		return err_sys(rc, "look at %s/%s", store->root, id);
	return rc ? NULL : no_such_container(id);
}

static struct err *load_record(struct store *store, struct container *container)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_problems struct problems problems = { 0 };
	struct err *err = io_read_file(container->dirfd, "state.json", RECORD_MAX_BYTES, &text);

	if (err && err_errno(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (!err) {
		oci_record_read(&container->arena, strbuf_text(&text), text.len, &problems,
				&container->record);
		err = problems_to_err(&problems);
	}
	container->has_record = !err;
	return err_hint(err_link(err_rekind(err, ERR_STATE), "%s/%s/state.json is damaged",
				 store->root, container->id),
			"nucleus-oci delete --force %s cleans up by the journal", container->id);
}

struct err *store_get(struct store *store, const char *id, bool lock, struct container *out)
{
	container_init(out, id);
	TRY(store_check_id(id));
	if (store->root_dirfd < 0)
		return no_such_container(id);
	drop_fd int fd = open_directory(store, id);
	if (fd == -ENOENT)
		return no_such_container(id);
	if (fd < 0)
		return err_sys(fd, "open %s/%s", store->root, id);
	if (lock)
		TRY(lock_directory(store, id, fd));
	out->dirfd = take_fd(&fd);
	return load_record(store, out);
}

struct err *store_save(struct container *container)
{
	drop_mem char *text = oci_record_write(&container->record);

	TRY(err_link(io_replace_file(container->dirfd, "state.json", 0600, text, strlen(text)),
		     "save state of container %s", container->id));
	container->has_record = true;
	return NULL;
}

struct err *store_save_config(struct container *container, const char *text, size_t len)
{
	return err_link(io_replace_file(container->dirfd, "config.json", 0600, text, len),
			"save configuration of container %s", container->id);
}

static struct err *config_err(struct err *err, const struct container *container)
{
	return err_link(err_rekind(err, ERR_STATE), "saved configuration of container %s",
			container->id);
}

struct err *store_load_config_text(struct container *container, struct strbuf *out)
{
	return config_err(io_read_file(container->dirfd, "config.json", CONFIG_MAX_BYTES, out),
			  container);
}

struct err *store_parse_config(struct container *container, const struct strbuf *text,
			       struct oci_config **out)
{
	drop_problems struct problems problems = { 0 };

	*out = NULL;
	oci_config_read(&container->arena, strbuf_text(text), text->len, &problems, out);
	return config_err(problems_to_err(&problems), container);
}

struct err *store_load_config(struct container *container, struct oci_config **out)
{
	drop_strbuf struct strbuf text = { 0 };

	*out = NULL;
	TRY(store_load_config_text(container, &text));
	return store_parse_config(container, &text, out);
}

struct err *store_save_policy(struct container *container, const char *text)
{
	return err_link(
		io_replace_file(container->dirfd, "landlock.json", 0600, text, strlen(text)),
		"save Landlock policy of container %s", container->id);
}

struct err *store_load_policy(struct container *container, struct strbuf *out)
{
	struct err *err = io_read_file(container->dirfd, "landlock.json", CONFIG_MAX_BYTES, out);

	if (err && err_errno(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	return err_link(err_rekind(err, ERR_STATE), "saved Landlock policy of container %s",
			container->id);
}

struct err *store_move(const struct store *from, const struct store *deleted,
		       const struct container *container)
{
	int rc = sys_renameat(from->root_dirfd, container->id, deleted->root_dirfd, container->id);

	if (rc == -EEXIST || rc == -ENOTEMPTY)
		return err_new(ERR_EXISTS, "%s/%s exists", deleted->root, container->id);
	return rc < 0 ? err_sys(rc, "move %s/%s to %s", from->root, container->id, deleted->root)
		      : NULL;
}

/* ---- removal ---- */

static bool collect(const char *name, void *data)
{
	struct strv *names = data;

	names->items = mem_realloc_array(names->items, names->n + 1, sizeof(*names->items));
	names->items[names->n++] = mem_strdup(name);
	return true;
}

static void names_free(struct strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		mem_dropp(&names->items[i]);
	mem_dropp(&names->items);
	names->n = 0;
}

static struct err *remove_files(int dirfd);

/* A folder is one of ours, with a file at most: notify/. */
static int empty_folder(int dirfd, const char *name)
{
	drop_fd int fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	drop_err struct err *err = remove_files(fd);
	return err ? -err_errno(err) : 0;
}

static struct err *remove_name(int dirfd, const char *name)
{
	int rc = sys_unlinkat(dirfd, name, 0);

	if (rc == -EISDIR || rc == -EPERM) {
		rc = empty_folder(dirfd, name);
		if (rc >= 0)
			rc = sys_unlinkat(dirfd, name, AT_REMOVEDIR);
	}
	return rc < 0 && rc != -ENOENT ? err_sys(rc, "remove %s", name) : NULL;
}

/*
 * Everything but the journal first: should this be killed half-way, `delete` still finds what the
 * journal says, and does it again (undoing what is undone is success).
 */
static struct err *remove_files(int dirfd)
{
	CLEANUP(names_free) struct strv names = { 0 };
	int rc = io_for_each_name(dirfd, collect, &names);

	if (rc == -ENOENT)
		return NULL; /* the directory itself is gone */
	if (rc < 0)
		return err_sys(rc, "read the directory");
	for (size_t i = 0; i < names.n; i++) {
		if (!str_equal(names.items[i], "journal"))
			TRY(remove_name(dirfd, names.items[i]));
	}
	return remove_name(dirfd, "journal");
}

struct err *store_remove(struct store *store, struct container *container)
{
	TRY(err_link(remove_files(container->dirfd), "remove %s/%s", store->root, container->id));
	int rc = sys_unlinkat(store->root_dirfd, container->id, AT_REMOVEDIR);
	if (rc < 0 && rc != -ENOENT)
		return err_sys(rc, "remove %s/%s", store->root, container->id);
	return NULL;
}

static bool collect_id(const char *name, void *data)
{
	drop_err struct err *no_id = store_check_id(name);

	return no_id ? true : collect(name, data);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct err *store_list(struct store *store, struct arena *arena, struct strv *out)
{
	CLEANUP(names_free) struct strv names = { 0 };

	*out = (struct strv){ 0 };
	if (store->root_dirfd < 0)
		return NULL;
	int rc = io_for_each_name(store->root_dirfd, collect_id, &names);
	if (rc < 0)
		return err_sys(rc, "read state root %s", store->root);
	if (!names.n)
		return NULL;
	qsort(names.items, names.n, sizeof(*names.items), compare_names);
	out->items = arena_zalloc(arena, names.n * sizeof(*out->items));
	for (size_t i = 0; i < names.n; i++)
		out->items[out->n++] = arena_strdup(arena, names.items[i]);
	return NULL;
}

void container_unlock(struct container *container)
{
	/* Explicit: a child may hold a copy of the descriptor, and with it the lock, for a while.
	 */
	if (container->dirfd >= 0)
		(void)sys_flock(container->dirfd, LOCK_UN);
}

void container_close(struct container *container)
{
	container_unlock(container);
	fd_closep(&container->dirfd);
	arena_free(&container->arena);
	container->id = NULL;
	container->has_record = false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolution below a root descriptor. See inroot.h. Child only. Owns no descriptor after return.
 */
#include "apply/inroot.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "sys/sys.h"

enum {
	MAX_LINKS = 40, /* as the kernel's own limit (path_resolution(7)) */
	DIR_MODE = 0755,
	FILE_MODE = 0644,
};

static const uint64_t FOLLOW = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
static const uint64_t PLAIN = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;

struct err *inroot_find(int root_fd, const char *rel, int *out_fd, bool *out_found)
{
	int fd = sys_openat2(root_fd, rel, O_PATH, 0, FOLLOW);

	*out_found = fd >= 0;
	*out_fd = -1;
	if (fd == -ENOENT || fd == -ENOTDIR)
		return NULL;
	if (fd < 0)
		return err_sys(fd, "resolve /%s in the root file system", rel);
	*out_fd = fd;
	return NULL;
}

int inroot_open_plain(int root_fd, const char *rel)
{
	return sys_openat2(root_fd, rel, O_PATH, 0, PLAIN);
}

/*
 * The walk that creates: `done` is the part that is resolved and exists (no links in it), `left`
 * what is still to do. Every open goes through the root descriptor again with RESOLVE_NO_SYMLINKS,
 * so a component swapped for a link meanwhile is an error, not an escape.
 */
struct walk {
	int root_fd;
	struct strbuf done, left;
	unsigned int links;
	bool made;
};

static void walk_free(struct walk *walk)
{
	strbuf_free(&walk->done);
	strbuf_free(&walk->left);
}

static const char *walk_done(const struct walk *walk)
{
	return walk->done.len ? walk->done.data : ".";
}

/* Takes the next component off `left`; false when there is none. */
static bool walk_next(struct walk *walk, char name[static NAME_MAX + 1], bool *too_long)
{
	const char *p = strbuf_text(&walk->left);

	*too_long = false;
	p += strspn(p, "/");
	size_t len = strcspn(p, "/");
	if (!len)
		return false;
	if (len > NAME_MAX) {
		*too_long = true;
		return true;
	}
	memcpy(name, p, len);
	name[len] = '\0';
	struct strbuf rest = { 0 };
	strbuf_add(&rest, p + len);
	strbuf_free(&walk->left);
	walk->left = rest;
	return true;
}

static bool walk_is_last(const struct walk *walk)
{
	const char *p = strbuf_text(&walk->left);

	return p[strspn(p, "/")] == '\0';
}

static void walk_up(struct walk *walk)
{
	while (walk->done.len && walk->done.data[walk->done.len - 1] != '/')
		walk->done.len--;
	if (walk->done.len)
		walk->done.len--;
	if (walk->done.data)
		walk->done.data[walk->done.len] = '\0';
}

static void walk_into(struct walk *walk, const char *name)
{
	if (walk->done.len)
		strbuf_add(&walk->done, "/");
	strbuf_add(&walk->done, name);
}

/* Replaces a symbolic link by its target at the head of what is left. */
static struct err *walk_link(struct walk *walk, int link_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = sys_readlinkat(link_fd, "", target, sizeof(target));

	if (len < 0)
		return err_sys((int)len, "read the link /%s/%s", strbuf_text(&walk->done), name);
	if (++walk->links > MAX_LINKS)
		return err_sys(-ELOOP, "resolve /%s/%s", strbuf_text(&walk->done), name);
	if (target[0] == '/') {
		walk->done.len = 0;
		if (walk->done.data)
			walk->done.data[0] = '\0';
	}
	struct strbuf left = { 0 };
	strbuf_add(&left, target);
	strbuf_add(&left, "/");
	strbuf_add(&left, strbuf_text(&walk->left));
	strbuf_free(&walk->left);
	walk->left = left;
	return NULL;
}

/* Makes the missing component `name` in the directory that is done. */
static struct err *walk_make(struct walk *walk, const char *name, enum inroot_want want, bool last)
{
	drop_fd int dirfd =
		sys_openat2(walk->root_fd, walk_done(walk), O_PATH | O_DIRECTORY, 0, PLAIN);

	if (dirfd < 0)
		return err_sys(dirfd, "open /%s in the root file system", walk_done(walk));
	int rc;
	if (last && want == INROOT_FILE) {
		drop_fd int fd = sys_openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
					    FILE_MODE);
		rc = fd < 0 ? fd : 0;
	} else {
		rc = sys_mkdirat(dirfd, name, DIR_MODE);
	}
	/* Another runtime may make the same mount point at this moment on a shared root. */
	if (rc < 0 && rc != -EEXIST)
		return err_sys(rc, "create /%s/%s in the root file system",
			       strbuf_text(&walk->done), name);
	walk->made = rc == 0 && last;
	return NULL;
}

static struct err *walk_step(struct walk *walk, const char *name, enum inroot_want want)
{
	struct stat st;

	if (strcmp(name, ".") == 0)
		return NULL;
	if (strcmp(name, "..") == 0) {
		walk_up(walk);
		return NULL;
	}
	bool last = walk_is_last(walk);
	drop_mem char *path = mem_asprintf("%s/%s", walk_done(walk), name);
	drop_fd int fd = sys_openat2(walk->root_fd, path, O_PATH | O_NOFOLLOW, 0,
				     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd == -ENOENT) {
		TRY(walk_make(walk, name, want, last));
		walk_into(walk, name);
		return NULL;
	}
	if (fd < 0)
		return err_sys(fd, "resolve /%s in the root file system", path);
	int rc = sys_fstat(fd, &st);
	if (rc < 0)
		return err_sys(rc, "stat /%s in the root file system", path);
	if (S_ISLNK(st.st_mode))
		return walk_link(walk, fd, name);
	if (!last && !S_ISDIR(st.st_mode))
		return err_sys(-ENOTDIR, "/%s in the root file system", path);
	walk_into(walk, name);
	return NULL;
}

struct err *inroot_make(int root_fd, const char *rel, enum inroot_want want, int *out_fd,
			bool *out_made)
{
	bool found, too_long;
	char name[NAME_MAX + 1];
	CLEANUP(walk_free) struct walk walk = { .root_fd = root_fd };

	if (out_made)
		*out_made = false;
	TRY(inroot_find(root_fd, rel, out_fd, &found));
	if (found)
		return NULL;
	strbuf_add(&walk.left, rel);
	while (walk_next(&walk, name, &too_long)) {
		if (too_long)
			return err_sys(-ENAMETOOLONG, "/%s in the root file system", rel);
		TRY(walk_step(&walk, name, want));
	}
	int fd = sys_openat2(root_fd, walk_done(&walk), O_PATH, 0, PLAIN);
	if (fd < 0)
		return err_sys(fd, "open /%s in the root file system", walk_done(&walk));
	*out_fd = fd;
	if (out_made)
		*out_made = walk.made;
	return NULL;
}

struct err *inroot_parent(int root_fd, const char *rel, int *out_dirfd, const char **out_name)
{
	const char *slash = strrchr(rel, '/');

	*out_name = slash ? slash + 1 : rel;
	if (!slash) {
		int fd = sys_openat2(root_fd, ".", O_PATH | O_DIRECTORY, 0, PLAIN);

		if (fd < 0)
			return err_sys(fd, "open the root file system");
		*out_dirfd = fd;
		return NULL;
	}
	drop_mem char *dir = mem_asprintf("%.*s", (int)(slash - rel), rel);
	return inroot_make(root_fd, dir, INROOT_DIR, out_dirfd, NULL);
}

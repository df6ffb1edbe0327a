/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a container's root file system, which is hostile: an image, a volume that another
 * container writes to at this moment. Everything is resolved by the kernel below the root's
 * descriptor (openat2, RESOLVE_IN_ROOT) and then used by descriptor, never walked a second time by
 * name (CVE-2021-30465, CVE-2024-45310). Child only, before and after pivot_root.
 */
#ifndef APPLY_INROOT_H
#define APPLY_INROOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum inroot_want {
	INROOT_DIR,  /* made as a directory, mode 0755, if missing */
	INROOT_FILE, /* made as an empty file, mode 0644, if missing */
};
/*
 * Opens `rel` below root_fd as an O_PATH descriptor; a missing one is 0 in *out_found with success.
 * Symbolic links are followed inside the root, links like /proc/self/root never.
 */
MUST_CHECK struct err *inroot_find(int root_fd, const char *rel, int *out_fd, bool *out_found);
/* The same, making what is missing: every missing directory, and the last component as asked for.
 * *out_made (may be NULL) says whether the last component was made. Dangling links are created at
 * their target inside the root. An existing component that is no directory is an error naming it.
 */
MUST_CHECK struct err *inroot_make(int root_fd, const char *rel, enum inroot_want want, int *out_fd,
				   bool *out_made);
/* As inroot_find, but no component may be a symbolic link (-ELOOP): for /proc and /sys. Returns
 * the descriptor or -errno. */
int inroot_open_plain(int root_fd, const char *rel);
/* Opens the directory that holds `rel` (made if missing) and gives the last component's name, a
 * pointer into rel. */
MUST_CHECK struct err *inroot_parent(int root_fd, const char *rel, int *out_dirfd,
				     const char **out_name);

#endif

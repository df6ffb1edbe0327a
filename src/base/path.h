/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as text: no function here touches a file system. Resolution inside a container's root is
 * the kernel's job (sys_openat2 with RESOLVE_IN_ROOT).
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

#include "base/mem.h"

/*
 * An absolute, lexically clean path: repeated slashes, "." and ".." (which stops at "/") are
 * removed; a relative `path` is taken to start at `base` (absolute), or at "/" when base is NULL.
 */
char *path_clean(struct arena *arena, const char *base, const char *path);
/* The same without the leading slash; "." for the root itself: relative to a rootfs descriptor. */
char *path_rel(struct arena *arena, const char *path);
/* True if `path` is `parent` or below it; both clean and absolute. "/ab" is not below "/a". */
bool path_is_below(const char *path, const char *parent);
/* The last component of a clean path ("" for "/"); points into `path`. */
const char *path_base(const char *path);

#endif

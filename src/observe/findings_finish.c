/* SPDX-License-Identifier: Apache-2.0 */
/* From findings to the rules of a policy: complete, with nothing twice. See findings.h. Pure. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "observe/findings.h"
#include "sys/uapi.h"

/* Of these the kernel compares what a file may where it comes from and where it goes. */
#define FILE_RIGHTS (~NUC_LANDLOCK_DIR_RIGHTS)

/* The rights that rules give at `path`: those of its own, and of all folders above. */
static uint64_t rights_at(const struct findings *f, const char *path, bool own)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < f->paths_n; i++) {
		if (f->paths[i].rights && path_is_below(path, f->paths[i].path) &&
		    (own || !str_equal(path, f->paths[i].path)))
			rights |= f->paths[i].rights;
	}
	return rights;
}

/* A right that the place it comes to gives must be given where it comes from (EXDEV if not): by its
 * own rule if it can have one, else by that of the folder. */
static bool add_for_move(struct findings *f, const struct finding_move *move)
{
	const char *from = move->self ? move->self : move->from;
	uint64_t there = rights_at(f, move->to, true), here = rights_at(f, from, true);
	uint64_t missing = there & ~here & (move->is_dir ? UINT64_MAX : FILE_RIGHTS);
	struct finding_path *rule = findings_find(f, from);

	if (!missing || !rule)
		return false;
	rule->rights |= missing;
	return true;
}

static void complete_moves(struct findings *f)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < f->moves_n; i++)
			again |= add_for_move(f, &f->moves[i]);
	}
}

/* ---- order ---- */

static int by_path(const void *a, const void *b)
{
	const struct finding_path *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int by_port(const void *a, const void *b)
{
	const struct finding_port *x = a, *y = b;

	return (x->port > y->port) - (x->port < y->port);
}

/* In the sorted array a folder comes before what is in it. */
static void reduce(struct findings *f)
{
	for (size_t i = 0; i < f->paths_n; i++)
		f->paths[i].rights &= ~rights_at(f, f->paths[i].path, false);
}

/* Only what is a rule, or has gone, is looked at again. */
static void keep_rules(struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->paths_n; i++) {
		if (f->paths[i].rights || f->paths[i].gone)
			f->paths[n++] = f->paths[i];
	}
	f->paths_n = n;
}

/* The names that are left: rules for them go to other paths, so the array may grow meanwhile. */
static void use_again(struct findings *f)
{
	for (size_t i = 0, n = f->paths_n; i < n; i++) {
		const struct finding_path left = f->paths[i];

		findings_use(f, left.path, left.again);
		if (left.again_folder)
			findings_use_folder(f, left.path, left.again_folder);
	}
}

void findings_finish(struct findings *f, uint64_t known_rights)
{
	use_again(f);
	for (size_t i = 0; i < f->paths_n; i++)
		f->paths[i].rights &= known_rights;
	complete_moves(f);
	keep_rules(f);
	if (f->paths_n)
		qsort(f->paths, f->paths_n, sizeof(*f->paths), by_path);
	reduce(f);
	if (f->ports_n)
		qsort(f->ports, f->ports_n, sizeof(*f->ports), by_port);
}

bool findings_has_gone(const struct findings *f)
{
	for (size_t i = 0; i < f->paths_n; i++) {
		if (!f->paths[i].gone || f->paths[i].now != NOW_AS_BEFORE)
			continue;
		for (size_t j = 0; j < f->paths_n; j++) {
			if (f->paths[j].rights && path_is_below(f->paths[j].path, f->paths[i].path))
				return true;
		}
	}
	return false;
}

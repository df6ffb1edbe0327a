/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of what is wrong with a document, each with its place, what was found and what is
 * accepted. All checks run and all report here; the first error becomes the program's error.
 */
#ifndef OCI_PROBLEMS_H
#define OCI_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"

struct problem {
	bool warning;	    /* the specification asks for a warning only */
	enum err_kind kind; /* ERR_CONFIG, or ERR_UNSUPPORTED: right, but not possible here */
	char *place;	    /* "linux.namespaces[2].type"; "" for the whole document */
	char *text;
};
struct problems {
	struct problem *items;
	size_t n;
};

/* What no runtime may take. */
void problems_error(struct problems *problems, const char *place, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* What this runtime, this kernel or this machine can't do: nothing against the document. */
void problems_unsupported(struct problems *problems, const char *place, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void problems_warn(struct problems *problems, const char *place, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* An error there, or of what it is in: of an item that is no object, say. */
bool problems_has(const struct problems *problems, const char *place);
size_t problems_errors(const struct problems *problems); /* how many are not warnings */
/* How many of these are the document's fault: all but those of problems_unsupported. */
size_t problems_invalid(const struct problems *problems);
/*
 * NULL without errors; else the first error as "place: text", with a hint that has the next ones.
 * Of a bundle's config.json it counts them ("3 more problems: nucleus-oci validate lists them").
 */
MUST_CHECK struct err *problems_to_err(const struct problems *problems);
MUST_CHECK struct err *problems_to_err_of_bundle(const struct problems *problems);
void problems_free(struct problems *problems);
#define drop_problems CLEANUP(problems_free)

/*
 * Places, in the arena: "place.name" (no point where either is ""), and "place[i]". A start makes
 * hundreds and shows none: without printf they cost a tenth.
 */
char *place_member(struct arena *arena, const char *place, const char *name);
char *place_item(struct arena *arena, const char *place, size_t i);

#endif

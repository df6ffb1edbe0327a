/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy language of the nucleus.landlock annotation: Landlock Config documents with a
 * `nucleus` section of our own, and the short forms (docs/landlock.md). Result: rights as the
 * kernel's bits, not yet masked to what a kernel knows. Touches no kernel and no file: the text of
 * `file:` documents comes from the caller.
 */
#ifndef OCI_LANDLOCK_H
#define OCI_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "oci/names.h"
#include "oci/problems.h"

#define OCI_LANDLOCK_ANNOTATION "nucleus.landlock"
#define OCI_LANDLOCK_PLACE "annotations[nucleus.landlock]"

/* LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_* */
struct oci_landlock_rights {
	uint64_t fs, net, scoped;
};

enum oci_landlock_missing { /* when a rule's path does not exist */
			    LANDLOCK_MISSING_SKIP,
			    LANDLOCK_MISSING_WARN,
			    LANDLOCK_MISSING_ERROR,
};
struct oci_landlock_path {
	const char *path; /* as written, variables replaced; relative: from process.cwd */
	uint64_t rights;
	enum oci_landlock_missing missing;
	const char *origin; /* "default", "rw=/data", "pathBeneath[0]" */
};
struct oci_landlock_port {
	uint64_t port, rights;
	const char *origin;
};
/* LANDLOCK_RESTRICT_SELF_LOG_*, ABI 7: newer than this build's headers */
enum {
	OCI_LANDLOCK_LOG_SAME_EXEC_OFF = 1 << 0,
	OCI_LANDLOCK_LOG_NEW_EXEC_ON = 1 << 1,
	OCI_LANDLOCK_LOG_SUBDOMAINS_OFF = 1 << 2,
};
struct oci_landlock_policy {
	const char *source; /* "default", "inline", "file:PATH" */
	bool best_effort;
	uint32_t minimum_abi; /* 0: not asked for */
	bool mounts;	      /* each bind mount of config.json gets rights at its destination */
	struct oci_landlock_rights handled;
	struct oci_landlock_path *paths;
	size_t paths_n;
	struct oci_landlock_port *ports;
	size_t ports_n;
	uint32_t restrict_flags; /* LANDLOCK_RESTRICT_SELF_* (ABI 7) */
};

/* PATH of a "file:PATH" annotation, or NULL for the other forms. */
const char *oci_landlock_file(const char *annotation);
/*
 * Reads an annotation. `file_text` is the document behind "file:", else NULL. Problems get their
 * places
 * ("annotations[nucleus.landlock].pathBeneath[0].allowedAccess[2]"). *out is NULL when Landlock is
 * off; with problems it must not be used.
 */
void oci_landlock_read(struct arena *arena, const char *annotation, const char *file_text,
		       size_t file_len, struct problems *problems,
		       struct oci_landlock_policy **out);

/* ---- rights (landlock_rights.c) ---- */

/* The names of the three kinds of rights, and the words that stand for groups of them. */
enum oci_landlock_kind { LANDLOCK_FS, LANDLOCK_NET, LANDLOCK_SCOPE };
/* What each ABI brought; ends with a row of 0. */
struct oci_landlock_abi {
	unsigned int abi;
	const char *linux_version;
	struct oci_landlock_rights adds;
	const char *also; /* what is no right; may be NULL */
};
extern const struct oci_landlock_abi oci_landlock_abis[];
#define OCI_LANDLOCK_ABI_LOG 7 /* the first with audit flags */
/* All rights of an ABI; above OCI_LANDLOCK_ABI_MAX every bit: a newer kernel decides. */
struct oci_landlock_rights oci_landlock_rights_of_abi(unsigned int abi);
/* The lowest ABI that knows all of these, or 0 if these tables don't know one of them. */
unsigned int oci_landlock_abi_of_rights(const struct oci_landlock_rights *rights);
/* The rights that mounts and options give: read and write but never execute; read only; read and
 * execute. Those of the built-in policy's ABI. */
uint64_t oci_landlock_read_write(void);
uint64_t oci_landlock_read_only(void);
uint64_t oci_landlock_read_execute(void);
/* One word ("read_file", "abi.read_write") as rights of `kind`; `abi` is the document's, 0 if it
 * has none. */
void oci_landlock_word(enum oci_landlock_kind kind, const char *word, uint32_t abi,
		       const char *place, struct problems *problems, uint64_t *out);
/* The names of all bits, appended: "refer"; a bit without a name as a number. Arena memory. */
void oci_landlock_names(struct arena *arena, const struct oci_landlock_rights *rights,
			struct strv *out);

/* The name of one bit, or NULL. */
const char *oci_landlock_name(enum oci_landlock_kind kind, uint64_t bit);
/* landlock_words.c: "execute, read". `handled` is what the policy restricts: "everything" is all of
 * it. Arena memory, or a literal. */
const char *oci_landlock_phrase(struct arena *arena, enum oci_landlock_kind kind, uint64_t rights,
				uint64_t handled);

/* landlock_write.c */
/* What must exist by one rule must exist by every other rule for the same path. */
void oci_landlock_settle(struct oci_landlock_policy *policy);
/* A settled policy as a document, from which oci_landlock_read makes the same again (but
 * for origins). Paths must be absolute to mean the same elsewhere. free() by the caller. */
char *oci_landlock_write(const struct oci_landlock_policy *policy);

/* ---- variables (landlock_vars.c) ---- */
struct oci_landlock_variable {
	char *name;
	struct strv literal;
};
struct oci_landlock_variables {
	struct oci_landlock_variable *items;
	size_t n;
};
/* A letter, then letters, digits and underscores. */
bool oci_landlock_is_variable_name(const char *name);
/* Every path that `template` stands for, appended to `out` (arena memory). */
void oci_landlock_expand(struct arena *arena, const char *template,
			 const struct oci_landlock_variables *variables, const char *place,
			 struct problems *problems, struct strv *out);

#endif

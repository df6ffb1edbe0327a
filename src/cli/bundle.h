/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle as the verbs use it: its config.json read and checked, and the plan made from it.
 * Effects: none. Shared by create, run, validate and plan, so that they can't differ in what they
 * accept.
 */
#ifndef CLI_BUNDLE_H
#define CLI_BUNDLE_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "host/host.h"
#include "oci/config.h"
#include "oci/problems.h"
#include "plan/plan.h"

struct bundle {
	struct arena arena;
	struct host host; /* assumptions may be added before bundle_plan */
	struct problems problems;
	struct strbuf text; /* config.json as it was read */
	const char *dir;    /* absolute */
	const char *file;   /* name of the configuration in it */
	struct oci_config *config;
	struct plan *plan; /* NULL before bundle_plan */
};
void bundle_init(struct bundle *bundle);
void bundle_close(struct bundle *bundle);
#define drop_bundle CLEANUP(bundle_close)

/*
 * Reads and checks config.json of the bundle `path` (NULL: the caller's directory; a config file
 * itself is taken too). What is wrong with the document goes to `problems`; the error is for what
 * keeps it from being read.
 */
MUST_CHECK struct err *bundle_open(struct bundle *bundle, const char *path);
/* Makes the plan, also of a document with problems (all are told at once); more may come. */
MUST_CHECK struct err *bundle_plan(struct bundle *bundle, const struct plan_options *options);
/* Both, with an id of the folder's name, as on the machine that `assume` (host_assume) tells of. */
MUST_CHECK struct err *bundle_look(struct bundle *bundle, const struct strv *assume,
				   const char *path);
/* The problems as the error, or, without errors, the warnings into the log. */
MUST_CHECK struct err *bundle_check(const struct bundle *bundle);
/* An id made of the bundle folder's name; `number` above 1 is appended ("-2"). Arena memory. */
const char *bundle_derive_id(struct arena *arena, const char *dir, unsigned int number);

#endif

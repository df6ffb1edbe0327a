/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources on its own: what `update` is given, put over what a container has. By the field
 * tables of config.json. Pure.
 */
#ifndef OCI_RESOURCES_H
#define OCI_RESOURCES_H

#include "oci/config.h"
#include "oci/problems.h"

/* Reads a document that is a linux.resources object. Device rules in it are left out: a running
 * container's are never changed (lesson C63). */
void oci_resources_read(struct arena *arena, const char *text, size_t len,
			struct problems *problems, struct oci_resources *out);
/*
 * Puts `change` over the resources of `config`. Values that engines write for "not set" (0, "") are
 * taken out of `change` first; memory without limit means memory plus swap without, unless it says
 * otherwise. Reports what the whole can't be.
 */
void oci_resources_update(struct arena *arena, struct oci_config *config,
			  struct oci_resources *change, struct problems *problems);
/*
 * The text of a config.json with the linux.resources and linux.intelRdt of `config`, and everything
 * else as it is. free() by the caller. NULL, with a problem, if the text is no JSON.
 */
char *oci_resources_replace(const char *text, size_t len, const struct oci_config *config,
			    struct problems *problems);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock rights: which ABI brought which, and the words for them. See landlock.h. Pure. */
#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "oci/landlock.h"

/*
 * include/uapi/linux/landlock.h and Documentation/userspace-api/landlock.rst. A new right is a row
 * here and its name in names.c. Up to 11 by those of Linux 7.3.
 */
const struct oci_landlock_abi oci_landlock_abis[] = {
	{ 1, "5.13", { .fs = (1ULL << 13) - 1 }, NULL }, /* execute ... make_sym */
	{ 2, "5.19", { .fs = 1ULL << 13 }, NULL },	 /* refer */
	{ 3, "6.2", { .fs = 1ULL << 14 }, NULL },	 /* truncate */
	{ 4, "6.7", { .net = 3 }, NULL },		 /* bind_tcp, connect_tcp */
	{ 5, "6.10", { .fs = 1ULL << 15 }, NULL },	 /* ioctl_dev */
	{ 6, "6.12", { .scoped = 3 }, NULL },		 /* abstract_unix_socket, signal */
	{ OCI_LANDLOCK_ABI_LOG, "6.15", { 0 }, "denials in the audit log, and flags for them" },
	{ 8, "7.0", { 0 }, "all threads of a process at once (not needed here)" },
	{ 9, "7.1", { .fs = 1ULL << 16 }, NULL }, /* resolve_unix */
	/* bind_udp, connect_send_udp */
	{ 10, "7.2", { .net = 1ULL << 2 | 1ULL << 3 }, "rules without audit (not used here)" },
	{ 11, "7.3", { 0 }, "no_new_privs set by the same call (not used here)" },
	{ 0 },
};

enum {
	EXECUTE = 1 << 0,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REFER = 1 << 13,
	DEFAULT_ABI = 5,
};

struct oci_landlock_rights oci_landlock_rights_of_abi(unsigned int abi)
{
	struct oci_landlock_rights all = { 0 };

	if (abi > OCI_LANDLOCK_ABI_MAX)
		return (struct oci_landlock_rights){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	for (const struct oci_landlock_abi *row = oci_landlock_abis; row->abi; row++) {
		if (row->abi > abi)
			break;
		all.fs |= row->adds.fs;
		all.net |= row->adds.net;
		all.scoped |= row->adds.scoped;
	}
	return all;
}

static bool covers(const struct oci_landlock_rights *all, const struct oci_landlock_rights *part)
{
	return !(part->fs & ~all->fs) && !(part->net & ~all->net) && !(part->scoped & ~all->scoped);
}

unsigned int oci_landlock_abi_of_rights(const struct oci_landlock_rights *rights)
{
	for (unsigned int abi = 1; abi <= OCI_LANDLOCK_ABI_MAX; abi++) {
		struct oci_landlock_rights all = oci_landlock_rights_of_abi(abi);

		if (covers(&all, rights))
			return abi;
	}
	return 0;
}

uint64_t oci_landlock_read_write(void)
{
	return oci_landlock_rights_of_abi(DEFAULT_ABI).fs & ~(uint64_t)EXECUTE;
}

uint64_t oci_landlock_read_only(void)
{
	return READ_FILE | READ_DIR;
}

uint64_t oci_landlock_read_execute(void)
{
	return EXECUTE | READ_FILE | READ_DIR;
}

/* ---- words ---- */

static const struct oci_names *names_of(enum oci_landlock_kind kind)
{
	switch (kind) {
	case LANDLOCK_FS:
		return &oci_landlock_fs_rights;
	case LANDLOCK_NET:
		return &oci_landlock_net_rights;
	case LANDLOCK_SCOPE:
		return &oci_landlock_scopes;
	}
	return NULL;
}

static uint64_t part_of(const struct oci_landlock_rights *rights, enum oci_landlock_kind kind)
{
	switch (kind) {
	case LANDLOCK_FS:
		return rights->fs;
	case LANDLOCK_NET:
		return rights->net;
	case LANDLOCK_SCOPE:
		return rights->scoped;
	}
	return 0;
}

/* abi.all, and for files abi.read_write (all but execute) and abi.read_execute, to which refer
 * belongs in Landlock Config. */
static bool group(enum oci_landlock_kind kind, const char *word, uint32_t abi, uint64_t *out)
{
	struct oci_landlock_rights all =
		oci_landlock_rights_of_abi(abi > OCI_LANDLOCK_ABI_MAX ? OCI_LANDLOCK_ABI_MAX : abi);

	if (strcmp(word, "abi.all") == 0)
		*out = part_of(&all, kind);
	else if (kind == LANDLOCK_FS && strcmp(word, "abi.read_execute") == 0)
		*out = all.fs & (oci_landlock_read_execute() | REFER);
	else if (kind == LANDLOCK_FS && strcmp(word, "abi.read_write") == 0)
		*out = all.fs & ~(uint64_t)EXECUTE;
	else
		return false;
	return true;
}

void oci_landlock_word(enum oci_landlock_kind kind, const char *word, uint32_t abi,
		       const char *place, struct problems *problems, uint64_t *out)
{
	const struct oci_names *names = names_of(kind);
	uint64_t value = 0;

	if (group(kind, word, abi, &value)) {
		if (!abi)
			problems_error(problems, place, "\"%s\" needs the document's \"abi\"",
				       word);
		*out |= value;
		return;
	}
	if (oci_names_find(names, word, &value)) {
		*out |= value;
		return;
	}
	const char *near = oci_names_nearest(names, word);
	if (near)
		problems_error(problems, place, "\"%s\" is no known %s; did you mean \"%s\"?", word,
			       names->what, near);
	else
		problems_error(problems, place,
			       "\"%s\" is no known %s: accepted are abi.all%s, "
			       "names like \"%s\", and integers",
			       word, names->what,
			       kind == LANDLOCK_FS ? ", abi.read_execute, abi.read_write" : "",
			       names->items[0].name);
}

const char *oci_landlock_name(enum oci_landlock_kind kind, uint64_t bit)
{
	return oci_names_of(names_of(kind), bit);
}

static void add_names(struct arena *arena, uint64_t bits, enum oci_landlock_kind kind,
		      struct strv *out)
{
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = bits & 1ULL << i;

		if (!bit)
			continue;
		const char *name = oci_names_of(names_of(kind), bit);
		out->items = arena_grow(arena, out->items, out->n, out->n + 1, sizeof(*out->items));
		out->items[out->n++] =
			name ? arena_strdup(arena, name) : arena_asprintf(arena, "0x%" PRIx64, bit);
	}
}

void oci_landlock_names(struct arena *arena, const struct oci_landlock_rights *rights,
			struct strv *out)
{
	add_names(arena, rights->fs, LANDLOCK_FS, out);
	add_names(arena, rights->net, LANDLOCK_NET, out);
	add_names(arena, rights->scoped, LANDLOCK_SCOPE, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock rights in words that can be read aloud. See landlock.h. Pure. */
#include <linux/landlock.h>

#include "base/attr.h"
#include "oci/landlock.h"

struct word {
	enum oci_landlock_kind kind;
	uint64_t rights; /* all of them */
	const char *text;
};

/* The first that fits is taken, and what it says is said: so what several rights make comes before
 * its parts. */
static const struct word words[] = {
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_EXECUTE, "execute" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, "read" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_READ_FILE, "read files" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_READ_DIR, "list folders" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_WRITE_FILE | 1ULL << 14, "write and truncate files" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_WRITE_FILE, "write files" },
	{ LANDLOCK_FS, 1ULL << 14, "truncate files" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR,
	  "make files and folders" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_REG, "make files" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_DIR, "make folders" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR,
	  "remove files and folders" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_REMOVE_FILE, "remove files" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_REMOVE_DIR, "remove folders" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_SYM, "make symbolic links" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_SOCK, "make sockets" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_FIFO, "make named pipes" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK,
	  "make devices" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_CHAR, "make character devices" },
	{ LANDLOCK_FS, LANDLOCK_ACCESS_FS_MAKE_BLOCK, "make block devices" },
	{ LANDLOCK_FS, 1ULL << 13, "rename and link between folders" },
	{ LANDLOCK_FS, 1ULL << 15, "control devices" },
	{ LANDLOCK_FS, 1ULL << 16, "connect to Unix sockets" },
	{ LANDLOCK_NET, 1ULL << 0, "listen by TCP" },
	{ LANDLOCK_NET, 1ULL << 1, "connect by TCP" },
	{ LANDLOCK_NET, 1ULL << 2, "receive by UDP" },
	{ LANDLOCK_NET, 1ULL << 3, "send by UDP" },
	{ LANDLOCK_SCOPE, 1ULL << 0, "connect to abstract Unix sockets" },
	{ LANDLOCK_SCOPE, 1ULL << 1, "send signals" },
};

static void add(struct strbuf *out, const char *text)
{
	strbuf_addf(out, "%s%s", out->len ? ", " : "", text);
}

const char *oci_landlock_phrase(struct arena *arena, enum oci_landlock_kind kind, uint64_t rights,
				uint64_t handled)
{
	const uint64_t execute = LANDLOCK_ACCESS_FS_EXECUTE;
	drop_strbuf struct strbuf out = { 0 };

	if (kind == LANDLOCK_FS && rights == handled)
		return "everything";
	if (kind == LANDLOCK_FS && rights == (handled & ~execute) && (handled & execute))
		return "everything but execute";
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i].kind != kind || (rights & words[i].rights) != words[i].rights)
			continue;
		add(&out, words[i].text);
		rights &= ~words[i].rights;
	}
	for (unsigned int i = 0; i < 64; i++) {
		if (rights & 1ULL << i)
			add(&out, arena_asprintf(arena, "right 0x%llx", 1ULL << i));
	}
	return arena_strdup(arena, strbuf_text(&out));
}

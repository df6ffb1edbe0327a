/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events to rights. See findings.h. Which right each call needs is security/landlock/fs.c's; the
 * system tests ask the kernel whether it is so.
 */
#include "observe/findings.h"

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "sys/uapi.h"

void findings_free(struct findings *f)
{
	arena_free(&f->arena);
	mem_dropp(&f->slots);
	*f = (struct findings){ 0 };
}

/* ---- the table of paths ---- */

/* Of a kind. More of them nobody reads. */
enum { NOTES_MAX = 1000 };
enum { FIRST_SLOTS = 1024, FNV_OFFSET = 0x811c9dc5, FNV_PRIME = 0x01000193 };

static size_t hash(const char *path, size_t len)
{
	uint32_t value = (uint32_t)FNV_OFFSET;

	for (size_t i = 0; i < len; i++)
		value = (value ^ (unsigned char)path[i]) * FNV_PRIME;
	return value;
}

/* The slot of the path, or the free one where it belongs. */
static uint32_t *slot_of(const struct findings *f, const char *path, size_t len)
{
	size_t at = hash(path, len) & (f->slots_n - 1);

	for (;; at = (at + 1) & (f->slots_n - 1)) {
		const char *known;

		if (!f->slots[at])
			return &f->slots[at];
		known = f->paths[f->slots[at] - 1].path;
		if (strncmp(known, path, len) == 0 && !known[len])
			return &f->slots[at];
	}
}

static void make_slots(struct findings *f, size_t n)
{
	mem_dropp(&f->slots);
	f->slots = mem_zalloc(n * sizeof(*f->slots));
	f->slots_n = n;
	for (size_t i = 0; i < f->paths_n; i++)
		*slot_of(f, f->paths[i].path, strlen(f->paths[i].path)) = (uint32_t)i + 1;
}

static struct finding_path *find(const struct findings *f, const char *path, size_t len)
{
	if (!f->slots_n)
		return NULL;
	uint32_t index = *slot_of(f, path, len);
	return index ? &f->paths[index - 1] : NULL;
}

struct finding_path *findings_find(struct findings *f, const char *path)
{
	return find(f, path, strlen(path));
}

/* The entry of the path, made if there is none. Stays where it is only until the next. */
static struct finding_path *entry(struct findings *f, const char *path, size_t len)
{
	struct finding_path *known = find(f, path, len);

	if (known)
		return known;
	if (2 * (f->paths_n + 1) > f->slots_n)
		make_slots(f, f->slots_n ? 2 * f->slots_n : FIRST_SLOTS);
	if (f->paths_n == f->paths_cap) {
		f->paths_cap = f->paths_cap ? 2 * f->paths_cap : FIRST_SLOTS / 2;
		f->paths = arena_grow(&f->arena, f->paths, f->paths_n, f->paths_cap,
				      sizeof(*f->paths));
	}
	f->paths[f->paths_n] = (struct finding_path){ .path = arena_strndup(&f->arena, path, len) };
	*slot_of(f, path, len) = (uint32_t)++f->paths_n;
	return &f->paths[f->paths_n - 1];
}

/* The length of the folder's path of the first `len` bytes; 0: they are "/", which is in none. */
static size_t parent_len(const char *path, size_t len)
{
	if (len <= 1)
		return 0;
	while (len > 1 && path[len - 1] != '/')
		len--;
	return len > 1 ? len - 1 : 1;
}

/* ---- names ---- */

/* The path that a rule for `path` has: what was there before the run began. *out_exact: it names
 * the same file, and not a folder above it. Arena memory. */
static const char *rule_path(struct findings *f, const char *path, bool *out_exact)
{
	size_t whole = strlen(path);

	*out_exact = true;
	for (size_t len = whole; len; len = parent_len(path, len)) {
		const struct finding_path *name = find(f, path, len);

		if (name && name->now == NOW_MOVED)
			return arena_asprintf(&f->arena, "%s%.*s", name->before, (int)(whole - len),
					      path + len);
		if (name && name->now == NOW_MADE) {
			*out_exact = false;
			whole = parent_len(path, len);
		}
	}
	return arena_strndup(&f->arena, path, whole);
}

/* A document can name only what is UTF-8. */
static bool is_utf8(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i++];
		int more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : -1;

		for (; more > 0 && i < len && ((unsigned char)text[i] & 0xc0) == 0x80; more--)
			i++;
		if (more)
			return false;
	}
	return true;
}

static struct finding_path *rule_of(struct findings *f, const char *path)
{
	bool exact;
	const char *rule = rule_path(f, path, &exact);
	size_t len = strlen(rule);

	while (len > 1 && !is_utf8(rule, len))
		len = parent_len(rule, len);
	return entry(f, rule, len);
}

/* Nothing that was known of names below `path`, or of it, is true any more. */
static void forget_names(struct findings *f, const char *path)
{
	for (size_t i = 0; i < f->paths_n; i++) {
		struct finding_path *name = &f->paths[i];

		if (!path_is_below(name->path, path))
			continue;
		name->now = NOW_AS_BEFORE;
		name->again = name->again_folder = 0;
	}
}

static void set_made(struct findings *f, const char *path)
{
	forget_names(f, path);
	entry(f, path, strlen(path))->now = NOW_MADE;
}

/* What has the name is no longer there; if it was before, a rule for it names nothing. */
static void leave_name(struct findings *f, const char *path)
{
	bool exact;
	const char *before = rule_path(f, path, &exact);

	if (exact)
		entry(f, before, strlen(before))->gone = true;
	forget_names(f, path);
}

/* One name that something has now: as `before` has it, whose strings are the arena's. */
struct name {
	enum finding_now now;
	const char *before;
};

static struct name name_of(struct findings *f, const char *path)
{
	bool exact;
	const char *before = rule_path(f, path, &exact);

	return exact ? (struct name){ NOW_MOVED, before } : (struct name){ NOW_MADE, NULL };
}

static void set_name(struct findings *f, const char *path, const struct name *name)
{
	struct finding_path *known = entry(f, path, strlen(path));
	bool back = name->now == NOW_MOVED && str_equal(name->before, path);

	known->now = back ? NOW_AS_BEFORE : name->now;
	known->before = back ? NULL : name->before;
	if (back)
		known->gone = false;
}

/* The names below a folder go with it. */
static void carry_names(struct findings *f, const char *old_path, const char *new_path)
{
	size_t len = strlen(old_path), n = f->paths_n;

	for (size_t i = 0; i < n; i++) {
		const struct finding_path *name = &f->paths[i];

		if (name->now == NOW_AS_BEFORE || !path_is_below(name->path, old_path) ||
		    !name->path[len])
			continue;
		const struct name carried = { name->now, name->before };
		const char *path =
			arena_asprintf(&f->arena, "%s%s", new_path, f->paths[i].path + len);
		set_name(f, path, &carried);
	}
}

/* ---- events ---- */

void findings_use(struct findings *f, const char *path, uint64_t rights)
{
	if (rights)
		rule_of(f, path)->rights |= rights;
}

static const char *folder(struct findings *f, const char *path)
{
	size_t len = parent_len(path, strlen(path));

	return arena_strndup(&f->arena, path, len ? len : 1);
}

void findings_use_folder(struct findings *f, const char *path, uint64_t rights)
{
	findings_use(f, folder(f, path), rights);
}

static uint64_t make_right(mode_t type)
{
	switch (type & S_IFMT) {
	case S_IFDIR:
		return LANDLOCK_ACCESS_FS_MAKE_DIR;
	case S_IFCHR:
		return LANDLOCK_ACCESS_FS_MAKE_CHAR;
	case S_IFBLK:
		return LANDLOCK_ACCESS_FS_MAKE_BLOCK;
	case S_IFIFO:
		return LANDLOCK_ACCESS_FS_MAKE_FIFO;
	case S_IFSOCK:
		return LANDLOCK_ACCESS_FS_MAKE_SOCK;
	case S_IFLNK:
		return LANDLOCK_ACCESS_FS_MAKE_SYM;
	default: /* mknod(2): no type is a regular file */
		return LANDLOCK_ACCESS_FS_MAKE_REG;
	}
}

static uint64_t remove_right(mode_t type)
{
	return S_ISDIR(type) ? LANDLOCK_ACCESS_FS_REMOVE_DIR : LANDLOCK_ACCESS_FS_REMOVE_FILE;
}

void findings_make(struct findings *f, const char *path, mode_t type)
{
	findings_use(f, folder(f, path), make_right(type));
	set_made(f, path);
}

void findings_use_again(struct findings *f, const char *path, uint64_t rights)
{
	entry(f, path, strlen(path))->again |= rights;
}

void findings_remove(struct findings *f, const char *path, bool is_dir)
{
	findings_use(f, folder(f, path), remove_right(is_dir ? S_IFDIR : S_IFREG));
	leave_name(f, path);
}

static void add_move(struct findings *f, const char *from, const char *to, const char *self,
		     bool is_dir)
{
	const struct finding_move move = { from, to, self, is_dir };

	if (str_equal(from, to))
		return;
	for (size_t i = 0; i < f->moves_n; i++) {
		const struct finding_move *known = &f->moves[i];

		if (str_equal(known->from, from) && str_equal(known->to, to) &&
		    str_equal(known->self, self) && known->is_dir == is_dir)
			return;
	}
	f->moves = arena_grow_one(&f->arena, f->moves, f->moves_n, sizeof(*f->moves));
	f->moves[f->moves_n++] = move;
	if (self)
		(void)entry(f, self, strlen(self));
}

/* From a folder into another: both need refer, and the kernel compares what the file may there. */
static void note_move(struct findings *f, const char *old_path, const char *new_path, mode_t type,
		      bool unnamed)
{
	const char *from = folder(f, old_path), *to = folder(f, new_path);
	bool exact, own;

	if (str_equal(from, to))
		return;
	findings_use(f, from, LANDLOCK_ACCESS_FS_REFER);
	findings_use(f, to, LANDLOCK_ACCESS_FS_REFER);
	from = rule_path(f, from, &exact);
	to = rule_path(f, to, &exact);
	const char *self = rule_path(f, old_path, &own);
	add_move(f, from, to, own && !unnamed ? self : NULL, S_ISDIR(type));
}

void findings_rename(struct findings *f, const struct finding_rename *rename)
{
	const char *old_path = rename->old_path, *new_path = rename->new_path;
	const char *from = folder(f, old_path), *to = folder(f, new_path);
	const struct name old_name = name_of(f, old_path), new_name = name_of(f, new_path);
	/* No clean path is like this: here one's names wait while they are swapped. */
	const char *aside = "/./swapped";

	findings_use(f, from, remove_right(rename->old_type));
	findings_use(f, to, make_right(rename->old_type));
	if (rename->new_type)
		findings_use(f, to, remove_right(rename->new_type));
	if (rename->exchange)
		findings_use(f, from, make_right(rename->new_type));
	note_move(f, old_path, new_path, rename->old_type, false);
	if (rename->exchange) {
		note_move(f, new_path, old_path, rename->new_type, false);
		carry_names(f, new_path, aside);
	}
	if (rename->new_type)
		leave_name(f, new_path);
	carry_names(f, old_path, new_path);
	leave_name(f, old_path);
	set_name(f, new_path, &old_name);
	if (!rename->exchange) {
		struct finding_path *left = entry(f, new_path, strlen(new_path));

		if (left->now == NOW_MADE) /* made again, it replaces itself */
			left->again_folder = remove_right(rename->old_type);
		return;
	}
	carry_names(f, aside, old_path);
	forget_names(f, aside);
	set_name(f, old_path, &new_name);
}

void findings_link(struct findings *f, const char *old_path, const char *new_path, mode_t type,
		   bool unnamed)
{
	const struct name name = unnamed ? (struct name){ NOW_MADE, NULL } : name_of(f, old_path);

	findings_use(f, folder(f, new_path), make_right(type));
	note_move(f, old_path, new_path, type, unnamed);
	set_name(f, new_path, &name);
}

void findings_port(struct findings *f, uint16_t port, uint64_t rights)
{
	for (size_t i = 0; i < f->ports_n; i++) {
		if (f->ports[i].port == port) {
			f->ports[i].rights |= rights;
			return;
		}
	}
	f->ports = arena_grow_one(&f->arena, f->ports, f->ports_n, sizeof(*f->ports));
	f->ports[f->ports_n++] = (struct finding_port){ port, rights };
}

void findings_note(struct findings *f, enum finding_note_kind kind, const char *detail)
{
	size_t of_kind = 0;

	for (size_t i = 0; i < f->notes_n; i++) {
		if (f->notes[i].kind != kind)
			continue;
		if (str_equal(f->notes[i].detail, detail))
			return;
		of_kind++;
	}
	if (of_kind == NOTES_MAX)
		return;
	f->notes = arena_grow_one(&f->arena, f->notes, f->notes_n, sizeof(*f->notes));
	f->notes[f->notes_n++] = (struct finding_note){ kind, arena_strdup(&f->arena, detail) };
}

bool findings_noted(const struct findings *f, enum finding_note_kind kind)
{
	for (size_t i = 0; i < f->notes_n; i++) {
		if (f->notes[i].kind == kind)
			return true;
	}
	return false;
}

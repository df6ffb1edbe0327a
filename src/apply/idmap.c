/* SPDX-License-Identifier: Apache-2.0 */
/* Id maps. See idmap.h. Parent only: idmap_write between clone and SYNC_MAPPED. */
#include "apply/idmap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "sys/io.h"
#include "sys/sys.h"

/* What the kernel shows of a map: 340 lines of 33 bytes. */
enum { SHOWN_MAX_BYTES = 64 * 1024 };

/* One of the two maps, and all that is known of it. */
struct side {
	const char *place, *file, *program_name;
	enum plan_map_writer writer;
	const struct oci_id_mapping *map;
	size_t n;
};

static struct side uid_side(const struct plan *plan)
{
	return (struct side){ "linux.uidMappings", "uid_map",	     "newuidmap",
			      plan->ns.uid_writer, plan->ns.uid_map, plan->ns.uid_map_n };
}

static struct side gid_side(const struct plan *plan)
{
	return (struct side){ "linux.gidMappings", "gid_map",	     "newgidmap",
			      plan->ns.gid_writer, plan->ns.gid_map, plan->ns.gid_map_n };
}

/* ---- before ---- */

static void add_text(struct strbuf *text, const struct oci_id_mapping *map, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_addf(text, "%u %u %u\n", map[i].container_id, map[i].host_id, map[i].size);
}

static struct err *prepare(const struct side *side, struct arena *arena, const char **out_program)
{
	drop_strbuf struct strbuf text = { 0 };

	*out_program = NULL;
	if (side->writer == MAP_NONE)
		return NULL;
	add_text(&text, side->map, side->n);
	/* The kernel takes one write, of less than a page. */
	if (text.len >= (size_t)getpagesize())
		return err_new(ERR_CONFIG,
			       "%s: is too long: the kernel takes less than %d bytes of text, and "
			       "these lines have %zu",
			       side->place, getpagesize(), text.len);
	if (side->writer != MAP_BY_HELPER)
		return NULL;
	*out_program = idmap_find_program(arena, side->program_name);
	if (*out_program)
		return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED,
				"%s: more than the caller's own id can only be mapped by %s, which "
				"is not installed",
				side->place, side->program_name),
			"the package is called uidmap or shadow-utils; /etc/subuid and /etc/subgid "
			"list which ids a user may map");
}

struct err *idmap_prepare(const struct plan *plan, struct arena *arena, struct idmap_programs *out)
{
	const struct side uids = uid_side(plan), gids = gid_side(plan);

	TRY(prepare(&uids, arena, &out->uid));
	return prepare(&gids, arena, &out->gid);
}

/* ---- writing ---- */

struct err *idmap_write_map(pid_t pid, const char *file, const struct oci_id_mapping *map, size_t n)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_mem char *path = mem_asprintf("/proc/%d/%s", (int)pid, file);

	add_text(&text, map, n);
	/* In one write: the kernel accepts no second one. */
	int rc = io_try_write_kernel_file(AT_FDCWD, path, strbuf_text(&text));
	if (rc >= 0)
		return NULL;
	struct err *err = err_sys(rc, "write %s", file);
	if (rc != -EPERM && rc != -EACCES)
		return err;
	return err_hint(err, "some systems forbid user namespaces to programs that they do not "
			     "know (kernel.apparmor_restrict_unprivileged_userns)");
}

static struct err *write_side(const struct side *side, const char *program, pid_t pid)
{
	if (!program)
		return err_link(idmap_write_map(pid, side->file, side->map, side->n), "%s",
				side->place);
	return err_hint(
		err_link(idmap_run_program(program, pid, side->map, side->n), "%s", side->place),
		"%s maps what %s lists for uid %u, if it is setuid root and the runtime "
		"was not started with no_new_privs",
		side->program_name, side->file[0] == 'u' ? "/etc/subuid" : "/etc/subgid",
		geteuid());
}

/* Groups could keep somebody out: who maps without privilege has to give up leaving them. */
static struct err *deny_setgroups(pid_t pid)
{
	drop_mem char *path = mem_asprintf("/proc/%d/setgroups", (int)pid);
	int rc = io_try_write_kernel_file(AT_FDCWD, path, "deny");

	return rc < 0 ? err_sys(rc, "deny setgroups") : NULL;
}

struct err *idmap_write(const struct plan *plan, const struct idmap_programs *programs, pid_t pid)
{
	const struct side uids = uid_side(plan), gids = gid_side(plan);

	if (gids.writer == MAP_OF_OWN_ID)
		TRY(deny_setgroups(pid));
	TRY(write_side(&gids, programs->gid, pid));
	return write_side(&uids, programs->uid, pid);
}

/* ---- comparing ---- */

struct extent {
	uint64_t inside, outside, size;
};

static int compare_extents(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->inside < y->inside ? -1 : x->inside > y->inside;
}

/* In order, and with neighbours that continue each other as one; their number. */
static size_t normalise(struct extent *list, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(list, n, sizeof(*list), compare_extents);
	for (size_t i = 0; i < n; i++) {
		struct extent *last = kept ? &list[kept - 1] : NULL;

		if (last && last->inside + last->size == list[i].inside &&
		    last->outside + last->size == list[i].outside)
			last->size += list[i].size;
		else
			list[kept++] = list[i];
	}
	return kept;
}

static bool next_extent(const char **text, struct extent *out)
{
	uint64_t *const fields[] = { &out->inside, &out->outside, &out->size };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		char *end = NULL;

		*fields[i] = strtoull(*text, &end, 10);
		if (end == *text)
			return false;
		*text = end;
	}
	return true;
}

static struct extent *parse_extents(const char *text, size_t *out_n)
{
	struct extent *list = NULL, extent;
	size_t n = 0;

	while (next_extent(&text, &extent)) {
		list = mem_realloc_array(list, n + 1, sizeof(*list));
		list[n++] = extent;
	}
	*out_n = n;
	return list;
}

bool idmap_is_same(const char *text, const struct oci_id_mapping *map, size_t n)
{
	size_t found_n = 0;
	drop_mem struct extent *found = parse_extents(text, &found_n);
	drop_mem struct extent *wanted = mem_zalloc((n + 1) * sizeof(*wanted));

	for (size_t i = 0; i < n; i++)
		wanted[i] = (struct extent){ map[i].container_id, map[i].host_id, map[i].size };
	n = normalise(wanted, n);
	found_n = normalise(found, found_n);
	for (size_t i = 0; i < n && i < found_n; i++) {
		if (wanted[i].inside != found[i].inside || wanted[i].outside != found[i].outside ||
		    wanted[i].size != found[i].size)
			return false;
	}
	return n == found_n;
}

/* ---- a joined one ---- */

/* The map as the runtime's own user namespace sees it: proc(5) translates for who opens it. */
static bool read_map(const struct side *side, pid_t pid, struct strbuf *out)
{
	drop_mem char *path = mem_asprintf("/proc/%d/%s", (int)pid, side->file);
	drop_err struct err *err = io_read_file(AT_FDCWD, path, SHOWN_MAX_BYTES, out);

	/* A child that is gone already has said why. */
	return !err;
}

/* The lines in one, with single blanks, for an error. */
static char *in_one_line(const char *text)
{
	drop_strbuf struct strbuf out = { 0 };
	size_t n = 0;
	drop_mem struct extent *list = parse_extents(text, &n);

	for (size_t i = 0; i < n && i < 5; i++)
		strbuf_addf(&out, "%s%llu %llu %llu", i ? ", " : "",
			    (unsigned long long)list[i].inside, (unsigned long long)list[i].outside,
			    (unsigned long long)list[i].size);
	strbuf_add(&out, n > 5 ? ", ..." : "");
	return strbuf_take(&out);
}

static struct err *check_id(const char *text, uint32_t id, const char *place)
{
	size_t n = 0;
	drop_mem struct extent *list = parse_extents(text, &n);

	for (size_t i = 0; i < n; i++) {
		if (id >= list[i].inside && id - list[i].inside < list[i].size)
			return NULL;
	}
	return err_new(ERR_CONFIG, "%s: %u is not mapped in the joined user namespace", place, id);
}

static struct err *check_map(const struct side *side, const char *text)
{
	if (!side->n || idmap_is_same(text, side->map, side->n))
		return NULL;
	drop_mem char *has = in_one_line(text);
	return err_new(ERR_CONFIG,
		       "%s: the joined user namespace has another map: %s (inside, outside, size)",
		       side->place, has);
}

struct err *idmap_check_joined(const struct plan *plan, pid_t pid)
{
	const struct side uids = uid_side(plan), gids = gid_side(plan);
	const struct plan_process *process = &plan->process;
	drop_strbuf struct strbuf uid_text = { 0 }, gid_text = { 0 };

	if (!read_map(&uids, pid, &uid_text) || !read_map(&gids, pid, &gid_text))
		return NULL;
	TRY(check_map(&uids, strbuf_text(&uid_text)));
	TRY(check_map(&gids, strbuf_text(&gid_text)));
	if (!process->present)
		return NULL;
	TRY(check_id(strbuf_text(&uid_text), process->uid, "process.user.uid"));
	TRY(check_id(strbuf_text(&gid_text), process->gid, "process.user.gid"));
	for (size_t i = 0; i < process->groups_n; i++) {
		drop_mem char *place = mem_asprintf("process.user.additionalGids[%zu]", i);

		TRY(check_id(strbuf_text(&gid_text), process->groups[i], place));
	}
	return NULL;
}

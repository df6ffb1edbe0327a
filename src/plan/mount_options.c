/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option strings of one mount (config.md, "Linux mount options") as flags and parameters. What
 * each word does is a row of oci_mount_options; this file is the meaning of the row kinds. Decides
 * nothing that depends on the destination or the file system. Pure; the parent runs it.
 */
#include "plan/parts.h"

#include <linux/mount.h>
#include <string.h>

#include "oci/names.h"

/* What the options of one mount are read into. */
struct reader {
	struct arena *arena;
	struct problems *problems;
	const char *place; /* of the option at hand: "mounts[3].options[1]" */
	struct plan_mount *mount;
	struct mount_asked *asked;
	struct plan_fs_param *params; /* the same as mount->params, to write */
	size_t propagation_n;
};

static void attr_set(uint64_t *set, uint64_t *clear, uint64_t value)
{
	*set |= value;
	*clear &= ~value;
}

static void attr_clear(uint64_t *set, uint64_t *clear, uint64_t value)
{
	*clear |= value;
	*set &= ~value;
}

/*
 * Access times are one value of three bits, not three flags: mount_setattr(2) takes a new value
 * only with the whole of MOUNT_ATTR__ATIME in attr_clr (lesson M9). fsmount(2) ignores attr_clr.
 */
static void attr_atime(uint64_t *set, uint64_t *clear, uint64_t value)
{
	*clear |= MOUNT_ATTR__ATIME;
	*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | value;
}

/* The same for a row that clears one of those bits ("atime"). */
static void complete_atime(uint64_t *set, uint64_t *clear)
{
	if ((*set | *clear) & MOUNT_ATTR__ATIME)
		*clear |= MOUNT_ATTR__ATIME;
}

static void add_propagation(struct reader *reader, unsigned long value)
{
	struct plan_mount *mount = reader->mount;

	/* The last place stays 0: it ends the list. */
	if (reader->propagation_n + 1 >= ARRAY_LEN(mount->propagation)) {
		problems_error(reader->problems, reader->place,
			       "at most %zu propagation options make sense for one mount",
			       ARRAY_LEN(mount->propagation) - 1);
		return;
	}
	mount->propagation[reader->propagation_n++] = value;
}

/* One option that has a row. */
static void take_known(struct reader *reader, const struct oci_mount_option *row)
{
	struct plan_mount *mount = reader->mount;

	switch (row->kind) {
	case MOUNT_OPT_NOTHING:
		return;
	case MOUNT_OPT_BIND:
		reader->asked->bind = true;
		mount->recursive |= row->value != 0;
		return;
	case MOUNT_OPT_REMOUNT:
		reader->asked->remount = true;
		return;
	case MOUNT_OPT_ATTR_SET:
		attr_set(&mount->attr_set, &mount->attr_clear, row->value);
		return;
	case MOUNT_OPT_ATTR_CLEAR:
		attr_clear(&mount->attr_set, &mount->attr_clear, row->value);
		return;
	case MOUNT_OPT_ATIME:
		attr_atime(&mount->attr_set, &mount->attr_clear, row->value);
		return;
	case MOUNT_OPT_REC_ATTR_SET:
		attr_set(&mount->rec_attr_set, &mount->rec_attr_clear, row->value);
		return;
	case MOUNT_OPT_REC_ATTR_CLEAR:
		attr_clear(&mount->rec_attr_set, &mount->rec_attr_clear, row->value);
		return;
	case MOUNT_OPT_REC_ATIME:
		attr_atime(&mount->rec_attr_set, &mount->rec_attr_clear, row->value);
		return;
	case MOUNT_OPT_SUPER_SET:
		mount->super_set |= row->value;
		mount->super_clear &= ~row->value;
		return;
	case MOUNT_OPT_SUPER_CLEAR:
		mount->super_clear |= row->value;
		mount->super_set &= ~row->value;
		return;
	case MOUNT_OPT_PROPAGATION:
		add_propagation(reader, row->value);
		return;
	case MOUNT_OPT_IDMAP:
		reader->asked->idmap = true;
		reader->asked->ridmap |= row->value != 0;
		return;
	case MOUNT_OPT_TMPCOPYUP:
		mount->tmpcopyup = true;
		return;
	}
}

/* The length of the first element of a comma list as mount(2)'s data has it: a comma in double
 * quotes (SELinux contexts) or behind a backslash (overlay's paths) separates nothing. */
static size_t element_len(const char *text)
{
	bool quoted = false;
	size_t i = 0;

	for (; text[i] && (quoted || text[i] != ','); i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == '\\' && text[i + 1])
			i++;
	}
	return i;
}

/*
 * In mount(2)'s comma-joined data a security context is quoted because of its commas (lesson M53),
 * and the kernel takes the quotes off. fsconfig(2) hands over each value as it is, so they go here.
 */
static const char *unquote_context(struct arena *arena, const char *key, const char *value)
{
	static const char *const keys[] = { "context", "fscontext", "defcontext", "rootcontext" };
	size_t len = strlen(value);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (str_equal(key, keys[i]) && len >= 2 && value[0] == '"' && value[len - 1] == '"')
			return arena_strndup(arena, value + 1, len - 2);
	}
	return value;
}

static void add_param(struct reader *reader, const char *text, size_t len)
{
	struct plan_mount *mount = reader->mount;
	char *key = arena_strndup(reader->arena, text, len);
	char *value = strchr(key, '=');

	if (!len)
		return;
	if (value == key) {
		problems_error(reader->problems, reader->place,
			       "\"%s\" has no name before the =", key);
		return;
	}
	if (value)
		*value++ = '\0';
	reader->params = arena_grow(reader->arena, reader->params, mount->params_n,
				    mount->params_n + 1, sizeof(*reader->params));
	reader->params[mount->params_n++] = (struct plan_fs_param){
		.key = key,
		.value = value ? unquote_context(reader->arena, key, value) : NULL,
	};
	mount->params = reader->params;
	mount->has_mode |= value && str_equal(key, "mode");
	mount->has_uid |= value && str_equal(key, "uid");
	mount->has_gid |= value && str_equal(key, "gid");
}

/* An option that has no row: data for the file system, which may itself be a comma list. */
static void take_data(struct reader *reader, const char *option)
{
	while (*option) {
		size_t len = element_len(option);

		add_param(reader, option, len);
		option += len + (option[len] == ',');
	}
}

void plan_take_mount_options(struct arena *arena, const struct oci_mount *config, const char *place,
			     struct problems *problems, struct plan_mount *mount,
			     struct mount_asked *asked)
{
	struct reader reader = {
		.arena = arena, .problems = problems, .mount = mount, .asked = asked
	};
	const char *options_place = place_member(arena, place, "options");

	for (size_t i = 0; i < config->options.n; i++) {
		const char *option = config->options.items[i];
		const struct oci_mount_option *row = oci_mount_option_find(option);

		reader.place = place_item(arena, options_place, i);
		if (row)
			take_known(&reader, row);
		else
			take_data(&reader, option);
	}
	complete_atime(&mount->attr_set, &mount->attr_clear);
	complete_atime(&mount->rec_attr_set, &mount->rec_attr_clear);
	mount->readonly = ((mount->attr_set | mount->rec_attr_set) & MOUNT_ATTR_RDONLY) != 0;
}

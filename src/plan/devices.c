/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device nodes of the container: the six that config-linux.md, "Default Devices", gives to
 * every one, and those that are listed. Makes nothing (the links in /dev are apply's). Pure; the
 * parent runs it, after the mounts.
 */
#include "plan/plan.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "plan/parts.h"

enum {
	DEVICE_DEFAULT_MODE = 0666,
	/* include/linux/kdev_t.h: 12 bits of major and 20 of minor number. mknod(2) cuts others. */
	DEVICE_MAJOR_MAX = (1 << 12) - 1,
	DEVICE_MINOR_MAX = (1 << 20) - 1,
};

/* Documentation/admin-guide/devices.txt */
static const struct {
	const char *path;
	unsigned int major, minor;
} default_devices[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* The clean paths of config's devices; NULL where one has none (the reader has said so). */
static const char **clean_paths(struct arena *arena, const struct oci_devices *config)
{
	const char **paths = arena_zalloc(arena, (config->n + 1) * sizeof(*paths));

	for (size_t i = 0; i < config->n; i++) {
		if (config->items[i].path)
			paths[i] = path_clean(arena, NULL, config->items[i].path);
	}
	return paths;
}

static bool is_listed(const char *const *paths, size_t from, size_t n, const char *path)
{
	for (size_t i = from; i < n; i++) {
		if (paths[i] && str_equal(paths[i], path))
			return true;
	}
	return false;
}

static mode_t file_type(int type)
{
	if (type == 'b')
		return S_IFBLK;
	if (type == 'p')
		return S_IFIFO;
	return S_IFCHR; /* 'c', and 'u', which mknod(1) calls unbuffered: the same thing */
}

/* One that is missing has been told by the rules. */
static bool check_number(const struct opt_i64 *number, int64_t max, const char *place,
			 struct problems *problems)
{
	if (number->set && (number->v < 0 || number->v > max))
		problems_error(problems, place, "%lld; accepted are 0 to %lld",
			       (long long)number->v, (long long)max);
	return number->v >= 0 && number->v <= max;
}

static void take_device(struct arena *arena, const struct oci_device *config, size_t index,
			struct problems *problems, struct plan_device *out)
{
	mode_t mode = config->file_mode.set ? config->file_mode.v & 07777 : DEVICE_DEFAULT_MODE;
	const char *place = place_item(arena, "linux.devices", index);

	out->path = path_clean(arena, NULL, config->path);
	out->path_rel = path_rel(arena, config->path);
	/* Engines put the S_IFMT bits of stat(2) into fileMode; `type` decides (lesson M36). */
	out->mode = file_type(config->type) | mode;
	out->uid = config->uid.set ? config->uid.v : 0;
	out->gid = config->gid.set ? config->gid.v : 0;
	if (*config->path && str_equal(out->path, "/"))
		problems_error(problems, place, "the container's root can't be a device");
	if (config->type == 'p')
		return;
	bool major_fits = check_number(&config->major, DEVICE_MAJOR_MAX,
				       place_member(arena, place, "major"), problems);
	bool minor_fits = check_number(&config->minor, DEVICE_MINOR_MAX,
				       place_member(arena, place, "minor"), problems);
	if (!major_fits || !minor_fits)
		return;
	out->dev = makedev((unsigned int)config->major.v, (unsigned int)config->minor.v);
}

static size_t add_defaults(const char *const *listed, size_t listed_n, struct plan_device *out)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(default_devices); i++) {
		const char *path = default_devices[i].path;

		/* A listed one of the same path takes its place. */
		if (is_listed(listed, 0, listed_n, path))
			continue;
		out[n++] = (struct plan_device){
			.path = path,
			.path_rel = path + 1,
			.mode = S_IFCHR | DEVICE_DEFAULT_MODE,
			.dev = makedev(default_devices[i].major, default_devices[i].minor),
			.is_default = true,
		};
	}
	return n;
}

void plan_add_devices(struct arena *arena, struct plan *plan, struct problems *problems)
{
	const struct oci_devices *config = &plan->config->linux_->devices;
	struct plan_rootfs *rootfs = &plan->rootfs;
	struct plan_device *devices =
		arena_zalloc(arena, (config->n + ARRAY_LEN(default_devices)) * sizeof(*devices));
	size_t n = 0;

	/* Not in a root that is entered as it is (lesson L34). */
	if (!plan_can_mount(rootfs))
		return;
	const char **paths = clean_paths(arena, config);
	if (rootfs->set_up_dev)
		n = add_defaults(paths, config->n, devices);
	for (size_t i = 0; i < config->n; i++) {
		/* Of entries for one path the last one counts. */
		if (!paths[i] || is_listed(paths, i + 1, config->n, paths[i]))
			continue;
		/* A /dev that is bound from the host has its nodes; making others would be making
		 * them on the host (lesson M35). */
		if (!rootfs->set_up_dev && path_is_below(paths[i], "/dev"))
			continue;
		take_device(arena, &config->items[i], i, problems, &devices[n++]);
	}
	rootfs->devices = devices;
	rootfs->devices_n = n;
}

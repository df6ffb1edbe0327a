/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts, root file system and devices of a plan as numbers. What they look like as text, and the
 * messages of refused ones, is in the golden cases.
 */
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "oci/names.h"
#include "plan/plan.h"
#include "tests/unit/check.h"

/* A plan that is made of mounts only. */
struct fixture {
	struct arena arena;
	struct problems problems;
	struct oci_config config;
	struct oci_linux linux_;
	struct oci_root root;
	struct oci_mount mounts[8];
	struct oci_namespace namespaces[1];
	struct plan plan;
	struct plan_options options;
};

static void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->namespaces[0].type = CLONE_NEWNS;
	f->linux_.namespaces.items = f->namespaces;
	f->linux_.namespaces.n = 1;
	f->root.path = arena_strdup(&f->arena, "rootfs");
	f->config.root = &f->root;
	f->config.linux_ = &f->linux_;
	f->config.mounts.items = f->mounts;
	f->plan.config = &f->config;
	f->plan.bundle = "/bundle";
	f->plan.ns.create = CLONE_NEWNS;
}

static void fixture_free(struct fixture *f)
{
	problems_free(&f->problems);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

/* `options` is a list separated by blanks. */
static void add_mount(struct fixture *f, const char *dest, const char *type, const char *source,
		      const char *options)
{
	struct oci_mount *mount = &f->mounts[f->config.mounts.n++];
	char *word = arena_strdup(&f->arena, options);
	char *rest = word;

	mount->destination = arena_strdup(&f->arena, dest);
	mount->type = arena_strdup(&f->arena, type);
	mount->source = arena_strdup(&f->arena, source);
	while ((word = strtok_r(rest, " ", &rest))) {
		struct strv *list = &mount->options;

		list->items = arena_grow(&f->arena, list->items, list->n, list->n + 1,
					 sizeof(*list->items));
		list->items[list->n++] = word;
	}
}

static const struct plan_mount *plan_mounts(struct fixture *f)
{
	plan_add_mounts(&f->arena, &f->plan, &f->options, &f->problems);
	CHECK(f->plan.rootfs.mounts_n == f->config.mounts.n);
	return f->plan.rootfs.mounts;
}

static void test_flags(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "/a", "none", "/s", "bind ro nosuid rw noexec");
	add_mount(&f, "/b", "none", "/s", "bind noatime strictatime");
	add_mount(&f, "/c", "none", "/s", "rbind rrelatime rro");
	add_mount(&f, "/d", "none", "/s", "bind atime");
	add_mount(&f, "/e", "tmpfs", "t", "sync lazytime async");
	const struct plan_mount *m = plan_mounts(&f);

	CHECK(m[0].kind == PLAN_MOUNT_BIND && !m[0].recursive && !m[0].readonly);
	CHECK(m[0].attr_set == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
	CHECK(m[0].attr_clear == MOUNT_ATTR_RDONLY);
	/* mount_setattr(2): EINVAL unless all of __ATIME is in attr_clr (lesson M9). */
	CHECK(m[1].attr_set == MOUNT_ATTR_STRICTATIME);
	CHECK(m[1].attr_clear == MOUNT_ATTR__ATIME);
	CHECK(m[2].recursive && m[2].readonly && !m[2].readonly_late);
	CHECK(m[2].attr_set == 0 && m[2].attr_clear == 0);
	CHECK(m[2].rec_attr_set == MOUNT_ATTR_RDONLY);
	CHECK(m[2].rec_attr_clear == MOUNT_ATTR__ATIME);
	CHECK(m[3].attr_set == 0 && m[3].attr_clear == MOUNT_ATTR__ATIME);
	CHECK(m[4].kind == PLAN_MOUNT_FS && m[4].super_set == MS_LAZYTIME);
	CHECK(m[4].super_clear == MS_SYNCHRONOUS);
	CHECK(m[4].params_n == 0);
	CHECK(f.problems.n == 0);
}

/* Whatever the words are, the kernel must get a form that it takes. */
static void test_every_option_is_consistent(void)
{
	for (size_t i = 0; i < oci_mount_options_n; i++) {
		drop_fixture struct fixture f;
		const char *name = oci_mount_options[i].name;

		fixture_init(&f);
		add_mount(&f, "/a", "tmpfs", "tmpfs", name);
		const struct plan_mount *m = plan_mounts(&f);

		CHECK(m->params_n == 0); /* a known word is never data (lesson M3) */
		CHECK((m->attr_set & m->attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME) == 0);
		CHECK((m->rec_attr_set & m->rec_attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME) == 0);
		if ((m->attr_set | m->attr_clear) & MOUNT_ATTR__ATIME)
			CHECK((m->attr_clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
		if ((m->rec_attr_set | m->rec_attr_clear) & MOUNT_ATTR__ATIME)
			CHECK((m->rec_attr_clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
		CHECK((m->super_set & m->super_clear) == 0);
	}
}

static void test_propagation(void)
{
	drop_fixture struct fixture f;
	drop_fixture struct fixture many;

	fixture_init(&f);
	add_mount(&f, "/a", "none", "/s", "rbind rslave shared");
	const struct plan_mount *m = plan_mounts(&f);
	CHECK(m[0].propagation[0] == (MS_SLAVE | MS_REC));
	CHECK(m[0].propagation[1] == MS_SHARED);
	CHECK(m[0].propagation[2] == 0);
	CHECK(f.plan.rootfs.host_propagation == (MS_SLAVE | MS_REC));

	/* The list is ended by 0: a fourth one has no place, and is not lost silently. */
	fixture_init(&many);
	add_mount(&many, "/a", "none", "/s", "bind private slave shared private");
	m = plan_mounts(&many);
	CHECK(m[0].propagation[3] == 0);
	CHECK(problems_errors(&many.problems) == 1);
	CHECK_STR(many.problems.items[0].place, "mounts[0].options[4]");
}

/* What of the host arrives, and what goes there, per tree. */
static void test_trees(void)
{
	drop_fixture struct fixture f;
	drop_fixture struct fixture back;

	fixture_init(&f);
	add_mount(&f, "/a", "none", "/s", "rbind rslave");
	add_mount(&f, "/b", "none", "/s", "rbind");
	add_mount(&f, "/c", "none", "/s", "rbind rshared");
	add_mount(&f, "/d", "tmpfs", "t", "");
	const struct plan_mount *m = plan_mounts(&f);
	CHECK(m[0].tree == MS_SLAVE);
	CHECK(m[1].tree == MS_PRIVATE && m[3].tree == MS_PRIVATE);
	CHECK(m[2].tree == MS_SLAVE); /* the root does not ask for it */
	CHECK(f.plan.rootfs.tree == MS_PRIVATE);

	fixture_init(&back);
	back.linux_.rootfs_propagation = (struct opt_enum){ .set = true, .v = MS_SHARED | MS_REC };
	add_mount(&back, "/a", "none", "/s", "rbind rslave");
	add_mount(&back, "/b", "none", "/s", "rbind");
	add_mount(&back, "/c", "none", "/s", "rbind rshared");
	add_mount(&back, "/d", "tmpfs", "t", "");
	add_mount(&back, "/d", "none", "none", "remount bind ro");
	m = plan_mounts(&back);
	CHECK(m[0].tree == MS_SLAVE && m[0].propagation[0] == (MS_SLAVE | MS_REC));
	CHECK(m[1].tree == MS_SLAVE && m[1].propagation[0] == (MS_SHARED | MS_REC));
	CHECK(m[2].tree == MS_SHARED);
	CHECK(m[3].propagation[0] == (MS_SHARED | MS_REC) && !m[4].propagation[0]);
	CHECK(back.plan.rootfs.tree == MS_SLAVE);
}

static void test_idmaps_are_shared(void)
{
	struct oci_id_mapping a = { 0, 1000, 1 }, b = { 0, 1000, 1 }, c = { 0, 1000, 2 };
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "/a", "none", "/s", "bind idmap");
	add_mount(&f, "/b", "none", "/s", "rbind ridmap idmap");
	add_mount(&f, "/c", "tmpfs", "t", "");
	add_mount(&f, "/d", "tmpfs", "t", "");
	f.mounts[0].uid_mappings = (struct oci_id_mappings){ &a, 1 };
	f.mounts[0].gid_mappings = (struct oci_id_mappings){ &a, 1 };
	f.mounts[1].uid_mappings = (struct oci_id_mappings){ &b, 1 };
	f.mounts[1].gid_mappings = (struct oci_id_mappings){ &b, 1 };
	f.mounts[2].uid_mappings = (struct oci_id_mappings){ &b, 1 };
	f.mounts[2].gid_mappings = (struct oci_id_mappings){ &c, 1 };
	const struct plan_mount *m = plan_mounts(&f);

	CHECK(f.plan.rootfs.idmaps_n == 2);
	CHECK(m[0].idmap == &f.plan.rootfs.idmaps[0] && !m[0].idmap_recursive);
	CHECK(m[1].idmap == m[0].idmap && m[1].idmap_recursive);
	CHECK(m[2].idmap == &f.plan.rootfs.idmaps[1]);
	CHECK(m[3].idmap == NULL);
}

static void test_host_stays_private(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "/a", "none", "/s", "rbind rprivate");
	plan_mounts(&f);
	CHECK(f.plan.rootfs.host_propagation == (MS_PRIVATE | MS_REC));
}

static void test_no_pivot_refuses_private(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	f.options.no_pivot = true;
	f.linux_.rootfs_propagation = (struct opt_enum){ .set = true, .v = MS_PRIVATE };
	plan_mounts(&f);
	CHECK(problems_errors(&f.problems) == 1);
	CHECK_STR(f.problems.items[0].place, "linux.rootfsPropagation");
}

static void test_late_readonly(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "/tmp", "tmpfs", "tmpfs", "ro");
	add_mount(&f, "/dev/", "devtmpfs", "d", "rro");
	add_mount(&f, "/dev", "none", "/dev", "rbind rro");
	add_mount(&f, "/dev", "none", "/dev", "bind ro");
	add_mount(&f, "/sys", "sysfs", "sysfs", "ro");
	add_mount(&f, "/x", "ext4", "/dev/sda", "ro");
	const struct plan_mount *m = plan_mounts(&f);

	CHECK(m[0].readonly_late && m[0].readonly && !m[0].attr_set && !m[0].params_n);
	CHECK(m[1].readonly_late && !m[1].rec_attr_set);
	/* Late means only the top mount: a recursive wish may not become less. */
	CHECK(!m[2].readonly_late && m[2].rec_attr_set == MOUNT_ATTR_RDONLY);
	CHECK(m[3].readonly_late && !m[3].attr_set);
	CHECK(!m[4].readonly_late && m[4].attr_set == MOUNT_ATTR_RDONLY && !m[4].params_n);
	CHECK(m[5].attr_set == MOUNT_ATTR_RDONLY && m[5].params_n == 1);
	CHECK_STR(m[5].params[0].key, "ro");
	CHECK(m[5].params[0].value == NULL);
	CHECK(!f.plan.rootfs.set_up_dev); /* one of the two binds */
}

static void test_data(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "/a", "tmpfs", "tmpfs", "mode=1777,,size=1k nr_inodes= acl");
	add_mount(&f, "/b", "x", "x", "lowerdir=/a\\,b:/c context=\"u:r:t:s0:c1,c2\",x");
	add_mount(&f, "/c", "x", "x", "=5");
	const struct plan_mount *m = plan_mounts(&f);

	CHECK(m[0].params_n == 4 && m[0].has_mode);
	CHECK_STR(m[0].params[0].key, "mode");
	CHECK_STR(m[0].params[0].value, "1777");
	CHECK_STR(m[0].params[1].value, "1k");
	CHECK_STR(m[0].params[2].value, "");
	CHECK(m[0].params[3].value == NULL);
	CHECK(m[1].params_n == 3 && !m[1].has_mode);
	CHECK_STR(m[1].params[0].value, "/a\\,b:/c");
	CHECK_STR(m[1].params[1].value, "u:r:t:s0:c1,c2");
	CHECK_STR(m[1].params[2].key, "x");
	CHECK(problems_errors(&f.problems) == 1);
	CHECK_STR(f.problems.items[0].place, "mounts[2].options[0]");
}

static void test_destinations(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	add_mount(&f, "data", "tmpfs", "t", "");
	add_mount(&f, "/../a//b/.", "tmpfs", NULL, "");
	const struct plan_mount *m = plan_mounts(&f);

	CHECK_STR(m[0].dest, "/data");
	CHECK_STR(m[0].dest_rel, "data");
	CHECK_STR(m[1].dest, "/a/b");
	CHECK_STR(m[1].source, "none");
	CHECK_STR(f.plan.rootfs.path, "/bundle/rootfs");
	CHECK(f.plan.rootfs.set_up_dev);
}

static void test_default_devices(void)
{
	drop_fixture struct fixture f;
	struct oci_device listed[2] = {
		{ .type = 'c', .path = (char[]){ "/dev//null" } },
		{ .type = 'p', .path = (char[]){ "/fifo" } },
	};

	fixture_init(&f);
	listed[0].major = (struct opt_i64){ .set = true, .v = 1 };
	listed[0].minor = (struct opt_i64){ .set = true, .v = 3 };
	listed[0].file_mode = (struct opt_u32){ .set = true, .v = S_IFCHR | 0644 };
	f.linux_.devices.items = listed;
	f.linux_.devices.n = 2;
	plan_mounts(&f);
	plan_add_devices(&f.arena, &f.plan, &f.problems);

	const struct plan_device *d = f.plan.rootfs.devices;
	CHECK(f.plan.rootfs.devices_n == 7); /* five defaults, and the two */
	CHECK_STR(d[0].path, "/dev/zero");
	CHECK(d[0].is_default && d[0].mode == (S_IFCHR | 0666) && d[0].dev == makedev(1, 5));
	CHECK_STR(d[4].path, "/dev/tty");
	CHECK(d[4].dev == makedev(5, 0));
	CHECK_STR(d[5].path, "/dev/null");
	CHECK_STR(d[5].path_rel, "dev/null");
	CHECK(!d[5].is_default && d[5].mode == (S_IFCHR | 0644) && d[5].dev == makedev(1, 3));
	CHECK(d[6].mode == (S_IFIFO | 0666) && d[6].dev == 0);
}

int main(void)
{
	test_flags();
	test_every_option_is_consistent();
	test_propagation();
	test_trees();
	test_idmaps_are_shared();
	test_host_stays_private();
	test_no_pivot_refuses_private();
	test_late_readonly();
	test_data();
	test_destinations();
	test_default_devices();
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host facts: what --assume takes, how cgroup mounts of several machines are understood, and that
 * the cheap ways of asking the kernel give what /proc says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/host_cache.h"
#include "sys/io.h"
#include "sys/sys.h"
#include "tests/unit/check.h"

static void test_assume_takes_each_fact(void)
{
	drop_host struct host host;
	enum host_cgroup_mode mode;
	enum host_delegation delegation = DELEGATED_NONE;

	host_init(&host);
	CHECK(host_assume(&host, "cgroup=hybrid") == NULL);
	CHECK(host_assume(&host, "landlock-abi=4") == NULL);
	CHECK(host_assume(&host, "euid=1000") == NULL);
	CHECK(host_assume(&host, "egid=1001") == NULL);
	CHECK(host_assume(&host, "userns=other") == NULL);
	CHECK(host_assume(&host, "apparmor=yes") == NULL);
	CHECK(host_assume(&host, "selinux=yes") == NULL);
	CHECK(host_assume(&host, "last-cap=37") == NULL);
	CHECK(host_assume(&host, "caps=00000000a80425fb") == NULL);
	CHECK(host_cgroup_mode(&host, &mode) == NULL && mode == CGROUP_HYBRID);
	CHECK(host_landlock_abi(&host) == 4);
	CHECK(host_euid(&host) == 1000 && host_egid(&host) == 1001);
	CHECK(!host_in_initial_userns(&host));
	CHECK(host_apparmor_enabled(&host) && host_selinux_enabled(&host));
	CHECK(host_last_cap(&host) == 37);
	CHECK(host_own_caps(&host) == 0xa80425fb);
	CHECK(host_assume(&host, "hugepages=64KB,2MB,1GB") == NULL);
	CHECK(host_hugepage_sizes(&host) == (1ULL << 16 | 1ULL << 21 | 1ULL << 30));
	CHECK(host_assume(&host, "hugepages=none") == NULL && host_hugepage_sizes(&host) == 0);
	CHECK(host.assumptions.n == 11);
	CHECK(host_assume(&host, "own-ids=10") == NULL);
	CHECK(host_assume(&host, "setgroups=deny") == NULL);
	CHECK(host_assume(&host, "cgroup-delegation=own") == NULL);
	CHECK(host_has_ids(&host, false, 0, 10) && !host_has_ids(&host, true, 0, 11));
	CHECK(host_denies_setgroups(&host));
	CHECK(host_cgroup_delegation(&host, &delegation) == NULL && delegation == DELEGATED_OWN);
	CHECK_STR(host.assumptions.items[0], "cgroup=hybrid");
	/* The later one wins. */
	CHECK(host_assume(&host, "landlock-abi=0") == NULL);
	CHECK(host_landlock_abi(&host) == 0);
	CHECK(host_assume(&host, "caps=all") == NULL && host_own_caps(&host) == UINT64_MAX);
	CHECK(host_assume(&host, "caps=none") == NULL && host_own_caps(&host) == 0);
}

static void check_refused(const char *text, const char *message, const char *hint)
{
	drop_host struct host host;

	host_init(&host);
	drop_err struct err *err = host_assume(&host, text);
	CHECK(err != NULL);
	if (!err)
		return;
	CHECK(err_kind_of(err) == ERR_USAGE);
	CHECK_STR(err_text(err), message);
	CHECK_STR(err_hint_text(err), hint);
	CHECK(host.assumptions.n == 0);
}

static void test_assume_refuses_the_rest(void)
{
	const char *all = "known are cgroup, landlock-abi, euid, egid, userns, apparmor, selinux, "
			  "last-cap, caps, hugepages, resctrl, seccomp-wait-killable, own-ids, "
			  "setgroups, cgroup-delegation, outer-uid, systemd";

	check_refused("cgruop=v1", "--assume: unknown fact \"cgruop\"", "did you mean cgroup?");
	check_refused("landlock_abi=1", "--assume: unknown fact \"landlock_abi\"",
		      "did you mean landlock-abi?");
	check_refused("weather=fine", "--assume: unknown fact \"weather\"", all);
	check_refused("", "--assume: unknown fact \"\"", all);
	check_refused("euid", "--assume euid: no value; accepted: euid=VALUE with a user id", NULL);
	check_refused("cgroup=v3",
		      "--assume cgroup: bad value \"v3\"; accepted: v2, hybrid, v1, none", NULL);
	check_refused("cgroup=", "--assume cgroup: bad value \"\"; accepted: v2, hybrid, v1, none",
		      NULL);
	check_refused("euid=4294967295",
		      "--assume euid: bad value \"4294967295\"; accepted: a user id", NULL);
	check_refused("euid=-1", "--assume euid: bad value \"-1\"; accepted: a user id", NULL);
	check_refused("last-cap=64", "--assume last-cap: bad value \"64\"; accepted: 0 to 63",
		      NULL);
	check_refused("caps=0x1f",
		      "--assume caps: bad value \"0x1f\"; accepted: all, none, a hexadecimal mask",
		      NULL);
	check_refused("caps=10000000000000000",
		      "--assume caps: bad value \"10000000000000000\"; accepted: all, none, a "
		      "hexadecimal mask",
		      NULL);
	check_refused("hugepages=2MB,",
		      "--assume hugepages: bad value \"2MB,\"; accepted: none, sizes like 2MB,1GB",
		      NULL);
	check_refused("hugepages=3MB",
		      "--assume hugepages: bad value \"3MB\"; accepted: none, sizes like 2MB,1GB",
		      NULL);
	check_refused("resctrl=sys",
		      "--assume resctrl: bad value \"sys\"; accepted: none, an absolute path",
		      NULL);
	check_refused("apparmor=Y", "--assume apparmor: bad value \"Y\"; accepted: yes, no", NULL);
}

static void test_resctrl(void)
{
	static const char mountinfo[] =
		"26 18 0:22 / /sys/fs/cgroup rw - tmpfs resctrl rw\n"
		"30 18 0:40 /class /mnt/part rw shared:1 - resctrl resctrl rw\n"
		"31 18 0:40 / /sys/fs/res\\040ctrl rw shared:2 - resctrl none rw,cdp\n";
	drop_arena struct arena arena = { 0 };
	drop_host struct host host;
	const char *root = "";

	/* Neither a source of that name nor a bind mount of one group is the file system. */
	CHECK_STR(host_parse_resctrl_root(&arena, mountinfo), "/sys/fs/res ctrl");
	CHECK_STR(host_parse_resctrl_root(&arena, ""), NULL);
	host_init(&host);
	CHECK_OK(host_assume(&host, "resctrl=/sys/fs/resctrl"));
	CHECK_OK(host_resctrl_root(&host, &root));
	CHECK_STR(root, "/sys/fs/resctrl");
	CHECK_OK(host_assume(&host, "resctrl=none"));
	CHECK_OK(host_resctrl_root(&host, &root));
	CHECK_STR(root, NULL);
}

/* user_namespaces(7): a range has to lie in one line of the map, as newuidmap writes them. */
static void test_ranges_of_a_map(void)
{
	static const char map[] = "         0       1000          1\n"
				  "         1     100000      65536\n"
				  "     70000     300000 4294897295\n";
	static const struct {
		uint64_t first, count;
		bool want;
	} rows[] = {
		{ 0, 1, true },		  { 0, 2, false },
		{ 1, 65536, true },	  { 1, 65537, false },
		{ 65536, 1, true },	  { 65537, 1, false },
		{ 70000, 1000000, true }, { 69999, 2, false },
		{ 4294967294U, 1, true }, { 4294967294U, 2, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK(host_map_has(map, rows[i].first, rows[i].count) == rows[i].want);
	CHECK(!host_map_has("", 0, 1));
	CHECK(!host_map_has("0 0\n", 0, 1));
}

static void check_hierarchy(const struct host_hierarchies *list, size_t i, bool v2,
			    const char *controllers, const char *mount_point, const char *own_path)
{
	CHECK(i < list->n);
	if (i >= list->n)
		return;
	CHECK(list->items[i].v2 == v2);
	CHECK_STR(list->items[i].controllers, controllers);
	CHECK_STR(list->items[i].mount_point, mount_point);
	CHECK_STR(list->items[i].own_path, own_path);
}

/* A systemd machine of 2018; names as Debian 9 has them. */
static void test_hierarchies_of_hybrid(void)
{
	static const char mountinfo[] =
		"18 23 0:17 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
		"26 18 0:22 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755\n"
		"27 26 0:23 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw\n"
		"28 26 0:24 / /sys/fs/cgroup/systemd rw shared:11 - cgroup cgroup "
		"rw,xattr,name=systemd\n"
		"34 26 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
		"33 26 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:16 master:1 - cgroup cgroup "
		"rw,cpu,cpuacct\n";
	static const char own[] = "5:cpuset:/\n"
				  "4:cpu,cpuacct:/user.slice/a:b\n"
				  "3:pids:/user.slice\n"
				  "1:name=systemd:/user.slice/s\n"
				  "0::/user.slice/s\n";
	drop_arena struct arena arena = { 0 };
	struct host_hierarchies list = { 0 };

	host_parse_hierarchies(&arena, mountinfo, own, &list);
	/* pids is mounted nowhere. cpu must not be found in cpuset's mount. */
	CHECK(list.n == 4);
	check_hierarchy(&list, 0, false, "cpuset", "/sys/fs/cgroup/cpuset", "/");
	check_hierarchy(&list, 1, false, "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct",
			"/user.slice/a:b");
	check_hierarchy(&list, 2, false, "name=systemd", "/sys/fs/cgroup/systemd", "/user.slice/s");
	check_hierarchy(&list, 3, true, "", "/sys/fs/cgroup/unified", "/user.slice/s");
}

/* Escaped mount points; a part of a hierarchy, as a container without a cgroup namespace sees it;
 * the whole one is taken when it is there too. */
static void test_hierarchies_of_odd_mounts(void)
{
	static const char mountinfo[] =
		"1 0 0:1 / /mnt/my\\040cgroups\\134x rw - cgroup cgroup rw,memory\n"
		"2 0 0:2 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"
		"3 0 0:3 /docker/abc /part rw - cgroup cgroup rw,freezer\n"
		"4 0 0:3 / /whole rw - cgroup cgroup rw,freezer\n"
		"a line that is none\n"
		"5 0 0:5 / /x rw - cgroupfs cgroupfs rw\n"
		"6 0 0:6 / /y rw - cgroup\n";
	static const char own[] = "9:memory:/m\n"
				  "8:pids:/docker/abc/sub\n"
				  "7:freezer:/docker/abc\n"
				  "no colon here\n"
				  "6:blkio\n";
	drop_arena struct arena arena = { 0 };
	struct host_hierarchies list = { 0 };

	host_parse_hierarchies(&arena, mountinfo, own, &list);
	CHECK(list.n == 3);
	check_hierarchy(&list, 0, false, "memory", "/mnt/my cgroups\\x", "/m");
	check_hierarchy(&list, 1, false, "pids", "/sys/fs/cgroup/pids", "/sub");
	check_hierarchy(&list, 2, false, "freezer", "/whole", "/docker/abc");
}

static void test_conventional_layouts(void)
{
	drop_arena struct arena arena = { 0 };
	struct host_hierarchies v2 = { 0 }, v1 = { 0 }, hybrid = { 0 }, none = { 0 };

	host_conventional_hierarchies(&arena, CGROUP_V2, &v2);
	host_conventional_hierarchies(&arena, CGROUP_V1, &v1);
	host_conventional_hierarchies(&arena, CGROUP_HYBRID, &hybrid);
	host_conventional_hierarchies(&arena, CGROUP_NONE, &none);
	CHECK(v2.n == 1 && none.n == 0);
	check_hierarchy(&v2, 0, true, "", "/sys/fs/cgroup", "/");
	CHECK(hybrid.n == v1.n + 1);
	check_hierarchy(&hybrid, hybrid.n - 1, true, "", "/sys/fs/cgroup/unified", "/");
	check_hierarchy(&v1, 1, false, "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/");
	check_hierarchy(&v1, v1.n - 1, false, "name=systemd", "/sys/fs/cgroup/systemd", "/");
}

/* The kernel's own answer as /proc has it, in base `base`; false where it is not there. */
static bool read_number(const char *path, const char *after, int base, uint64_t *out)
{
	drop_strbuf struct strbuf text = { 0 };
	drop_err struct err *err = io_read_file(AT_FDCWD, path, 1 << 20, &text);
	const char *at = err ? NULL : strstr(strbuf_text(&text), after);

	if (!at)
		return false;
	*out = strtoull(at + strlen(after), NULL, base);
	return true;
}

static void test_facts_agree_with_proc(void)
{
	drop_host struct host host;
	uint64_t value = 0;

	host_init(&host);
	if (read_number("/proc/sys/kernel/cap_last_cap", "", 10, &value))
		CHECK(host_last_cap(&host) == value);
	if (read_number("/proc/self/status", "CapPrm:\t", 16, &value))
		CHECK(host_own_caps(&host) == value);
	CHECK(host_euid(&host) == geteuid() && host_egid(&host) == getegid());
}

static void test_own_namespaces(void)
{
	CHECK(host_is_own_namespace("/proc/self/ns/net", "net"));
	CHECK(!host_is_own_namespace("/proc/self/ns/uts", "net"));
	CHECK(!host_is_own_namespace("/nowhere", "net"));
	CHECK(!host_is_own_namespace("/proc/self/ns/net", "no-such-kind"));
}

int main(void)
{
	test_assume_takes_each_fact();
	test_assume_refuses_the_rest();
	test_resctrl();
	test_ranges_of_a_map();
	test_hierarchies_of_hybrid();
	test_hierarchies_of_odd_mounts();
	test_conventional_layouts();
	test_facts_agree_with_proc();
	test_own_namespaces();
	return check_result();
}

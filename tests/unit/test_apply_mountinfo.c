/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/self/mountinfo, as proc(5) has them and as they might be. */
#include <string.h>

#include "apply/mountinfo.h"
#include "tests/unit/check.h"

static void test_lines(void)
{
	char text[] =
		"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n"
		"37 36 0:5 / / rw - tmpfs none rw\n"
		"38 36 0:6 / /with\\040blank\\134and\\012line ro shared:3 master:2 - proc - ro\n"
		"39 36 0:7 / /a-b rw - x - -\n"
		"\n"
		"40 36 0:8 / /short\n"
		"not a number\n"
		"41 36 254:17 / /last rw unbindable - fuse.sshfs host: rw";
	char *cursor = text;
	struct mountinfo mount;

	CHECK(mountinfo_next(&cursor, &mount));
	CHECK(mount.id == 36 && mount.major == 98 && mount.minor == 0);
	CHECK_STR(mount.point, "/mnt2");
	CHECK_STR(mount.type, "ext3");
	CHECK(mountinfo_next(&cursor, &mount));
	CHECK_STR(mount.point, "/");
	CHECK(mountinfo_next(&cursor, &mount));
	CHECK_STR(mount.point, "/with blank\\and\nline");
	CHECK_STR(mount.type, "proc");
	CHECK(mountinfo_next(&cursor, &mount));
	CHECK_STR(mount.point, "/a-b");
	CHECK_STR(mount.type, "x");
	/* What is no line of the file is left out. */
	CHECK(mountinfo_next(&cursor, &mount));
	CHECK(mount.id == 41 && mount.major == 254 && mount.minor == 17);
	CHECK_STR(mount.type, "fuse.sshfs");
	CHECK(!mountinfo_next(&cursor, &mount));
	CHECK(!mountinfo_next(&cursor, &mount));
}

static void test_nothing(void)
{
	char empty[] = "";
	char *cursor = empty, *none = NULL;
	struct mountinfo mount;

	CHECK(!mountinfo_next(&cursor, &mount));
	CHECK(!mountinfo_next(&none, &mount));
}

int main(void)
{
	test_lines();
	test_nothing();
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From what a run did to the rules of a policy: observe/findings.h. */
#include <sys/stat.h>

#include "check.h"
#include "observe/findings.h"
#include "sys/uapi.h"

#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define READ LANDLOCK_ACCESS_FS_READ_FILE
#define WRITE LANDLOCK_ACCESS_FS_WRITE_FILE
#define LIST LANDLOCK_ACCESS_FS_READ_DIR
#define REFER LANDLOCK_ACCESS_FS_REFER
#define MAKE LANDLOCK_ACCESS_FS_MAKE_REG
#define MAKE_DIR LANDLOCK_ACCESS_FS_MAKE_DIR
#define REMOVE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define TRUNCATE LANDLOCK_ACCESS_FS_TRUNCATE
#define REMOVE_DIR LANDLOCK_ACCESS_FS_REMOVE_DIR

static uint64_t rights(const struct findings *f, const char *path)
{
	for (size_t i = 0; i < f->paths_n; i++) {
		if (strcmp(f->paths[i].path, path) == 0)
			return f->paths[i].rights;
	}
	return 0;
}

static size_t rules(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->paths_n; i++)
		n += f->paths[i].rights != 0;
	return n;
}

static void rename_file(struct findings *f, const char *from, const char *to, mode_t target)
{
	findings_rename(f, &(struct finding_rename){ from, to, S_IFREG, target, false });
}

static void test_use(void)
{
	drop_findings struct findings f = { 0 };

	findings_use(&f, "/etc/passwd", READ);
	findings_use(&f, "/etc/passwd", WRITE);
	findings_use(&f, "/bin/sh", EXECUTE | READ);
	findings_use(&f, "/nothing", 0);
	findings_finish(&f, UINT64_MAX);
	CHECK(rules(&f) == 2);
	CHECK(rights(&f, "/etc/passwd") == (READ | WRITE));
	CHECK(rights(&f, "/bin/sh") == (EXECUTE | READ));
	CHECK(!findings_has_gone(&f));
}

static void test_folder_covers(void)
{
	drop_findings struct findings f = { 0 };

	findings_use(&f, "/usr/lib/a", READ);
	findings_use(&f, "/usr/lib/b", READ | EXECUTE);
	findings_use(&f, "/usr/library", READ);
	findings_use_folder(&f, "/usr/lib/gone", READ);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/usr/lib") == READ);
	CHECK(rights(&f, "/usr/lib/a") == 0);
	CHECK(rights(&f, "/usr/lib/b") == EXECUTE);
	CHECK(rights(&f, "/usr/library") == READ);
}

static void test_root_covers_all(void)
{
	drop_findings struct findings f = { 0 };

	findings_use(&f, "/", LIST);
	findings_use(&f, "/etc", LIST);
	findings_make(&f, "/new", S_IFREG);
	findings_finish(&f, UINT64_MAX);
	CHECK(rules(&f) == 1);
	CHECK(rights(&f, "/") == (LIST | MAKE));
}

/* What the run makes has no rule of its own. */
static void test_made(void)
{
	drop_findings struct findings f = { 0 };

	findings_make(&f, "/tmp/dir", S_IFDIR);
	findings_make(&f, "/tmp/dir/sub", S_IFDIR);
	findings_make(&f, "/tmp/dir/sub/file", S_IFREG);
	findings_use(&f, "/tmp/dir/sub/file", WRITE);
	findings_use(&f, "/tmp/dir/sub", LIST);
	findings_use(&f, "/tmp/dirt", READ);
	findings_remove(&f, "/tmp/dir/sub/file", false);
	findings_remove(&f, "/tmp/dir/sub", true);
	findings_finish(&f, UINT64_MAX);
	CHECK(rules(&f) == 2);
	CHECK(rights(&f, "/tmp") == (MAKE | MAKE_DIR | WRITE | LIST | REMOVE | REMOVE_DIR));
	CHECK(rights(&f, "/tmp/dirt") == READ);
	CHECK(!findings_has_gone(&f));
}

/* A file that is replaced by another of its name: the new one is not the rule's. */
static void test_replaced(void)
{
	drop_findings struct findings f = { 0 };

	findings_use(&f, "/etc/conf", READ);
	findings_make(&f, "/etc/conf.tmp", S_IFREG);
	rename_file(&f, "/etc/conf.tmp", "/etc/conf", S_IFREG);
	findings_use(&f, "/etc/conf", WRITE);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/etc/conf") == READ);
	CHECK(rights(&f, "/etc") == (MAKE | REMOVE | WRITE));
	CHECK(!findings_has_gone(&f)); /* something has the name */
}

/* What is left by the run is there when it runs again; what it has removed or moved on is not. */
static void test_again(void)
{
	static const char *const made[] = { "/tmp/left", "/var/gone", "/srv/moved" };
	drop_findings struct findings f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		findings_make(&f, made[i], S_IFREG);
		findings_use_again(&f, made[i], TRUNCATE);
	}
	findings_remove(&f, "/var/gone", false);
	rename_file(&f, "/srv/moved", "/out/target", 0);
	rename_file(&f, "/in/a", "/in/aside", 0);
	rename_file(&f, "/in/aside", "/in/a", 0);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/tmp") == (MAKE | TRUNCATE));
	CHECK(rights(&f, "/var") == (MAKE | REMOVE));
	CHECK(rights(&f, "/srv") == (MAKE | REMOVE | REFER));
	CHECK(rights(&f, "/out") == (MAKE | REMOVE | REFER)); /* it replaces what it has left */
	CHECK(rights(&f, "/in") == (MAKE | REMOVE));
}

static void test_removed(void)
{
	drop_findings struct findings f = { 0 };

	findings_use(&f, "/data/a", READ);
	findings_remove(&f, "/data/a", false);
	findings_finish(&f, UINT64_MAX);
	CHECK(findings_has_gone(&f));
	CHECK(rights(&f, "/data/a") == READ);
}

/* The rule goes with the file: it is for the path that the file had. */
static void test_moved(void)
{
	drop_findings struct findings f = { 0 };

	rename_file(&f, "/in/a", "/out/b", 0);
	findings_use(&f, "/out/b", READ);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/in/a") == READ);
	CHECK(rights(&f, "/out/b") == 0);
	CHECK(rights(&f, "/in") == (REMOVE | REFER));
	CHECK(rights(&f, "/out") == (MAKE | REFER));
	CHECK(findings_has_gone(&f));
}

static void test_moved_folder(void)
{
	drop_findings struct findings f = { 0 };

	findings_make(&f, "/a/dir/new", S_IFREG);
	findings_rename(&f, &(struct finding_rename){ "/a/dir", "/b/dir", S_IFDIR, 0, false });
	findings_use(&f, "/b/dir/old", READ);
	findings_use(&f, "/b/dir/new", WRITE);
	findings_rename(&f, &(struct finding_rename){ "/b/dir", "/a/dir", S_IFDIR, 0, false });
	findings_use(&f, "/a/dir/old", WRITE);
	findings_finish(&f, UINT64_MAX);
	CHECK((rights(&f, "/a/dir/old") & (READ | WRITE)) == READ); /* WRITE is the folder's */
	CHECK((rights(&f, "/a/dir") & WRITE) == WRITE);
	CHECK(rights(&f, "/b/dir") == 0 && rights(&f, "/b/dir/old") == 0);
	CHECK(!findings_has_gone(&f)); /* it is back */
}

static void test_exchange(void)
{
	drop_findings struct findings f = { 0 };

	findings_make(&f, "/d/made", S_IFREG);
	findings_rename(&f,
			&(struct finding_rename){ "/d/made", "/d/old", S_IFREG, S_IFREG, true });
	findings_use(&f, "/d/old", READ);
	findings_use(&f, "/d/made", WRITE);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/d/old") == WRITE); /* the old file, under its new name */
	CHECK(rights(&f, "/d") == (MAKE | REMOVE | READ));
}

/* EXDEV: what comes into a folder must not gain a right there. */
static void test_no_gain(void)
{
	drop_findings struct findings f = { 0 };

	findings_make(&f, "/tmp/x", S_IFREG);
	rename_file(&f, "/tmp/x", "/out/x", 0);
	findings_use(&f, "/out/x", READ);
	findings_use(&f, "/out/y", WRITE);
	findings_link(&f, "/in/file", "/out/hard", S_IFREG, false);
	findings_finish(&f, UINT64_MAX);
	CHECK((rights(&f, "/out") & (READ | WRITE)) == READ);
	CHECK((rights(&f, "/tmp") & (READ | WRITE)) == READ);
	CHECK(rights(&f, "/in/file") == READ); /* its own rule is enough */
	CHECK(rights(&f, "/in") == REFER);
}

static void test_same_folder_needs_no_refer(void)
{
	drop_findings struct findings f = { 0 };

	rename_file(&f, "/a/x", "/a/y", 0);
	findings_link(&f, "/a/y", "/a/z", S_IFREG, false);
	findings_finish(&f, UINT64_MAX);
	CHECK(rights(&f, "/a") == (MAKE | REMOVE));
}

static void test_known(void)
{
	drop_findings struct findings f = { 0 };

	rename_file(&f, "/a/x", "/b/x", 0);
	findings_finish(&f, ~(uint64_t)REFER);
	CHECK(rights(&f, "/a") == REMOVE);
	CHECK(rights(&f, "/b") == MAKE);
}

static void test_ports_and_notes(void)
{
	drop_findings struct findings f = { 0 };

	findings_port(&f, 443, LANDLOCK_ACCESS_NET_CONNECT_TCP);
	findings_port(&f, 80, LANDLOCK_ACCESS_NET_BIND_TCP);
	findings_port(&f, 443, LANDLOCK_ACCESS_NET_BIND_TCP);
	findings_note(&f, NOTE_MOUNT, "mount");
	findings_note(&f, NOTE_MOUNT, "mount");
	findings_finish(&f, UINT64_MAX);
	CHECK(f.ports_n == 2 && f.ports[0].port == 80 && f.ports[1].port == 443);
	CHECK(f.ports[1].rights ==
	      (LANDLOCK_ACCESS_NET_CONNECT_TCP | LANDLOCK_ACCESS_NET_BIND_TCP));
	CHECK(f.notes_n == 1 && findings_noted(&f, NOTE_MOUNT));
	CHECK(!findings_noted(&f, NOTE_FOREIGN));
}

static void test_many(void)
{
	drop_findings struct findings f = { 0 };
	char path[64];

	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/srv/%d/file", i);
		findings_use(&f, path, READ);
	}
	findings_use(&f, "/srv/17/file", WRITE);
	findings_finish(&f, UINT64_MAX);
	CHECK(rules(&f) == 3000);
	CHECK(rights(&f, "/srv/17/file") == (READ | WRITE));
}

int main(void)
{
	test_use();
	test_folder_covers();
	test_root_covers_all();
	test_made();
	test_replaced();
	test_again();
	test_removed();
	test_moved();
	test_moved_folder();
	test_exchange();
	test_no_gain();
	test_same_folder_needs_no_refer();
	test_known();
	test_ports_and_notes();
	test_many();
	return check_result();
}

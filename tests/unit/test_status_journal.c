/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what is written comes back, whatever its text; damage costs only what is damaged. */
#include "status/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/unit/check.h"

static char dir[] = "/tmp/test-journal-XXXXXX";
static int dirfd_;

static void write_file(const char *text, size_t len)
{
	int fd = openat(dirfd_, "journal", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
}

static void read_text(char *out, size_t size)
{
	int fd = openat(dirfd_, "journal", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, out, size - 1);

	CHECK(len >= 0);
	out[len > 0 ? len : 0] = '\0';
	close(fd);
}

static void check_entry(const struct journal *journal, size_t i, enum journal_kind kind,
			const char *text)
{
	CHECK(i < journal->n);
	if (i >= journal->n)
		return;
	CHECK(journal->entries[i].kind == kind);
	CHECK_STR(journal->entries[i].text, text);
}

static void test_round_trip(void)
{
	static const char odd[] = "/a%0Ab\nc%25 %\n%";
	struct journal journal;
	char text[512];

	unlinkat(dirfd_, "journal", 0);
	CHECK(!journal_open(&journal, dirfd_));
	CHECK(journal.n == 0);
	CHECK(!journal_add(&journal, JOURNAL_CGROUP_PARENT, "/sys/fs/cgroup/%s", "p"));
	CHECK(!journal_add(&journal, JOURNAL_CGROUP, "%s", odd));
	CHECK(!journal_add(&journal, JOURNAL_PROCESS, "%d %llu", 42, 4711ULL));
	CHECK(!journal_add(&journal, JOURNAL_PID_FILE, "/with blank"));
	CHECK(!journal_add(&journal, JOURNAL_HOOKS, "%s", ""));
	CHECK(journal.n == 5);
	journal_close(&journal);
	journal_close(&journal); /* may run twice */
	read_text(text, sizeof(text));
	CHECK_STR(text, "cgroup-parent /sys/fs/cgroup/p\n"
			"cgroup /a%250Ab%0Ac%2525 %25%0A%25\n"
			"process 42 4711\npid-file /with blank\nhooks \n");
	CHECK(!journal_open(&journal, dirfd_));
	CHECK(journal.n == 5);
	check_entry(&journal, 0, JOURNAL_CGROUP_PARENT, "/sys/fs/cgroup/p");
	check_entry(&journal, 1, JOURNAL_CGROUP, odd);
	check_entry(&journal, 2, JOURNAL_PROCESS, "42 4711");
	check_entry(&journal, 3, JOURNAL_PID_FILE, "/with blank");
	check_entry(&journal, 4, JOURNAL_HOOKS, "");
	journal_close(&journal);
}

/* Cut anywhere: whole lines stay, the torn one goes, and the next entry is not glued to it. */
static void test_torn_line(void)
{
	static const char whole[] = "cgroup /a\nprocess 1 2\n";

	for (size_t len = 0; len < sizeof(whole); len++) {
		size_t lines = (len >= 10) + (len >= 22);
		struct journal journal;

		write_file(whole, len);
		CHECK(!journal_open(&journal, dirfd_));
		CHECK(journal.n == lines);
		CHECK(!journal_add(&journal, JOURNAL_PID_FILE, "/new"));
		journal_close(&journal);
		CHECK(!journal_open(&journal, dirfd_));
		CHECK(journal.n == lines + 1);
		check_entry(&journal, lines, JOURNAL_PID_FILE, "/new");
		journal_close(&journal);
	}
}

static void test_damage(void)
{
	static const char text[] = "cgroup /a\nwormhole /x\n\ncgroup /n\0ul\nprocess 1 2\n%0A\n";
	struct journal journal;

	write_file(text, sizeof(text) - 1);
	CHECK(!journal_open(&journal, dirfd_));
	CHECK(journal.n == 2);
	check_entry(&journal, 0, JOURNAL_CGROUP, "/a");
	check_entry(&journal, 1, JOURNAL_PROCESS, "1 2");
	journal_close(&journal);
}

static void test_in_memory(void)
{
	struct journal journal = { .fd = -1 };

	CHECK(!journal_add(&journal, JOURNAL_CGROUP, "/only here"));
	check_entry(&journal, 0, JOURNAL_CGROUP, "/only here");
	journal_close(&journal);
}

/* The disk is full in the middle of a line: an error, and the file has whole lines only. */
static void test_full_disk(void)
{
	const struct rlimit small = { 15, RLIM_INFINITY }, none = { RLIM_INFINITY, RLIM_INFINITY };
	struct journal journal;
	char text[64];

	signal(SIGXFSZ, SIG_IGN);
	write_file("cgroup /a\n", 10);
	CHECK(!journal_open(&journal, dirfd_));
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	struct err *err = journal_add(&journal, JOURNAL_CGROUP, "/does/not/fit");
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	CHECK(err && err_kind_of(err) == ERR_SYS);
	CHECK(journal.n == 1);
	err_free(err);
	read_text(text, sizeof(text));
	CHECK_STR(text, "cgroup /a\n");
	CHECK(!journal_add(&journal, JOURNAL_CGROUP, "/b"));
	journal_close(&journal);
	read_text(text, sizeof(text));
	CHECK_STR(text, "cgroup /a\ncgroup /b\n");
}

/* A name that was planted there must not be followed or waited for. */
static void test_not_a_file(void)
{
	struct journal journal;

	unlinkat(dirfd_, "journal", 0);
	CHECK(symlinkat("/etc/passwd", dirfd_, "journal") == 0);
	struct err *err = journal_open(&journal, dirfd_);
	CHECK(err != NULL);
	err_free(err);
	unlinkat(dirfd_, "journal", 0);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_round_trip();
	test_torn_line();
	test_damage();
	test_in_memory();
	test_full_disk();
	test_not_a_file();
	unlinkat(dirfd_, "journal", 0);
	rmdir(dir);
	return check_result();
}

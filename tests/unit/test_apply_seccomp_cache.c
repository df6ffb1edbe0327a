/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of compiled filters: a hit is used, and whatever is not exactly what was written, by
 * us, for this profile, is compiled again. No state of the cache fails a container.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/actors.h"
#include "apply/seccomp_cache.h"
#include "base/fd.h"
#include "oci/config.h"
#include "oci/names.h"
#include "tests/unit/check.h"

static const char document[] =
	"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},"
	"\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]},\"linux\":{\"seccomp\":{"
	"\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\",\"write\"],"
	"\"action\":\"SCMP_ACT_ALLOW\"}]}}}";

struct fixture {
	struct arena arena;
	char path[64];
	int dirfd;
	struct oci_seccomp *profile; /* the plan's */
	struct plan_seccomp plan;
	struct seccomp_filter fresh; /* made without a cache */
};

static void fixture_init(struct fixture *f)
{
	drop_problems struct problems problems = { 0 };
	struct oci_config *config;

	*f = (struct fixture){ .path = "/tmp/test-seccomp-cache.XXXXXX", .dirfd = -1 };
	if (!mkdtemp(f->path))
		abort();
	f->dirfd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	oci_config_read(&f->arena, document, strlen(document), &problems, &config);
	if (problems_errors(&problems))
		abort();
	f->profile = config->linux_->seccomp;
	f->plan = (struct plan_seccomp){ .profile = f->profile };
	CHECK_OK(seccomp_filter_prepare(&f->plan, -1, &f->arena, &f->fresh));
}

/* The only file's name (the last one's), and how many there are. Removes them all if asked to. */
static size_t list(const struct fixture *f, bool remove, char *name, size_t size)
{
	DIR *dir = opendir(f->path);
	size_t n = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (name)
			(void)snprintf(name, size, "%s", entry->d_name);
		if (remove)
			(void)unlinkat(f->dirfd, entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	return n;
}

static void fixture_free(struct fixture *f)
{
	(void)list(f, true, NULL, 0);
	(void)rmdir(f->path);
	fd_closep(&f->dirfd);
	arena_free(&f->arena);
}
#define drop_fixture CLEANUP(fixture_free)

static bool same(const struct seccomp_filter *a, const struct seccomp_filter *b)
{
	return a->len == b->len && a->flags == b->flags &&
	       memcmp(a->program, b->program, a->len * sizeof(struct sock_filter)) == 0;
}

/* Prepared with the cache: is it what a fresh compilation gives? */
static bool is_fresh(struct fixture *f)
{
	struct seccomp_filter filter = { .len = 0 };
	drop_err struct err *err = seccomp_filter_prepare(&f->plan, f->dirfd, &f->arena, &filter);

	return !err && same(&filter, &f->fresh);
}

/* ---- a profile's file ---- */

/*
 * Puts a program of one instruction, which no compilation gives, in the place of the profile's: as
 * long as it comes back, it was taken from the file. The header's size is that of seccomp_cache.c.
 */
enum { HEADER = 32 };
static void plant(struct fixture *f, char *name, size_t size)
{
	const struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = 0x7fff0000 };
	drop_strbuf struct strbuf program = { 0 };
	char text[65536];

	if (list(f, false, name, size) != 1)
		CHECK(is_fresh(f));
	CHECK(list(f, false, name, size) == 1);
	drop_fd int fd = openat(f->dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text));
	CHECK(len > HEADER + (ssize_t)(f->fresh.len * sizeof(allow)));
	if (len <= HEADER + (ssize_t)(f->fresh.len * sizeof(allow)))
		return;
	text[len - (ssize_t)(f->fresh.len * sizeof(allow))] = '\0'; /* the key's end */
	strbuf_add_bytes(&program, &allow, sizeof(allow));
	seccomp_cache_write(f->dirfd, text + HEADER, &program);
}

static void test_hit(void)
{
	drop_fixture struct fixture f;
	struct seccomp_filter filter = { .len = 0 };
	char name[256];

	fixture_init(&f);
	CHECK(is_fresh(&f)); /* compiles and writes */
	CHECK(list(&f, false, name, sizeof(name)) == 1);
	CHECK(is_fresh(&f)); /* reads */
	plant(&f, name, sizeof(name));
	CHECK(list(&f, false, name, sizeof(name)) == 1);
	CHECK_OK(seccomp_filter_prepare(&f.plan, f.dirfd, &f.arena, &filter));
	CHECK(filter.len == 1); /* the planted one: the file is what counts */
}

static void test_another_profile_is_another_file(void)
{
	drop_fixture struct fixture f;
	struct seccomp_filter filter = { .len = 0 };
	char name[256];

	fixture_init(&f);
	plant(&f, name, sizeof(name));
	f.profile->default_errno_ret = (struct opt_u32){ .set = true, .v = 5 };
	CHECK_OK(seccomp_filter_prepare(&f.plan, f.dirfd, &f.arena, &filter));
	CHECK(filter.len > 1);
	CHECK(list(&f, false, NULL, 0) == 2);
	f.profile->syscalls.items[0].action = OCI_ACT_NOTIFY;
	CHECK_OK(seccomp_filter_prepare(&f.plan, f.dirfd, &f.arena, &filter));
	CHECK(list(&f, false, NULL, 0) == 3);
}

/* Whose container it is may be in the metadata: the program is the same for all. */
static void test_the_listener_is_no_part_of_the_program(void)
{
	drop_fixture struct fixture f;
	char path[] = "/agent", metadata[] = "container 1";

	fixture_init(&f);
	CHECK(is_fresh(&f));
	f.profile->listener_path = path;
	f.profile->listener_metadata = metadata;
	f.profile->flags_set = true;
	CHECK(is_fresh(&f));
	CHECK(list(&f, false, NULL, 0) == 1);
	f.plan.flags = SECCOMP_FILTER_FLAG_LOG;
	f.fresh.flags = SECCOMP_FILTER_FLAG_LOG;
	CHECK(is_fresh(&f)); /* on a hit, too, the flags are the plan's */
}

/* ---- what is not to be trusted ---- */

static void change_byte(int fd, off_t at)
{
	char byte = 0;

	CHECK(pread(fd, &byte, 1, at) == 1);
	byte ^= 1;
	CHECK(pwrite(fd, &byte, 1, at) == 1);
}

static void spoil_magic(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	change_byte(fd, 0);
}

static void spoil_key(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	change_byte(fd, HEADER + 3);
}

static void spoil_program(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	change_byte(fd, lseek(fd, 0, SEEK_END) - 1);
}

static void cut(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	CHECK(ftruncate(fd, lseek(fd, 0, SEEK_END) - 8) == 0);
}

static void cut_to_nothing(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	CHECK(ftruncate(fd, 0) == 0);
}

static void lengthen(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_WRONLY | O_APPEND | O_CLOEXEC);

	CHECK(write(fd, "12345678", 8) == 8);
}

/* Larger than any program: not even read. */
static void inflate(const struct fixture *f, const char *name)
{
	drop_fd int fd = openat(f->dirfd, name, O_RDWR | O_CLOEXEC);

	CHECK(ftruncate(fd, 1L << 40) == 0);
}

static void let_group_write(const struct fixture *f, const char *name)
{
	CHECK(fchmodat(f->dirfd, name, 0620, 0) == 0);
}

static void let_others_write(const struct fixture *f, const char *name)
{
	CHECK(fchmodat(f->dirfd, name, 0602, 0) == 0);
}

static void give_away(const struct fixture *f, const char *name)
{
	CHECK(geteuid() != 0 || fchownat(f->dirfd, name, 65534, 65534, 0) == 0);
	if (geteuid() != 0)
		let_group_write(f, name);
}

/* Whoever has the second name may still write to it. */
static void link_twice(const struct fixture *f, const char *name)
{
	CHECK(linkat(f->dirfd, name, f->dirfd, "elsewhere", 0) == 0);
}

static void put_behind_symlink(const struct fixture *f, const char *name)
{
	CHECK(renameat(f->dirfd, name, f->dirfd, "elsewhere") == 0);
	CHECK(symlinkat("elsewhere", f->dirfd, name) == 0);
}

/* Opening it would wait for a writer. */
static void make_fifo(const struct fixture *f, const char *name)
{
	CHECK(unlinkat(f->dirfd, name, 0) == 0);
	CHECK(mkfifoat(f->dirfd, name, 0600) == 0);
}

static void test_untrusted_files(void)
{
	void (*const ways[])(const struct fixture *f, const char *name) = {
		spoil_magic,	spoil_key,	 spoil_program,	   cut,
		cut_to_nothing, lengthen,	 inflate,	   give_away,
		link_twice,	let_group_write, let_others_write, put_behind_symlink,
		make_fifo,
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		drop_fixture struct fixture f;
		struct stat st = { .st_mode = 0 };
		char name[256];

		fixture_init(&f);
		plant(&f, name, sizeof(name));
		ways[i](&f, name);
		bool held = is_fresh(&f);
		if (!held)
			printf("# way %zu\n", i);
		CHECK(held);
		/* Replaced by a good one of our own. */
		CHECK(fstatat(f.dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
		CHECK(st.st_mode == (S_IFREG | 0600) && st.st_uid == geteuid() && st.st_nlink == 1);
		CHECK(is_fresh(&f));
	}
}

/* Two keys with one hash: the name is right, the key inside is another. */
static void test_the_whole_key_counts(void)
{
	drop_fixture struct fixture f;
	drop_strbuf struct strbuf program = { 0 }, got = { 0 };
	char one[256], other[256];

	fixture_init(&f);
	strbuf_add(&program, "12345678");
	seccomp_cache_write(f.dirfd, "one", &program);
	CHECK(list(&f, false, one, sizeof(one)) == 1);
	CHECK(seccomp_cache_read(f.dirfd, "one", &got));
	CHECK_STR(strbuf_text(&got), "12345678");
	CHECK(unlinkat(f.dirfd, one, 0) == 0);
	seccomp_cache_write(f.dirfd, "two", &program);
	CHECK(list(&f, false, other, sizeof(other)) == 1);
	CHECK(renameat(f.dirfd, other, f.dirfd, one) == 0);
	CHECK(!seccomp_cache_read(f.dirfd, "one", &got));
}

/* ---- the folder ---- */

/* The only cached file: many are written within one tick of a file system's clock. */
static void make_older(const struct fixture *f)
{
	const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	char name[256];

	CHECK(list(f, false, name, sizeof(name)) == 1);
	CHECK(utimensat(f->dirfd, name, old, AT_SYMLINK_NOFOLLOW) == 0);
}

static void test_number_of_files_is_bounded(void)
{
	drop_fixture struct fixture f;
	drop_strbuf struct strbuf program = { 0 }, got = { 0 };
	char key[16];

	fixture_init(&f);
	strbuf_add(&program, "12345678");
	for (int i = 0; i < 100; i++) {
		(void)snprintf(key, sizeof(key), "key %d", i);
		seccomp_cache_write(f.dirfd, key, &program);
		CHECK(seccomp_cache_read(f.dirfd, key, &got));
		if (i > 0)
			continue;
		make_older(&f);
		CHECK(symlinkat("x", f.dirfd, "not-ours") == 0);
	}
	CHECK(list(&f, false, NULL, 0) == 64 + 1);
	CHECK(faccessat(f.dirfd, "not-ours", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(!seccomp_cache_read(f.dirfd, "key 0", &got)); /* the oldest went first */
	CHECK(seccomp_cache_read(f.dirfd, "key 99", &got));
}

static void test_folder_that_is_gone(void)
{
	drop_fixture struct fixture f;

	fixture_init(&f);
	CHECK(rmdir(f.path) == 0);
	CHECK(is_fresh(&f));
}

int main(void)
{
	test_hit();
	test_another_profile_is_another_file();
	test_the_listener_is_no_part_of_the_program();
	test_untrusted_files();
	test_the_whole_key_counts();
	test_number_of_files_is_bounded();
	test_folder_that_is_gone();
	return check_result();
}

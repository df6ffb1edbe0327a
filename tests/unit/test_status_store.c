/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory: ids, claims, locks, damage; and claims and deletes that race for one id. */
#include "status/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "status/journal.h"
#include "tests/unit/check.h"

static char base[] = "/tmp/test-store-XXXXXX";
static char root[128];

static void check_kind(struct err *err, enum err_kind kind, const char *part)
{
	CHECK(err != NULL);
	if (!err)
		return;
	CHECK(err_kind_of(err) == kind);
	CHECK(strstr(err_text(err), part) != NULL);
	err_free(err);
}

static void test_ids(void)
{
	static const char *const good[] = { "a", "web-1", "A_b+c.d", "-x", "0", "a..b" };
	static const char *const bad[] = { "",	  ".",	      "..",  "a/b",  "/a", "a b", ".hidden",
					   "a\n", "\xc3\xa4", "a:b", "a\\b", "*",  "a%" };
	char *long_id = malloc(5001);

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(!store_check_id(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_kind(store_check_id(bad[i]), ERR_USAGE, "invalid container ID format");
	memset(long_id, 'x', 5000);
	long_id[5000] = '\0';
	struct err *err = store_check_id(long_id);
	CHECK(err && strlen(err_text(err)) < 200); /* the id itself is not repeated */
	check_kind(err, ERR_USAGE, "invalid container ID format");
	long_id[255] = '\0';
	CHECK(!store_check_id(long_id));
	free(long_id);
}

static void test_root(void)
{
	drop_store struct store store = { .root_dirfd = -1 };
	char path[160];
	struct stat st;

	check_kind(store_open("/", true, &store), ERR_USAGE, "\"/\"");
	store_close(&store);
	check_kind(store_open("//a/..", true, &store), ERR_USAGE, "\"/\"");
	store_close(&store);
	snprintf(path, sizeof(path), "%s/not/yet", base);
	CHECK(!store_open(path, false, &store) && store.root_dirfd == -1);
	struct container none = CONTAINER_INIT;
	check_kind(store_get(&store, "x", false, &none), ERR_NOT_FOUND, "does not exist");
	container_close(&none);
	store_close(&store);
	umask(022);
	CHECK(!store_open(path, true, &store) && store.root_dirfd >= 0);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
	store_close(&store);
	CHECK(chmod(path, 0777) == 0);
	check_kind(store_open(path, true, &store), ERR_USAGE, "written to by others");
	store_close(&store);
	CHECK(chmod(path, 01777) == 0); /* sticky is no excuse: anybody could claim an id */
	check_kind(store_open(path, false, &store), ERR_USAGE, "written to by others");
	store_close(&store);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/file", base);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	check_kind(store_open(path, true, &store), ERR_SYS, "Not a directory");
	unlink(path);
	snprintf(path, sizeof(path), "%s/not", base);
	rmdir(path);
}

static void open_store(struct store *store)
{
	struct err *err = store_open(root, true, store);

	if (err)
		abort();
}

static void fill(struct container *container)
{
	static char pid_one[] = "web", bundle[] = "/b", version[] = "1.3.0";

	container->record.version = 1;
	container->record.state.id = pid_one;
	container->record.state.bundle = bundle;
	container->record.state.oci_version = version;
	container->record.state.pid = 7;
	container->record.init_start_time = 99;
}

static void test_claim_and_get(void)
{
	drop_store struct store store = { .root_dirfd = -1 };
	struct container first = CONTAINER_INIT, second = CONTAINER_INIT;
	struct stat st;

	open_store(&store);
	CHECK(!store_claim(&store, "web", &first));
	CHECK(fstatat(store.root_dirfd, "web", &st, 0) == 0 && (st.st_mode & 07777) == 0700);
	check_kind(store_claim(&store, "web", &second), ERR_EXISTS,
		   "container with given ID already exists");
	container_close(&second);
	/* claimed, no record yet: it can be looked at without the lock */
	CHECK(!store_get(&store, "web", false, &second) && !second.has_record);
	container_close(&second);
	fill(&first);
	CHECK(!store_save(&first));
	container_close(&first);
	CHECK(!store_get(&store, "web", true, &second) && second.has_record);
	CHECK_STR(second.record.state.id, "web");
	CHECK_STR(second.record.state.bundle, "/b");
	CHECK(second.record.state.pid == 7 && second.record.init_start_time == 99);
	CHECK(!store_remove(&store, &second));
	CHECK(!store_remove(&store, &second)); /* missing is success */
	container_close(&second);
	check_kind(store_get(&store, "web", false, &second), ERR_NOT_FOUND, "does not exist");
	container_close(&second);
	check_kind(store_get(&store, "../x", false, &second), ERR_USAGE, "invalid container ID");
	container_close(&second);
}

static void put(struct container *container, const char *name, const char *text)
{
	int fd = openat(container->dirfd, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void test_damage(void)
{
	static const char *const damaged[] = { "", "{", "[]", "{\"pid\":\"x\"}", "\xff\xfe" };
	drop_store struct store store = { .root_dirfd = -1 };
	struct container container = CONTAINER_INIT, again = CONTAINER_INIT;

	open_store(&store);
	CHECK(!store_claim(&store, "hurt", &container));
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		put(&container, "state.json", damaged[i]);
		check_kind(store_get(&store, "hurt", false, &again), ERR_STATE, "state.json");
		/* the directory comes back all the same, for delete --force */
		CHECK(again.dirfd >= 0 && !again.has_record);
		container_close(&again);
	}
	/* all files go, a folder and a stale temporary too */
	put(&container, "state.json.tmp", "x");
	CHECK(mkdirat(container.dirfd, "folder", 0700) == 0);
	CHECK(!store_remove(&store, &container));
	CHECK(faccessat(store.root_dirfd, "hurt", F_OK, 0) < 0);
	container_close(&container);
}

static void test_list(void)
{
	drop_store struct store store = { .root_dirfd = -1 };
	struct container a = CONTAINER_INIT, b = CONTAINER_INIT;
	drop_arena struct arena arena = { 0 };
	struct strv ids;

	open_store(&store);
	CHECK(!store_list(&store, &arena, &ids) && ids.n == 0);
	CHECK(!store_claim(&store, "b", &b) && !store_claim(&store, "a", &a));
	CHECK(mkdirat(store.root_dirfd, ".cache", 0700) == 0);
	CHECK(!store_list(&store, &arena, &ids) && ids.n == 2);
	CHECK_STR(ids.items[0], "a");
	CHECK_STR(ids.items[1], "b");
	unlinkat(store.root_dirfd, ".cache", AT_REMOVEDIR);
	CHECK(!store_remove(&store, &a) && !store_remove(&store, &b));
	container_close(&a);
	container_close(&b);
}

enum { RACERS = 6, ROUNDS = 2000 };

/* One process: claims, checks that it is alone, and lets go; or deletes what it finds. */
static int racer(int number)
{
	drop_store struct store store = { .root_dirfd = -1 };
	char alone[160];
	int won = 0;

	open_store(&store);
	snprintf(alone, sizeof(alone), "%s/alone", base);
	for (int i = 0; i < ROUNDS; i++) {
		drop_container struct container container = CONTAINER_INIT;
		drop_journal struct journal journal = { .fd = -1 };
		bool deleter = (i + number) % 3 == 0;
		struct err *err = deleter ? store_get(&store, "race", true, &container)
					  : store_claim(&store, "race", &container);

		if (err) {
			enum err_kind kind = err_kind_of(err);

			err_free(err);
			if (kind != (deleter ? ERR_NOT_FOUND : ERR_EXISTS))
				return 3;
			continue;
		}
		int fd = open(alone, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return 4; /* two hold the id at the same time */
		close(fd);
		won += !deleter;
		err = deleter ? NULL : journal_open(&journal, container.dirfd);
		if (!err && !deleter)
			err = journal_add(&journal, JOURNAL_HOOKS, "%d", number);
		unlink(alone);
		/* every other claimer dies here, so to say: it leaves half a container behind */
		if (!err && (deleter || i % 2))
			err = store_remove(&store, &container);
		if (err) {
			err_free(err);
			return 5;
		}
	}
	return won ? 0 : 1;
}

static void test_races(void)
{
	pid_t pids[RACERS];
	int winners = 0;

	for (int i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(racer(i));
	}
	for (int i = 0; i < RACERS; i++) {
		int status = 0;

		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		winners += status == 0;
	}
	CHECK(winners > 0);
	drop_store struct store store = { .root_dirfd = -1 };
	struct container container = CONTAINER_INIT;
	open_store(&store);
	struct err *err = store_get(&store, "race", true, &container);
	if (!err)
		CHECK(!store_remove(&store, &container));
	err_free(err);
	container_close(&container);
}

/* The lock ends with the holder's close, although a child still has the descriptor. */
static void test_unlock_with_child(void)
{
	drop_store struct store store = { .root_dirfd = -1 };
	struct container first = CONTAINER_INIT, second = CONTAINER_INIT;

	open_store(&store);
	CHECK(!store_claim(&store, "child", &first));
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	container_close(&first);
	alarm(20); /* a lock that is still held would hang the test */
	CHECK(!store_get(&store, "child", true, &second));
	alarm(0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(!store_remove(&store, &second));
	container_close(&second);
}

static void test_default_root(void)
{
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	char *path = store_default_root(true);
	CHECK_STR(path, "/run/user/7/nucleus-oci");
	free(path);
	path = store_default_root(false);
	CHECK_STR(path, "/run/nucleus-oci");
	free(path);
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	path = store_default_root(true);
	CHECK(path[0] == '/');
	free(path);
}

int main(void)
{
	if (!mkdtemp(base))
		return 99;
	snprintf(root, sizeof(root), "%s/root", base);
	test_ids();
	test_root();
	test_claim_and_get();
	test_damage();
	test_list();
	test_races();
	test_unlock_with_child();
	test_default_root();
	rmdir(root);
	CHECK(rmdir(base) == 0); /* nothing is left */
	return check_result();
}

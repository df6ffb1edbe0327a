/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistics of groups whose files we write: folders that look like the groups of a v2 and of a
 * v1 machine, as this machine has only one of them. And lengths of time.
 */
#include "cli/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/duration.h"
#include "tests/unit/check.h"

struct file {
	const char *name, *text;
};

static char top[] = "/tmp/test-stats-XXXXXX";

static void fill(const char *dir, const struct file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		drop_mem char *path = mem_asprintf("%s/%s", dir, files[i].name);
		FILE *file = fopen(path, "we");

		CHECK(file && fputs(files[i].text, file) >= 0 && fclose(file) == 0);
	}
}

static void empty(const char *dir, const struct file *files, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		drop_mem char *path = mem_asprintf("%s/%s", dir, files[i].name);

		unlink(path);
	}
	rmdir(dir);
}

/* The document of one folder with these files. */
static char *document(const struct file *files, size_t n)
{
	drop_mem char *dir = mem_asprintf("%s/group", top);
	char *dirs[] = { dir };
	drop_stats struct stats stats = { 0 };

	CHECK(mkdir(dir, 0700) == 0);
	fill(dir, files, n);
	stats_open(&stats, &(struct strv){ dirs, 1 });
	char *text = stats_write(&stats, "web");
	empty(dir, files, n);
	return text;
}

static void check_has(const char *text, const char *part)
{
	CHECK(strstr(text, part) != NULL);
	if (!strstr(text, part))
		printf("# no %s in %s\n", part, text);
}

static void test_v2(void)
{
	static const struct file files[] = {
		{ "cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 5\n"
			      "nr_throttled 4\nthrottled_usec 7\n" },
		{ "cpu.pressure", "some avg10=0.50 avg60=0.00 avg300=0.00 total=9\n"
				  "full avg10=0.00 avg60=0.00 avg300=0.00 total=3\n" },
		{ "cpuset.cpus.effective", "0-1,3\n" },
		{ "cpuset.mems.effective", "0\n" },
		{ "memory.current", "1000\n" },
		{ "memory.max", "4000\n" },
		{ "memory.peak", "2000\n" },
		{ "memory.swap.current", "10\n" },
		{ "memory.swap.max", "max\n" },
		{ "memory.stat", "anon 100\nfile 50\n" },
		{ "memory.events", "low 0\nhigh 0\nmax 6\noom 1\noom_kill 1\n" },
		{ "pids.current", "3\n" },
		{ "pids.max", "max\n" },
		{ "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n" },
		{ "hugetlb.2MB.current", "2097152\n" },
		{ "hugetlb.2MB.rsvd.current", "4194304\n" },
		{ "hugetlb.2MB.events", "max 8\n" },
	};
	static const char *const parts[] = {
		"{\"type\":\"stats\",\"id\":\"web\",\"data\":{",
		"\"cpu\":{\"usage\":{\"total\":30000,\"kernel\":10000,\"user\":20000},",
		"\"throttling\":{\"periods\":5,\"throttledPeriods\":4,\"throttledTime\":7000}",
		"\"psi\":{\"some\":{\"avg10\":0.50,"
		"\"avg60\":0.00,\"avg300\":0.00,\"total\":9},\"full\"",
		"\"cpus\":[0,1,3],\"mems\":[0]",
		"\"memory\":{\"cache\":50,\"usage\":{\"limit\":4000,\"usage\":1000,\"max\":2000,"
		"\"failcnt\":6}",
		"\"swap\":{\"limit\":18446744073709551615,\"usage\":1010,"
		"\"max\":2000,\"failcnt\":0}",
		"\"raw\":{\"anon\":100,\"file\":50}",
		"\"pids\":{\"current\":3,\"limit\":0}",
		"\"ioServiceBytesRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\","
		"\"value\":1},"
		"{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":2}",
		"\"ioServicedRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":3}",
		"\"hugetlb\":{\"2MB\":{\"usage\":2097152,\"failcnt\":8}}",
	};
	drop_mem char *text = document(files, ARRAY_LEN(files));

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		check_has(text, parts[i]);
	CHECK(strchr(text, '\n') == NULL);
}

static void test_v1(void)
{
	static const struct file files[] = {
		{ "cpuacct.usage", "31\n" },
		{ "cpuacct.usage_percpu", "30 1 \n" },
		{ "cpuacct.stat", "user 2\nsystem 1\n" },
		{ "cpu.cfs_quota_us", "-1\n" },
		{ "cpu.stat", "nr_periods 5\nnr_throttled 4\nthrottled_time 7\n" },
		{ "cpuset.cpu_exclusive", "1\n" },
		{ "cpuset.sched_relax_domain_level", "-1\n" },
		{ "memory.usage_in_bytes", "1000\n" },
		{ "memory.limit_in_bytes", "9223372036854771712\n" },
		{ "memory.memsw.limit_in_bytes", "5000\n" },
		{ "memory.stat", "cache 7\n" },
		{ "pids.current", "3\n" },
		{ "pids.max", "50\n" },
		{ "blkio.throttle.io_serviced_recursive", "8:0 Read 3\nTotal 3\n" },
		{ "blkio.bfq.io_serviced_recursive", "Total 0\n" },
		{ "hugetlb.2MB.usage_in_bytes", "1\n" },
		{ "hugetlb.2MB.max_usage_in_bytes", "2\n" },
		{ "hugetlb.2MB.failcnt", "3\n" },
	};
	static const char *const parts[] = {
		"\"usage\":{\"total\":31,\"percpu\":[30,1],\"kernel\":10000000,\"user\":20000000}",
		"\"throttling\":{\"periods\":5,\"throttledPeriods\":4,\"throttledTime\":7}",
		"\"cpu_exclusive\":1",
		"\"sched_relax_domain_level\":-1",
		"\"memory\":{\"cache\":7,\"usage\":{\"limit\":9223372036854771712,\"usage\":1000,"
		"\"failcnt\":0},\"swap\":{\"limit\":5000,\"failcnt\":0}",
		"\"pids\":{\"current\":3,\"limit\":50}",
		"\"blkio\":{\"ioServicedRecursive\":[{\"major\":8,\"minor\":0,\"op\":\"Read\","
		"\"value\":3}]}",
		"\"hugetlb\":{\"2MB\":{\"usage\":1,\"max\":2,\"failcnt\":3}}",
	};
	drop_mem char *text = document(files, ARRAY_LEN(files));

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		check_has(text, parts[i]);
}

/* A group that is gone, or has no controller: the document is whole all the same. */
static void test_nothing(void)
{
	drop_mem char *text = document(NULL, 0);

	check_has(text, "\"memory\":{\"cache\":0,\"usage\":{\"limit\":0");
	check_has(text, "\"pids\":{\"current\":0,\"limit\":0},\"blkio\":{},\"hugetlb\":{},"
			"\"intel_rdt\":{},\"network_interfaces\":null}}");
}

static void test_duration(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "5s", 5000 },	   { "100ms", 100 }, { "1m30s", 90000 },
		     { "1.5h", 5400000 },  { "0", 0 },	     { "0s", 0 },
		     { "-2s", -2000 },	   { "+2s", 2000 },  { "1us", 1 },
		     { "1500us", 2 },	   { "1ns", 1 },     { ".5s", 500 },
		     { "1h1m1s", 3661000 } };
	static const char *const bad[] = { "",	   "5",	   "s",	   "1x",   "1s2",
					   "--1s", "1e3s", "0x1s", "1..s", "inf",
					   " 1s",  "1s ",  "nans", ".s",   "9999999h" };
	int64_t ms;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(duration_parse(good[i].text, &ms) && ms == good[i].ms);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!duration_parse(bad[i], &ms));
}

int main(void)
{
	if (!mkdtemp(top))
		abort();
	test_v2();
	test_v1();
	test_nothing();
	test_duration();
	rmdir(top);
	return check_result();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What linux.resources has as lists: blockIO, hugepageLimits, network, rdma, as writes to cgroup
 * files on each layout, which is assumed. The expected values are the kernel documentation's and
 * the specification's, not this program's.
 */
#include <string.h>

#include "tests/unit/plan_fixture.h"

#define IO "linux.resources.blockIO."

/* Both scales' ends and defaults; BFQ's weights below 10 are the least. */
static void test_io_weight(void)
{
	static const struct {
		const char *io, *bfq, *other;
	} cases[] = {
		{ "\"weight\":1", "1", "1" },		{ "\"weight\":10", "10", "1" },
		{ "\"weight\":11", "11", "11" },	{ "\"weight\":500", "500", "4950" },
		{ "\"weight\":1000", "1000", "10000" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *text = mem_asprintf("\"blockIO\":{%s}", cases[i].io);
		drop_fixture struct fixture v2, v1;

		plan_resources(&v2, "v2", text);
		CHECK(v2.problems.n == 0 && v2.plan.cgroup.writes_n == 1);
		CHECK_STR(written(&v2, "io.bfq.weight"), cases[i].bfq);
		CHECK_STR(write_to(&v2, "io.bfq.weight")->other_file, "io.weight");
		CHECK_STR(write_to(&v2, "io.bfq.weight")->other_value, cases[i].other);
		CHECK_STR(v2.plan.cgroup.dirs[0].enable, "+io");
		plan_resources(&v1, "v1", text);
		CHECK_STR(written(&v1, "blkio.bfq.weight"), cases[i].bfq);
		CHECK_STR(write_to(&v1, "blkio.bfq.weight")->other_file, "blkio.weight");
		CHECK_STR(write_to(&v1, "blkio.bfq.weight")->other_value, cases[i].bfq);
	}
	drop_fixture struct fixture unset;
	plan_resources(&unset, "v2", "\"blockIO\":{\"weight\":0,\"leafWeight\":0}");
	CHECK(unset.problems.n == 0 && unset.plan.cgroup.writes_n == 0);
	check_refused("v2", "\"blockIO\":{\"weight\":1001}", ERR_CONFIG, IO "weight", "0 to 1000");
}

static void test_io_weight_device(void)
{
	static const char list[] = "\"blockIO\":{\"weightDevice\":["
				   "{\"major\":8,\"minor\":16,\"weight\":500}]}";
	drop_fixture struct fixture v2, v1, none;

	plan_resources(&v2, "v2", list);
	CHECK_STR(written(&v2, "io.bfq.weight"), "8:16 500");
	CHECK_STR(write_to(&v2, "io.bfq.weight")->other_value, "8:16 4950");
	CHECK_STR(write_to(&v2, "io.bfq.weight")->place, IO "weightDevice[0].weight");
	plan_resources(&v1, "v1", list);
	CHECK_STR(written(&v1, "blkio.bfq.weight_device"), "8:16 500");
	CHECK_STR(write_to(&v1, "blkio.bfq.weight_device")->other_file, "blkio.weight_device");
	plan_resources(&none, "v1", "\"blockIO\":{\"weightDevice\":[]}");
	CHECK(none.problems.n == 0 && none.plan.cgroup.writes_n == 0);
}

static void test_io_refused(void)
{
	static const struct {
		const char *io;
		enum err_kind kind;
		const char *place, *text;
	} cases[] = {
		{ "\"leafWeight\":10", ERR_UNSUPPORTED, IO "leafWeight", "Linux 5.0" },
		{ "\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":10}]", ERR_UNSUPPORTED,
		  IO "weightDevice[0].leafWeight", "Linux 5.0" },
		{ "\"weightDevice\":[{\"major\":8,\"minor\":0}]", ERR_CONFIG, IO "weightDevice[0]",
		  "needs weight" },
		{ "\"weightDevice\":[{\"minor\":0,\"weight\":10}]", ERR_CONFIG,
		  IO "weightDevice[0].major", "required" },
		{ "\"weightDevice\":[{\"major\":8,\"weight\":10}]", ERR_CONFIG,
		  IO "weightDevice[0].minor", "required" },
		/* what the kernel would cut to the numbers of another device */
		{ "\"weightDevice\":[{\"major\":4104,\"minor\":0,\"weight\":10}]", ERR_CONFIG,
		  IO "weightDevice[0].major", "0 to 4095" },
		{ "\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1048576,\"rate\":1}]",
		  ERR_CONFIG, IO "throttleReadBpsDevice[0].minor", "0 to 1048575" },
		{ "\"throttleWriteBpsDevice\":[{\"major\":-1,\"minor\":0,\"rate\":1}]", ERR_CONFIG,
		  IO "throttleWriteBpsDevice[0].major", "0 to 4095" },
		{ "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0}]", ERR_CONFIG,
		  IO "throttleReadIOPSDevice[0].rate", "required" },
		{ "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":-1}]", ERR_CONFIG,
		  IO "throttleWriteIOPSDevice[0].rate", "range" },
	};
	static const char *const modes[] = { "v1", "v2", "hybrid" };

	for (size_t i = 0; i < ARRAY_LEN(cases) * 3; i++) {
		drop_mem char *text = mem_asprintf("\"blockIO\":{%s}", cases[i / 3].io);

		check_refused(modes[i % 3], text, cases[i / 3].kind, cases[i / 3].place,
			      cases[i / 3].text);
	}
}

/* 0 is "no limit" on v1; v2 says so with a word. v1 keeps 32 bits of an IOPS rate. */
static void test_throttle(void)
{
	static const struct {
		const char *name, *rate, *v1_file, *v1, *v2;
	} cases[] = {
		{ "throttleReadBpsDevice", "600", "blkio.throttle.read_bps_device", "8:0 600",
		  "8:0 rbps=600" },
		{ "throttleReadBpsDevice", "0", "blkio.throttle.read_bps_device", "8:0 0",
		  "8:0 rbps=max" },
		{ "throttleWriteBpsDevice", "18446744073709551615",
		  "blkio.throttle.write_bps_device", "8:0 18446744073709551615",
		  "8:0 wbps=18446744073709551615" },
		{ "throttleReadIOPSDevice", "300", "blkio.throttle.read_iops_device", "8:0 300",
		  "8:0 riops=300" },
		{ "throttleWriteIOPSDevice", "4294967296", "blkio.throttle.write_iops_device",
		  "8:0 4294967295", "8:0 wiops=4294967295" },
		{ "throttleWriteIOPSDevice", "0", "blkio.throttle.write_iops_device", "8:0 0",
		  "8:0 wiops=max" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *text = mem_asprintf("\"blockIO\":{\"%s\":["
						   "{\"major\":8,\"minor\":0,\"rate\":%s}]}",
						   cases[i].name, cases[i].rate);
		drop_fixture struct fixture v1, v2, hybrid;

		plan_resources(&v1, "v1", text);
		CHECK_STR(written(&v1, cases[i].v1_file), cases[i].v1);
		plan_resources(&v2, "v2", text);
		CHECK_STR(written(&v2, "io.max"), cases[i].v2);
		plan_resources(&hybrid, "hybrid", text);
		CHECK_STR(written(&hybrid, cases[i].v1_file), cases[i].v1);
		CHECK(v1.problems.n + v2.problems.n + hybrid.problems.n == 0);
	}
}

static void test_hugepages(void)
{
	static const char two[] = "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":209715200},"
				  "{\"pageSize\":\"1GB\",\"limit\":0}]";
	drop_fixture struct fixture v2, v1;

	plan_resources(&v2, "v2", two);
	CHECK(v2.problems.n == 0 && v2.plan.cgroup.writes_n == 4);
	CHECK_STR(written(&v2, "hugetlb.2MB.rsvd.max"), "209715200");
	CHECK_STR(written(&v2, "hugetlb.2MB.max"), "209715200");
	CHECK_STR(written(&v2, "hugetlb.1GB.rsvd.max"), "0");
	/* a kernel may count no reservations; use it does count */
	CHECK(write_to(&v2, "hugetlb.2MB.rsvd.max")->may_be_absent);
	CHECK(!write_to(&v2, "hugetlb.2MB.max")->may_be_absent);
	CHECK_STR(v2.plan.cgroup.dirs[0].enable, "+hugetlb");
	plan_resources(&v1, "v1", two);
	CHECK_STR(written(&v1, "hugetlb.2MB.rsvd.limit_in_bytes"), "209715200");
	CHECK_STR(written(&v1, "hugetlb.2MB.limit_in_bytes"), "209715200");
}

static void test_hugepages_refused(void)
{
	static const struct {
		const char *size;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "64KB", ERR_UNSUPPORTED, "no huge pages of 64KB; it has: 2MB, 1GB" },
		{ "3MB", ERR_UNSUPPORTED, "no huge pages of 3MB" },
		{ "9999999999GB", ERR_UNSUPPORTED, "no huge pages" },
		{ "2048KB", ERR_CONFIG, "the name of 2048KB is 2MB" },
		{ "1024MB", ERR_CONFIG, "the name of 1024MB is 1GB" },
		{ "2M", ERR_CONFIG, "no page size" },
		{ "2mb", ERR_CONFIG, "no page size" },
		{ "02MB", ERR_CONFIG, "no page size" },
		{ "0MB", ERR_CONFIG, "no page size" },
		{ "2 MB", ERR_CONFIG, "no page size" },
		{ "MB", ERR_CONFIG, "no page size" },
		{ "../2MB", ERR_CONFIG, "no page size" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_mem char *text = mem_asprintf(
			"\"hugepageLimits\":[{\"pageSize\":\"%s\",\"limit\":1}]", cases[i].size);
		drop_fixture struct fixture f;

		/* The rules refuse the form; the plan may add that there is no such size. */
		plan_resources(&f, i % 2 ? "v1" : "v2", text);
		CHECK(f.problems.n > 0);
		if (!f.problems.n)
			continue;
		CHECK(f.problems.items[0].kind == cases[i].kind);
		CHECK_STR(f.problems.items[0].place, "linux.resources.hugepageLimits[0].pageSize");
		CHECK(strstr(f.problems.items[0].text, cases[i].text) != NULL);
		CHECK(f.plan.cgroup.writes_n == 0);
	}
}

static void test_network(void)
{
	drop_fixture struct fixture v1, zero, hybrid, empty;

	plan_resources(&v1, "v1",
		       "\"network\":{\"classID\":1048577,\"priorities\":["
		       "{\"name\":\"eth0\",\"priority\":500},"
		       "{\"name\":\"eth1\",\"priority\":4294967295}]}");
	CHECK(v1.problems.n == 0 && v1.plan.cgroup.writes_n == 3);
	CHECK_STR(written(&v1, "net_cls.classid"), "1048577");
	CHECK_STR(v1.plan.cgroup.writes[1].file, "net_prio.ifpriomap");
	CHECK_STR(v1.plan.cgroup.writes[1].value, "eth0 500");
	CHECK_STR(v1.plan.cgroup.writes[2].value, "eth1 4294967295");
	plan_resources(&hybrid, "hybrid", "\"network\":{\"classID\":1}");
	CHECK_STR(written(&hybrid, "net_cls.classid"), "1");
	CHECK(hybrid.plan.cgroup.dirs_n == 13);
	/* no class is what there is without the controller */
	plan_resources(&zero, "v2", "\"network\":{\"classID\":0}");
	CHECK(zero.problems.n == 0 && zero.plan.cgroup.writes_n == 0);
	plan_resources(&empty, "hybrid", "\"network\":{}");
	CHECK(empty.problems.n == 0 && empty.plan.cgroup.dirs_n == 1);
	check_refused("v2", "\"network\":{\"classID\":1}", ERR_UNSUPPORTED,
		      "linux.resources.network.classID", "no counterpart on cgroup v2");
	check_refused("v2", "\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}",
		      ERR_UNSUPPORTED, "linux.resources.network.priorities[0]",
		      "no counterpart on cgroup v2");
}

static void test_network_names(void)
{
	static const char *const bad[] = { "", "a b", "a/b", ".", "..", "a:b", "0123456789abcdef" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		drop_mem char *text = mem_asprintf(
			"\"network\":{\"priorities\":[{\"name\":\"%s\",\"priority\":1}]}", bad[i]);

		check_refused("v1", text, ERR_CONFIG, "linux.resources.network.priorities[0].name",
			      "no name of a network interface");
	}
}

static void test_rdma(void)
{
	static const struct {
		const char *limits, *want;
	} cases[] = {
		{ "\"hcaHandles\":3,\"hcaObjects\":10000", "mlx5_1 hca_handle=3 hca_object=10000" },
		{ "\"hcaObjects\":1000", "mlx5_1 hca_object=1000" },
		{ "\"hcaHandles\":0", "mlx5_1 hca_handle=0" },
		/* INT_MAX is the kernel's "max", and the end of what it reads */
		{ "\"hcaHandles\":2147483646", "mlx5_1 hca_handle=2147483646" },
		{ "\"hcaHandles\":2147483647", "mlx5_1 hca_handle=max" },
		{ "\"hcaObjects\":4294967295", "mlx5_1 hca_object=max" },
	};
	static const char *const modes[] = { "v1", "v2", "hybrid" };

	for (size_t i = 0; i < ARRAY_LEN(cases) * 3; i++) {
		drop_mem char *text =
			mem_asprintf("\"rdma\":{\"mlx5_1\":{%s}}", cases[i / 3].limits);
		drop_fixture struct fixture f;

		plan_resources(&f, modes[i % 3], text);
		CHECK(f.problems.n == 0);
		CHECK_STR(written(&f, "rdma.max"), cases[i / 3].want);
		CHECK_STR(write_to(&f, "rdma.max")->place, "linux.resources.rdma[mlx5_1]");
	}
	check_refused("v2", "\"rdma\":{\"mlx5_1\":{}}", ERR_CONFIG, "linux.resources.rdma[mlx5_1]",
		      "needs hcaHandles or hcaObjects");
	check_refused("v2", "\"rdma\":{\"a b\":{\"hcaHandles\":1}}", ERR_CONFIG,
		      "linux.resources.rdma[a b]", "no name of an RDMA device");
}

/* Which objects make a container on a hybrid machine join the v1 hierarchies (docs/design.md). */
static void test_hybrid_joins(void)
{
	static const struct {
		const char *resources;
		bool joins;
	} cases[] = {
		{ "", false },
		{ "\"devices\":[{\"allow\":false}]", false },
		{ "\"unified\":{\"cgroup.max.depth\":\"1\"}", false },
		{ "\"network\":{}", false },
		{ "\"hugepageLimits\":[]", false },
		{ "\"rdma\":{}", false },
		{ "\"memory\":{}", true },
		{ "\"cpu\":{}", true },
		{ "\"pids\":{}", true },
		{ "\"blockIO\":{}", true },
		{ "\"network\":{\"classID\":0}", true },
		{ "\"network\":{\"priorities\":[{\"name\":\"lo\",\"priority\":1}]}", true },
		{ "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]", true },
		{ "\"rdma\":{\"mlx5_1\":{\"hcaHandles\":1}}", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		drop_fixture struct fixture f;

		plan_resources(&f, "hybrid", cases[i].resources);
		CHECK(f.problems.n == 0);
		CHECK(f.plan.cgroup.dirs_n == (cases[i].joins ? 13 : 1));
		if (f.plan.cgroup.dirs_n != (cases[i].joins ? 13 : 1))
			printf("# %s\n", cases[i].resources);
	}
}

/* No groups at all: what asks for a limit is refused, what every engine writes is not. */
static void test_no_cgroups(void)
{
	static const char *const limits[] = {
		"\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":1}]",
		"\"rdma\":{\"mlx5_1\":{\"hcaHandles\":1}}",
		"\"network\":{\"classID\":1}",
		"\"blockIO\":{\"weight\":10}",
	};
	drop_fixture struct fixture f;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		check_refused("none", limits[i], ERR_UNSUPPORTED, "linux.resources", "no cgroups");
	plan_resources(&f, "none", "\"devices\":[{\"allow\":false}],\"network\":{},\"blockIO\":{}");
	CHECK(f.problems.n == 0);
}

int main(void)
{
	test_io_weight();
	test_io_weight_device();
	test_io_refused();
	test_throttle();
	test_hugepages();
	test_hugepages_refused();
	test_network();
	test_network_names();
	test_rdma();
	test_hybrid_joins();
	test_no_cgroups();
	return check_result();
}

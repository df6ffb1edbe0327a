/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of moving network devices is a function of its input: netlink messages that are cut or lie
 * about their lengths, requests that grow too long, addresses in the journal. The devices
 * themselves are in tests/system/netdevices.bats.
 */
#include "apply/net_devices.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "tests/unit/check.h"

/* ---- messages ---- */

union message {
	struct nlmsghdr header;
	unsigned char bytes[256];
};

enum { BODY = sizeof(struct ifinfomsg) };

/* With the attributes IFLA_MTU (1400), IFLA_IFNAME ("eth0"), IFLA_MASTER (7). */
static void fill(union message *message)
{
	struct netlink_request request;
	const struct ifinfomsg body = { .ifi_index = 3 };
	const uint32_t mtu = 1400, master = 7;

	netlink_begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	netlink_put(&request, IFLA_MTU, &mtu, sizeof(mtu));
	netlink_put_string(&request, IFLA_IFNAME, "eth0");
	netlink_put(&request, IFLA_MASTER, &master, sizeof(master));
	memcpy(message->bytes, request.bytes, request.header.nlmsg_len);
}

static void test_attributes(void)
{
	union message message = { 0 };
	uint32_t value = 0;
	uint64_t wide = 0;
	char name[5], short_name[4];

	fill(&message);
	CHECK(netlink_body(&message.header, BODY) != NULL);
	CHECK(netlink_get(&message.header, BODY, IFLA_MASTER, &value, sizeof(value)) && value == 7);
	CHECK(netlink_get_string(&message.header, BODY, IFLA_IFNAME, name, sizeof(name)));
	CHECK_STR(name, "eth0");
	/* Another length than the one that is expected; a name too long for its place. */
	CHECK(!netlink_get(&message.header, BODY, IFLA_MTU, &wide, sizeof(wide)));
	CHECK(!netlink_get_string(&message.header, BODY, IFLA_IFNAME, short_name,
				  sizeof(short_name)));
	CHECK(!netlink_get(&message.header, BODY, IFLA_LINK, &value, sizeof(value)));
}

/* Cut anywhere, it has the attributes in front of the cut and no other. */
static void test_cut_messages(void)
{
	union message whole = { 0 };
	uint32_t value;

	fill(&whole);
	for (uint32_t len = 0; len < whole.header.nlmsg_len; len++) {
		/* On the heap, so that a checker sees a read behind the end. */
		const uint32_t size = len < sizeof(whole.header) ? sizeof(whole.header) : len;
		drop_mem unsigned char *copy = mem_zalloc(size);
		struct nlmsghdr *message = (struct nlmsghdr *)(void *)copy;

		memcpy(copy, whole.bytes, size);
		message->nlmsg_len = len;
		CHECK((netlink_body(message, BODY) != NULL) == (len >= NLMSG_HDRLEN + BODY));
		CHECK(!netlink_get(message, BODY, IFLA_MASTER, &value, sizeof(value)));
		CHECK(netlink_get(message, BODY, IFLA_MTU, &value, sizeof(value)) ==
		      (len >= NLMSG_HDRLEN + BODY + 8));
	}
}

static void test_lying_attributes(void)
{
	union message message = { 0 };
	struct nlattr *first =
		(struct nlattr *)(void *)(message.bytes + NLMSG_HDRLEN + NLMSG_ALIGN(BODY));
	const uint16_t lengths[] = { 0, 1, 3, 200, UINT16_MAX };
	uint32_t value;
	char name[16];

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		fill(&message);
		first->nla_len = lengths[i];
		CHECK(!netlink_get(&message.header, BODY, IFLA_MTU, &value, sizeof(value)));
		CHECK(!netlink_get_string(&message.header, BODY, IFLA_IFNAME, name, sizeof(name)));
	}
}

static void test_long_request(void)
{
	struct netlink_request request;
	struct netlink netlink = NETLINK_INIT;
	const struct ifinfomsg body = { 0 };
	char text[600];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	const uint32_t before = request.header.nlmsg_len;
	netlink_put_string(&request, IFLA_IFALIAS, text);
	CHECK(request.too_long && request.header.nlmsg_len == before);
	/* What is too long is never sent, whatever fits after it. */
	netlink_put_string(&request, IFLA_IFNAME, "eth0");
	CHECK(request.header.nlmsg_len == before);
	CHECK(netlink_call(&netlink, &request, NULL, NULL) == -EMSGSIZE);
}

/* ---- addresses in the journal ---- */

static void test_addresses(void)
{
	struct net_address items[] = {
		{ .family = AF_INET,
		  .prefix = 24,
		  .flags = 0x200,
		  .priority = 77,
		  .protocol = 3,
		  .address = { 10, 0, 0, 1 },
		  .local = { 10, 0, 0, 2 },
		  .has_local = true,
		  .broadcast = { 10, 0, 0, 255 },
		  .has_broadcast = true,
		  .label = ":a, b" },
		{ .family = AF_INET6, .prefix = 64, .address = { 0x20, 1, 0xd, 0xb8, [15] = 5 } },
	};
	const struct net_addresses addresses = { items, ARRAY_LEN(items) };
	drop_net_addresses struct net_addresses read = { 0 };
	drop_strbuf struct strbuf text = { 0 };

	net_addresses_write(&addresses, &text);
	CHECK_STR(strbuf_text(&text), "4.24.512.77.3.0a000001.0a000002.0a0000ff.3a612c2062,"
				      "6.64.0.0.0.20010db8000000000000000000000005.-.-.-");
	CHECK(net_addresses_parse(strbuf_text(&text), &read));
	CHECK(read.n == ARRAY_LEN(items) && memcmp(read.items, items, sizeof(items)) == 0);
}

static void test_no_addresses(void)
{
	static const char *const bad[] = {
		"",
		"4",
		"5.24.0.0.0.0a000001.-.-.-",
		"4.129.0.0.0.0a000001.-.-.-",
		"4.24.0.0.256.0a000001.-.-.-",
		"4.24.0.0.0.-.-.-.-",
		"4.24.0.0.0.0a0000.-.-.-",
		"4.24.0.0.0.0a00000101.-.-.-",
		"4.24.0.0.0.0a00000x.-.-.-",
		"4.24.0.0.0.0a000001.-.-.61616161616161616161616161616161",
		"4.24.0.0.0.0a000001.-.-.-.-",
		"4.24.0.0.0.0a000001.-.-.-,",
	};
	const struct net_addresses none = { 0 };
	drop_strbuf struct strbuf text = { 0 };
	struct net_addresses read;

	net_addresses_write(&none, &text);
	CHECK_STR(strbuf_text(&text), "-");
	CHECK(net_addresses_parse("-", &read) && read.n == 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!net_addresses_parse(bad[i], &read) && !read.items);
}

/* ---- the journal's lines ---- */

static struct err *return_text(char *text)
{
	struct journal_entry entry = { .kind = JOURNAL_NET_DEVICE, .text = text };
	const struct journal journal = { .fd = -1, .entries = &entry, .n = 1 };

	return net_devices_return(&journal, -1);
}

static void test_journal(void)
{
	static const char *const bad[] = {
		"",
		"eth0",
		"eth0 3 0 up eth0 3 1 -",
		"eth0 3 0 up eth0 3 1 - process 1",
		"eth0 3 0 up eth0 3 1 - path",
		"eth0 x 0 up eth0 3 1 - process 1 1",
		"eth0 -3 0 up eth0 3 1 - process 1 1",
		"eth0 3 0 up eth0 3 1 4.24 process 1 1",
		"eth0 3 0 up eth0 3 1 - thread 1 1",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		drop_mem char *text = mem_strdup(bad[i]);

		CHECK_ERR(return_text(text), ERR_STATE, "is damaged");
	}
	/* From another network namespace (inode 1): nothing is looked for. */
	drop_mem char *text = mem_strdup("eth0 3 0 up eth0 3 1 - process 1 1");
	CHECK_OK(return_text(text));
}

int main(void)
{
	test_attributes();
	test_cut_messages();
	test_lying_attributes();
	test_long_request();
	test_addresses();
	test_no_addresses();
	test_journal();
	return check_result();
}

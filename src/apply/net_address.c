/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of network devices. See net_address.h. Parent only. */
#include "apply/net_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

enum {
	ADDRESSES_MAX = 4096,
	DUMP_TRIES = 10, /* while others change addresses */
	/* What a user may ask for; the others tell how an address is doing. */
	FLAGS_KEPT = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
		     IFA_F_MCAUTOJOIN,
};

void net_addresses_free(struct net_addresses *addresses)
{
	mem_dropp(&addresses->items);
	addresses->n = 0;
}

static size_t address_bytes(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

static struct net_address *append(struct net_addresses *addresses)
{
	addresses->items =
		mem_realloc_array(addresses->items, addresses->n + 1, sizeof(*addresses->items));
	addresses->items[addresses->n] = (struct net_address){ 0 };
	return &addresses->items[addresses->n++];
}

/* ---- from the kernel ---- */

struct reading {
	int index;
	const char *name;
	struct net_addresses *out;
};

/* The label follows the device's name: "eth0" is none of its own, of "eth0:web" it is ":web". */
static void take_label(const struct nlmsghdr *message, const char *name, char out[IFNAMSIZ])
{
	char label[IFNAMSIZ];
	const size_t len = strlen(name);

	if (!netlink_get_string(message, sizeof(struct ifaddrmsg), IFA_LABEL, label, sizeof(label)))
		return;
	bool ours = str_starts_with(label, name) && (!label[len] || label[len] == ':');
	const char *own = ours ? label + len : label;
	memcpy(out, own, strlen(own) + 1);
}

static int take_address(const struct nlmsghdr *message, void *arg)
{
	const struct reading *reading = arg;
	const struct ifaddrmsg *body = netlink_body(message, sizeof(*body));
	uint32_t flags = 0;

	if (message->nlmsg_type != RTM_NEWADDR || !body)
		return -EBADMSG;
	if (!netlink_get(message, sizeof(*body), IFA_FLAGS, &flags, sizeof(flags)))
		flags = body->ifa_flags;
	if ((int)body->ifa_index != reading->index || body->ifa_scope != RT_SCOPE_UNIVERSE ||
	    !(flags & IFA_F_PERMANENT))
		return 0;
	if (body->ifa_family != AF_INET && body->ifa_family != AF_INET6)
		return 0;
	if (reading->out->n == ADDRESSES_MAX)
		return -E2BIG;
	struct net_address *to = append(reading->out);
	size_t len = address_bytes(body->ifa_family);
	to->family = body->ifa_family;
	to->prefix = body->ifa_prefixlen;
	to->flags = flags & FLAGS_KEPT;
	if (!netlink_get(message, sizeof(*body), IFA_ADDRESS, to->address, len))
		return -EBADMSG;
	to->has_local = netlink_get(message, sizeof(*body), IFA_LOCAL, to->local, len);
	to->has_broadcast = netlink_get(message, sizeof(*body), IFA_BROADCAST, to->broadcast,
					sizeof(to->broadcast));
	(void)netlink_get(message, sizeof(*body), IFA_RT_PRIORITY, &to->priority,
			  sizeof(to->priority));
	(void)netlink_get(message, sizeof(*body), IFA_PROTO, &to->protocol, sizeof(to->protocol));
	take_label(message, reading->name, to->label);
	return 0;
}

static int read_family(struct netlink *netlink, uint8_t family, struct reading *reading)
{
	struct ifaddrmsg body = { .ifa_family = family, .ifa_index = (uint32_t)reading->index };
	const size_t before = reading->out->n;
	int rc = -EAGAIN;

	for (int tries = 0; rc == -EAGAIN && tries < DUMP_TRIES; tries++) {
		struct netlink_request request;

		reading->out->n = before;
		netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &body, sizeof(body));
		rc = netlink_call(netlink, &request, take_address, reading);
	}
	return rc;
}

int net_addresses_read(struct netlink *netlink, int index, const char *name,
		       struct net_addresses *out)
{
	struct reading reading = { index, name, out };

	*out = (struct net_addresses){ 0 };
	int rc = read_family(netlink, AF_INET, &reading);
	if (rc >= 0)
		rc = read_family(netlink, AF_INET6, &reading);
	return rc;
}

/* ---- to the kernel ---- */

/* One that would be too long behind a longer name is left to the kernel: it is for people. */
static void put_label(struct netlink_request *request, const struct net_address *address,
		      const char *name)
{
	const char *front = address->label[0] == ':' ? name : "";
	drop_mem char *label = mem_asprintf("%s%s", front, address->label);

	if (address->label[0] && strlen(label) < IFNAMSIZ)
		netlink_put_string(request, IFA_LABEL, label);
}

static int add_one(struct netlink *netlink, int index, const char *name,
		   const struct net_address *address)
{
	struct netlink_request request;
	const size_t len = address_bytes(address->family);
	const struct ifaddrmsg body = {
		.ifa_family = address->family,
		.ifa_prefixlen = address->prefix,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (uint32_t)index,
	};

	netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_put(&request, IFA_ADDRESS, address->address, len);
	if (address->has_local)
		netlink_put(&request, IFA_LOCAL, address->local, len);
	if (address->has_broadcast)
		netlink_put(&request, IFA_BROADCAST, address->broadcast,
			    sizeof(address->broadcast));
	put_label(&request, address, name);
	if (address->flags)
		netlink_put(&request, IFA_FLAGS, &address->flags, sizeof(address->flags));
	if (address->priority)
		netlink_put(&request, IFA_RT_PRIORITY, &address->priority,
			    sizeof(address->priority));
	if (address->protocol)
		netlink_put(&request, IFA_PROTO, &address->protocol, sizeof(address->protocol));
	return netlink_call(netlink, &request, NULL, NULL);
}

struct err *net_addresses_add(struct netlink *netlink, int index, const char *name,
			      const struct net_addresses *addresses)
{
	for (size_t i = 0; i < addresses->n; i++) {
		const struct net_address *address = &addresses->items[i];
		char text[INET6_ADDRSTRLEN] = "?";
		int rc = add_one(netlink, index, name, address);

		if (rc >= 0 || rc == -EEXIST)
			continue;
		(void)inet_ntop(address->family,
				address->has_local ? address->local : address->address, text,
				sizeof(text));
		return netlink_err(netlink, rc, "give the address %s/%u to %s", text,
				   address->prefix, name);
	}
	return NULL;
}

/* ---- the journal's text ---- */

/*
 * An address: "4.24.flags.priority.protocol.address.local.broadcast.label", the last four in
 * hexadecimal and "-" where there is none; addresses are parted by commas.
 */

static void write_hex(struct strbuf *out, const void *bytes, size_t len)
{
	strbuf_add(out, len ? "." : ".-");
	for (size_t i = 0; i < len; i++)
		strbuf_addf(out, "%02x", ((const unsigned char *)bytes)[i]);
}

void net_addresses_write(const struct net_addresses *addresses, struct strbuf *out)
{
	if (!addresses->n)
		strbuf_add(out, "-");
	for (size_t i = 0; i < addresses->n; i++) {
		const struct net_address *a = &addresses->items[i];
		size_t len = address_bytes(a->family);

		strbuf_addf(out, "%s%u.%u.%u.%u.%u", i ? "," : "", a->family == AF_INET ? 4U : 6U,
			    a->prefix, a->flags, a->priority, a->protocol);
		write_hex(out, a->address, len);
		write_hex(out, a->local, a->has_local ? len : 0);
		write_hex(out, a->broadcast, a->has_broadcast ? sizeof(a->broadcast) : 0);
		write_hex(out, a->label, strlen(a->label));
	}
}

static bool parse_number(char **rest, uint32_t max, uint32_t *out)
{
	const char *word = strsep(rest, ".");

	return word && str_to_u32(word, out) && *out <= max;
}

/* At most `size` bytes; *out_len says how many. */
static bool parse_hex(char **rest, void *out, size_t size, size_t *out_len)
{
	const char *word = strsep(rest, ".");

	*out_len = 0;
	if (!word || str_equal(word, "-"))
		return word != NULL;
	size_t len = strlen(word);
	if (len % 2 || len / 2 > size || strspn(word, "0123456789abcdef") != len)
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		char digits[3] = { word[2 * i], word[2 * i + 1], '\0' };

		((unsigned char *)out)[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	*out_len = len / 2;
	return true;
}

static bool parse_one(char *word, struct net_address *out)
{
	uint32_t version, prefix, protocol;
	size_t address_len, local_len, broadcast_len, label_len;

	if (!parse_number(&word, 6, &version) || (version != 4 && version != 6) ||
	    !parse_number(&word, 128, &prefix) || !parse_number(&word, UINT32_MAX, &out->flags) ||
	    !parse_number(&word, UINT32_MAX, &out->priority) ||
	    !parse_number(&word, UINT8_MAX, &protocol))
		return false;
	out->family = version == 4 ? AF_INET : AF_INET6;
	out->prefix = (uint8_t)prefix;
	out->protocol = (uint8_t)protocol;
	size_t len = address_bytes(out->family);
	if (!parse_hex(&word, out->address, len, &address_len) || address_len != len ||
	    !parse_hex(&word, out->local, len, &local_len) ||
	    !parse_hex(&word, out->broadcast, sizeof(out->broadcast), &broadcast_len) ||
	    !parse_hex(&word, out->label, sizeof(out->label) - 1, &label_len) || word)
		return false;
	out->has_local = local_len == len;
	out->has_broadcast = broadcast_len == sizeof(out->broadcast);
	return true;
}

bool net_addresses_parse(const char *word, struct net_addresses *out)
{
	drop_mem char *copy = mem_strdup(word);

	*out = (struct net_addresses){ 0 };
	if (str_equal(word, "-"))
		return true;
	for (char *rest = copy, *item; (item = strsep(&rest, ","));) {
		if (out->n == ADDRESSES_MAX || !parse_one(item, append(out))) {
			net_addresses_free(out);
			return false;
		}
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices on their way into the container and back. See net_devices.h. Parent only. */
#include "apply/net_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "status/proc.h"
#include "sys/sys.h"

/* How far an index is looked for that is free in the container's namespace. */
enum { INDEX_TRIES = 4096 };

/* ---- requests about one device ---- */

struct net_link {
	int index, master;
	unsigned int flags; /* IFF_* */
	char name[IFNAMSIZ];
};

static int take_link(const struct nlmsghdr *message, void *arg)
{
	struct net_link *out = arg;
	const struct ifinfomsg *body = netlink_body(message, sizeof(*body));
	uint32_t master = 0;

	if (message->nlmsg_type != RTM_NEWLINK || !body ||
	    !netlink_get_string(message, sizeof(*body), IFLA_IFNAME, out->name, sizeof(out->name)))
		return -EBADMSG;
	(void)netlink_get(message, sizeof(*body), IFLA_MASTER, &master, sizeof(master));
	out->index = body->ifi_index;
	out->flags = body->ifi_flags;
	out->master = (int)master;
	return 0;
}

/* By index, or, with index 0, by name. -ENODEV: there is none. */
static int link_find(struct netlink *netlink, int index, const char *name, struct net_link *out)
{
	struct netlink_request request;
	const struct ifinfomsg body = { .ifi_index = index };
	const uint32_t mask = RTEXT_FILTER_SKIP_STATS;

	*out = (struct net_link){ 0 };
	netlink_begin(&request, RTM_GETLINK, 0, &body, sizeof(body));
	if (!index)
		netlink_put_string(&request, IFLA_IFNAME, name);
	netlink_put(&request, IFLA_EXT_MASK, &mask, sizeof(mask));
	return netlink_call(netlink, &request, take_link, out);
}

/* Changes nothing, but needs the right to change the device. */
static int link_may_change(struct netlink *netlink, int index)
{
	struct netlink_request request;
	const struct ifinfomsg body = { .ifi_index = index };

	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	return netlink_call(netlink, &request, NULL, NULL);
}

static int link_up(struct netlink *netlink, int index)
{
	struct netlink_request request;
	const struct ifinfomsg body = {
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	return netlink_call(netlink, &request, NULL, NULL);
}

static int link_enslave(struct netlink *netlink, int index, int master)
{
	struct netlink_request request;
	const struct ifinfomsg body = { .ifi_index = index };

	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	netlink_put(&request, IFLA_MASTER, &master, sizeof(master));
	return netlink_call(netlink, &request, NULL, NULL);
}

/*
 * Moves and renames in one request. What speaks against the move (the index, the old name is taken
 * and no new one given, the device is bound to its namespace) the kernel finds before it touches
 * the device, which it then sets down itself: one that can't move stays as it is. Only a new name
 * that is taken under our hands leaves it in the target under its old name. new_index 0: any.
 */
static int link_move(struct netlink *from, int index, int netns_fd, const char *name, int new_index)
{
	struct netlink_request request;
	const struct ifinfomsg body = { .ifi_index = index };

	netlink_begin(&request, RTM_SETLINK, 0, &body, sizeof(body));
	netlink_put(&request, IFLA_NET_NS_FD, &netns_fd, sizeof(netns_fd));
	netlink_put_string(&request, IFLA_IFNAME, name);
	if (new_index)
		netlink_put(&request, IFLA_NEW_IFINDEX, &new_index, sizeof(new_index));
	return netlink_call(from, &request, NULL, NULL);
}

/* ---- before anything is made ---- */

static const char *joined_path(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ns.joins_n; i++) {
		if (plan->ns.joins[i].type == CLONE_NEWNET)
			return plan->ns.joins[i].path;
	}
	return NULL;
}

static struct err *check_host(struct netlink *host, struct net_move *move)
{
	struct net_link link;
	int rc = link_find(host, 0, move->plan->name, &link);

	if (rc == -ENODEV)
		return err_new(ERR_NOT_FOUND, "there is no such network device");
	if (rc < 0)
		return netlink_err(host, rc, "look for the device");
	/* The kernel finds a device by its alternative names too. */
	if (!str_equal(link.name, move->plan->name))
		return err_new(ERR_NOT_FOUND, "that is another name of the network device %s",
			       link.name);
	if (link.flags & IFF_LOOPBACK)
		return err_new(ERR_CONFIG, "the loopback device can't be moved");
	rc = link_may_change(host, link.index);
	if (rc == -EPERM)
		return err_hint(err_sys(rc, "change the device"),
				"needs CAP_NET_ADMIN in the user namespace that owns the runtime's "
				"network namespace: not possible rootless");
	if (rc < 0)
		return netlink_err(host, rc, "change the device");
	move->index = link.index;
	move->master = link.master;
	move->up = link.flags & IFF_UP;
	return NULL;
}

static struct err *check_name_free(struct netlink *target, const struct plan_net_device *device)
{
	struct net_link link;

	if (device->is_template)
		return NULL;
	int rc = link_find(target, 0, device->new_name, &link);
	if (rc == -ENODEV)
		return NULL;
	if (rc < 0)
		return netlink_err(target, rc, "look for %s in the container", device->new_name);
	return err_new(ERR_EXISTS,
		       "a network device %s exists in the container's network namespace",
		       device->new_name);
}

static struct err *check_target(const struct plan *plan, int joined_fd)
{
	drop_netlink struct netlink target = NETLINK_INIT;

	if (joined_fd < 0)
		return NULL;
	TRY(netlink_open(&target, joined_fd));
	for (size_t i = 0; i < plan->net_devices_n; i++)
		TRY(err_link(check_name_free(&target, &plan->net_devices[i]), "%s",
			     plan->net_devices[i].place));
	return NULL;
}

struct err *net_devices_check(const struct plan *plan, int joined_fd, struct net_devices *out)
{
	if (!plan->net_devices_n)
		return NULL;
	if (!(plan->ns.create & CLONE_NEWNET) && !joined_path(plan))
		return err_new(ERR_CONFIG, "linux.netDevices: needs a network namespace in "
					   "linux.namespaces");
	out->host_fd = sys_open("/proc/self/ns/net", O_RDONLY, 0);
	if (out->host_fd < 0)
		return err_sys(out->host_fd, "open the runtime's network namespace");
	TRY(netlink_open(&out->host, -1));
	out->items = mem_zalloc(plan->net_devices_n * sizeof(*out->items));
	for (size_t i = 0; i < plan->net_devices_n; i++) {
		struct net_move *move = &out->items[out->n++];

		move->plan = &plan->net_devices[i];
		TRY(err_link(check_host(&out->host, move), "%s", move->plan->place));
	}
	if (joined_fd >= 0) {
		out->target_fd = sys_fcntl(joined_fd, F_DUPFD_CLOEXEC, 3);
		if (out->target_fd < 0)
			return err_sys(out->target_fd, "keep the network namespace");
		out->target_path = joined_path(plan);
	}
	return check_target(plan, joined_fd);
}

void net_devices_close(struct net_devices *devices)
{
	for (size_t i = 0; i < devices->n; i++)
		net_addresses_free(&devices->items[i].addresses);
	mem_dropp(&devices->items);
	devices->n = 0;
	netlink_close(&devices->host);
	fd_closep(&devices->host_fd);
	fd_closep(&devices->target_fd);
}

/* ---- the journal's text ---- */

/*
 * "NAME INDEX MASTER up|down NEW-NAME NEW-INDEX NAMESPACE ADDRESSES process PID START", or "path
 * PATH" at its end. NAMESPACE is the inode of the one that the device is from: in another, nothing
 * is looked for. No name of a device has a blank.
 */
struct way_back {
	char *copy; /* what the strings point into */
	const char *name, *new_name;
	int index, master, new_index;
	bool up;
	uint64_t host_inode;
	struct net_addresses addresses;
	const char *path; /* NULL: of the process */
	int64_t pid;
	uint64_t start_time;
};

static void way_back_free(struct way_back *way)
{
	mem_dropp(&way->copy);
	net_addresses_free(&way->addresses);
}

static bool next_int(char **rest, int *out)
{
	const char *word = strsep(rest, " ");
	uint32_t value;

	if (!word || !str_to_u32(word, &value) || value > INT32_MAX)
		return false;
	*out = (int)value;
	return true;
}

static bool next_u64(char **rest, uint64_t *out)
{
	const char *word = strsep(rest, " ");

	return word && str_to_u64(word, out);
}

static bool parse_namespace(struct way_back *way, char *rest)
{
	const char *word = strsep(&rest, " ");
	uint64_t pid;

	if (!word || !rest)
		return false;
	if (str_equal(word, "path")) {
		way->path = rest;
		return true;
	}
	if (!str_equal(word, "process") || !next_u64(&rest, &pid) || pid > INT32_MAX ||
	    !next_u64(&rest, &way->start_time))
		return false;
	way->pid = (int64_t)pid;
	return true;
}

static struct err *way_back_parse(const char *text, struct way_back *out)
{
	*out = (struct way_back){ .copy = mem_strdup(text) };
	char *rest = out->copy;
	const char *word;

	out->name = strsep(&rest, " ");
	bool ok = next_int(&rest, &out->index) && next_int(&rest, &out->master);
	word = ok ? strsep(&rest, " ") : NULL;
	out->up = word && str_equal(word, "up");
	out->new_name = word ? strsep(&rest, " ") : NULL;
	ok = out->new_name && next_int(&rest, &out->new_index) && next_u64(&rest, &out->host_inode);
	word = ok ? strsep(&rest, " ") : NULL;
	if (!word || !net_addresses_parse(word, &out->addresses) || !parse_namespace(out, rest))
		return err_new(ERR_STATE, "journal: \"net-device %s\" is damaged", text);
	return NULL;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

static struct err *write_down(const struct net_devices *devices, const struct net_move *move,
			      int new_index, pid_t pid, unsigned long long start_time,
			      struct journal *journal)
{
	drop_strbuf struct strbuf addresses = { 0 };
	drop_mem char *where = devices->target_path ? mem_asprintf("path %s", devices->target_path)
						    : mem_asprintf("process %lld %llu",
								   (long long)pid, start_time);

	net_addresses_write(&move->addresses, &addresses);
	return journal_add(journal, JOURNAL_NET_DEVICE, "%s %d %d %s %s %d %llu %s %s",
			   move->plan->name, move->index, move->master, move->up ? "up" : "down",
			   move->plan->new_name, new_index,
			   (unsigned long long)inode_of(devices->host_fd), strbuf_text(&addresses),
			   where);
}

/* ---- there ---- */

/* The device's own index if that is free in the target, as the kernel would have it; else the next
 * that is. Known beforehand, so that the journal can say which device to look for. */
static struct err *choose_index(struct netlink *target, int index, int *out)
{
	for (int tries = 0; tries < INDEX_TRIES && index > 0; tries++, index++) {
		struct net_link link;
		int rc = link_find(target, index, NULL, &link);

		*out = index;
		if (rc == -ENODEV)
			return NULL;
		if (rc < 0)
			return netlink_err(target, rc, "look for a free index");
	}
	return err_new(ERR_SYS, "no index is free in the container's network namespace");
}

static struct err *move_one(struct net_devices *devices, struct net_move *move,
			    struct netlink *target, pid_t pid, unsigned long long start_time,
			    struct journal *journal)
{
	struct net_link link;
	int new_index = 0;

	TRY(check_name_free(target, move->plan));
	TRY(choose_index(target, move->index, &new_index));
	/* Now, as setting a device down may cost it addresses. */
	int rc =
		net_addresses_read(&devices->host, move->index, move->plan->name, &move->addresses);
	if (rc < 0)
		return netlink_err(&devices->host, rc, "read the device's addresses");
	TRY(write_down(devices, move, new_index, pid, start_time, journal));
	rc = link_move(&devices->host, move->index, devices->target_fd, move->plan->new_name,
		       new_index);
	if (rc < 0)
		return netlink_err(&devices->host, rc,
				   "move the device into the container as \"%s\"",
				   move->plan->new_name);
	rc = link_find(target, new_index, NULL, &link);
	if (rc < 0)
		return netlink_err(target, rc, "find the device in the container");
	TRY(net_addresses_add(target, link.index, link.name, &move->addresses));
	rc = link_up(target, link.index);
	return rc < 0 ? netlink_err(target, rc, "set the device up in the container") : NULL;
}

struct err *net_devices_move(struct net_devices *devices, pid_t pid, unsigned long long start_time,
			     struct journal *journal)
{
	drop_netlink struct netlink target = NETLINK_INIT;

	if (!devices->n)
		return NULL;
	if (devices->target_fd < 0) {
		drop_mem char *path = mem_asprintf("/proc/%lld/ns/net", (long long)pid);

		devices->target_fd = sys_open(path, O_RDONLY, 0);
		if (devices->target_fd < 0)
			return err_sys(devices->target_fd, "open %s", path);
	}
	TRY(err_link(netlink_open(&target, devices->target_fd), "linux.netDevices"));
	for (size_t i = 0; i < devices->n; i++)
		TRY(err_link(
			move_one(devices, &devices->items[i], &target, pid, start_time, journal),
			"%s", devices->items[i].plan->place));
	return NULL;
}

/* ---- and back ---- */

/* What the kernel took from a device that moved; all of it may be there still. */
static struct err *restore(struct netlink *host, int index, const struct way_back *way)
{
	TRY(net_addresses_add(host, index, way->name, &way->addresses));
	int rc = way->master ? link_enslave(host, index, way->master) : 0;
	if (rc < 0)
		return netlink_err(host, rc, "give the device back to its master");
	rc = way->up ? link_up(host, index) : 0;
	return rc < 0 ? netlink_err(host, rc, "set the device up") : NULL;
}

/* *out is -1 if the namespace is gone, with everything that was in it. */
static struct err *open_target(const struct way_back *way, int *out)
{
	drop_fd int pidfd = -1;

	*out = -1;
	if (!way->path) {
		TRY(proc_open(way->pid, way->start_time, &pidfd));
		if (pidfd < 0)
			return NULL;
	}
	drop_mem char *path = way->path ? mem_strdup(way->path)
					: mem_asprintf("/proc/%lld/ns/net", (long long)way->pid);
	drop_fd int fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return fd == -ENOENT ? NULL : err_sys(fd, "open %s", path);
	/* The pid may be another's since it was looked at. */
	if (way->path || proc_is_alive(way->pid, way->start_time))
		*out = take_fd(&fd);
	return NULL;
}

/* With its new name, or its old one if the renaming was what failed. */
static bool is_ours(const struct net_link *link, const struct way_back *way)
{
	size_t len = strcspn(way->new_name, "%");
	bool renamed = way->new_name[len] ? strncmp(link->name, way->new_name, len) == 0
					  : str_equal(link->name, way->new_name);

	return renamed || str_equal(link->name, way->name);
}

static struct err *fetch(struct netlink *host, int host_fd, const struct way_back *way,
			 int target_fd)
{
	drop_netlink struct netlink target = NETLINK_INIT;
	struct net_link link;

	TRY(netlink_open(&target, target_fd));
	int rc = link_find(&target, way->new_index, NULL, &link);
	if (rc == -ENODEV || (rc >= 0 && !is_ours(&link, way)))
		return NULL;
	if (rc >= 0)
		rc = link_move(&target, link.index, host_fd, way->name, way->index);
	if (rc == -EBUSY) /* the index is another's by now */
		rc = link_move(&target, link.index, host_fd, way->name, 0);
	if (rc < 0)
		return netlink_err(&target, rc, "move the device out of the container");
	rc = link_find(host, 0, way->name, &link);
	if (rc < 0)
		return netlink_err(host, rc, "find the device that came back");
	return restore(host, link.index, way);
}

static struct err *return_one(struct netlink *host, int host_fd, const char *text, int target_fd)
{
	CLEANUP(way_back_free) struct way_back way = { 0 };
	drop_fd int found_fd = -1;
	struct net_link link;

	TRY(way_back_parse(text, &way));
	if (way.host_inode != inode_of(host_fd)) {
		log_warn("network device %s was moved out of another network namespace than this: "
			 "it is not looked for",
			 way.name);
		return NULL;
	}
	int rc = link_find(host, way.index, NULL, &link);
	if (rc < 0 && rc != -ENODEV)
		return netlink_err(host, rc, "look for network device %s", way.name);
	if (rc >= 0 && str_equal(link.name, way.name))
		return err_link(restore(host, link.index, &way), "network device %s", way.name);
	if (target_fd < 0) {
		TRY(open_target(&way, &found_fd));
		target_fd = found_fd;
	}
	if (target_fd < 0)
		return NULL;
	return err_link(fetch(host, host_fd, &way, target_fd), "network device %s", way.name);
}

static bool has_entry(const struct journal *journal)
{
	for (size_t i = 0; i < journal->n; i++) {
		if (journal->entries[i].kind == JOURNAL_NET_DEVICE)
			return true;
	}
	return false;
}

struct err *net_devices_return(const struct journal *journal, int target_fd)
{
	drop_netlink struct netlink host = NETLINK_INIT;
	struct err *err = NULL;

	if (!has_entry(journal))
		return NULL;
	drop_fd int host_fd = sys_open("/proc/self/ns/net", O_RDONLY, 0);
	if (host_fd < 0)
		return err_sys(host_fd, "open the runtime's network namespace");
	TRY(netlink_open(&host, -1));
	for (size_t i = journal->n; i > 0; i--) {
		if (journal->entries[i - 1].kind == JOURNAL_NET_DEVICE)
			err = err_attach(err, return_one(&host, host_fd,
							 journal->entries[i - 1].text, target_fd));
	}
	return err;
}

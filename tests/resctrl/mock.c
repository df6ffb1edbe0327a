/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A resctrl file system in user space, for machines without the processor for one: a FUSE server
 * that speaks the kernel's protocol (linux/fuse.h) itself. What it does is what the kernel's
 * Documentation/filesystems/resctrl.rst says, as far as a container runtime can see it: groups with
 * tasks and schemata, monitoring groups in them, numbers of both that run out, last_cmd_status.
 *
 *   mock DIRECTORY GROUPS MONITORS    mounts itself there, says "ready", serves until it is
 *                                     unmounted; MONITORS 0: no monitoring
 *
 * Two L3 domains of eleven bits and two of memory bandwidth.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
	DIR_GROUP,
	DIR_MONITORS,
	DIR_INFO,
	FILE_TASKS,
	FILE_SCHEMATA,
	FILE_STATUS,
	FILE_NUMBER
};
enum { NODES_MAX = 2048, PIDS_MAX = 256, DOMAINS = 2, WRITE_MAX = 64 * 1024 };

/* Index 0 is not used; 1 is the root, as FUSE wants it. */
static struct node {
	enum kind kind;
	bool used, is_monitor; /* of a group */
	uint64_t parent;
	char name[256];
	unsigned int l3[DOMAINS], mb[DOMAINS];
	unsigned int number;
	pid_t pids[PIDS_MAX];
	size_t pids_n;
} nodes[NODES_MAX];

static unsigned int groups_left, monitors_left;
static bool can_monitor;
static char status[256] = "ok\n";

static int fail(int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(status, sizeof(status), fmt, args);
	va_end(args);
	return -error;
}

/* ---- the tree ---- */

static bool is_dir(const struct node *node)
{
	return node->kind <= DIR_INFO;
}

/* A number is never given again: the kernel may still know what it stood for. */
static uint64_t add(uint64_t parent, enum kind kind, const char *name)
{
	static uint64_t next = FUSE_ROOT_ID;

	if (next == NODES_MAX)
		abort();
	nodes[next] = (struct node){ .used = true, .kind = kind, .parent = parent };
	(void)snprintf(nodes[next].name, sizeof(nodes[next].name), "%s", name);
	return next++;
}

static uint64_t find(uint64_t parent, const char *name)
{
	for (uint64_t i = 2; i < NODES_MAX; i++) {
		if (nodes[i].used && nodes[i].parent == parent && !strcmp(nodes[i].name, name))
			return i;
	}
	return 0;
}

static void add_number(uint64_t parent, const char *name, unsigned int number)
{
	nodes[add(parent, FILE_NUMBER, name)].number = number;
}

/* Whatever it counts: a monitoring group something else than its class. */
static void add_counts(uint64_t group)
{
	uint64_t data = add(group, DIR_INFO, "mon_data");
	unsigned int base = nodes[group].is_monitor ? 2000 : 1000;

	for (unsigned int i = 0; i < DOMAINS; i++) {
		uint64_t domain = add(data, DIR_INFO, i ? "mon_L3_01" : "mon_L3_00");

		add_number(domain, "llc_occupancy", base + i);
		add_number(domain, "mbm_total_bytes", 2 * base + i);
		add_number(domain, "mbm_local_bytes", base / 2 + i);
	}
}

/* What the machine can do. */
static void add_info(void)
{
	uint64_t info = add(FUSE_ROOT_ID, DIR_INFO, "info");
	uint64_t l3 = add(info, DIR_INFO, "L3"), mb = add(info, DIR_INFO, "MB");

	add(info, FILE_STATUS, "last_cmd_status");
	add_number(l3, "cbm_mask", 0x7ff);
	add_number(l3, "min_cbm_bits", 1);
	add_number(l3, "num_closids", 4);
	add_number(mb, "bandwidth_gran", 10);
	add_number(mb, "delay_linear", 1);
	add_number(mb, "min_bandwidth", 10);
	add_number(mb, "num_closids", 8);
}

static uint64_t add_group(uint64_t parent, const char *name, bool is_monitor)
{
	uint64_t group = add(parent, DIR_GROUP, name);

	nodes[group].is_monitor = is_monitor;
	add(group, FILE_TASKS, "tasks");
	if (can_monitor)
		add_counts(group);
	if (is_monitor)
		return group;
	add(group, FILE_SCHEMATA, "schemata");
	if (can_monitor)
		add(group, DIR_MONITORS, "mon_groups");
	for (int i = 0; i < DOMAINS; i++) {
		nodes[group].l3[i] = 0x7ff;
		nodes[group].mb[i] = 100;
	}
	return group;
}

static int make_dir(uint64_t parent, const char *name, uint64_t *out)
{
	bool is_monitor = nodes[parent].kind == DIR_MONITORS;
	unsigned int *left = is_monitor ? &monitors_left : &groups_left;

	if (parent != FUSE_ROOT_ID && !is_monitor)
		return -EPERM;
	if (find(parent, name))
		return -EEXIST;
	if (!*left)
		return fail(ENOSPC, is_monitor ? "Out of RMIDs\n" : "Out of CLOSIDs\n");
	--*left;
	*out = add_group(parent, name, is_monitor);
	return 0;
}

static void drop(uint64_t node)
{
	for (uint64_t i = 2; i < NODES_MAX; i++) {
		if (nodes[i].used && nodes[i].parent == node)
			drop(i);
	}
	if (nodes[node].kind == DIR_GROUP)
		++*(nodes[node].is_monitor ? &monitors_left : &groups_left);
	nodes[node].used = false;
}

static int remove_dir(uint64_t parent, const char *name)
{
	uint64_t node = find(parent, name);

	if (!node)
		return -ENOENT;
	if (nodes[node].kind != DIR_GROUP)
		return -EPERM;
	drop(node);
	return 0;
}

/* ---- files ---- */

static void print_schemata(const struct node *group, char *out, size_t size)
{
	/* Blanks and zeros as the kernel has them. */
	(void)snprintf(out, size, "    L3:0=%03x;1=%03x\n    MB:0=%3u;1=%3u\n", group->l3[0],
		       group->l3[1], group->mb[0], group->mb[1]);
}

/* A zombie is no task here: on a test's machine nobody may be in a hurry to wait for it. */
static bool is_alive(pid_t pid)
{
	char path[64], line[256] = "", *end;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	(void)!fgets(line, sizeof(line), file);
	(void)fclose(file);
	end = strrchr(line, ')');
	return end && end[1] && !strchr("ZX", end[2]);
}

static void print_tasks(const struct node *group, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < group->pids_n && len < size; i++) {
		if (is_alive(group->pids[i]))
			len += (size_t)snprintf(out + len, size - len, "%d\n", group->pids[i]);
	}
}

static int set_domain(struct node *group, const char *resource, const char *domain,
		      const char *value)
{
	bool l3 = !strcmp(resource, "L3");
	char *end, *value_end;
	unsigned long number = strtoul(domain, &end, 10);
	unsigned long wanted = strtoul(value, &value_end, l3 ? 16 : 10);

	if (!l3 && strcmp(resource, "MB"))
		return fail(EINVAL, "Unknown or unsupported resource name '%s'\n", resource);
	if (*end || number >= DOMAINS)
		return fail(EINVAL, "Unknown domain %s\n", domain);
	if (*value_end || !wanted || wanted > (l3 ? 0x7ffUL : 100UL))
		return fail(EINVAL, "Value %s is out of range\n", value);
	/* Bandwidth has steps of ten. */
	*(l3 ? &group->l3[number] : &group->mb[number]) =
		(unsigned int)(l3 ? wanted : (wanted + 9) / 10 * 10);
	return 0;
}

static int write_schemata(struct node *group, char *text)
{
	size_t len = strlen(text);

	if (!len || text[len - 1] != '\n')
		return fail(EINVAL, "No new line\n");
	text[len - 1] = '\0';
	for (char *line; (line = strsep(&text, "\n"));) {
		char *resource = strsep(&line, ":");

		if (!line)
			return fail(EINVAL, "Missing ':'\n");
		for (char *item; (item = strsep(&line, ";"));) {
			char *domain = strsep(&item, "=");

			if (!item)
				return fail(EINVAL, "Missing '='\n");
			int rc = set_domain(group, resource, domain, item);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static void forget_pid(pid_t pid, bool in_monitors)
{
	for (size_t i = 1; i < NODES_MAX; i++) {
		struct node *node = &nodes[i];

		if (!node->used || node->kind != DIR_GROUP || node->is_monitor != in_monitors)
			continue;
		for (size_t k = 0; k < node->pids_n; k++) {
			if (node->pids[k] == pid)
				node->pids[k--] = node->pids[--node->pids_n];
		}
	}
}

static bool has_pid(const struct node *group, pid_t pid)
{
	for (size_t i = 0; i < group->pids_n; i++) {
		if (group->pids[i] == pid)
			return true;
	}
	return false;
}

static int write_tasks(struct node *group, const char *text)
{
	pid_t pid = atoi(text);
	const struct node *above = &nodes[nodes[group->parent].parent];

	if (!is_alive(pid))
		return fail(ESRCH, "No task %d\n", pid);
	if (group->is_monitor && !has_pid(above, pid))
		return fail(EINVAL, "Can't move task to different control group\n");
	if (group->pids_n == PIDS_MAX)
		return -ENOSPC;
	if (!group->is_monitor)
		forget_pid(pid, false);
	forget_pid(pid, true);
	group->pids[group->pids_n++] = pid;
	return 0;
}

static int write_file(uint64_t id, char *text)
{
	struct node *group = &nodes[nodes[id].parent];

	(void)snprintf(status, sizeof(status), "ok\n");
	switch (nodes[id].kind) {
	case FILE_TASKS:
		return write_tasks(group, text);
	case FILE_SCHEMATA:
		return write_schemata(group, text);
	default:
		return -EPERM;
	}
}

static void read_file(uint64_t id, char *out, size_t size)
{
	const struct node *group = &nodes[nodes[id].parent];

	if (nodes[id].kind == FILE_TASKS)
		print_tasks(group, out, size);
	else if (nodes[id].kind == FILE_SCHEMATA)
		print_schemata(group, out, size);
	else if (nodes[id].kind == FILE_NUMBER)
		(void)snprintf(out, size, !strcmp(nodes[id].name, "cbm_mask") ? "%x\n" : "%u\n",
			       nodes[id].number);
	else
		(void)snprintf(out, size, "%s", status);
}

/* ---- FUSE ---- */

static int fuse_fd;

static void reply(const struct fuse_in_header *in, int error, const void *data, size_t len)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + (error ? 0 : len)),
		.error = error,
		.unique = in->unique,
	};
	struct iovec parts[] = { { &out, sizeof(out) }, { (void *)(uintptr_t)data, len } };

	(void)!writev(fuse_fd, parts, error || !len ? 1 : 2);
}

static struct fuse_attr attr_of(uint64_t id)
{
	bool dir = is_dir(&nodes[id]);

	return (struct fuse_attr){
		.ino = id,
		.mode = dir ? S_IFDIR | 0755 : S_IFREG | 0644,
		.nlink = dir ? 2 : 1,
		.blksize = 4096,
	};
}

static void reply_entry(const struct fuse_in_header *in, uint64_t id)
{
	struct fuse_entry_out out = { .nodeid = id, .generation = 1, .attr = attr_of(id) };

	reply(in, 0, &out, sizeof(out));
}

static void serve_init(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = init->minor < FUSE_KERNEL_MINOR_VERSION ? init->minor
								 : FUSE_KERNEL_MINOR_VERSION,
		.max_write = WRITE_MAX,
		.max_background = 8,
		.congestion_threshold = 6,
	};

	reply(in, 0, &out, sizeof(out));
}

static void serve_read(const struct fuse_in_header *in, const struct fuse_read_in *read_in)
{
	char text[8192] = "";

	read_file(in->nodeid, text, sizeof(text));
	size_t len = strlen(text), from = read_in->offset < len ? read_in->offset : len;
	size_t n = len - from < read_in->size ? len - from : read_in->size;
	reply(in, 0, text + from, n);
}

static void serve_write(const struct fuse_in_header *in, const struct fuse_write_in *write_in)
{
	struct fuse_write_out out = { .size = write_in->size };
	char *text = strndup((const char *)(write_in + 1), write_in->size);
	int rc = write_file(in->nodeid, text);

	free(text);
	reply(in, rc, &out, sizeof(out));
}

static void serve_readdir(const struct fuse_in_header *in, const struct fuse_read_in *read_in)
{
	char buf[8192];
	size_t len = 0;

	for (uint64_t i = read_in->offset < 2 ? 2 : read_in->offset; i < NODES_MAX; i++) {
		struct fuse_dirent entry = { .ino = i, .off = i + 1 };
		size_t need;

		if (!nodes[i].used || nodes[i].parent != in->nodeid)
			continue;
		entry.namelen = (uint32_t)strlen(nodes[i].name);
		entry.type = is_dir(&nodes[i]) ? 4 : 8; /* DT_DIR, DT_REG */
		need = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
		if (len + need > read_in->size || len + need > sizeof(buf))
			break;
		memset(buf + len, 0, need);
		memcpy(buf + len, &entry, FUSE_NAME_OFFSET);
		memcpy(buf + len + FUSE_NAME_OFFSET, nodes[i].name, entry.namelen);
		len += need;
	}
	reply(in, 0, buf, len);
}

static void serve_names(const struct fuse_in_header *in, const char *body)
{
	uint64_t id = 0;
	int rc = -ENOENT;

	if (in->opcode == FUSE_LOOKUP) {
		id = find(in->nodeid, body);
		rc = id ? 0 : -ENOENT;
	} else if (in->opcode == FUSE_MKDIR) {
		rc = make_dir(in->nodeid, body + sizeof(struct fuse_mkdir_in), &id);
	} else {
		reply(in, remove_dir(in->nodeid, body), NULL, 0);
		return;
	}
	if (rc)
		reply(in, rc, NULL, 0);
	else
		reply_entry(in, id);
}

static void serve(const struct fuse_in_header *in)
{
	const void *body = in + 1;
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid < NODES_MAX ? in->nodeid : 1) };
	struct fuse_open_out open_out = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_statfs_out statfs_out = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		serve_init(in, body);
		return;
	case FUSE_LOOKUP:
	case FUSE_MKDIR:
	case FUSE_RMDIR:
		serve_names(in, body);
		return;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		reply(in, 0, &attr, sizeof(attr));
		return;
	case FUSE_OPENDIR:
		open_out.open_flags = 0;
		/* fall through */
	case FUSE_OPEN:
		reply(in, 0, &open_out, sizeof(open_out));
		return;
	case FUSE_READ:
		serve_read(in, body);
		return;
	case FUSE_WRITE:
		serve_write(in, body);
		return;
	case FUSE_READDIR:
		serve_readdir(in, body);
		return;
	case FUSE_STATFS:
		reply(in, 0, &statfs_out, sizeof(statfs_out));
		return;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		reply(in, 0, NULL, 0);
		return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return; /* want no answer */
	default:
		reply(in, -ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char buf[WRITE_MAX + 4096] __attribute__((aligned(8)));
	char options[64];

	if (argc != 4)
		return 2;
	groups_left = (unsigned int)atoi(argv[2]);
	monitors_left = (unsigned int)atoi(argv[3]);
	can_monitor = monitors_left > 0;
	add_group(0, "/", false);
	add_info();
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	(void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		       fuse_fd);
	if (fuse_fd < 0 || mount("resctrl", argv[1], "fuse", MS_NOSUID | MS_NODEV, options)) {
		perror("mock");
		return 1;
	}
	puts("ready");
	(void)fflush(stdout);
	for (;;) {
		ssize_t n = read(fuse_fd, buf, sizeof(buf) - 1);

		if (n < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n < (ssize_t)sizeof(struct fuse_in_header))
			return n < 0 && errno != ENODEV; /* unmounted */
		buf[n] = '\0';
		serve((const struct fuse_in_header *)(const void *)buf);
	}
}

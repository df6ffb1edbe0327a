/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same by io_uring, whose work is done by the kernel's threads: system calls that no seccomp
 * filter sees. Without liburing: one entry at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

enum { RING_BYTES = 4096, IDLE_MSEC = 10 };

struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *submitted, *completed;
	struct io_uring_sqe *entries;
};

static void *map_part(const struct ring *ring, off_t offset)
{
	return mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, offset);
}

static int open_ring(struct ring *ring, unsigned int flags)
{
	*ring = (struct ring){ .params = { .flags = flags, .sq_thread_idle = IDLE_MSEC } };
	ring->fd = (int)syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		return errno;
	ring->submitted = map_part(ring, IORING_OFF_SQ_RING);
	ring->completed = map_part(ring, IORING_OFF_CQ_RING);
	ring->entries = map_part(ring, IORING_OFF_SQES);
	return ring->submitted == MAP_FAILED || ring->completed == MAP_FAILED ||
			       ring->entries == MAP_FAILED
		       ? errno
		       : 0;
}

static _Atomic uint32_t *at(unsigned char *part, uint32_t offset)
{
	return (_Atomic uint32_t *)(void *)(part + offset);
}

/* What came of the entry: as of the system call, -errno. */
static int submit(struct ring *ring, const struct io_uring_sqe *entry)
{
	const struct io_uring_params *params = &ring->params;
	unsigned int flags = IORING_ENTER_GETEVENTS;
	const struct io_uring_cqe *done;

	ring->entries[0] = *entry;
	*at(ring->submitted, params->sq_off.array) = 0;
	atomic_fetch_add(at(ring->submitted, params->sq_off.tail), 1);
	if (params->flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, flags, NULL, 0) < 0)
		return -errno;
	done = (const void *)(ring->completed + params->cq_off.cqes);
	return done->res;
}

/* Opened to be read, and read. */
static int read_by(unsigned int flags)
{
	struct ring ring;
	struct io_uring_sqe entry = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD };
	int number = open_ring(&ring, flags), fd;
	char byte;

	if (number)
		return number;
	entry.addr = (uint64_t)(uintptr_t)SECRET;
	fd = submit(&ring, &entry);
	return fd < 0 ? -fd : attack_outcome(pread(fd, &byte, 1, 0));
}

static int ring_open(void)
{
	return read_by(0);
}

/* A thread of the kernel's submits. */
static int ring_open_polled(void)
{
	return read_by(IORING_SETUP_SQPOLL);
}

/* An operation with two paths. */
static int between(uint8_t opcode, const char *from, const char *to)
{
	struct ring ring;
	struct io_uring_sqe entry = { .opcode = opcode, .fd = AT_FDCWD };
	int number = open_ring(&ring, 0);

	if (number)
		return number;
	entry.len = (uint32_t)AT_FDCWD;
	entry.addr = (uint64_t)(uintptr_t)from;
	entry.addr2 = (uint64_t)(uintptr_t)to;
	return -submit(&ring, &entry);
}

static int ring_rename(void)
{
	return between(IORING_OP_RENAMEAT, SECRET, OWN_DIR "/renamed-by-ring");
}

static int ring_link(void)
{
	return between(IORING_OP_LINKAT, SECRET, OWN_DIR "/linked-by-ring");
}

static int ring_unlink(void)
{
	struct ring ring;
	struct io_uring_sqe entry = { .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD };
	int number = open_ring(&ring, 0);

	if (number)
		return number;
	entry.addr = (uint64_t)(uintptr_t)SECRET;
	return -submit(&ring, &entry);
}

static int ring_connect(void)
{
	struct ring ring;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(BOUND_PORT),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct io_uring_sqe entry = { .opcode = IORING_OP_CONNECT };
	int number = open_ring(&ring, 0);

	if (number || attack_listen() < 0)
		return number ? number : errno;
	entry.fd = socket(AF_INET, SOCK_STREAM, 0);
	entry.addr = (uint64_t)(uintptr_t)&address;
	entry.off = sizeof address;
	return -submit(&ring, &entry);
}

const struct attack uring_attacks[] = {
	{ "ring-open", ring_open, 0, NULL },
	{ "ring-open-polled", ring_open_polled, 0, NULL },
	{ "ring-rename", ring_rename, 0, NULL },
	{ "ring-link", ring_link, 0, NULL },
	{ "ring-unlink", ring_unlink, 0, NULL },
	{ "ring-connect", ring_connect, 4, NULL },
	{ 0 },
};

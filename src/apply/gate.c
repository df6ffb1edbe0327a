/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting by page fault. See gate.h. Child; the check is the parent's. */
#include "apply/gate.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "base/fd.h"
#include "sys/sys.h"

static char *page_of(const struct gate *gate, unsigned int stop)
{
	return gate->stops + stop * gate->page_size;
}

static struct err *no_userfaultfd(int rc)
{
	return err_hint(err_sys_kind(ERR_UNSUPPORTED, rc, "userfaultfd"),
			"a kernel with CONFIG_USERFAULTFD, and no policy around the runtime that "
			"denies it, is needed to hand over a listener");
}

struct err *gate_check(void)
{
	drop_fd int fd = sys_userfaultfd();

	return fd < 0 ? no_userfaultfd(fd) : NULL;
}

struct err *gate_open(struct gate *gate)
{
	struct uffdio_api api = { .api = UFFD_API };
	void *stops = NULL;

	gate->page_size = sys_page_size();
	drop_fd int fd = sys_userfaultfd();
	if (fd < 0)
		return no_userfaultfd(fd);
	int rc = sys_ioctl(fd, UFFDIO_API, &api);
	if (rc < 0)
		return no_userfaultfd(rc);
	rc = sys_mmap_anonymous(GATE_STOPS * gate->page_size, &stops);
	if (rc < 0)
		return err_sys(rc, "map memory");
	struct uffdio_register range = {
		.range = { (uintptr_t)stops, GATE_STOPS * gate->page_size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	rc = sys_ioctl(fd, UFFDIO_REGISTER, &range);
	if (rc < 0)
		return no_userfaultfd(rc);
	gate->stops = stops;
	gate->fd = take_fd(&fd);
	return NULL;
}

void gate_pass(const struct gate *gate, unsigned int stop)
{
	/* What was written before has to be there for the other thread. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	(void)*(volatile const char *)page_of(gate, stop);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

struct err *gate_await(const struct gate *gate, unsigned int stop)
{
	struct uffd_msg msg = { 0 };
	ssize_t len = sys_read(gate->fd, &msg, sizeof(msg));

	if (len < 0)
		return err_sys((int)len, "read from userfaultfd");
	uintptr_t page = msg.arg.pagefault.address & ~(uintptr_t)(gate->page_size - 1);
	if (len != (ssize_t)sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT ||
	    page != (uintptr_t)page_of(gate, stop))
		return err_new(ERR_BUG, "another event than stop %u from userfaultfd", stop);
	return NULL;
}

struct err *gate_let_pass(const struct gate *gate, unsigned int stop)
{
	struct uffdio_zeropage page = {
		.range = { (uintptr_t)page_of(gate, stop), gate->page_size },
	};
	int rc = sys_ioctl(gate->fd, UFFDIO_ZEROPAGE, &page);

	return rc < 0 ? err_sys(rc, "open stop %u", stop) : NULL;
}

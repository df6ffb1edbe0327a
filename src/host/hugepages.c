/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sizes of huge pages the kernel has. Asked for only by limits on them; reads the names in
 * one folder of sysfs. The parent runs it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/str.h"
#include "host/host.h"
#include "host/host_cache.h"
#include "sys/io.h"
#include "sys/sys.h"

bool host_parse_page_size(const char *text, uint64_t *out)
{
	static const struct {
		const char *name;
		unsigned int shift;
	} units[] = { { "KB", 10 }, { "MB", 20 }, { "GB", 30 } };
	char *end = NULL;

	if (*text < '1' || *text > '9' || strspn(text, "0123456789") > 9)
		return false;
	uint64_t n = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		*out = n << units[i].shift;
		if (str_equal(end, units[i].name))
			return (*out & (*out - 1)) == 0;
	}
	return false;
}

/* "hugepages-2048kB" (Documentation/admin-guide/mm/hugetlbpage.rst). */
static uint64_t size_of_entry(const char *name)
{
	static const char prefix[] = "hugepages-";
	char *end = NULL;

	if (!str_starts_with(name, prefix))
		return 0;
	uint64_t kilobytes = strtoull(name + strlen(prefix), &end, 10);
	return str_equal(end, "kB") ? kilobytes << 10 : 0;
}

static bool add_size(const char *name, void *data)
{
	*(uint64_t *)data |= size_of_entry(name);
	return true;
}

uint64_t host_hugepage_sizes(struct host *host)
{
	struct host_fact *fact = &host_cache_of(host)->hugepages;
	uint64_t sizes = 0;

	if (fact->known)
		return fact->v;
	/* A kernel without huge pages has no such folder: there are none. */
	drop_fd int fd = sys_open("/sys/kernel/mm/hugepages", O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		(void)io_for_each_name(fd, add_size, &sizes);
	*fact = (struct host_fact){ .known = true, .v = sizes };
	return sizes;
}

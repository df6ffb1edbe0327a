/* SPDX-License-Identifier: Apache-2.0 */
/* The filter cache. See seccomp_cache.h. Parent only. */
#include "apply/seccomp_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/io.h"
#include "sys/sys.h"

enum { FILE_MAX = 4 * 1024 * 1024, FILES_MAX = 64 };

struct header {
	char magic[8];
	uint64_t key_len, program_len;
};
static const char magic[8] = { 'n', 'u', 'c', 'b', 'p', 'f', '1', '\n' };

/* FNV-1a: spreads keys over names; nothing depends on it being hard to invert. */
static void name_of(const char *key, char *out, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (const unsigned char *p = (const unsigned char *)key; *p; p++)
		hash = (hash ^ *p) * 0x100000001b3;
	(void)snprintf(out, size, "seccomp-%016" PRIx64, hash);
}

/* Somebody else's file could let a container call what its profile forbids. */
static bool is_ours(int fd)
{
	struct stat st;

	return sys_fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 077) && st.st_nlink == 1;
}

bool seccomp_cache_read(int dirfd, const char *key, struct strbuf *out)
{
	char name[32];
	struct header header;
	drop_strbuf struct strbuf text = { 0 };

	name_of(key, name, sizeof(name));
	drop_fd int fd = sys_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0 || !is_ours(fd))
		return false;
	drop_err struct err *err = io_read_fd(fd, name, FILE_MAX, &text);
	if (err || text.len < sizeof(header))
		return false;
	memcpy(&header, text.data, sizeof(header));
	size_t rest = text.len - sizeof(header);
	if (memcmp(header.magic, magic, sizeof(magic)) != 0 || header.key_len != strlen(key) ||
	    header.key_len > rest || header.program_len != rest - header.key_len)
		return false;
	const char *data = text.data + sizeof(header);
	if (memcmp(data, key, header.key_len) != 0)
		return false;
	strbuf_add_bytes(out, data + header.key_len, header.program_len);
	return true;
}

/* Profiles come and go with images: when there are many files, all go and the live ones come back.
 */
static void bound(int dirfd)
{
	_Alignas(struct dirent64) char buf[8192];
	drop_fd int fd = sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	size_t files = 0;
	bool remove = false;

	for (int pass = 0; pass < 2 && fd >= 0; pass++, remove = files > FILES_MAX) {
		ssize_t len;

		fd_closep(&fd);
		fd = sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
		while (fd >= 0 && (len = sys_getdents(fd, buf, sizeof(buf))) > 0) {
			for (ssize_t at = 0; at < len;) {
				const struct dirent64 *entry = (void *)(buf + at);

				at += entry->d_reclen;
				if (!str_starts_with(entry->d_name, "seccomp-"))
					continue;
				files++;
				if (remove)
					(void)sys_unlinkat(dirfd, entry->d_name, 0);
			}
		}
	}
}

void seccomp_cache_write(int dirfd, const char *key, const struct strbuf *program)
{
	char name[32];
	drop_strbuf struct strbuf text = { 0 };
	struct header header = { .key_len = strlen(key), .program_len = program->len };

	name_of(key, name, sizeof(name));
	memcpy(header.magic, magic, sizeof(magic));
	strbuf_add_bytes(&text, &header, sizeof(header));
	strbuf_add(&text, key);
	strbuf_add_bytes(&text, program->data, program->len);
	bound(dirfd);
	/* A read-only or full state root only costs time. */
	err_free(io_replace_file(dirfd, name, 0600, text.data, text.len));
}

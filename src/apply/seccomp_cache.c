/* SPDX-License-Identifier: Apache-2.0 */
/* The filter cache. See seccomp_cache.h. Parent only, before the clone. */
#include "apply/seccomp_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "sys/io.h"
#include "sys/sys.h"

#define PREFIX "seccomp-"

enum { FILE_MAX = 4 * 1024 * 1024, FILES_MAX = 64 };

struct header {
	char magic[8];
	uint64_t key_len, program_len;
	uint64_t program_sum; /* against damage, not against intent: is_ours() is for that */
};
static const char magic[8] = { 'n', 'u', 'c', 'b', 'p', 'f', '1', '\n' };

/* FNV-1a: spreads keys over names; nothing depends on it being hard to invert. */
static uint64_t hash_of(const char *data, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3;
	return hash;
}

static void name_of(const char *key, char *out, size_t size)
{
	(void)snprintf(out, size, PREFIX "%016" PRIx64, hash_of(key, strlen(key)));
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
	if (memcmp(data, key, header.key_len) != 0 ||
	    hash_of(data + header.key_len, header.program_len) != header.program_sum)
		return false;
	strbuf_add_bytes(out, data + header.key_len, header.program_len);
	return true;
}

struct oldest {
	int dirfd;
	char name[256]; /* NAME_MAX and NUL */
	struct timespec time;
	size_t files;
};

static bool note_file(const char *name, void *data)
{
	struct oldest *oldest = data;
	struct stat st;

	if (!str_starts_with(name, PREFIX) || strlen(name) >= sizeof(oldest->name) ||
	    sys_fstatat(oldest->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	if (oldest->files++ > 0 && (st.st_mtim.tv_sec > oldest->time.tv_sec ||
				    (st.st_mtim.tv_sec == oldest->time.tv_sec &&
				     st.st_mtim.tv_nsec >= oldest->time.tv_nsec)))
		return true;
	oldest->time = st.st_mtim;
	memcpy(oldest->name, name, strlen(name) + 1);
	return true;
}

/* Profiles come and go with images: the file that was written longest ago makes room. */
static void make_room(int dirfd)
{
	struct oldest oldest = { .dirfd = dirfd };

	(void)io_for_each_name(dirfd, note_file, &oldest);
	if (oldest.files >= FILES_MAX)
		(void)sys_unlinkat(dirfd, oldest.name, 0);
}

void seccomp_cache_write(int dirfd, const char *key, const struct strbuf *program)
{
	char name[32];
	drop_strbuf struct strbuf text = { 0 };
	struct header header = {
		.key_len = strlen(key),
		.program_len = program->len,
		.program_sum = hash_of(program->data, program->len),
	};

	name_of(key, name, sizeof(name));
	memcpy(header.magic, magic, sizeof(magic));
	strbuf_add_bytes(&text, &header, sizeof(header));
	strbuf_add(&text, key);
	strbuf_add_bytes(&text, program->data, program->len);
	make_room(dirfd);
	/* A read-only or full state root only costs time. */
	err_free(io_replace_file(dirfd, name, 0600, text.data, text.len));
}

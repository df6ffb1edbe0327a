/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation and arenas. See mem.h. Either process; the child should allocate little. */
#include "base/mem.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BLOCK_BYTES = 16 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static NORETURN void out_of_memory(void)
{
	static const char text[] = "nucleus-oci: out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

void *mem_zalloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_realloc_array(void *p, size_t n, size_t size)
{
	void *grown = reallocarray(p, n ? n : 1, size ? size : 1);

	if (!grown)
		out_of_memory();
	return grown;
}

char *mem_strdup(const char *s)
{
	if (!s)
		return NULL;
	char *copy = strdup(s);
	if (!copy)
		out_of_memory();
	return copy;
}

char *mem_vasprintf(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		out_of_memory();
	return text;
}

char *mem_asprintf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = mem_vasprintf(fmt, args);
	va_end(args);
	return text;
}

void mem_dropp(void *pp)
{
	int saved = errno;
	void **p = pp;

	free(*p);
	*p = NULL;
	errno = saved;
}

void *mem_take(void *pp)
{
	void **p = pp;
	void *taken = *p;

	*p = NULL;
	return taken;
}

static struct arena_block *arena_add_block(struct arena *arena, size_t bytes)
{
	size_t size = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (!block)
		out_of_memory();
	block->used = 0;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_zalloc(struct arena *arena, size_t bytes)
{
	const size_t align = alignof(max_align_t);

	if (bytes > SIZE_MAX / 2)
		out_of_memory();
	size_t need = (bytes + align - 1) / align * align;
	struct arena_block *block = arena->blocks;
	if (!block || block->size - block->used < need)
		block = arena_add_block(arena, need);
	void *p = block->data + block->used;
	block->used += need;
	memset(p, 0, need);
	return p;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_zalloc(arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

/* Short texts are formatted once. */
char *arena_asprintf(struct arena *arena, const char *fmt, ...)
{
	char shorter[256];
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(shorter, sizeof(shorter), fmt, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	char *text = arena_zalloc(arena, (size_t)len + 1);
	if ((size_t)len < sizeof(shorter))
		memcpy(text, shorter, (size_t)len);
	else
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

void *arena_grow(struct arena *arena, void *old, size_t old_n, size_t new_n, size_t size)
{
	if (size && new_n > SIZE_MAX / 4 / size)
		out_of_memory();
	void *grown = arena_zalloc(arena, new_n * size);
	if (old_n)
		memcpy(grown, old, old_n * size);
	return grown;
}

void *arena_grow_one(struct arena *arena, void *old, size_t n, size_t size)
{
	/* the room is always the next power of two */
	if (n & (n - 1))
		return old;
	return arena_grow(arena, old, n, n ? 2 * n : 1, size);
}

void arena_free(struct arena *arena)
{
	int saved = errno;

	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	errno = saved;
}

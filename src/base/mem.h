/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: allocation that can't fail, an arena for documents and plans, scope clean-up.
 *
 * Running out of memory ends the process at once (exit 1, one line on standard error): Linux kills
 * rather than refuses, and every effect is in the journal before it is taken, so `delete --force`
 * cleans what such an end leaves.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

void *mem_zalloc(size_t bytes);				 /* zeroed; free() by the caller */
void *mem_realloc_array(void *p, size_t n, size_t size); /* overflow checked */
char *mem_strdup(const char *s);			 /* NULL gives NULL */
char *mem_asprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *mem_vasprintf(const char *fmt, va_list args) PRINTF_LIKE(1, 0);

void mem_dropp(void *pp); /* pp is a pointer to the pointer */
#define drop_mem CLEANUP(mem_dropp)
void *mem_take(void *pp); /* ownership leaves; the variable is NULL afterwards */

/*
 * An arena: everything allocated from it lives until arena_free. Documents (config.json), plans and
 * whatever they point to are arena memory, so that no part of them needs a free function.
 */
struct arena {
	struct arena_block *blocks;
};
void *arena_zalloc(struct arena *arena, size_t bytes);	/* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_asprintf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Grows an arena array: a new, larger copy; the old one stays until the arena ends. */
void *arena_grow(struct arena *arena, void *old, size_t old_n, size_t new_n, size_t size);
/* The same for one more item, in an array that only this function grows: amortised. */
void *arena_grow_one(struct arena *arena, void *old, size_t n, size_t size);
void arena_free(struct arena *arena); /* may run twice */
#define drop_arena CLEANUP(arena_free)

#endif

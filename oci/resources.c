/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources on its own. See resources.h. Pure. */
#include "oci/resources.h"

#include <string.h>

#include "base/str.h"
#include "oci/config_tables.h"
#include "oci/rules.h"

void oci_resources_read(struct arena *arena, const char *text, size_t len,
			struct problems *problems, struct oci_resources *out)
{
	*out = (struct oci_resources){ 0 };
	(void)object_parse(arena, &oci_resources_object, text, len, "linux.resources", problems,
			   out);
	out->devices = (struct oci_device_rules){ 0 };
}

/* ---- merging ---- */

#define UNSET_IF_0(option) (option).set = (option).set && (option).v != 0

static void unset_empty(char **text)
{
	if (*text && !**text)
		*text = NULL;
}

/* Where 0 is a value (pids.limit, burst, idle, swappiness, rates) it stays. */
static void drop_unset(struct oci_resources *change)
{
	struct oci_memory *memory = change->memory;
	struct oci_cpu *cpu = change->cpu;

	if (memory) {
		UNSET_IF_0(memory->limit);
		UNSET_IF_0(memory->reservation);
		UNSET_IF_0(memory->swap);
		UNSET_IF_0(memory->kernel);
		UNSET_IF_0(memory->kernel_tcp);
	}
	if (cpu) {
		UNSET_IF_0(cpu->shares);
		UNSET_IF_0(cpu->quota);
		UNSET_IF_0(cpu->period);
		UNSET_IF_0(cpu->realtime_runtime);
		UNSET_IF_0(cpu->realtime_period);
		unset_empty(&cpu->cpus);
		unset_empty(&cpu->mems);
	}
	if (change->block_io) {
		UNSET_IF_0(change->block_io->weight);
		UNSET_IF_0(change->block_io->leaf_weight);
	}
}

void oci_resources_update(struct arena *arena, struct oci_config *config,
			  struct oci_resources *change, struct problems *problems)
{
	struct rules rules = { .arena = arena, .config = config, .problems = problems };

	drop_unset(change);
	if (change->memory && change->memory->limit.v == -1 && !change->memory->swap.set)
		change->memory->swap = (struct opt_i64){ .set = true, .v = -1 };
	if (!config->linux_->resources)
		config->linux_->resources = arena_zalloc(arena, sizeof(*config->linux_->resources));
	object_merge(arena, &oci_resources_object, config->linux_->resources, change);
	oci_rules_check_resources(&rules);
}

/* ---- the stored text ---- */

static const struct field *find_field(const struct object *object, const char *name)
{
	for (size_t i = 0; i < object->n; i++) {
		if (str_equal(object->fields[i].name, name))
			return &object->fields[i];
	}
	return NULL;
}

/* Members of linux that are written from the model and not from the text. */
static const char *const replaced[] = { "resources", "intelRdt" };

static void write_replaced(const struct oci_linux *linux_, struct json_out *out)
{
	for (size_t i = 0; i < ARRAY_LEN(replaced); i++) {
		const struct field *field = find_field(&oci_linux_object, replaced[i]);

		if (!object_has(field, linux_))
			continue;
		json_out_key(out, field->name);
		object_write(field->object,
			     *(void *const *)(const void *)((const char *)linux_ + field->offset),
			     out);
	}
}

/* The members of an object as they are in the document, but for those that are written anew. */
static void write_others(const struct json_node *node, const char *const *but, size_t but_n,
			 struct json_out *out)
{
	for (const struct json_node *child = node ? node->first : NULL; child;
	     child = child->next) {
		bool anew = false;

		for (size_t i = 0; i < but_n; i++)
			anew |= str_equal(child->key, but[i]);
		if (anew)
			continue;
		json_out_key(out, child->key);
		json_out_node(out, child);
	}
}

char *oci_resources_replace(const char *text, size_t len, const struct oci_config *config,
			    struct problems *problems)
{
	static const char *const linux_key[] = { "linux" };
	drop_arena struct arena arena = { 0 };
	const struct json_node *root = json_parse(&arena, text, len, problems);

	if (!root)
		return NULL;
	struct json_out *out = json_out_new(true);
	json_out_object(out);
	write_others(root, linux_key, ARRAY_LEN(linux_key), out);
	json_out_key(out, linux_key[0]);
	json_out_object(out);
	write_others(json_member(root, linux_key[0]), replaced, ARRAY_LEN(replaced), out);
	write_replaced(config->linux_, out);
	json_out_end_object(out);
	json_out_end_object(out);
	return json_out_take(out);
}

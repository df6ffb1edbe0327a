/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planned writes that systemd has a property for (systemd.resource-control(5)), as properties
 * of the unit: what only the files say, the next daemon-reload undoes. Made from the writes, so
 * that what was converted and what linux.resources.unified says come the same way; the files are
 * written all the same. Pure; the parent runs it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bitset.h"
#include "plan/cgroup_parts.h"

/* systemd's "infinity" for numbers */
#define INFINITE "18446744073709551615"
/* Versions of systemd (its NEWS): CPUQuotaPeriodUSec, AllowedCPUs, CPUWeight=idle, OOMPolicy of
 * scopes. */
enum { SINCE_QUOTA_PERIOD = 242, SINCE_ALLOWED_CPUS = 244, SINCE_IDLE = 252, SINCE_OOM = 252 };
enum {
	USEC_PER_SEC = 1000000,
	DEFAULT_PERIOD_USEC = 100000,
	/* systemd keeps a quota as percent of a CPU */
	QUOTA_STEP_USEC = 10000,
	BYTE_BITS = 8,
};

/* cpu.max has two values, and v1 two files; systemd's two properties are not the same two. */
struct quota {
	bool set;
	bool infinite;
	uint64_t quota_usec, period_usec; /* period 0: not said */
	const char *place;
};
struct limits_maker {
	struct cgroup_maker *maker;
	struct quota quota;
};
/* Takes one line of a write. */
typedef void convert_fn(struct limits_maker *limits, const struct plan_cgroup_write *write,
			const char *property, const char *value);

static void set_limit(struct limits_maker *limits, const struct plan_cgroup_write *write,
		      const char *name, const char *value, unsigned int since)
{
	struct plan_unit_property *property = plan_unit_set(limits->maker, name, "t", &value, 1);

	property->since = since;
	property->is_limit = true;
	property->place = write->place;
}

/* "max" (v2) and "-1" (v1) are no limit. What is no number is the kernel's to refuse. */
static const char *number(const char *value)
{
	uint64_t parsed;

	if (str_equal(value, "max") || str_equal(value, "-1"))
		return INFINITE;
	return str_to_u64(value, &parsed) ? value : NULL;
}

static void convert_number(struct limits_maker *limits, const struct plan_cgroup_write *write,
			   const char *property, const char *value)
{
	const char *parsed = number(value);

	if (parsed)
		set_limit(limits, write, property, parsed, 0);
}

static void convert_idle(struct limits_maker *limits, const struct plan_cgroup_write *write,
			 const char *property, const char *value)
{
	if (str_equal(value, "1"))
		set_limit(limits, write, property, "0", SINCE_IDLE);
}

/* No limit for update: it can be set only when the unit is made. */
static void convert_oom(struct limits_maker *limits, const struct plan_cgroup_write *write,
			const char *property, const char *value)
{
	const char *policy = str_equal(value, "1") ? "kill" : "continue";
	struct cgroup_maker *maker = limits->maker;

	if (maker->unit->is_slice)
		return;
	struct plan_unit_property *made = plan_unit_set(maker, property, "s", &policy, 1);
	made->since = SINCE_OOM;
	made->place = write->place;
}

/* ---- cpu quota ---- */

static void take_quota(struct quota *quota, const char *value)
{
	quota->infinite = str_equal(value, "max") || str_equal(value, "-1");
	quota->set = quota->infinite || str_to_u64(value, &quota->quota_usec);
}

static void convert_cpu_max(struct limits_maker *limits, const struct plan_cgroup_write *write,
			    const char *property, const char *value)
{
	struct arena *arena = limits->maker->arena;
	size_t len = strcspn(value, " ");

	(void)property;
	limits->quota.place = write->place;
	if (!write->keeps_first)
		take_quota(&limits->quota, arena_strndup(arena, value, len));
	if (value[len] && !str_to_u64(value + len + 1, &limits->quota.period_usec))
		limits->quota.set = false;
}

static void convert_cfs_quota(struct limits_maker *limits, const struct plan_cgroup_write *write,
			      const char *property, const char *value)
{
	(void)property;
	limits->quota.place = write->place;
	take_quota(&limits->quota, value);
}

static void convert_cfs_period(struct limits_maker *limits, const struct plan_cgroup_write *write,
			       const char *property, const char *value)
{
	(void)property;
	limits->quota.place = write->place;
	(void)str_to_u64(value, &limits->quota.period_usec);
}

/* Rounded up, or the quota would be less than asked for (lesson G30). */
static const char *per_second(struct arena *arena, const struct quota *quota)
{
	uint64_t period = quota->period_usec ? quota->period_usec : DEFAULT_PERIOD_USEC;

	if (quota->infinite || quota->quota_usec > UINT64_MAX / USEC_PER_SEC - QUOTA_STEP_USEC)
		return INFINITE;
	uint64_t usec = quota->quota_usec * USEC_PER_SEC / period;
	return arena_asprintf(arena, "%" PRIu64,
			      (usec + QUOTA_STEP_USEC - 1) / QUOTA_STEP_USEC * QUOTA_STEP_USEC);
}

static void add_quota(struct limits_maker *limits)
{
	const struct quota *quota = &limits->quota;
	struct arena *arena = limits->maker->arena;
	const struct plan_cgroup_write of = { .place = quota->place };

	if (quota->set)
		set_limit(limits, &of, "CPUQuotaPerSecUSec", per_second(arena, quota), 0);
	if (quota->period_usec)
		set_limit(limits, &of, "CPUQuotaPeriodUSec",
			  arena_asprintf(arena, "%" PRIu64, quota->period_usec),
			  SINCE_QUOTA_PERIOD);
}

/* ---- cpuset ---- */

/* An array of bytes: bit 0 of the first is CPU 0 (lesson G31). */
static void convert_set(struct limits_maker *limits, const struct plan_cgroup_write *write,
			const char *property, const char *value)
{
	struct arena *arena = limits->maker->arena;
	struct bitset set;
	size_t bytes_n = 0;

	/* v1 has no such property. */
	if (!limits->maker->plan->dirs[write->dir].v2 || bitset_parse(arena, value, &set))
		return;
	size_t bits = set.words_n * BITSET_WORD_BITS;
	const char **values = arena_zalloc(arena, (bits / BYTE_BITS + 1) * sizeof(*values));
	for (unsigned int byte = 0; byte < bits / BYTE_BITS; byte++) {
		unsigned int mask = 0;

		for (unsigned int bit = 0; bit < BYTE_BITS; bit++) {
			if (bitset_has(&set, byte * BYTE_BITS + bit))
				mask |= 1U << bit;
		}
		values[1 + byte] = arena_asprintf(arena, "%u", mask);
		if (mask)
			bytes_n = byte + 1;
	}
	values[0] = arena_asprintf(arena, "%zu", bytes_n);
	struct plan_unit_property *made =
		plan_unit_set(limits->maker, property, "ay", values, 1 + bytes_n);
	made->since = SINCE_ALLOWED_CPUS;
	made->is_limit = true;
	made->place = write->place;
}

/* ---- io ---- */

/* One more device of a property that is a list of devices, which are paths for systemd. */
static void add_device(struct limits_maker *limits, const struct plan_cgroup_write *write,
		       const char *name, const char *device, const char *value)
{
	struct cgroup_maker *maker = limits->maker;
	const struct plan_unit_property *old = plan_unit_find(maker->unit, name);
	size_t n = old ? old->values_n : 1;
	const char **values = arena_zalloc(maker->arena, (n + 2) * sizeof(*values));
	if (old)
		memcpy(values, old->values, n * sizeof(*values));
	values[0] = arena_asprintf(maker->arena, "%zu", (n + 1) / 2);
	values[n] = arena_asprintf(maker->arena, "/dev/block/%s", device);
	values[n + 1] = value;
	struct plan_unit_property *made = plan_unit_set(maker, name, "a(st)", values, n + 2);
	made->is_limit = true;
	made->place = write->place;
}

/* "100", "default 100" or "8:0 100"; `property` is for all devices, the other for one. */
static void add_weight(struct limits_maker *limits, const struct plan_cgroup_write *write,
		       const char *property, const char *device_property, const char *value)
{
	struct arena *arena = limits->maker->arena;
	const char *device = arena_strndup(arena, value, strcspn(value, " "));
	const char *weight = strchr(value, ' ') ? strchr(value, ' ') + 1 : value;

	if (!number(weight))
		return;
	if (weight == value || str_equal(device, "default"))
		set_limit(limits, write, property, weight, 0);
	else
		add_device(limits, write, device_property, device, weight);
}

/* io.bfq.weight is not systemd's scale; the other file that the plan has for it is. */
static void convert_weight(struct limits_maker *limits, const struct plan_cgroup_write *write,
			   const char *property, const char *value)
{
	if (str_equal(write->file, "io.bfq.weight"))
		value = write->other_value;
	if (value)
		add_weight(limits, write, property, "IODeviceWeight", value);
}

static void convert_v1_weight(struct limits_maker *limits, const struct plan_cgroup_write *write,
			      const char *property, const char *value)
{
	add_weight(limits, write, property, "BlockIODeviceWeight", value);
}

/* "8:0 rbps=1048576 wiops=max" */
static void convert_io_max(struct limits_maker *limits, const struct plan_cgroup_write *write,
			   const char *property, const char *value)
{
	static const struct {
		const char *key, *property;
	} keys[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	char *rest = arena_strdup(limits->maker->arena, value);
	const char *device = strsep(&rest, " ");

	(void)property;
	for (char *word; (word = strsep(&rest, " "));) {
		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			if (!str_starts_with(word, keys[i].key))
				continue;
			const char *rate = number(word + strlen(keys[i].key));
			if (rate)
				add_device(limits, write, keys[i].property, device, rate);
		}
	}
}

/* v1: "8:0 1048576"; 0 is no limit. */
static void convert_throttle(struct limits_maker *limits, const struct plan_cgroup_write *write,
			     const char *property, const char *value)
{
	char *rest = arena_strdup(limits->maker->arena, value);
	const char *device = strsep(&rest, " ");

	if (rest)
		add_device(limits, write, property, device, str_equal(rest, "0") ? INFINITE : rest);
}

/* ---- all of them ---- */

static const struct {
	const char *file, *property;
	convert_fn *convert;
} rows[] = {
	{ "memory.max", "MemoryMax", convert_number },
	{ "memory.low", "MemoryLow", convert_number },
	{ "memory.high", "MemoryHigh", convert_number },
	{ "memory.min", "MemoryMin", convert_number },
	{ "memory.swap.max", "MemorySwapMax", convert_number },
	{ "memory.oom.group", "OOMPolicy", convert_oom },
	{ "cpu.weight", "CPUWeight", convert_number },
	{ "cpu.idle", "CPUWeight", convert_idle },
	{ "cpu.max", NULL, convert_cpu_max },
	{ "cpuset.cpus", "AllowedCPUs", convert_set },
	{ "cpuset.mems", "AllowedMemoryNodes", convert_set },
	{ "pids.max", "TasksMax", convert_number },
	{ "io.bfq.weight", "IOWeight", convert_weight },
	{ "io.weight", "IOWeight", convert_weight },
	{ "io.max", NULL, convert_io_max },
	/* v1 */
	{ "memory.limit_in_bytes", "MemoryLimit", convert_number },
	{ "cpu.shares", "CPUShares", convert_number },
	{ "cpu.cfs_quota_us", NULL, convert_cfs_quota },
	{ "cpu.cfs_period_us", NULL, convert_cfs_period },
	{ "blkio.bfq.weight", "BlockIOWeight", convert_v1_weight },
	{ "blkio.bfq.weight_device", "BlockIOWeight", convert_v1_weight },
	{ "blkio.throttle.read_bps_device", "BlockIOReadBandwidth", convert_throttle },
	{ "blkio.throttle.write_bps_device", "BlockIOWriteBandwidth", convert_throttle },
};

static void convert(struct limits_maker *limits, const struct plan_cgroup_write *write)
{
	struct arena *arena = limits->maker->arena;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!str_equal(rows[i].file, write->file))
			continue;
		char *rest = arena_strdup(arena, write->value);
		for (char *line; (line = strsep(&rest, "\n"));) {
			if (*line)
				rows[i].convert(limits, write, rows[i].property, line);
		}
	}
}

void plan_unit_add_limits(struct cgroup_maker *maker)
{
	struct limits_maker limits = { .maker = maker };

	for (size_t i = 0; i < maker->plan->writes_n; i++)
		convert(&limits, &maker->plan->writes[i]);
	add_quota(&limits);
}

/* ---- update ---- */

/* The limits that the writes of `cgroup` are for a unit. */
static struct plan_unit *limits_of(struct arena *arena, const struct plan_cgroup *cgroup)
{
	struct plan_unit *unit = arena_zalloc(arena, sizeof(*unit));
	struct plan_cgroup plan = *cgroup;
	struct cgroup_maker maker = { .arena = arena, .plan = &plan, .unit = unit };

	plan_unit_add_limits(&maker);
	return unit;
}

static bool has_property(const struct plan_unit *unit, const struct plan_unit_property *property)
{
	const struct plan_unit_property *own = plan_unit_find(unit, property->name);

	if (!own || own->values_n != property->values_n)
		return false;
	for (size_t i = 0; i < own->values_n; i++) {
		if (!str_equal(own->values[i], property->values[i]))
			return false;
	}
	return true;
}

const struct plan_unit *plan_unit_update(struct arena *arena, const struct plan_update *update,
					 const struct plan_cgroup *before,
					 const struct plan_cgroup *change,
					 const struct plan_cgroup *after)
{
	const struct plan_unit *old = limits_of(arena, before), *asked = limits_of(arena, change);
	struct plan_unit *unit = limits_of(arena, after);
	struct plan_unit_property *properties =
		(struct plan_unit_property *)(uintptr_t)unit->properties;
	size_t n = 0;

	unit->name = update->unit;
	unit->socket = update->socket;
	unit->written = after->writes;
	unit->written_n = after->writes_n;
	for (size_t i = 0; i < unit->properties_n; i++) {
		const struct plan_unit_property property = properties[i];

		if (property.is_limit &&
		    (!has_property(old, &property) || plan_unit_find(asked, property.name)))
			properties[n++] = property;
	}
	unit->properties_n = n;
	return unit;
}

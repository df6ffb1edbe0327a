/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block I/O of a container: v1's files have a line for each device and kind of operation, v2's
 * io.stat one for each device. Parent only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/stats.h"

/* One number of one device. */
static void add_entry(struct json_out *out, unsigned int major, unsigned int minor, const char *op,
		      uint64_t value)
{
	json_out_object(out);
	stats_add(out, "major", major);
	stats_add(out, "minor", minor);
	json_out_key(out, "op");
	json_out_string(out, op);
	stats_add(out, "value", value);
	json_out_end_object(out);
}

/* ---- v1 (Documentation/admin-guide/cgroup-v1/blkio-controller.rst) ---- */

/* "8:0 Read 4096"; for sectors and time without an operation. */
static void add_v1_lines(struct json_out *out, const char *text)
{
	while (*text) {
		unsigned int major, minor;
		uint64_t value;
		char op[16];

		if (sscanf(text, "%u:%u %15s %" SCNu64, &major, &minor, op, &value) == 4)
			add_entry(out, major, minor, op, value);
		else if (sscanf(text, "%u:%u %" SCNu64, &major, &minor, &value) == 3)
			add_entry(out, major, minor, "", value);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

/* A file without a device's line has its sum only. */
static bool has_devices(const char *text)
{
	return strchr(text, ':');
}

/* Of the two that may count, the scheduler's where it does, else what passes the throttle. */
static void add_v1_file(struct json_out *out, int dir_fd, const char *key, const char *bfq,
			const char *throttle)
{
	drop_mem char *text = stats_text(dir_fd, bfq);

	if (!has_devices(text) && throttle) {
		mem_dropp(&text);
		text = stats_text(dir_fd, throttle);
	}
	if (!has_devices(text))
		return;
	json_out_key(out, key);
	json_out_array(out);
	add_v1_lines(out, text);
	json_out_end_array(out);
}

static void add_v1(struct json_out *out, int dir_fd)
{
	static const struct {
		const char *key, *bfq, *throttle;
	} rows[] = {
		{ "ioServiceBytesRecursive", "blkio.bfq.io_service_bytes_recursive",
		  "blkio.throttle.io_service_bytes_recursive" },
		{ "ioServicedRecursive", "blkio.bfq.io_serviced_recursive",
		  "blkio.throttle.io_serviced_recursive" },
		{ "ioQueueRecursive", "blkio.bfq.io_queued_recursive", NULL },
		{ "ioServiceTimeRecursive", "blkio.bfq.io_service_time_recursive", NULL },
		{ "ioWaitTimeRecursive", "blkio.bfq.io_wait_time_recursive", NULL },
		{ "ioMergedRecursive", "blkio.bfq.io_merged_recursive", NULL },
		{ "ioTimeRecursive", "blkio.bfq.time_recursive", NULL },
		{ "sectorsRecursive", "blkio.bfq.sectors_recursive", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add_v1_file(out, dir_fd, rows[i].key, rows[i].bfq, rows[i].throttle);
}

/* ---- v2 (Documentation/admin-guide/cgroup-v2.rst, io.stat) ---- */

struct operation {
	const char *word, *op;
};

/* The entries of a line "8:0 rbytes=1 wbytes=2 ..." for the operations. */
static void add_v2_line(struct json_out *out, const char *line, size_t len,
			const struct operation *operations)
{
	drop_mem char *copy = mem_asprintf("%.*s", (int)len, line);
	unsigned int major, minor;

	if (sscanf(copy, "%u:%u", &major, &minor) != 2)
		return;
	for (; operations->word; operations++) {
		const char *found = strstr(copy, operations->word);

		if (found)
			add_entry(out, major, minor, operations->op,
				  strtoull(found + strlen(operations->word), NULL, 10));
	}
}

static void add_v2(struct json_out *out, const char *text, const char *key,
		   const struct operation *operations)
{
	json_out_key(out, key);
	json_out_array(out);
	while (*text) {
		size_t len = strcspn(text, "\n");

		add_v2_line(out, text, len, operations);
		text += len + (text[len] == '\n');
	}
	json_out_end_array(out);
}

void stats_add_blkio(const struct stats *stats, struct json_out *out)
{
	static const struct operation bytes[] = { { " rbytes=", "Read" },
						  { " wbytes=", "Write" },
						  { " dbytes=", "Discard" },
						  { NULL, NULL } };
	static const struct operation counts[] = {
		{ " rios=", "Read" }, { " wios=", "Write" }, { " dios=", "Discard" }, { NULL, NULL }
	};
	int v1 = stats_find(stats, "blkio.throttle.io_serviced_recursive");
	int v2 = stats_find(stats, "io.stat");
	drop_mem char *text = stats_text(v2, "io.stat");

	json_out_key(out, "blkio");
	json_out_object(out);
	if (v1 >= 0) {
		add_v1(out, v1);
	} else if (has_devices(text)) {
		add_v2(out, text, "ioServiceBytesRecursive", bytes);
		add_v2(out, text, "ioServicedRecursive", counts);
	}
	stats_add_pressure(out, stats_find(stats, "io.pressure"), "io.pressure");
	json_out_end_object(out);
}

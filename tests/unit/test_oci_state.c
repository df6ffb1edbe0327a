/* SPDX-License-Identifier: Apache-2.0 */
/* The documents that others read: config-linux.md's and runtime.md's examples, word for word. */
#include "oci/state.h"
#include "tests/unit/check.h"

static void test_container_process_state(void)
{
	char version[] = "1.0.2", fd[] = "seccompFd", id[] = "oci-container1", status[] = "created";
	char metadata[] = "MKNOD=/dev/null,/dev/net/tun;BPF_MAP_TYPES=hash,array";
	char bundle[] = "/containers/redis", key[] = "myKey", value[] = "myValue";
	char *fds[] = { fd };
	struct oci_pair annotation = { key, value };
	struct oci_state state = {
		.oci_version = version,
		.id = id,
		.status = status,
		.pid = 4422,
		.bundle = bundle,
		.annotations = { &annotation, 1 },
	};
	struct oci_process_state document = {
		.oci_version = version,
		.fds = { fds, 1 },
		.pid = 4422,
		.metadata = metadata,
		.state = &state,
	};
	drop_mem char *full = oci_process_state_write(&document);

	CHECK_STR(full, "{\"ociVersion\":\"1.0.2\",\"fds\":[\"seccompFd\"],\"pid\":4422,"
			"\"metadata\":\"MKNOD=/dev/null,/dev/net/tun;BPF_MAP_TYPES=hash,array\","
			"\"state\":{\"ociVersion\":\"1.0.2\",\"id\":\"oci-container1\","
			"\"status\":\"created\",\"pid\":4422,\"bundle\":\"/containers/redis\","
			"\"annotations\":{\"myKey\":\"myValue\"}}}");
	/* What is optional and was not given is not there. */
	document.metadata = NULL;
	state.annotations.n = 0;
	drop_mem char *least = oci_process_state_write(&document);
	CHECK_STR(least, "{\"ociVersion\":\"1.0.2\",\"fds\":[\"seccompFd\"],\"pid\":4422,"
			 "\"state\":{\"ociVersion\":\"1.0.2\",\"id\":\"oci-container1\","
			 "\"status\":\"created\",\"pid\":4422,\"bundle\":\"/containers/redis\"}}");
}

/* start reads what create has written. */
static void test_record_keeps_the_listener(void)
{
	char version[] = "1.3.0", id[] = "c", bundle[] = "/b";
	char path[] = "/run/agent.sock", metadata[] = "m";
	drop_arena struct arena arena = { 0 };
	drop_problems struct problems problems = { 0 };
	const struct oci_record record = {
		.state = { .oci_version = version, .id = id, .bundle = bundle },
		.version = 1,
		.seccomp_listener_path = path,
		.seccomp_listener_metadata = metadata,
	};
	struct oci_record again;
	drop_mem char *text = oci_record_write(&record);

	oci_record_read(&arena, text, strlen(text), &problems, &again);
	CHECK(problems_errors(&problems) == 0);
	CHECK_STR(again.seccomp_listener_path, path);
	CHECK_STR(again.seccomp_listener_metadata, metadata);
}

int main(void)
{
	test_container_process_state();
	test_record_keeps_the_listener();
	return check_result();
}

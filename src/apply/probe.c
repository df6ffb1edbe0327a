/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the kernel from inside a container: the parent's side. See probe.h. Parent only. */
#include "apply/probe.h"

#include <stdio.h>

#include "apply/apply.h"
#include "apply/sync.h"

struct err *apply_probe(struct apply_result *result, size_t n, struct arena *arena,
			struct probe_answer *answers)
{
	struct sync_message message;

	TRY(sync_ask(result->sync_fd, SYNC_START));
	for (size_t i = 0; i < n; i++) {
		struct probe_answer *answer = &answers[i];
		int folder, taken = 0;
		const int numbers = 7;

		TRY(sync_expect(result->sync_fd, SYNC_ANSWER, &message));
		if (sscanf(message.text, "%d %d %d %d %d %d %d %n", &answer->without, &answer->with,
			   &answer->process, &answer->chain, &answer->granting, &answer->covering,
			   &folder, &taken) < numbers)
			return err_new(ERR_PEER, "a damaged answer from the container's init");
		answer->folder = folder;
		answer->where = arena_strdup(arena, message.text + taken);
	}
	return NULL;
}

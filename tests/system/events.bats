#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# events: the statistics that engines parse, from the files of this layout; the stream, with notices
# of the OOM killer, to the container's end.

load ../lib/helpers

extra_setup() {
	[[ $BATS_TEST_DESCRIPTION == *"without a group"* ]] || need_group "counts what is used"
}

extra_teardown() {
	[ -z "${EVENTS:-}" ] || kill "$EVENTS" 2>/dev/null || true
}

# The document's data.
stats() {
	rt events --stats "$TOKEN" | jq ".data$1"
}

# number V1-NAME V2-NAME CONTROLLER
number() {
	limit_of "$@"
}

# watch [OPTION...]: a stream into $T/events.
watch() {
	"$NUCLEUS_OCI" --root "$R" events "$@" "$TOKEN" >"$T/events" 2>"$T/events.err" 3>&- &
	EVENTS=$!
}

events_of() {
	[ "$(jq -s "map(select(.type == \"$1\")) | length" "$T/events")" -ge "$2" ]
}

@test "--stats: one line with every part, numbers as the kernel has them" {
	config '.linux.resources = {cpu: {shares: 512}, memory: {limit: 104857600}, pids: {limit: 50}}'
	[ "$WHO" = root ] && has_controller memory || config '.linux.resources = {}'
	held
	run -0 rt events --stats "$TOKEN"
	[ "${#lines[@]}" = 1 ]
	jq -e --arg id "$TOKEN" '.type == "stats" and .id == $id' <<<"$output"
	jq -e '.data | [.cpu.usage.total, .cpu.usage.kernel, .cpu.usage.user, .cpu.throttling.periods,
		.cpu.throttling.throttledPeriods, .cpu.throttling.throttledTime, .pids.current,
		.memory.usage.limit, .memory.usage.usage, .memory.usage.max, .memory.usage.failcnt,
		.memory.swap.limit, .memory.kernel.limit, .memory.kernelTCP.limit, .memory.raw, .blkio, .hugetlb,
		.intel_rdt, .cpuset.cpu_exclusive] | all(. != null)' <<<"$output"
	jq -e '.data.cpu.usage.total > 0' <<<"$output"
	jq -e '.data | has("network_interfaces")' <<<"$output"
}

@test "memory: usage, limit and statistics; swap is memory plus swap" {
	need_controller memory
	config '.linux.resources = {memory: {limit: 104857600, swap: 209715200}}'
	held
	[ "$(stats .memory.usage.limit)" = 104857600 ]
	[ "$(stats .memory.usage.usage)" -gt 0 ]
	[ "$(stats .memory.usage.max)" -ge 0 ]
	[ "$(stats '.memory.raw | has("pgfault")')" = true ]
	# The kernel adds such counts up at its leisure.
	faulted() { [ "$(stats .memory.raw.pgfault)" -gt 0 ]; }
	patiently faulted
	if [ -e "$(group_of memory)/memory.memsw.limit_in_bytes" ] || [ -e "$(group_of memory)/memory.swap.max" ]; then
		[ "$(stats .memory.swap.limit)" = 209715200 ]
		[ "$(stats '.memory | .swap.usage >= .usage.usage')" = true ]
	fi
	rt update --memory -1 "$TOKEN"
	# What jq can't hold exactly; v2 says "max".
	rt events --stats "$TOKEN" | grep -Eq '"usage":\{"limit":(9223372036854771712|18446744073709551615),'
}

@test "pids: how many, and 0 for no limit" {
	need_controller pids
	config '.linux.resources = {pids: {limit: 50}}'
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	[ "$(stats .pids.limit)" = 50 ]
	[ "$(stats .pids.current)" -ge "$(rt ps -f json "$TOKEN" | jq length)" ]
	rt update --pids-limit -1 "$TOKEN"
	[ "$(stats .pids.limit)" = 0 ]
}

@test "cpu: nanoseconds, and periods in which it was held back" {
	need_controller cpu
	config '.linux.resources = {cpu: {quota: 2000, period: 10000}}'
	args /bin/sh -c 'while :; do :; done'
	create_and_start
	throttled() { [ "$(stats .cpu.throttling.throttledPeriods)" -gt 0 ]; }
	patiently throttled
	[ "$(stats '.cpu.throttling | .periods >= .throttledPeriods and .throttledTime > 0')" = true ]
	# v1 counts these two by ticks: a group that is held back may go without one for some time.
	used() { [ "$(stats '.cpu.usage | .total > 1000000 and .user + .kernel > 0')" = true ]; }
	patiently used
}

@test "block I/O: bytes and operations of each device" {
	need_controller blkio
	local dir
	dir=$(mktemp -d /var/tmp/nucleus-sys.XXXXXXXX)
	config '.linux.resources = {blockIO: {}, memory: {}}'
	add_mount "$(jq -n '{destination: "/mnt", type: "bind", source: $dir, options: ["rbind"]}' --arg dir "$dir")"
	args /bin/sh -c 'busybox dd if=/dev/zero of=/mnt/x bs=64k count=16 conv=fsync 2>/dev/null && echo written && exec payload signal-wait'
	create_and_start written
	rt events --stats "$TOKEN" >"$T/stats"
	rm -r "$dir"
	jq -e '.data.blkio | has("ioServiceBytesRecursive")' "$T/stats" || skip "no block device is under /var/tmp"
	jq -e '[.data.blkio.ioServiceBytesRecursive[] | select(.op == "Write") | .value] | add >= 1048576' "$T/stats"
	jq -e '.data.blkio.ioServicedRecursive[0] | has("major") and has("minor") and has("op") and has("value")' "$T/stats"
}

@test "the stream has statistics at the interval, and ends with the container" {
	held
	watch --interval 20ms
	patiently events_of stats 3
	rt kill "$TOKEN" KILL
	wait "$EVENTS"
	EVENTS=
	[ ! -s "$T/events.err" ]
}

@test "the stream ends with a container that is deleted, or was never started" {
	args /bin/payload signal-wait
	create
	watch --interval 10m
	# It has the container open when it prints nothing yet.
	holds_process() { ls -l "/proc/$EVENTS/fd" | grep -q pidfd; }
	patiently holds_process
	rt delete --force "$TOKEN"
	wait "$EVENTS"
	EVENTS=
	[ ! -s "$T/events" ]
}

@test "the stream says that the group ran out of memory" {
	need_controller memory
	config '.linux.resources = {memory: {limit: 33554432, swap: 33554432}}'
	args /bin/sh -c 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.02; done
		busybox dd if=/dev/zero of=/dev/null bs=100M count=1; echo over; exec payload signal-wait'
	create_and_start ready
	watch --interval 100ms
	patiently events_of stats 1
	touch "$B/rootfs/tmp/go"
	wait_line "$OUT" over
	patiently events_of oom 1
	jq -es --arg id "$TOKEN" 'map(select(.type == "oom")) == [{type: "oom", id: $id}]' "$T/events"
	rt kill "$TOKEN" KILL
	wait "$EVENTS"
	EVENTS=
	events_of oom 1
}

@test "the stream says so, too, when the container itself is killed for it" {
	need_controller memory
	config '.linux.resources = {memory: {limit: 33554432, swap: 33554432}}'
	args /bin/sh -c 'echo ready; while [ ! -e /tmp/go ]; do sleep 0.02; done
		exec busybox dd if=/dev/zero of=/dev/null bs=100M count=1'
	create_and_start ready
	watch --interval 100ms
	patiently events_of stats 1
	touch "$B/rootfs/tmp/go"
	wait "$EVENTS"
	EVENTS=
	jq -es --arg id "$TOKEN" 'map(select(.type == "oom")) == [{type: "oom", id: $id}]' "$T/events"
}

@test "intervals that are none" {
	held
	refused "duration interval must be greater than 0" rt events --interval 0 "$TOKEN"
	refused "duration interval must be greater than 0" rt events --interval 0s "$TOKEN"
	refused "duration interval must be greater than 0" rt events --interval -5s "$TOKEN"
	refused "\"5\" is no length of time" rt events --interval 5 "$TOKEN"
	refused "\"x\" is no length of time" rt events --interval x "$TOKEN"
	refused "\"1s2\" is no length of time" rt events --interval 1s2 "$TOKEN"
	run -0 rt events --stats --interval 1h1m1.5s "$TOKEN"
}

@test "a stopped container has no events" {
	held
	rt kill "$TOKEN" KILL
	wait_status stopped
	refused "container not running" rt events --stats "$TOKEN"
	refused 'container "no" does not exist' rt events no
}

@test "without a group nothing is counted" {
	args /bin/payload signal-wait
	config 'del(.linux.cgroupsPath)'
	rt --cgroup-manager disabled create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	refused "the container has no cgroup" rt events --stats "$TOKEN"
}

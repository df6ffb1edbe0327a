#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# pause and resume: what is frozen, what state says, where it is refused, how a paused container
# ends.

load ../lib/helpers

# The folder of the test's group where freezing is done.
freezer() {
	local dir
	for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/freezer /sys/fs/cgroup; do
		dir=$dir${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN
		if [ -e "$dir/cgroup.freeze" ] || [ -e "$dir/freezer.state" ]; then
			echo "$dir"
			return 0
		fi
	done
	return 1
}

is_frozen() {
	local dir
	dir=$(freezer)
	grep -qsx "frozen 1" "$dir/cgroup.events" || grep -qsx FROZEN "$dir/freezer.state"
}

extra_setup() {
	[[ $BATS_TEST_DESCRIPTION == *"without a group"* ]] || need_group "freezes one"
}

extra_teardown() {
	[ -n "${server:-}" ] || return 0
	kill -CONT "$server"
	rt delete --force "$TOKEN"
	umount "$T/fuse"
	wait "$server"
}

is_thawed() {
	local dir
	dir=$(freezer)
	grep -qsx 0 "$dir/cgroup.freeze" || grep -qsx THAWED "$dir/freezer.state"
}

@test "pause freezes every process, state says paused; resume lets them go on" {
	args /bin/payload signal-wait
	create_and_start ready
	run -0 rt pause "$TOKEN"
	[ -z "$output" ]
	[ "$(status_of)" = paused ]
	is_frozen
	[ "$(pid_of)" != 0 ]
	[ "$(rt list -f json | jq -r '.[0].status')" = paused ]
	# Delivered when it goes on, not before.
	rt kill "$TOKEN" TERM
	[ "$(status_of)" = paused ]
	run -0 rt resume "$TOKEN"
	[ -z "$output" ]
	wait_status stopped
}

@test "a created container can be paused and resumed, and is created then" {
	args /bin/payload signal-wait
	create
	rt pause "$TOKEN"
	[ "$(status_of)" = paused ]
	refused "cannot start a paused container" rt start "$TOKEN"
	rt resume "$TOKEN"
	[ "$(status_of)" = created ]
	rt start "$TOKEN"
	wait_line "$OUT" ready
}

@test "pause and resume in the wrong state say so" {
	args /bin/payload signal-wait
	create
	refused "container not paused" rt resume "$TOKEN"
	rt start "$TOKEN"
	wait_line "$OUT" ready
	refused "container not paused" rt resume "$TOKEN"
	rt pause "$TOKEN"
	refused "container not running" rt pause "$TOKEN"
	[ "$(status_of)" = paused ]
	rt resume "$TOKEN"
	rt kill "$TOKEN" KILL
	wait_status stopped
	refused "container not running" rt pause "$TOKEN"
	refused "container not paused" rt resume "$TOKEN"
	refused "container \"no\" does not exist" rt pause no
	refused "container \"no\" does not exist" rt resume no
}

@test "kill KILL ends a paused container" {
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	rt pause "$TOKEN"
	rt kill "$TOKEN" KILL
	wait_status stopped
	patiently eval '[ -z "$(processes_of_test)" ]'
	rt delete "$TOKEN"
	nothing_left
}

@test "kill --all KILL ends a paused container, without a pid namespace too" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	rt pause "$TOKEN"
	rt kill --all "$TOKEN" KILL
	wait_status stopped
	patiently eval '[ -z "$(processes_of_test)" ]'
}

@test "delete refuses a paused container, delete --force removes it" {
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	rt pause "$TOKEN"
	refused "cannot delete container $TOKEN that is not stopped: paused" rt delete "$TOKEN"
	is_frozen
	rt delete --force "$TOKEN"
	nothing_left
}

@test "a container whose group is frozen from above is not paused, and can't be resumed" {
	local above
	config '.linux.cgroupsPath = "\($group)/nucleus-oci-\($token)-above/nucleus-oci-\($token)"' \
		--arg token "$TOKEN" --arg group "${NUCLEUS_GROUP:-}"
	args /bin/payload signal-wait
	create_and_start ready
	above=$(dirname "$(groups_of_test | grep -E "unified|freezer|^/sys/fs/cgroup${NUCLEUS_GROUP:-}/nucleus" | grep "above/" | head -n 1)")
	if [ -e "$above/cgroup.freeze" ]; then
		echo 1 >"$above/cgroup.freeze"
		patiently grep -qx "frozen 1" "$above/nucleus-oci-$TOKEN/cgroup.events"
	else
		echo FROZEN >"$above/freezer.state"
		patiently grep -qx FROZEN "$above/nucleus-oci-$TOKEN/freezer.state"
	fi
	[ "$(status_of)" = running ]
	refused "container not paused" rt resume "$TOKEN"
	if [ -e "$above/cgroup.freeze" ]; then
		echo 0 >"$above/cgroup.freeze"
	else
		echo THAWED >"$above/freezer.state"
	fi
}

@test "pausing a container without a group is refused, and it goes on" {
	args /bin/payload signal-wait
	config 'del(.linux.cgroupsPath)'
	rt --cgroup-manager disabled create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	rt start "$TOKEN"
	wait_line "$OUT" ready
	refused "can't be paused: it has no cgroup" rt pause "$TOKEN"
	matches "hint: .*delegated"
	[ "$(status_of)" = running ]
	refused "container not paused" rt resume "$TOKEN"
	rt kill "$TOKEN" KILL
	wait_status stopped
}

@test "a process that can't be frozen: pause says so, and lets the others go on" {
	need_real_root "mounts a file system in the machine's mount namespace"
	! is_pure_v2 || skip "takes ten seconds; the same as in a hybrid view"
	# One that waits for an answer of a file system's server, which is stopped (resctrl's mock: any does).
	mkdir "$T/fuse"
	"${RESCTRL_MOCK:-${PAYLOAD%/payload/payload}/resctrl/mock}" "$T/fuse" 1 0 >"$T/mock" 2>&1 3>&- &
	server=$!
	wait_line "$T/mock" ready
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}/fuse", "options": ["rbind"]}'
	args /bin/sh -c 'cat /tmp/go >/dev/null; cat /mnt/schemata; echo over; exec sleep 1000'
	mkfifo "$B/rootfs/tmp/go"
	create_and_start
	kill -STOP "$server"
	echo go >"$B/rootfs/tmp/go"
	local stuck
	patiently eval 'stuck=$(pgrep -f "^cat /mnt/schemata") && grep -q request_wait_answer "/proc/$stuck/wchan"'
	refused "could not be frozen within" rt pause "$TOKEN"
	matches "hint: a process waits in the kernel for something; it was thawed again"
	is_thawed
	[ "$(status_of)" = running ]
	kill -CONT "$server"
	wait_line "$OUT" over
	rt pause "$TOKEN"
	is_frozen
}

@test "a freeze of which nothing can be heard is taken back" {
	traceable
	args /bin/payload signal-wait
	create_and_start ready
	[ -e "$(freezer)/cgroup.freeze" ] || skip "cgroup v1 tells nothing"
	refused "read cgroup.events: Input/output error" traced -P "$(freezer)/cgroup.events" -e trace=pread64 \
		-e inject=pread64:error=EIO -o "$T/trace" "$NUCLEUS_OCI" --root "$R" pause "$TOKEN"
	is_thawed
	[ "$(status_of)" = running ]
}

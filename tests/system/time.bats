#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Time namespaces: the container's clocks beside the host's.

load ../lib/helpers

extra_setup() {
	[ -e /proc/self/timens_offsets ] || skip "the kernel has no time namespaces"
	config '.linux.namespaces += [{type: "time"}]'
}

extra_teardown() {
	end_keeper
}

clock_of() {
	sed -n "s/^clock\.$1=//p" <<<"$2"
}

# clocks_are_ahead_by MONOTONIC BOOTTIME [WORD...]: what the payload saw lies between what the host had
# before and after, each with the offset (nanoseconds) added.
clocks_are_ahead_by() {
	local before after clock offset
	before=$("$PAYLOAD" clocks)
	payload clocks "${@:3}"
	after=$("$PAYLOAD" clocks)
	for clock in "monotonic $1" "boottime $2" "realtime 0"; do
		offset=${clock#* } clock=${clock% *}
		[ "$(clock_of "$clock" "$output")" -ge "$(($(clock_of "$clock" "$before") + offset))" ] ||
			{ echo "$clock is behind: $before $output"; return 1; }
		[ "$(clock_of "$clock" "$output")" -le "$(($(clock_of "$clock" "$after") + offset))" ] ||
			{ echo "$clock is ahead: $output $after"; return 1; }
	done
}

# fields: linux.timeOffsets{}.secs linux.timeOffsets{}.nanosecs
@test "timeOffsets: the clocks are ahead by them, the wall clock is not" {
	config '.linux.timeOffsets = {monotonic: {secs: 172800, nanosecs: 250000000}, boottime: {secs: 604800}}'
	clocks_are_ahead_by 172800250000000 604800000000000 ns
	[ "$(sed -n 's/^ns.time=//p' <<<"$output")" != "$(readlink /proc/self/ns/time)" ]
}

# fields: linux.timeOffsets{}.secs linux.timeOffsets{}.nanosecs
@test "timeOffsets: behind the host's, and one clock only" {
	local secs
	secs=$((-$(cut -d. -f1 /proc/uptime) / 2))
	config '.linux.timeOffsets = {boottime: {secs: $secs, nanosecs: 1}}' --argjson secs "$secs"
	clocks_are_ahead_by 0 $((secs * 1000000000 + 1))
	config '.linux.timeOffsets = {monotonic: {nanosecs: 5}}'
	clocks_are_ahead_by 5 0
}

@test "timeOffsets: none, or an empty object: a new namespace with the host's clocks" {
	clocks_are_ahead_by 0 0 ns
	[ "$(sed -n 's/^ns.time=//p' <<<"$output")" != "$(readlink /proc/self/ns/time)" ]
	config '.linux.timeOffsets = {}'
	clocks_are_ahead_by 0 0
}

@test "timeOffsets: the container is a child of its maker, waits for start and is killed like any other" {
	config '.linux.timeOffsets = {boottime: {secs: 1000}}'
	args /bin/payload sid signal-wait
	create
	[ "$(status_of)" = created ]
	grep -qx "boottime *1000 *0" "/proc/$(pid_of)/timens_offsets"
	rt start "$TOKEN"
	wait_line "$OUT" pid=1
	has_exited_with_runtime
	rt kill "$TOKEN" KILL
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

# No process in between has stayed.
has_exited_with_runtime() {
	[ "$(processes_of_test | wc -l)" = 1 ]
}

@test "timeOffsets: in a user namespace of its own, which owns the time namespace" {
	with_user_namespace
	config '.linux.timeOffsets = {monotonic: {secs: 1000}, boottime: {secs: 2000}}'
	clocks_are_ahead_by 1000000000000 2000000000000 maps ids
	has uid=0,0,0
	matches "^uid_map= +0 +100000 +65536$"
	args /bin/payload signal-wait
	create_and_start ready
	grep -qx "monotonic *1000 *0" "/proc/$(pid_of)/timens_offsets"
	# NS_GET_USERNS (ioctl_ns(2)): the owner of the time namespace is the container's user namespace.
	python3 - "$(pid_of)" <<-'EOF'
		import fcntl, os, sys
		time = os.open(f"/proc/{sys.argv[1]}/ns/time", os.O_RDONLY)
		owner = os.fstat(fcntl.ioctl(time, 0xb701)).st_ino
		sys.exit(owner != os.stat(f"/proc/{sys.argv[1]}/ns/user").st_ino)
	EOF
}

@test "timeOffsets: with the own id alone, also by a user without privileges" {
	local id become=()
	id=$(id -u)
	if [ "$WHO" = root ]; then
		id=1000 become=(setpriv --reuid 1000 --regid 1000 --clear-groups)
	fi
	config '.linux.namespaces |= map(select(.type != "user")) + [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $id, size: 1}]
		| .linux.gidMappings = .linux.uidMappings | del(.linux.cgroupsPath)
		| .linux.timeOffsets = {monotonic: {secs: 1000}, boottime: {secs: 2000, nanosecs: 3}}
		| .process.scheduler = {policy: "SCHED_BATCH", nice: 4} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}' \
		--argjson id "$id"
	args /bin/sh -c '/bin/payload ids sched ioprio ns; cat /proc/self/timens_offsets'
	cp "$NUCLEUS_OCI" "$T/nucleus-oci"
	[ "$WHO" != root ] || chown -R 1000:1000 "$T"
	run -0 "${become[@]}" "$T/nucleus-oci" --root "$R" run --bundle "$B" "$TOKEN"
	has uid=0,0,0 sched.policy=3 sched.nice=4 ioprio=2:6
	matches "^monotonic +1000 +0$" "^boottime +2000 +3$"
}

@test "timeOffsets: beside namespaces by path" {
	keep --net --uts
	join network
	config '.linux.timeOffsets = {monotonic: {secs: 1000}}'
	clocks_are_ahead_by 1000000000000 0 ns
	[ "$(sed -n 's/^ns.net=//p' <<<"$output")" = "$(readlink "/proc/$keeper/ns/net")" ]
}

@test "timeOffsets: in a user namespace by path" {
	keep_user_namespace
	config '.linux.timeOffsets = {boottime: {secs: 50}}'
	clocks_are_ahead_by 0 50000000000 ns
	[ "$(sed -n 's/^ns.user=//p' <<<"$output")" = "$(readlink "/proc/$keeper/ns/user")" ]
}

# fields: linux.namespaces[].path
@test "by path: a time namespace is joined, with its offsets" {
	keep --time --fork --monotonic 1000 --boottime 50
	join time
	clocks_are_ahead_by 1000000000000 50000000000 ns
	[ "$(sed -n 's/^ns.time=//p' <<<"$output")" = "$(readlink "/proc/$inner/ns/time")" ]
	# Offsets beside the path can only say what is so.
	config '.linux.timeOffsets = {monotonic: {secs: 1000}}'
	clocks_are_ahead_by 1000000000000 50000000000
	config '.linux.timeOffsets = {boottime: {secs: 51}}'
	refused_create "linux.timeOffsets\[boottime\].*50 seconds"
}

@test "timeOffsets: a clock that would be below zero or too far ahead: refused at create, nothing left" {
	config '.linux.timeOffsets = {monotonic: {secs: -1000000000}}'
	refused_create "linux.timeOffsets\[monotonic\].*out of range"
	config '.linux.timeOffsets = {boottime: {secs: 9223372036854775807}}'
	refused_create "linux.timeOffsets\[boottime\].*out of range"
}

@test "timeOffsets: without a time namespace, of another clock, with too many nanoseconds: refused" {
	config '.linux.timeOffsets = {realtime: {secs: 1}}'
	refused_create "linux.timeOffsets\[realtime\]"
	config '.linux.timeOffsets = {monotonic: {nanosecs: 1000000000}}'
	refused_create "linux.timeOffsets\[monotonic\].nanosecs"
	config '.linux.timeOffsets = {monotonic: {secs: 1}} | .linux.namespaces |= map(select(.type != "time"))'
	refused_create "linux.timeOffsets"
}

@test "timeOffsets: without CAP_SYS_TIME only in a user namespace" {
	config '.linux.timeOffsets = {monotonic: {secs: 1000}}'
	if [ "$WHO" != user ]; then # whose containers have a user namespace
		refused "linux.timeOffsets.*Operation not permitted" setpriv --bounding-set -sys_time --inh-caps -sys_time \
			"$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
		matches "CAP_SYS_TIME"
		nothing_left
	fi
	with_user_namespace
	args /bin/payload clocks
	run -0 setpriv --bounding-set -sys_time --inh-caps -sys_time "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
}

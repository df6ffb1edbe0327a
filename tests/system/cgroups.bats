#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# cgroups: made, entered, limited, emptied and removed. What v1 and v2 call differently is asked for
# by the controller; a test whose controller is not in this view of the cgroups is skipped.

load ../lib/helpers

extra_teardown() {
	local dir
	if [ -n "${stray:-}" ]; then
		kill -KILL "$stray" 2>/dev/null || true
		wait "$stray" 2>/dev/null || true
	fi
	for dir in $(groups_of_test | sort -r); do
		[[ $dir != *-own ]] || rmdir "$dir"
	done
}

# limited V1-NAME V2-NAME CONTROLLER: the value of the limit's file in the test's group.
limit_of() {
	local dir
	dir=$(group_of "$3")
	if [ -f "$dir/$1" ]; then cat "$dir/$1"; else cat "$dir/$2"; fi
}

# The program waits, so that its group can be looked at.
held() {
	args /bin/payload signal-wait
	create_and_start ready
}

in_group() {
	grep -qx "$(pid_of)" "$1/cgroup.procs"
}

@test "the group is made where cgroupsPath says, and the program is in it" {
	held
	[ -n "$(groups_of_test)" ]
	for dir in $(groups_of_test); do in_group "$dir"; done
	grep -q "nucleus-oci-$TOKEN" "/proc/$(pid_of)/cgroup"
	rt delete --force "$TOKEN"
	[ -z "$(groups_of_test)" ]
}

@test "without cgroupsPath the group has the container's name" {
	config 'del(.linux.cgroupsPath)'
	held
	grep -q "$TOKEN" "/proc/$(pid_of)/cgroup"
	[ -n "$(groups_of_test)" ]
	rt delete --force "$TOKEN"
	[ -z "$(groups_of_test)" ]
}

@test "a relative cgroupsPath is below a group of the runtime's, never outside" {
	config '.linux.cgroupsPath = $path' --arg path "$TOKEN/deep"
	held
	grep -q "/$TOKEN/deep" "/proc/$(pid_of)/cgroup"
	rt delete --force "$TOKEN"
	find /sys/fs/cgroup -depth -type d -path "*/$TOKEN" -exec rmdir {} + 2>/dev/null || true
	config '.linux.cgroupsPath = $path' --arg path "../../../$TOKEN"
	args /bin/payload hostname
	run rt run --bundle "$B" "$TOKEN"
	[ "$status" != 0 ] || has hostname=inside
	nothing_left
}

@test "groups in between are made, and removed by nobody who did not make them" {
	config '.linux.cgroupsPath = $path' --arg path "/nucleus-oci-$TOKEN-own/inner"
	held
	grep -q "/nucleus-oci-$TOKEN-own/inner" "/proc/$(pid_of)/cgroup"
	rt delete --force "$TOKEN"
	[ -z "$(groups_of_test | grep /inner)" ]
}

@test "memory limits" {
	need_controller memory
	config '.linux.resources.memory = {limit: 33554432, reservation: 16777216}'
	held
	[ "$(limit_of memory.limit_in_bytes memory.max memory)" = 33554432 ]
	[ "$(limit_of memory.soft_limit_in_bytes memory.low memory)" = 16777216 ]
}

@test "the memory limit holds" {
	need_controller memory
	config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
	# Killed by the kernel: the payload's child, or the payload as pid 1.
	args /bin/payload try-memory 100
	run rt run --bundle "$B" "$TOKEN"
	[ "$status" = 137 ]
	payload try-memory 5
	has "try-memory 5=ok"
	nothing_left
}

@test "pids limit: written, and it holds" {
	need_controller pids
	config '.linux.resources.pids = {limit: 7}'
	args /bin/payload try-forks 5 try-forks 20 signal-wait
	create_and_start ready
	[ "$(limit_of pids.max pids.max pids)" = 7 ]
	output=$(cat "$OUT")
	has "try-forks 5=ok" "try-forks 20=EAGAIN"
}

@test "pids limit: -1 is none" {
	need_controller pids
	config '.linux.resources.pids = {limit: -1}'
	held
	[ "$(limit_of pids.max pids.max pids)" = max ]
}

@test "cpu shares and quota" {
	need_controller cpu
	config '.linux.resources.cpu = {shares: 512, quota: 50000, period: 100000}'
	held
	local dir
	dir=$(group_of cpu)
	if [ -f "$dir/cpu.shares" ]; then
		[ "$(cat "$dir/cpu.shares")" = 512 ]
		[ "$(cat "$dir/cpu.cfs_quota_us")" = 50000 ]
		[ "$(cat "$dir/cpu.cfs_period_us")" = 100000 ]
	else
		[ "$(cat "$dir/cpu.max")" = "50000 100000" ]
		[ "$(cat "$dir/cpu.weight")" -lt 100 ]
	fi
}

@test "cpuset: cpus and mems" {
	need_controller cpuset
	config '.linux.resources.cpu = {cpus: "0", mems: "0"}'
	args /bin/payload cpus signal-wait
	create_and_start ready
	[ "$(limit_of cpuset.cpus cpuset.cpus cpuset)" = 0 ]
	grep -qx cpus=1 "$OUT"
}

@test "unified: a v2 file by its name" {
	is_pure_v2 || skip "not a pure v2 view"
	need_controller hugetlb
	config '.linux.resources.unified = {"cgroup.max.depth": "3"}'
	held
	[ "$(cat "/sys/fs/cgroup/nucleus-oci-$TOKEN/cgroup.max.depth")" = 3 ]
}

@test "device rules: denied is denied, allowed is allowed" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])
		| .linux.resources.devices = [{allow: false, access: "rwm"}]'
	# Those that every container has are open; a disk, a new device and /dev/kmsg are not.
	payload try-open-dev /dev/null try-open-dev /dev/zero try-open-dev /dev/urandom \
		try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-open-dev /dev/null=ok" "try-open-dev /dev/zero=ok" "try-open-dev /dev/urandom=ok"
	lacks "try-open-dev /tmp/kmsg=ok"
	config '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]
		| .process.capabilities |= map_values(. + ["CAP_SYSLOG"])'
	rm -f "$B/rootfs/tmp/kmsg"
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg try-mknod /tmp/mem 1 1 try-open-dev /tmp/mem
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=ok"
	lacks "try-open-dev /tmp/mem=ok"
}

@test "device rules: the access letters are told apart" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 1, minor: 11, access: "m"}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=EPERM"
}

@test "device rules: the order counts, the last that matches decides" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: true, access: "rwm"},
			{allow: false, type: "c", major: 1, minor: 11, access: "rw"}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg try-open-dev /dev/null
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=EPERM" "try-open-dev /dev/null=ok"
}

@test "kill --all ends every process of the group, also without a pid namespace" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	rt kill --all "$TOKEN" KILL
	patiently eval '[ -z "$(processes_of_test)" ]'
	rt delete "$TOKEN"
	nothing_left
}

@test "groups that the container made below its own are removed too" {
	held
	for dir in $(groups_of_test); do mkdir -p "$dir/below/deeper"; done
	rt delete --force "$TOKEN"
	nothing_left
}

@test "a group that already has processes is refused, they are left alone" {
	ours_only "refusing it in every hierarchy"
	local dir=/sys/fs/cgroup
	[ -e "$dir/cgroup.procs" ] || dir=/sys/fs/cgroup/unified # pure v2, or hybrid
	[ -e "$dir/cgroup.procs" ] || dir=/sys/fs/cgroup/pids    # v1 alone
	mkdir "$dir/nucleus-oci-$TOKEN"
	sleep 600 3>&- &
	stray=$!
	echo "$stray" >"$dir/nucleus-oci-$TOKEN/cgroup.procs"
	args /bin/payload hostname
	refused "container's cgroup is not empty: 1 process" rt create --bundle "$B" "$TOKEN"
	kill -0 "$stray"
	[ -z "$(rt list -q)" ]
	kill -KILL "$stray"
	wait "$stray" 2>/dev/null || true
	stray=
	rmdir "$dir/nucleus-oci-$TOKEN"
	nothing_left
}

@test "a limit that the kernel refuses: the file's name, and nothing left" {
	need_controller pids
	need_controller cpuset
	config '.linux.resources.cpu = {cpus: "4000"}'
	refused_create "cpuset.cpus|cpus"
}

@test "a container namespace shows the container's group as its root" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	payload cgroup
	lacks "$TOKEN"
	matches "^cgroup=0::/$"
}

@test "the runtime's own groups are what they were" {
	local before
	before=$(cat /proc/self/cgroup)
	payload cgroup
	[ "$(cat /proc/self/cgroup)" = "$before" ]
	matches "$TOKEN"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# cgroups: made, entered, handed over, emptied and removed; device rules. The limits are in
# resources.bats.

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

in_group() {
	grep -qx "$(pid_of)" "$1/cgroup.procs"
}

# fields: linux.cgroupsPath
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

# fields: linux.cgroupsPath
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

# fields: linux.cgroupsPath
@test "slashes at the end and dots in between lead to the same group" {
	config '.linux.cgroupsPath = $path' --arg path "${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN-own/./x/../../nucleus-oci-$TOKEN//"
	held
	grep -q ":${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN$" "/proc/$(pid_of)/cgroup"
	[ -z "$(groups_of_test | grep -e -own)" ]
}

@test "groups in between are made, and removed by nobody who did not make them" {
	config '.linux.cgroupsPath = $path' --arg path "${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN-own/inner"
	held
	grep -q "/nucleus-oci-$TOKEN-own/inner" "/proc/$(pid_of)/cgroup"
	rt delete --force "$TOKEN"
	[ -z "$(groups_of_test | grep /inner)" ]
}

# Without them a rule has no effect (tests/system/rootless.bats).
need_device_rules() {
	need_real_root "bpf(2): a program for a group's devices needs the machine's CAP_SYS_ADMIN, and so does mknod"
}

# fields: linux.resources.devices[].allow linux.resources.devices[].type
# fields: linux.resources.devices[].major linux.resources.devices[].minor
@test "device rules: denied is denied, allowed is allowed" {
	need_device_rules
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

# fields: linux.resources.devices[].access
@test "device rules: the access letters are told apart" {
	need_device_rules
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: false, access: "rwm"},
			{allow: true, type: "c", major: 1, minor: 11, access: "m"}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=EPERM"
}

@test "device rules: the order counts, the last that matches decides" {
	need_device_rules
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: true, access: "rwm"},
			{allow: false, type: "c", major: 1, minor: 11, access: "rw"}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg try-open-dev /dev/null
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=EPERM" "try-open-dev /dev/null=ok"
}

# fields: linux.resources.devices[].type linux.resources.devices[].access
@test "device rules: without type, numbers or letters a rule is for all" {
	need_device_rules
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: true}, {allow: false, type: "b"}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=ok"
	rm -f "$B/rootfs/tmp/kmsg"
	config '.linux.resources.devices = [{allow: true, type: "a"}, {allow: false, type: "c", major: 4, access: "r"}]'
	payload try-mknod /tmp/tty0 4 0 try-open-dev /tmp/tty0 try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-mknod /tmp/tty0 4 0=ok" "try-open-dev /tmp/tty0=EPERM" "try-open-dev /tmp/kmsg=ok"
}

# fields: linux.resources.devices[].allow
@test "device rules: a group that was there keeps none of its own" {
	need_device_rules
	local pid
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG", "CAP_DAC_OVERRIDE"])
		| .linux.resources.devices = [{allow: false}]'
	# As a runtime leaves it whose state was lost.
	held
	pid=$(pid_of)
	kill -KILL "$pid"
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	patiently gone
	rm -r "${R:?}/$TOKEN"
	[ -n "$(groups_of_test)" ]
	config '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11}]'
	payload try-mknod /tmp/kmsg 1 11 try-open-dev /tmp/kmsg
	has "try-mknod /tmp/kmsg 1 11=ok" "try-open-dev /tmp/kmsg=ok"
	nothing_left
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
	dir=$dir${NUCLEUS_GROUP:-}
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

# race OPTION...: two creates with one new cgroupsPath at the same time, each with options of strace
# that make one of its system calls late. One succeeds, the other is refused, and undoing that and
# deleting it leaves the first alone.
race() {
	local id winner='' loser=''
	args /bin/payload sleep
	for id in "$TOKEN" "$TOKEN-2"; do
		traced -o /dev/null "$@" "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$id" \
			>"$T/$id.out" 2>"$T/$id.err" 3>&- &
	done
	# strace ends with what it follows: with the container that waits for start.
	refused_one() { grep -hs "container's cgroup is" "$T/$TOKEN.err" "$T/$TOKEN-2.err"; }
	patiently refused_one
	for id in "$TOKEN" "$TOKEN-2"; do
		if [ -s "$T/$id.err" ]; then loser=$id; else winner=$id; fi
	done
	patiently status_is created "$winner"
	rt delete --force "$loser"
	[ "$(status_of "$winner")" = created ]
	kill -0 "$(pid_of "$winner")"
	rt delete --force "$winner"
	wait
	[ -z "$(groups_of_test)" ]
}

@test "two creates with one new path: one gets it, the other leaves it alone" {
	ours_only "refusing the second"
	traceable
	# Both see that there is no group, and then make it.
	race -e trace=mkdirat -e inject=mkdirat:delay_enter=200ms
	# One finds the group that the other has just made, before it is locked.
	race -e trace=flock -e inject=flock:delay_enter=200ms
	# One finds it while the other, which has it, is on the way into it.
	race -e trace=clone3 -e inject=clone3:delay_enter=200ms
}

owner_of() {
	stat -c %u "/sys/fs/cgroup${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN/$1"
}

@test "a group of its own on v2, mounted writable, is the process's user's" {
	need_root "gives the group to another user"
	config '.linux.namespaces += [{type: "cgroup"}] | .process.user = {uid: 1000, gid: 1000}
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid"]}]'
	args /bin/payload try-mkdir /sys/fs/cgroup/below signal-wait
	create_and_start ready
	output=$(cat "$OUT")
	if is_pure_v2; then
		has "try-mkdir /sys/fs/cgroup/below=ok"
		[ "$(owner_of .)" = 1000 ]
		[ "$(owner_of cgroup.procs)" = 1000 ]
		[ "$(owner_of cgroup.subtree_control)" = 1000 ]
		# Nothing else: with this one it could lift a limit.
		[ "$(owner_of cgroup.max.depth)" = 0 ]
		[ "$(stat -c %g "/sys/fs/cgroup/nucleus-oci-$TOKEN")" = 0 ]
	else
		# "SHOULD NOT change the ownership of container cgroups when cgroups v1 is in use"
		lacks "=ok"
		[ -z "$(find /sys/fs/cgroup -path "*$TOKEN*" -uid 1000)" ]
	fi
	rt delete --force "$TOKEN"
	config '.mounts[-1].options += ["ro"]'
	args /bin/payload try-mkdir /sys/fs/cgroup/below signal-wait
	create_and_start ready
	output=$(cat "$OUT")
	has "try-mkdir /sys/fs/cgroup/below=EROFS"
	[ -z "$(find /sys/fs/cgroup -path "*$TOKEN*" -uid 1000)" ]
}

@test "a group in a user namespace is that of the host's id of the process's user" {
	need_root "gives the group to another user"
	is_pure_v2 || skip "not a pure v2 view"
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	config '.linux.namespaces += [{type: "cgroup"}] | .process.user = {uid: 7, gid: 7}
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid"]}]'
	held
	[ "$(owner_of .)" = 100007 ]
}

@test "a container namespace shows the container's group as its root" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	payload cgroup
	# The namespace is made where the process is, in every hierarchy.
	matches "^cgroup=.*:/$"
	lacks "$TOKEN" "^cgroup=.*([^/]|[^:]/)$"
}

@test "the runtime's own groups are what they were" {
	local before
	before=$(cat /proc/self/cgroup)
	payload cgroup
	[ "$(cat /proc/self/cgroup)" = "$before" ]
	matches "$TOKEN"
}

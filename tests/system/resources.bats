#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The limits of linux.resources: in the kernel's files, which is where they count, and, where a
# program can feel them without a clock, from inside. What v1 and v2 call differently is asked for by
# the controller; a test whose controller is not in this view of the cgroups is skipped.

load ../lib/helpers

extra_teardown() {
	local dir
	rm -f "${CHARGED:-}"
	if [ -n "${LOOP:-}" ]; then losetup -d "$LOOP"; fi
	for dir in $(groups_of_test | sort -r); do
		[[ $dir != *-own ]] || rmdir "$dir"
	done
}

# resources FILTER [JQ-OPTION...]: linux.resources is what the filter gives.
resources() {
	local filter=$1
	shift
	config ".linux.resources = $filter" "$@"
}

# file_is V1-NAME V2-NAME CONTROLLER TEXT
file_is() {
	local value
	value=$(limit_of "$1" "$2" "$3")
	[ "$value" = "$4" ] || { printf '%s: "%s" instead of "%s"\n' "$1" "$value" "$4"; return 1; }
}

# file_has V1-NAME V2-NAME CONTROLLER LINE
file_has() {
	output=$(limit_of "$1" "$2" "$3" | sed 's/ *$//') # rdma.max has a blank at the end
	has "$4"
}

# refused_here REGEX FILTER: create is refused, nothing is left.
refused_here() {
	resources "$2"
	args /bin/payload hostname
	refused_create "$1"
}

# charge MEGABYTES GROUP: a tmpfs file of that size, which the group pays for after its writer is gone.
charge() {
	CHARGED=/dev/shm/$TOKEN
	sh -c 'echo 0 >"$1/cgroup.procs" && exec dd if=/dev/zero of="$2" bs=1M count="$3" status=none' \
		sh "$2" "$CHARGED" "$1"
}

# ---- memory ------------------------------------------------------------------------------------------

# fields: linux.resources.memory.limit linux.resources.memory.reservation linux.resources.memory.swap
@test "memory: limit, reservation, and swap as memory plus swap" {
	need_controller memory
	resources '{memory: {limit: 33554432, reservation: 16777216, swap: 50331648}}'
	held
	file_is memory.limit_in_bytes memory.max memory 33554432
	file_is memory.soft_limit_in_bytes memory.low memory 16777216
	if [ -f "$(group_of memory)/memory.swap.max" ]; then
		file_is - memory.swap.max memory 16777216
	else
		file_is memory.memsw.limit_in_bytes - memory 50331648
	fi
}

# fields: linux.resources.memory.limit linux.resources.memory.swap
@test "memory: -1 is no limit" {
	need_controller memory
	resources '{memory: {limit: -1, swap: -1, reservation: -1}}'
	held
	local none=max
	[ ! -d /sys/fs/cgroup/memory ] || none=$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)
	file_is memory.limit_in_bytes memory.max memory "$none"
}

# fields: linux.resources.memory.limit linux.resources.memory.swap
@test "memory: the limit holds" {
	need_controller memory
	resources '{memory: {limit: 20971520, swap: 20971520}}'
	# Killed by the kernel: the payload's child, or the payload as pid 1.
	args /bin/payload try-memory 100
	run rt run --bundle "$B" "$TOKEN"
	[ "$status" = 137 ]
	payload try-memory 5
	has "try-memory 5=ok"
	nothing_left
}

@test "memory: swap below the limit, or without one" {
	refused_here 'memory.swap: is below memory.limit' '{memory: {limit: 2097152, swap: 1048576}}'
	refused_here 'memory.swap: unable to set swap limit without memory limit' '{memory: {swap: 1048576}}'
}

# fields: linux.resources.memory.swappiness linux.resources.memory.kernelTCP
@test "memory: swappiness, where 0 is a value, and the TCP buffers' limit, on v1" {
	need_v1 memory
	resources '{memory: {swappiness: 0, kernelTCP: 1048576}}'
	held
	file_is memory.swappiness - memory 0
	file_is memory.kmem.tcp.limit_in_bytes - memory 1048576
}

# fields: linux.resources.memory.disableOOMKiller
@test "memory: without the OOM killer who needs more waits, and lives, on v1" {
	need_v1 memory
	resources '{memory: {limit: 20971520, swap: 20971520, disableOOMKiller: true}}'
	args /bin/payload try-memory 100
	create_and_start
	oom_says() { grep -qx "$1" "$(group_of memory)/memory.oom_control"; }
	oom_says "oom_kill_disable 1"
	patiently oom_says "under_oom 1"
	oom_says "oom_kill 0"
	[ "$(status_of)" = running ]
	rt delete --force "$TOKEN"
	nothing_left
}

@test "memory: what v2 has no counterpart for is refused there" {
	[ ! -d /sys/fs/cgroup/memory ] || skip "memory is a v1 hierarchy in this view"
	[ -d /sys/fs/cgroup ] || skip "no cgroups"
	refused_here 'memory.swappiness: has no counterpart' '{memory: {swappiness: 0}}'
	refused_here 'memory.kernelTCP: has no counterpart' '{memory: {kernelTCP: 1048576}}'
	refused_here 'memory.disableOOMKiller: has no counterpart' '{memory: {disableOOMKiller: true}}'
}

# fields: linux.resources.memory.useHierarchy
@test "memory: useHierarchy is what every group has, false is refused" {
	need_controller memory
	resources '{memory: {limit: 33554432, useHierarchy: true}}'
	held
	[ ! -d /sys/fs/cgroup/memory ] || file_is memory.use_hierarchy - memory 1
	# What a group below uses is counted here.
	mkdir "$(group_of memory)/below"
	charge 8 "$(group_of memory)/below"
	[ "$(limit_of memory.usage_in_bytes memory.current memory)" -ge 8388608 ]
	rt delete --force "$TOKEN"
	refused_here 'memory.useHierarchy: false is not possible' '{memory: {useHierarchy: false}}'
}

# fields: linux.resources.memory.kernel
@test "memory: a kernel memory limit is warned of and has no effect" {
	need_controller memory
	resources '{memory: {kernel: 1048576}}'
	payload hostname
	has hostname=inside
	matches "memory.kernel: has no effect"
	resources '{memory: {kernel: -1}}'
	payload hostname
	lacks "memory.kernel"
}

# fields: linux.resources.memory.checkBeforeUpdate
@test "memory: checkBeforeUpdate refuses a limit below what is used" {
	need_controller memory
	local dir=/sys/fs/cgroup/memory
	[ -d "$dir" ] || { dir=/sys/fs/cgroup${NUCLEUS_GROUP:-}; echo +memory >"$dir/cgroup.subtree_control"; }
	dir=$dir/nucleus-oci-$TOKEN
	mkdir "$dir"
	charge 4 "$dir"
	args /bin/payload hostname
	resources '{memory: {limit: 2097152, checkBeforeUpdate: true}}'
	refused "memory.limit: rejecting memory limit 2097152: the group uses [0-9]+ bytes already" \
		rt create --bundle "$B" "$TOKEN"
	[ -d "$dir" ] || { mkdir "$dir"; charge 4 "$dir"; }
	resources '{memory: {limit: 67108864, checkBeforeUpdate: true}}'
	payload hostname
	has hostname=inside
}

# ---- cpu ---------------------------------------------------------------------------------------------

# fields: linux.resources.cpu.shares linux.resources.cpu.quota linux.resources.cpu.period linux.resources.cpu.burst
@test "cpu: shares, quota, period and burst" {
	need_controller cpu
	resources '{cpu: {shares: 512, quota: 50000, period: 200000, burst: 10000}}'
	held
	file_is cpu.shares cpu.weight cpu "$([ -d /sys/fs/cgroup/cpu ] && echo 512 || echo 59)"
	file_is cpu.cfs_burst_us cpu.max.burst cpu 10000
	if [ -d /sys/fs/cgroup/cpu ]; then
		file_is cpu.cfs_quota_us - cpu 50000
		file_is cpu.cfs_period_us - cpu 200000
	else
		file_is - cpu.max cpu "50000 200000"
	fi
}

# fields: linux.resources.cpu.quota linux.resources.cpu.period
@test "cpu: who uses more than the quota is throttled" {
	need_controller cpu
	resources '{cpu: {quota: 1000, period: 100000}}'
	args /bin/sh -c 'while :; do :; done'
	create_and_start
	throttled() { grep -Eq '^nr_throttled [1-9]' "$(group_of cpu)/cpu.stat"; }
	patiently throttled
}

# fields: linux.resources.cpu.period
@test "cpu: a period alone, and a quota that the kernel refuses" {
	need_controller cpu
	resources '{cpu: {period: 200000}}'
	held
	if [ -d /sys/fs/cgroup/cpu ]; then
		file_is cpu.cfs_quota_us - cpu -1
		file_is cpu.cfs_period_us - cpu 200000
	else
		file_is - cpu.max cpu "max 200000"
	fi
	rt delete --force "$TOKEN"
	refused_here 'linux.resources.cpu.quota: write "500.*Invalid argument' '{cpu: {quota: 500, period: 100000}}'
	matches "^hint: .*at least 1000"
}

# fields: linux.resources.cpu.idle
@test "cpu: idle, beside which shares count for nothing" {
	need_controller cpu
	resources '{cpu: {idle: 1, shares: 1024}}'
	held
	file_is cpu.idle cpu.idle cpu 1
	# The kernel shows the weight of SCHED_IDLE.
	file_is cpu.shares cpu.weight cpu "$([ -d /sys/fs/cgroup/cpu ] && echo 3 || echo 0)"
}

# fields: linux.resources.cpu.realtimeRuntime linux.resources.cpu.realtimePeriod
@test "cpu: real-time processes need a budget, on v1" {
	need_v1 cpu
	[ -f /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "a kernel without CONFIG_RT_GROUP_SCHED"
	config '.process.capabilities |= map_values(. + ["CAP_SYS_NICE"])'
	resources '{cpu: {realtimeRuntime: 2000, realtimePeriod: 500000}}'
	args /bin/payload try-realtime signal-wait
	create_and_start ready
	file_is cpu.rt_runtime_us - cpu 2000
	file_is cpu.rt_period_us - cpu 500000
	grep -qx "try-realtime=ok" "$OUT"
	rt delete --force "$TOKEN"
	resources '{cpu: {}}'
	payload try-realtime
	has "try-realtime=EPERM"
}

@test "cpu: real-time budgets have no counterpart on v2" {
	[ ! -d /sys/fs/cgroup/cpu ] || skip "cpu is a v1 hierarchy in this view"
	refused_here 'cpu.realtimeRuntime: has no counterpart' '{cpu: {realtimeRuntime: 1000}}'
	refused_here 'cpu.realtimePeriod: has no counterpart' '{cpu: {realtimePeriod: 1000}}'
}

# fields: linux.resources.cpu.cpus linux.resources.cpu.mems
@test "cpu: cpus and mems" {
	need_controller cpuset
	resources '{cpu: {cpus: "0", mems: "0"}}'
	args /bin/sh -c '/bin/busybox grep _allowed_list /proc/self/status; exec /bin/payload cpus signal-wait'
	create_and_start ready
	file_is cpuset.cpus cpuset.cpus cpuset 0
	file_is cpuset.mems cpuset.mems cpuset 0
	output=$(cat "$OUT")
	has cpus=1
	matches "^Cpus_allowed_list:.0$" "^Mems_allowed_list:.0$"
}

@test "cpu: CPUs that are not there: the file's name, and nothing left" {
	need_controller cpuset
	refused_here 'linux.resources.cpu.cpus: write "4000" to cpuset.cpus' '{cpu: {cpus: "4000"}}'
	refused_here 'linux.resources.cpu.mems: "0-" is no list' '{cpu: {mems: "0-"}}'
}

# ---- pids --------------------------------------------------------------------------------------------

# fields: linux.resources.pids.limit
@test "pids: the limit is written, and it holds" {
	need_controller pids
	resources '{pids: {limit: 7}}'
	args /bin/payload try-forks 5 try-forks 20 signal-wait
	create_and_start ready
	file_is pids.max pids.max pids 7
	output=$(cat "$OUT")
	has "try-forks 5=ok" "try-forks 20=EAGAIN"
}

# fields: linux.resources.pids.limit
@test "pids: 0 is a limit, -1 and nothing are none" {
	need_controller pids
	resources '{pids: {limit: 0}}'
	payload try-forks 1
	has "try-forks 1=EAGAIN"
	resources '{pids: {limit: -1}}'
	held
	file_is pids.max pids.max pids max
	rt delete --force "$TOKEN"
	resources '{pids: {}}'
	held
	! has_controller pids || file_is pids.max pids.max pids max
}

# ---- blockIO -----------------------------------------------------------------------------------------

# A block device of the test's own, "MAJOR MINOR" in LOOP_NUMBERS, with its I/O scheduler.
loop_device() {
	truncate -s 1M "$T/disk"
	LOOP=$(losetup --find --show "$T/disk") || skip "no loop device"
	LOOP_NUMBERS=$(stat -c '%Hr %Lr' "$LOOP")
	{ echo "$1" >"/sys/block/${LOOP##*/}/queue/scheduler"; } 2>/dev/null || skip "no I/O scheduler $1"
}

# io FILTER: linux.resources.blockIO, with the device's numbers as $d.
io() {
	resources "{blockIO: $1}" --argjson d "$(jq -nc --arg n "${LOOP_NUMBERS:-0 0}" \
		'$n | split(" ") | {major: (.[0] | tonumber), minor: (.[1] | tonumber)}')"
}

# fields: linux.resources.blockIO.weight
@test "blockIO: weight, by the file that there is" {
	need_controller blkio
	io '{weight: 500}'
	args /bin/payload signal-wait
	create_and_start ready
	local dir
	dir=$(group_of blkio)
	if [ -f "$dir/blkio.bfq.weight" ]; then
		[ "$(cat "$dir/blkio.bfq.weight")" = 500 ]
	elif [ -f "$dir/io.bfq.weight" ]; then
		grep -qx "default 500" "$dir/io.bfq.weight"
	else
		grep -qx "default 4950" "$dir/io.weight"
	fi
}

# fields: linux.resources.blockIO.weightDevice[].major linux.resources.blockIO.weightDevice[].minor
# fields: linux.resources.blockIO.weightDevice[].weight
@test "blockIO: weight of a device" {
	need_controller blkio
	loop_device bfq
	io '{weightDevice: [$d + {weight: 300}]}'
	held
	file_has blkio.bfq.weight_device io.bfq.weight blkio "${LOOP_NUMBERS/ /:} 300"
	rt delete --force "$TOKEN"
	echo none >"/sys/block/${LOOP##*/}/queue/scheduler"
	io '{weightDevice: [$d + {weight: 300}]}'
	refused_create 'blockIO.weightDevice\[0\].weight: write .*'
	matches "^hint: .*(bfq|no such limit)"
}

# fields: linux.resources.blockIO.throttleReadBpsDevice[].major linux.resources.blockIO.throttleReadBpsDevice[].minor
# fields: linux.resources.blockIO.throttleReadBpsDevice[].rate
# fields: linux.resources.blockIO.throttleWriteBpsDevice[].major linux.resources.blockIO.throttleWriteBpsDevice[].minor
# fields: linux.resources.blockIO.throttleWriteBpsDevice[].rate
# fields: linux.resources.blockIO.throttleReadIOPSDevice[].major linux.resources.blockIO.throttleReadIOPSDevice[].minor
# fields: linux.resources.blockIO.throttleReadIOPSDevice[].rate
# fields: linux.resources.blockIO.throttleWriteIOPSDevice[].major linux.resources.blockIO.throttleWriteIOPSDevice[].minor
# fields: linux.resources.blockIO.throttleWriteIOPSDevice[].rate
@test "blockIO: rates of a device, each kind of its own" {
	need_controller blkio
	loop_device none
	io '{throttleReadBpsDevice: [$d + {rate: 1048576}], throttleWriteBpsDevice: [$d + {rate: 2097152}],
		throttleReadIOPSDevice: [$d + {rate: 300}], throttleWriteIOPSDevice: [$d + {rate: 400}]}'
	held
	local device=${LOOP_NUMBERS/ /:}
	if [ -d /sys/fs/cgroup/blkio ]; then
		file_has blkio.throttle.read_bps_device - blkio "$device 1048576"
		file_has blkio.throttle.write_bps_device - blkio "$device 2097152"
		file_has blkio.throttle.read_iops_device - blkio "$device 300"
		file_has blkio.throttle.write_iops_device - blkio "$device 400"
	else
		file_has - io.max blkio "$device rbps=1048576 wbps=2097152 riops=300 wiops=400"
	fi
}

# fields: linux.resources.blockIO.throttleReadBpsDevice[].rate linux.resources.blockIO.throttleWriteIOPSDevice[].rate
@test "blockIO: a rate of 0 is none, and an IOPS rate beyond the kernel's numbers is no limit either" {
	need_controller blkio
	loop_device none
	io '{throttleReadBpsDevice: [$d + {rate: 0}], throttleWriteIOPSDevice: [$d + {rate: 4294967296}]}'
	held
	file_is blkio.throttle.read_bps_device io.max blkio ""
	file_is blkio.throttle.write_iops_device io.max blkio ""
}

@test "blockIO: a device that is not there" {
	need_controller blkio
	LOOP_NUMBERS="4095 1048575" io '{throttleReadBpsDevice: [$d + {rate: 1}]}'
	refused_create 'blockIO.throttleReadBpsDevice\[0\].rate: write .*No such device'
	matches "^hint: there is no such block device"
}

# fields: linux.resources.blockIO.leafWeight linux.resources.blockIO.weightDevice[].leafWeight
@test "blockIO: leaf weights, which no kernel has any more" {
	io '{leafWeight: 10}'
	refused_create 'blockIO.leafWeight: the kernel has no leaf weights'
	io '{weightDevice: [{major: 7, minor: 0, leafWeight: 10}]}'
	refused_create 'blockIO.weightDevice\[0\].leafWeight: the kernel has no leaf weights'
	io '{leafWeight: 0, weightDevice: []}'
	payload hostname
	has hostname=inside
}

# ---- hugepageLimits ----------------------------------------------------------------------------------

# fields: linux.resources.hugepageLimits[].pageSize linux.resources.hugepageLimits[].limit
@test "hugepages: what is reserved and what is used" {
	need_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no huge pages of 2 MB"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 209715200}]}'
	held
	file_is hugetlb.2MB.limit_in_bytes hugetlb.2MB.max hugetlb 209715200
	file_is hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max hugetlb 209715200
}

# fields: linux.resources.hugepageLimits[].limit
@test "hugepages: the limit holds, already when they are reserved" {
	need_controller hugetlb
	local free
	free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null) || free=0
	[ "$free" -ge 3 ] || skip "fewer than three free huge pages of 2 MB (vm.nr_hugepages)"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	payload try-hugepages 2 try-hugepages 3
	has "try-hugepages 2=ok" "try-hugepages 3=ENOMEM"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 0}]}'
	payload try-hugepages 1
	has "try-hugepages 1=ENOMEM"
}

@test "hugepages: a size that this kernel does not have" {
	refused_here 'hugepageLimits\[0\].pageSize: the kernel has no huge pages of 8KB' \
		'{hugepageLimits: [{pageSize: "8KB", limit: 1}]}'
	[ ! -d /sys/kernel/mm/hugepages/hugepages-2048kB ] ||
		refused_here 'pageSize: the name of 2048KB is 2MB' '{hugepageLimits: [{pageSize: "2048KB", limit: 1}]}'
}

# ---- network -----------------------------------------------------------------------------------------

# fields: linux.resources.network.classID
@test "network: classID, on v1" {
	need_v1 net_cls
	resources '{network: {classID: 1048577}}'
	held
	file_is net_cls.classid - net_cls 1048577
}

# fields: linux.resources.network.priorities[].name linux.resources.network.priorities[].priority
@test "network: priorities of the host's interfaces, on v1" {
	need_v1 net_prio
	resources '{network: {priorities: [{name: "lo", priority: 5}]}}'
	held
	file_has net_prio.ifpriomap - net_prio "lo 5"
	rt delete --force "$TOKEN"
	refused_here 'network.priorities\[0\]: write "nosuch0 5" .*No such device' \
		'{network: {priorities: [{name: "nosuch0", priority: 5}]}}'
}

# fields: linux.resources.network.classID
# fields: linux.resources.network.priorities[].name linux.resources.network.priorities[].priority
@test "network: without those controllers it is refused, but for nothing asked" {
	[ ! -d /sys/fs/cgroup/net_cls ] || skip "net_cls is a v1 hierarchy in this view"
	refused_here 'network.classID: (has no counterpart on cgroup v2|the net_cls controller is in no)' \
		'{network: {classID: 1048577}}'
	refused_here 'network.priorities\[0\]: (has no counterpart on cgroup v2|the net_prio controller)' \
		'{network: {priorities: [{name: "lo", priority: 5}]}}'
	resources '{network: {}}'
	payload hostname
	has hostname=inside
}

# ---- rdma --------------------------------------------------------------------------------------------

rdma_device() {
	local device
	for device in /sys/class/infiniband/*; do
		[ ! -e "$device" ] || { echo "${device##*/}"; return 0; }
	done
	return 1
}

# fields: linux.resources.rdma{}.hcaHandles linux.resources.rdma{}.hcaObjects
@test "rdma: handles and objects of a device" {
	need_controller rdma
	local device
	device=$(rdma_device) || skip "no RDMA device"
	resources '{rdma: {($d): {hcaHandles: 3, hcaObjects: 10000}}}' --arg d "$device"
	held
	file_has rdma.max rdma.max rdma "$device hca_handle=3 hca_object=10000"
	rt delete --force "$TOKEN"
	resources '{rdma: {($d): {hcaObjects: 4294967295}}}' --arg d "$device"
	held
	file_has rdma.max rdma.max rdma "$device hca_handle=max hca_object=max"
}

@test "rdma: a device that is not there" {
	need_controller rdma
	refused_here 'rdma\[nosuch0\]: write "nosuch0 hca_handle=3" to rdma.max: No such device' \
		'{rdma: {nosuch0: {hcaHandles: 3}}}'
}

# fields: linux.resources.rdma{}.hcaHandles linux.resources.rdma{}.hcaObjects
@test "rdma: without the controller, or one that is not delegated, it is refused by that name" {
	! has_controller rdma || skip "the controller is there"
	refused_here 'rdma' '{rdma: {mlx5_1: {hcaHandles: 3, hcaObjects: 10000}}}'
	if grep -qsw rdma /sys/fs/cgroup/cgroup.controllers; then
		matches "^hint: .*delegated to the user"
	elif [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		matches "^hint: .*cgroup.controllers.*: rdma$"
	fi
}

# ---- unified -----------------------------------------------------------------------------------------

need_v2() {
	[ -e /sys/fs/cgroup/cgroup.procs ] || [ -e /sys/fs/cgroup/unified/cgroup.procs ] ||
		skip "no cgroup v2 in this view"
}

# fields: linux.resources.unified
@test "unified: files of the v2 group by their names, last" {
	need_v2
	resources '{unified: {"cgroup.max.depth": " 3\n", "cgroup.max.descendants": "7"}}'
	held
	[ "$(cat "$(group_of unified)/cgroup.max.depth")" = 3 ]
	[ "$(cat "$(group_of unified)/cgroup.max.descendants")" = 7 ]
}

# fields: linux.resources.unified
@test "unified: controllers are enabled for it, and it wins over what is converted" {
	need_v2
	[ ! -d /sys/fs/cgroup/hugetlb ] || skip "hugetlb is a v1 hierarchy in this view"
	need_controller hugetlb
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no huge pages of 2 MB"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 209715200}], unified: {"hugetlb.2MB.max": "4194304"}}'
	held
	file_is - hugetlb.2MB.rsvd.max hugetlb 209715200
	file_is - hugetlb.2MB.max hugetlb 4194304
}

# fields: linux.resources.unified
@test "unified: several lines are several writes" {
	need_v2
	! [ -d /sys/fs/cgroup/blkio ] || skip "blkio is a v1 hierarchy in this view"
	need_controller blkio
	loop_device none
	resources '{unified: {"io.max": "\($d) rbps=1048576\n\($d) wiops=120\n"}}' --arg d "${LOOP_NUMBERS/ /:}"
	held
	file_has - io.max blkio "${LOOP_NUMBERS/ /:} rbps=1048576 wbps=max riops=max wiops=120"
}

@test "unified: a controller or file that there is not" {
	need_v2
	need_group "unified is for one"
	refused_here 'enable controllers \+nosuch' '{unified: {"nosuch.max": "1"}}'
	# A user may not ask for it above the delegated group, where it would have to be enabled first.
	[ "$WHO" != root ] || matches "^hint: .*cgroup.controllers.*: nosuch$"
	refused_here 'unified\[cgroup.nosuch\]: write "1" to cgroup.nosuch: No such file' \
		'{unified: {"cgroup.nosuch": "1"}}'
	refused_here 'unified\[cgroup.max.depth\]: write "many" to cgroup.max.depth' \
		'{unified: {"cgroup.max.depth": "many"}}'
	refused_here 'unified\[cgroup.freeze\]: moves, freezes or kills' '{unified: {"cgroup.freeze": "1"}}'
}

@test "unified: on v1, and for a controller that is there on v1" {
	need_group "unified is for one"
	if [ ! -e /sys/fs/cgroup/cgroup.procs ] && [ ! -e /sys/fs/cgroup/unified/cgroup.procs ]; then
		refused_here 'needs cgroup v2' '{unified: {"pids.max": "5"}}'
	fi
	[ -d /sys/fs/cgroup/blkio ] && [ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "not hybrid"
	refused_here 'the io controller,?( which)? is in a cgroup v1 hierarchy' '{unified: {"io.max": "8:0 rbps=1"}}'
}

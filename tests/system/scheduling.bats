#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# How the process gets CPU, memory and disk: scheduler, I/O priority, memory policy, CPU affinity.

load ../lib/helpers

# need_nice WHAT: sched(7) wants the machine's CAP_SYS_NICE for it, which no user namespace gives.
need_nice() {
	need_real_root "sched(7): $1 needs the machine's CAP_SYS_NICE"
}

# A policy that is not the usual one, as the caller has it, in the configuration and in the payload's words;
# a realtime one where that may be had. It needs a share of the budget where the container is in a v1 cpu group.
caller=(chrt --batch 0) scheduler='{"policy": "SCHED_BATCH"}' seen="SCHED_BATCH 0" policy=3 priority=0
realtime_if_allowed() {
	[ "$WHO" = root ] || return 0
	caller=(chrt --rr 7) scheduler='{"policy": "SCHED_RR", "priority": 7}' seen="SCHED_RR 7" policy=2 priority=7
	allow_realtime
}

allow_realtime() {
	[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || config '.linux.resources.cpu = {realtimeRuntime: 20000, realtimePeriod: 1000000}'
}

# The CPUs that this process may run on, one a line.
own_cpus() {
	python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)), sep="\n")'
}

# ---- scheduler ----------------------------------------------------------------------------------------

# fields: process.scheduler.policy process.scheduler.nice
@test "scheduler: SCHED_BATCH and SCHED_OTHER with a nice value" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
	payload sched
	has sched.policy=3 sched.nice=7 sched.priority=0 sched.flags=0
	config '.process.scheduler = {policy: "SCHED_OTHER", nice: -3}'
	if [ "$WHO" = root ]; then
		payload sched
		has sched.policy=0 sched.nice=-3
	else
		refused_create "process.scheduler: set SCHED_OTHER: (Operation not permitted|Permission denied)"
		matches "CAP_SYS_NICE"
	fi
}

# fields: process.scheduler.policy process.scheduler.nice
@test "scheduler: what is not given is 0, not the caller's; without the property the caller's stays" {
	local less=(nice -n 5)
	[ "$WHO" = root ] || less=(chrt --batch 0) # who has become nice stays so
	config '.process.scheduler = {policy: "SCHED_OTHER"}'
	args /bin/payload sched
	run -0 "${less[@]}" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has sched.policy=0 sched.nice=0
	config '.process.scheduler = {policy: "SCHED_IDLE"}'
	run -0 "${less[@]}" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has sched.policy=5 sched.nice=0
	config 'del(.process.scheduler)'
	run -0 nice -n 5 "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has sched.policy=0 sched.nice=5
}

# fields: process.scheduler.policy process.scheduler.priority process.scheduler.flags
@test "scheduler: SCHED_FIFO and SCHED_RR with a priority; the nice value waits behind it" {
	need_nice "a realtime policy"
	allow_realtime
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 42, nice: 11}'
	payload sched
	has sched.policy=1 sched.priority=42 sched.nice=11 sched.flags=0
	config '.process.scheduler = {policy: "SCHED_RR", priority: 1, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	payload sched
	has sched.policy=2 sched.priority=1 sched.flags=1
}

# fields: process.scheduler.runtime process.scheduler.deadline process.scheduler.period process.scheduler.flags
@test "scheduler: SCHED_DEADLINE with its times" {
	need_nice "SCHED_DEADLINE"
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000, period: 30000000,
		flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"]}'
	payload sched
	has sched.policy=6 sched.runtime=1000000 sched.deadline=20000000 sched.period=30000000 sched.flags=6
	# A process without the flag can have no children: the runtime makes none after that.
	config '.process.scheduler |= (.flags = ["SCHED_FLAG_RESET_ON_FORK"] | del(.period))'
	args /bin/sh -c '/bin/payload sched; exit 0'
	run -0 rt run --bundle "$B" "$TOKEN"
	has sched.policy=0
}

# fields: process.scheduler.flags
@test "scheduler: flags that keep the caller's policy and parameters" {
	realtime_if_allowed
	config '.process.scheduler = {policy: "SCHED_IDLE", flags: ["SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS"]}'
	args /bin/payload sched
	run -0 "${caller[@]}" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has sched.policy=$policy sched.priority=$priority
}

@test "scheduler: it is there for the waiting process already, and for who starts by two verbs" {
	realtime_if_allowed
	config '.process.scheduler = $scheduler' --argjson scheduler "$scheduler"
	args /bin/payload sched signal-wait
	create
	[ "$(chrt -p "$(pid_of)" | sed 's/.*: //' | xargs)" = "$seen" ]
	rt start "$TOKEN"
	wait_line "$OUT" sched.policy=$policy
}

@test "scheduler: it survives the drop of the user's privileges, and is set before the filter" {
	realtime_if_allowed
	config '.process.scheduler = $scheduler | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 1}
		| .process.user = {uid: 1000, gid: 1000} | .linux.memoryPolicy = {mode: "MPOL_LOCAL"}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{action: "SCMP_ACT_KILL_PROCESS",
			names: ["sched_setattr", "setpriority", "ioprio_set", "set_mempolicy", "personality", "sched_setaffinity"]}]}' \
		--argjson scheduler "$scheduler"
	payload ids sched ioprio mempolicy
	has uid=1000,1000,1000 sched.policy=$policy sched.priority=$priority ioprio=2:1 mempolicy.mode=4
}

@test "scheduler: in a user namespace the runtime sets it from outside" {
	need_nice "a realtime policy"
	with_user_namespace
	allow_realtime
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 9, nice: -4} | .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 3}'
	payload sched ioprio maps
	has sched.policy=1 sched.priority=9 sched.nice=-4 ioprio=1:3
	matches "^uid_map= +0 +100000 "
}

@test "scheduler: a realtime policy in a v1 cpu group needs a realtime budget" {
	[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "the kernel has no budgets for groups, or cpu is not a v1 hierarchy"
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 1} | .linux.resources.cpu = {}'
	refused_create "process.scheduler: set SCHED_FIFO: Operation not permitted"
	matches "realtimeRuntime"
}

@test "scheduler: SCHED_DEADLINE on some of the CPUs is refused, with the reason" {
	[ "$(nproc)" -gt 1 ] || skip "there is one CPU only"
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000}'
	refused "SCHED_DEADLINE: Operation not permitted" \
		taskset -c "$(own_cpus | head -n 1)" "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
	matches "CAP_SYS_NICE.*all CPUs"
	nothing_left
}

@test "scheduler: without CAP_SYS_NICE: only less important, and the error says what is missing" {
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 1}'
	refused "SCHED_FIFO: Operation not permitted" \
		setpriv --bounding-set -sys_nice --inh-caps -sys_nice "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
	matches "CAP_SYS_NICE"
	nothing_left
	config '.process.scheduler = {policy: "SCHED_OTHER", nice: 5}'
	args /bin/payload sched
	run -0 setpriv --bounding-set -sys_nice --inh-caps -sys_nice "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has sched.nice=5
}

@test "scheduler: utilisation clamping where the kernel has none" {
	[ ! -e /proc/sys/kernel/sched_util_clamp_min ] || skip "the kernel has it"
	config '.process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MIN"]}'
	refused_create "process.scheduler.*not supported"
	matches UCLAMP
}

@test "scheduler: what does not go together is refused before anything is made" {
	config '.process.scheduler = {policy: "SCHED_FIFO"}'
	refused_create "process.scheduler.priority"
	config '.process.scheduler = {policy: "SCHED_OTHER", deadline: 5}'
	refused_create "process.scheduler.deadline"
	config '.process.scheduler = {policy: "SCHED_ISO"}'
	refused_create "SCHED_ISO"
}

# ---- ioPriority ---------------------------------------------------------------------------------------

# fields: process.ioPriority.class process.ioPriority.priority
@test "ioPriority: each class; children have it" {
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	args /bin/sh -c '/bin/payload ioprio; exit 0'
	run -0 rt run --bundle "$B" "$TOKEN"
	has ioprio=2:6
	if [ "$WHO" = root ]; then # ioprio_set(2): CAP_SYS_ADMIN or CAP_SYS_NICE; the next test has the rest
		config '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 0}'
		payload ioprio
		has ioprio=1:0
	fi
	config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 4}'
	payload ioprio
	matches "^ioprio=3:"
	config 'del(.process.ioPriority)'
	payload ioprio
	lacks "^ioprio=[123]:[^4]"
}

@test "ioPriority: the realtime class without the privilege is refused" {
	# A runtime without CAP_SYS_NICE leaves it to the process, which has no capability of the host's.
	with_user_namespace
	config '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 0}'
	refused "process.ioPriority: set IOPRIO_CLASS_RT 0: Operation not permitted" setpriv --bounding-set -sys_nice \
		--inh-caps -sys_nice "$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
	matches "CAP_SYS_NICE"
	nothing_left
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 7}'
	args /bin/payload ioprio
	run -0 setpriv --bounding-set -sys_nice --inh-caps -sys_nice "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has ioprio=2:7
}

# ---- memoryPolicy -------------------------------------------------------------------------------------

need_numa() {
	[ -e /proc/self/numa_maps ] || skip "the kernel has no NUMA"
}

# fields: linux.memoryPolicy.mode linux.memoryPolicy.nodes linux.memoryPolicy.flags
@test "memoryPolicy: each mode, with its nodes and flags" {
	need_numa
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	payload mempolicy
	has mempolicy.mode=2 mempolicy.flags=8000 mempolicy.nodes=1
	config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}'
	payload mempolicy
	has mempolicy.mode=3 mempolicy.flags=4000 mempolicy.nodes=1
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"]}'
	payload mempolicy
	has mempolicy.mode=2 mempolicy.flags=2000
	config '.linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: "0"}'
	payload mempolicy
	has mempolicy.mode=1 mempolicy.nodes=1
	config '.linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: ""}'
	payload mempolicy
	has mempolicy.mode=4 mempolicy.nodes=0
	config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT"}'
	payload mempolicy
	has mempolicy.mode=0 mempolicy.flags=0 mempolicy.nodes=0
}

# fields: linux.memoryPolicy.mode
@test "memoryPolicy: modes of newer kernels, or a refusal that says so" {
	need_numa
	local mode number
	for mode in MPOL_PREFERRED_MANY:5 MPOL_WEIGHTED_INTERLEAVE:6; do
		number=${mode#*:}
		config '.linux.memoryPolicy = {mode: $mode, nodes: "0"}' --arg mode "${mode%:*}"
		if numa_mode_works "$number"; then
			payload mempolicy
			has "mempolicy.mode=$number" mempolicy.nodes=1
		else
			refused_create "linux.memoryPolicy: set ${mode%:*}: Invalid argument"
			matches "newer than the kernel"
		fi
	done
}

# Asked of the kernel by another way: set_mempolicy(MODE, {0}).
numa_mode_works() {
	python3 -c 'import ctypes, sys
mask = (ctypes.c_ulong * 1)(1)
sys.exit(ctypes.CDLL(None).syscall(238, int(sys.argv[1]), mask, 65) != 0)' "$1"
}

@test "memoryPolicy: the program's pages follow it, and its children's" {
	need_numa
	config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
	args /bin/sh -c 'cat /proc/self/numa_maps; exit 0'
	run -0 rt run --bundle "$B" "$TOKEN"
	matches " interleave:0 "
	lacks " default "
}

@test "memoryPolicy: none, the caller's stays" {
	need_numa
	payload mempolicy
	has mempolicy.mode=0
}

@test "memoryPolicy: a node that is not there: refused at create, nothing left" {
	need_numa
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1023"}'
	refused_create "linux.memoryPolicy: set MPOL_BIND: Invalid argument"
	matches "node"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "32767"}'
	refused_create "linux.memoryPolicy: set MPOL_BIND: Invalid argument"
}

@test "memoryPolicy: what does not go together is refused before anything is made" {
	config '.linux.memoryPolicy = {mode: "MPOL_BIND"}'
	refused_create "linux.memoryPolicy.nodes"
	config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0"}'
	refused_create "linux.memoryPolicy.nodes"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-x"}'
	refused_create "linux.memoryPolicy.nodes"
}

@test "memoryPolicy: features lists what is known" {
	run -0 rt features
	[ "$(jq -r '.linux.memoryPolicy.modes | sort | join(" ")' <<<"$output")" = \
		"MPOL_BIND MPOL_DEFAULT MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE" ]
	[ "$(jq -r '.linux.memoryPolicy.flags | sort | join(" ")' <<<"$output")" = \
		"MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES" ]
}

# ---- CPU affinity -------------------------------------------------------------------------------------

# fields: process.execCPUAffinity.initial process.execCPUAffinity.final
@test "execCPUAffinity: the container's own process is not touched" {
	config '.process.execCPUAffinity = {initial: $cpu, final: $cpu}' --arg cpu "$(own_cpus | head -n 1)"
	payload cpus
	has "cpus=$(own_cpus | wc -l)"
	config '.process.execCPUAffinity = {initial: "8000-8100", final: "0-3,7"}'
	payload cpus
	has "cpus=$(own_cpus | wc -l)"
}

@test "execCPUAffinity: a list that is none is refused at create" {
	config '.process.execCPUAffinity = {initial: "0-3;7"}'
	refused_create "process.execCPUAffinity.initial"
	config '.process.execCPUAffinity = {final: "3-0"}'
	refused_create "process.execCPUAffinity.final"
}

@test "affinity: with CPUs of its own the container has these, not the caller's one" {
	need_controller cpuset
	[ "$(own_cpus | wc -l)" -gt 1 ] || skip "there is one CPU only"
	local all
	all=$(own_cpus | paste -sd,)
	config '.linux.resources.cpu = {cpus: $all}' --arg all "$all"
	args /bin/payload cpus
	run -0 taskset -c "$(own_cpus | head -n 1)" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has "cpus=$(own_cpus | wc -l)"
	config 'del(.linux.resources)'
	run -0 taskset -c "$(own_cpus | head -n 1)" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has cpus=1
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# seccomp: what the filter does to system calls that the payload tries. The numbers of system calls
# are those of x86-64.

load ../lib/helpers

GETPPID=110 PERSONALITY=135 SYNC=162 TKILL=200 MKDIR=83 EXECVE=59

extra_setup() {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of system calls are those of x86-64"
}

extra_teardown() {
	[ -z "${AGENT:-}" ] || kill "$AGENT" 2>/dev/null || true
}

# seccomp JSON
seccomp() {
	config '.linux.seccomp = $filter' --argjson filter "$1"
}

@test "no filter" {
	payload seccomp "try-syscall" $GETPPID
	has seccomp=0
}

# fields: linux.seccomp.defaultAction linux.seccomp.syscalls[].names linux.seccomp.syscalls[].action linux.seccomp.syscalls[].errnoRet
@test "a filter is there, and an errno is what it says" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22},
		{"names": ["sync"], "action": "SCMP_ACT_ERRNO"}]}'
	payload seccomp try-mkdir /tmp/dir try-syscall $SYNC try-write /tmp/file
	has seccomp=2 "try-mkdir /tmp/dir=EINVAL" "try-syscall $SYNC=EPERM" "try-write /tmp/file=ok"
	[ ! -e "$B/rootfs/tmp/dir" ]
}

# fields: linux.seccomp.defaultAction linux.seccomp.defaultErrnoRet
@test "the default action, with its errno" {
	ours_only "loading the filter last"
	# Everything that the payload needs for this, and no sync.
	seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": [
		"execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat",
		"getrandom", "mprotect", "fstat", "newfstatat", "write", "exit_group", "exit", "mmap", "ioctl", "uname", "futex",
		"rt_sigreturn", "close", "prctl", "sigaltstack", "close_range", "getpid"]}]}'
	payload try-syscall $SYNC
	has "try-syscall $SYNC=ENOSYS"
}

# fields: linux.seccomp.syscalls[].args[].index linux.seccomp.syscalls[].args[].value linux.seccomp.syscalls[].args[].valueTwo linux.seccomp.syscalls[].args[].op
@test "arguments: compared one by one, all have to match" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
		{"names": ["tkill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 15, "valueTwo": 5, "op": "SCMP_CMP_MASKED_EQ"}]}]}'
	payload try-syscall-arg $PERSONALITY 8 try-syscall-arg $PERSONALITY 0xffffffff \
		try-syscall-arg $TKILL 0x15 try-syscall-arg $TKILL 0x7ffffff4
	has "try-syscall-arg $PERSONALITY 8=EOPNOTSUPP" "try-syscall-arg $PERSONALITY 0xffffffff=ok" \
		"try-syscall-arg $TKILL 0x15=EOPNOTSUPP"
	lacks "^try-syscall-arg $TKILL 0x7ffffff4=EOPNOTSUPP"
}

# fields: linux.seccomp.syscalls[].args[].value linux.seccomp.syscalls[].args[].op
@test "arguments: values of 64 bits, greater and less" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["tkill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 4294967296, "op": "SCMP_CMP_GE"}]}]}'
	payload try-syscall-arg $TKILL 0x100000000 try-syscall-arg $TKILL 0x200000000 try-syscall-arg $TKILL 0x7fffffff
	has "try-syscall-arg $TKILL 0x100000000=EOPNOTSUPP" "try-syscall-arg $TKILL 0x200000000=EOPNOTSUPP"
	lacks "0x7fffffff=EOPNOTSUPP"
}

@test "a program that can't be executed under a filter that denies what the runtime talks with" {
	ours_only "telling why"
	echo "nothing an exec could run" >"$B/rootfs/bin/text"
	chmod 755 "$B/rootfs/bin/text"
	args /bin/text
	local action
	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS; do
		seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [
			{\"action\": \"$action\", \"names\": [\"sendmsg\", \"sendto\", \"sendmmsg\", \"writev\"]}]}"
		refused "exec /bin/text: Exec format error" rt run --bundle "$B" "$TOKEN"
		nothing_left
		create
		refused "exec /bin/text: Exec format error" rt start "$TOKEN"
		wait_status stopped
		rt delete "$TOKEN"
	done
}

@test "a filter that denies or kills execve and all others: an error, not a start" {
	ours_only "telling it from a program that has run"
	# Where exit is denied too, the process ends by a fault, which a sanitizer's handler never gets out of.
	! ldd "$NUCLEUS_OCI" 2>/dev/null | grep -q libasan || skip "not with a sanitizer, whose own calls are denied too"
	local action
	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP; do
		echo "# $action"
		seccomp "{\"defaultAction\": \"$action\"}"
		args /bin/payload ids
		refused "the container's process died before it executed its program" rt run --bundle "$B" "$TOKEN"
		nothing_left
		refused "the container's process died before it executed its program" rt run --detach --bundle "$B" "$TOKEN"
		nothing_left
	done
	# What runs, and ends by the filter at once, has run.
	seccomp '{"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": ["execve"]}]}'
	run -159 rt run --bundle "$B" "$TOKEN"
	[ -z "$output" ]
}

# What the static payload needs to say a few things, and nothing of what the runtime needs.
LEAST='"execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
	"getrandom", "mprotect", "newfstatat", "write", "exit_group", "prctl", "capget", "getresuid", "getresgid",
	"getgroups"'

# fields: linux.seccomp.defaultAction
@test "a default that denies or kills: nothing but the program's own calls has to be allowed" {
	ours_only "loading the filter last"
	local action nnp user
	for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_TRAP SCMP_ACT_ERRNO SCMP_ACT_TRACE; do
		seccomp "{\"defaultAction\": \"$action\", \"syscalls\": [{\"action\": \"SCMP_ACT_ALLOW\", \"names\": [$LEAST]}]}"
		for nnp in true false; do
			for user in 0 1000; do
				echo "# $action, noNewPrivileges $nnp, user $user"
				config '.process.noNewPrivileges = $nnp | .process.user = {uid: $user, gid: $user}' \
					--argjson nnp $nnp --argjson user $user
				payload seccomp ids
				has seccomp=2 "uid=$user,$user,$user" "gid=$user,$user,$user"
			done
		done
	done
}

@test "without noNewPrivileges no capability of the runtime's stays" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW"}'
	config '.process.noNewPrivileges = false | .process.capabilities |= map_values(["CAP_KILL"])'
	payload nnp caps
	has nnp=0 capeff=0000000000000020 capprm=0000000000000020 capbnd=0000000000000020
	config '.process.user = {uid: 1000, gid: 1000}'
	payload caps
	has capeff=0000000000000000 capprm=0000000000000000 capinh=0000000000000000 capbnd=0000000000000020
	config '.process.capabilities |= (.inheritable = ["CAP_KILL"] | .ambient = ["CAP_KILL"])'
	payload caps
	has capeff=0000000000000020 capprm=0000000000000020 capamb=0000000000000020
	config '.process.user = {uid: 0, gid: 0} | .process.capabilities = {}'
	payload caps
	has capeff=0000000000000000 capprm=0000000000000000
}

@test "without noNewPrivileges and without CAP_SYS_ADMIN: refused at create" {
	need_root "in the user namespace of a user's container the runtime has every capability"
	ours_only "the early check"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW"}'
	config '.process.noNewPrivileges = false'
	refused "linux.seccomp: needs CAP_SYS_ADMIN" capsh --drop=cap_sys_admin -- -c \
		'exec "$0" --root "$1" create --bundle "$2" "$3"' "$NUCLEUS_OCI" "$R" "$B" "$TOKEN"
	nothing_left
}

# fields: linux.seccomp.syscalls[].action
@test "KILL_PROCESS ends the program" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
	args /bin/payload hostname try-syscall $SYNC
	run -159 rt run --bundle "$B" "$TOKEN"
	has hostname=inside
	lacks try-syscall
	nothing_left
}

# fields: linux.seccomp.syscalls[].action
@test "KILL and KILL_THREAD end the thread" {
	local action
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD; do
		seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"sync\"], \"action\": \"$action\"}]}"
		payload thread-syscall $SYNC
		has "thread-syscall $SYNC=ok"
		PAYLOAD_STATUS=159 payload try-syscall $SYNC
		lacks try-syscall
	done
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
	PAYLOAD_STATUS=159 payload thread-syscall $SYNC
}

# fields: linux.seccomp.syscalls[].action
@test "TRACE without a tracer is ENOSYS, LOG and ALLOW go on" {
	seccomp '{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_TRACE", "errnoRet": 7},
		{"names": ["getppid"], "action": "SCMP_ACT_LOG"}, {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"}]}'
	payload try-syscall $SYNC try-syscall $GETPPID try-mkdir /tmp/dir
	has "try-syscall $SYNC=ENOSYS" "try-syscall $GETPPID=ok" "try-mkdir /tmp/dir=ok"
}

# flags_of_load: how the container's last filter was loaded, with the answer; 3 is a listener.
flags_of_load() {
	args /bin/payload seccomp
	traced -e trace=seccomp -e signal=none -o "$T/trace" "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	output=$(grep -o 'SECCOMP_SET_MODE_FILTER, [^{]*' "$T/trace" | tail -n 1)
}

# fields: linux.seccomp.flags
@test "flags: what the kernel is asked for" {
	ours_only "SPEC_ALLOW without flags"
	traceable
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW"}'
	flags_of_load
	matches ' SECCOMP_FILTER_FLAG_SPEC_ALLOW, '
	config '.linux.seccomp.flags = []'
	flags_of_load
	matches ' 0, '
	config '.linux.seccomp.flags = ["LOG", "TSYNC", "WAIT_KILLABLE_RECV"] | .linux.seccomp.flags[] |= "SECCOMP_FILTER_FLAG_" + .'
	flags_of_load
	matches ' SECCOMP_FILTER_FLAG_LOG, '
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG"]'
	flags_of_load
	matches 'SECCOMP_FILTER_FLAG_LOG.SECCOMP_FILTER_FLAG_SPEC_ALLOW, '
}

# fields: linux.seccomp.syscalls[].action
@test "TRAP is a signal" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_TRAP"}]}'
	args /bin/payload try-syscall $SYNC
	run -159 rt run --bundle "$B" "$TOKEN"
	lacks try-syscall
}

# fields: linux.seccomp.architectures
@test "architectures: the 32-bit calls of the same machine are filtered or killed, never open" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
	payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=EPERM"
}

@test "names that this libseccomp does not know are passed over" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["no_such_syscall", "sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	payload try-syscall $SYNC
	has "try-syscall $SYNC=EIO"
}

@test "with and without noNewPrivileges, as root without CAP_SYS_ADMIN, as a user" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	local change
	for change in '.process.noNewPrivileges = true' '.process.noNewPrivileges = false' \
		'.process.user = {uid: 1000, gid: 1000}' '.process.noNewPrivileges = true'; do
		config "$change"
		payload seccomp try-syscall $SYNC
		has seccomp=2 "try-syscall $SYNC=EIO"
	done
}

@test "a filter that denies what the runtime needs itself does not disturb it" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO", "names": [
		"setuid", "setgid", "setgroups", "capset", "mount", "umount2", "pivot_root", "chdir", "openat2", "dup3", "setsid"]}]}'
	payload ids try-setuid 1000
	has uid=0,0,0 "try-setuid 1000=EPERM"
}

@test "children have the filter too" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	args /bin/sh -c "/bin/sh -c '/bin/payload seccomp try-syscall $SYNC'"
	run -0 rt run --bundle "$B" "$TOKEN"
	has seccomp=2 "try-syscall $SYNC=EIO"
}

@test "unknown actions, operators, architectures, flags: refused with their place" {
	seccomp '{"defaultAction": "SCMP_ACT_NOSUCH"}'
	refused_create "SCMP_ACT_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NOSUCH"]}'
	refused_create "SCMP_ARCH_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO",
		"args": [{"index": 0, "value": 1, "op": "SCMP_CMP_NOSUCH"}]}]}'
	refused_create "SCMP_CMP_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO",
		"args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
	ours_only "checking the index"
	refused_create 'linux.seccomp.syscalls\[0\].args\[0\].index'
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]}'
	refused_create "SECCOMP_FILTER_FLAG_NOSUCH"
}

# ---- Notified calls -----------------------------------------------------------------------------------

# agent [NR=ANSWER...]: an agent that takes one container (tests/payload/agent.c).
agent() {
	rm -f "$T/agent.sock" "$T/agent.out"
	"$PAYLOAD" agent "$T/agent.sock" "$T/sent.json" "$@" >"$T/agent.out" 2>&1 3>&- &
	AGENT=$!
	wait_line "$T/agent.out" listening
}

# agent_is_done: it ends by itself when no process is under the filter; its words go to $output.
agent_is_done() {
	wait "$AGENT"
	AGENT=
	output=$(cat "$T/agent.out")
	has "fds=1 rights=1 late=0" end more=0
}

# notify JSON: more of the profile.
notify() {
	config '.linux.seccomp = ({defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]} + $more)' \
		--arg path "$T/agent.sock" --argjson more "${1:-{\}}"
}

# fields: linux.seccomp.syscalls[].action linux.seccomp.listenerPath
@test "notify: the agent decides" {
	notify
	agent $MKDIR=5
	payload seccomp try-mkdir /tmp/dir try-write /tmp/file
	has seccomp=2 "try-mkdir /tmp/dir=EIO" "try-write /tmp/file=ok"
	agent_is_done
	matches "^call=$MKDIR pid=[0-9]+$"
	lacks "^call=$EXECVE "
	agent $MKDIR=value:0
	payload try-mkdir /tmp/none
	has "try-mkdir /tmp/none=ok"
	[ ! -e "$B/rootfs/tmp/none" ]
	agent_is_done
	agent $MKDIR=continue
	payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=ok"
	[ -d "$B/rootfs/tmp/dir" ]
	agent_is_done
}

# fields: linux.seccomp.listenerPath linux.seccomp.listenerMetadata
@test "notify: what the agent is told, by run" {
	ours_only "the state's own properties"
	notify '{"listenerMetadata": "MKNOD=/dev/null;\"quoted\" \u00fc"}'
	config '.annotations = {key: "value"}'
	agent
	payload try-mkdir /tmp/dir
	agent_is_done
	jq -e --arg id "$TOKEN" --arg bundle "$B" --arg version "$("$NUCLEUS_OCI" features | jq -r .ociVersionMax)" '
		(keys == ["fds", "metadata", "ociVersion", "pid", "state"]) and .ociVersion == $version
		and .fds == ["seccompFd"] and .metadata == "MKNOD=/dev/null;\"quoted\" \u00fc" and (.pid | type) == "number"
		and .state.ociVersion == $version and .state.id == $id and .state.status == "created" and .state.pid == .pid
		and .state.bundle == $bundle and .state.annotations == {key: "value"}' "$T/sent.json"
	# The pid is the one that the agent, too, knows the process by.
	has "call=$MKDIR pid=$(jq .pid "$T/sent.json")"
}

@test "notify: create and start, the pid of the state, no metadata" {
	notify
	agent $MKDIR=5
	args /bin/payload try-mkdir /tmp/dir sleep
	create
	[ ! -s "$T/sent.json" ] # nobody is connected to before the start
	[ "$(tail -n 1 "$T/agent.out")" = listening ]
	rt start "$TOKEN"
	wait_line "$OUT" "try-mkdir /tmp/dir=EIO"
	jq -e --argjson pid "$(pid_of)" '.pid == $pid and .state.pid == $pid and (has("metadata") | not)' "$T/sent.json"
	status_is running
	rt kill "$TOKEN" KILL
	agent_is_done
}

@test "notify: run --detach" {
	notify
	agent $MKDIR=5
	args /bin/payload try-mkdir /tmp/dir sleep
	rt run --detach --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	wait_line "$OUT" "try-mkdir /tmp/dir=EIO"
	[ "$(jq .pid "$T/sent.json")" = "$(pid_of)" ]
	rt delete --force "$TOKEN"
	agent_is_done
}

@test "notify: nothing of it is open in the container or in the runtime" {
	notify
	agent
	payload fds
	[ "$(grep -c '^fd\.' <<<"$output")" = 3 ]
	agent_is_done
	agent
	args /bin/payload try-mkdir /tmp/dir sleep
	rt run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	local runtime=$!
	wait_line "$OUT" "try-mkdir /tmp/dir=ok"
	! ls -l "/proc/$runtime/fd" "/proc/$(pid_of)/fd" | grep -E 'seccomp|userfault'
	# and one thread only
	[ "$(ls "/proc/$(pid_of)/task" | wc -l)" = 1 ]
	rt kill "$TOKEN" KILL
	wait "$runtime" || true
	agent_is_done
}

# fields: linux.seccomp.defaultAction linux.seccomp.flags
@test "notify: every call, execve among them, with and without noNewPrivileges" {
	ours_only "notify by default"
	local nnp
	for nnp in true false; do
		notify '{"defaultAction": "SCMP_ACT_NOTIFY", "syscalls": [],
			"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]}'
		config '.process.noNewPrivileges = $nnp' --argjson nnp $nnp
		agent $MKDIR=5
		payload seccomp try-mkdir /tmp/dir
		has seccomp=2 "try-mkdir /tmp/dir=EIO"
		agent_is_done
		# execve is the first: the runtime itself calls nothing under the filter
		matches "^call=$EXECVE "
		[ "$(grep -m 1 '^call=' "$T/agent.out")" = "call=$EXECVE pid=$(jq .pid "$T/sent.json")" ]
		matches "^call=1 pid=" # write
	done
}

# fields: linux.seccomp.flags
@test "notify: WAIT_KILLABLE_RECV: a signal does not interrupt what the agent looks at" {
	ours_only "features' list"
	"$NUCLEUS_OCI" features | jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' ||
		skip "Linux 5.19"
	notify
	agent $MKDIR=interrupt
	payload signalled-syscall $MKDIR
	has "signalled-syscall $MKDIR=EINTR"
	agent_is_done
	notify '{"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}'
	agent $MKDIR=disturb:5
	payload signalled-syscall $MKDIR
	has "signalled-syscall $MKDIR=EIO"
	agent_is_done
}

@test "notify: an agent that denies execve, and one that goes away" {
	ours_only "telling why"
	notify '{"syscalls": [{"names": ["execve"], "action": "SCMP_ACT_NOTIFY"}]}'
	agent $EXECVE=13
	refused "exec /bin/payload: Permission denied" rt run --bundle "$B" "$TOKEN"
	nothing_left
	agent_is_done
	agent $EXECVE=13
	create
	refused "exec /bin/payload: Permission denied" rt start "$TOKEN"
	wait_status stopped
	agent_is_done
	rt delete "$TOKEN"
	agent $EXECVE=exit
	refused "exec /bin/payload: Function not implemented" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "notify: under a default that kills, also when the program can't be executed" {
	ours_only "loading the filter last"
	notify "{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", \"syscalls\": [{\"action\": \"SCMP_ACT_ALLOW\", \"names\": [$LEAST]},
		{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
	local nnp
	for nnp in true false; do
		config '.process.noNewPrivileges = $nnp' --argjson nnp $nnp
		agent $MKDIR=5
		payload seccomp try-mkdir /tmp/dir
		has seccomp=2 "try-mkdir /tmp/dir=EIO"
		agent_is_done
	done
	printf 'no program\n' >"$B/rootfs/bin/broken"
	chmod +x "$B/rootfs/bin/broken"
	args /bin/broken
	agent
	refused "exec /bin/broken: Exec format error" rt run --bundle "$B" "$TOKEN"
	nothing_left
	agent_is_done
}

@test "notify: in a user namespace, as a user, with limits that leave no room, with a Landlock policy" {
	ours_only "Landlock"
	notify
	with_user_namespace
	config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}
		| .annotations = {"nucleus.landlock": "default,best-effort"}
		| .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4}, {type: "RLIMIT_NPROC", soft: 1, hard: 1}]'
	agent $MKDIR=5
	payload seccomp ids rlimits try-mkdir /tmp/dir
	has seccomp=2 uid=1000,1000,1000 rlimit.nofile=4:4 rlimit.nproc=1:1 "try-mkdir /tmp/dir=EIO"
	agent_is_done
}

@test "notify: a SCHED_DEADLINE process, which may have no second thread without a flag" {
	need_real_root "sched(7): SCHED_DEADLINE needs the machine's CAP_SYS_NICE"
	notify
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000,
		flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	agent $MKDIR=5
	payload sched try-mkdir /tmp/dir
	has sched.policy=6 "try-mkdir /tmp/dir=EIO"
	agent_is_done
}

@test "notify: a SCHED_DEADLINE process without the flag is refused" {
	ours_only "the check"
	notify
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 20000000}'
	refused_create "process.scheduler.policy: SCHED_DEADLINE lets the process make no thread"
}

@test "notify: with the own id alone, also run by a user without privileges" {
	local id become=()
	ours_only "notify by default"
	command -v setpriv >/dev/null || skip "needs setpriv"
	id=$(id -u)
	if [ "$WHO" = root ]; then
		id=12345 become=(setpriv --reuid 12345 --regid 12345 --clear-groups)
	fi
	notify '{"defaultAction": "SCMP_ACT_NOTIFY", "syscalls": []}'
	config '.linux.namespaces |= map(select(.type != "network" and .type != "user")) + [{type: "user"}] | .process.noNewPrivileges = false
		| .linux.uidMappings = [{containerID: 0, hostID: $id, size: 1}] | .linux.gidMappings = .linux.uidMappings
		| del(.linux.cgroupsPath) | .mounts |= map(select(.type != "devpts"))' --argjson id "$id"
	cp "$NUCLEUS_OCI" "$T/program"
	[ "$WHO" != root ] || chown -R 12345:12345 "$T"
	agent $MKDIR=5
	[ "$WHO" != root ] || chown 12345:12345 "$T/agent.sock"
	args /bin/payload seccomp ids try-mkdir /tmp/dir
	run -0 "${become[@]}" "$T/program" --root "$R" run --bundle "$B" "$TOKEN"
	has seccomp=2 uid=0,0,0 "try-mkdir /tmp/dir=EIO"
	agent_is_done
}

@test "notify: startContainer hooks are not under the filter" {
	notify '{"defaultAction": "SCMP_ACT_NOTIFY", "syscalls": []}'
	config '.hooks.startContainer = [{path: "/bin/mkdir", args: ["mkdir", "/tmp/by-hook"]}]
		| .hooks.poststart = [{path: "/bin/true"}]'
	ours_only "notify by default"
	agent $MKDIR=5
	payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=EIO"
	[ -d "$B/rootfs/tmp/by-hook" ]
	agent_is_done
}

# fields: linux.seccomp.listenerPath
@test "notify: a path of the bundle's, and a long one" {
	ours_only "a relative path"
	local long
	long=$(printf 'd%.0s' {1..200})
	mkdir -p "$B/$long"
	notify
	config '.linux.seccomp.listenerPath = $path' --arg path "$long/agent.sock"
	(cd "$B/$long" && exec "$PAYLOAD" agent agent.sock "$T/sent.json" $MKDIR=5) >"$T/agent.out" 2>&1 3>&- &
	AGENT=$!
	wait_line "$T/agent.out" listening
	payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=EIO"
	agent_is_done
}

# fields: linux.seccomp.listenerPath
@test "notify: nobody there, at create and run: nothing is made" {
	ours_only "this order"
	notify
	refused_create "linux.seccomp.listenerPath: failed to connect with seccomp agent $T/agent.sock: No such file"
	refused "failed to connect with seccomp agent .*: No such file" rt run --bundle "$B" "$TOKEN"
	nothing_left
	touch "$T/agent.sock"
	refused_create "failed to connect with seccomp agent .*: Connection refused"
	agent
	kill "$AGENT"
	wait "$AGENT" || true
	refused_create "failed to connect with seccomp agent .*: Connection refused"
}

@test "notify: nobody there any more at start: the container waits for the next one" {
	ours_only "this order"
	notify
	agent
	args /bin/payload try-mkdir /tmp/dir
	create
	kill "$AGENT"
	wait "$AGENT" || true
	refused "failed to connect with seccomp agent" rt start "$TOKEN"
	status_is created
	agent $MKDIR=5
	rt start "$TOKEN"
	wait_line "$OUT" "try-mkdir /tmp/dir=EIO"
	agent_is_done
}

# fields: linux.seccomp.listenerPath
@test "notify: a path that no action needs is not looked at" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/nowhere/agent.sock"}'
	payload seccomp
	has seccomp=2
}

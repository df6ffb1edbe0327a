#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# exec: one more process in a container: where it is, what it may, who it is, and what its caller sees.

load ../lib/helpers

extra_teardown() {
	if [ -n "${keeper:-}" ]; then
		kill -KILL "$keeper" 2>/dev/null || true
		wait "$keeper" 2>/dev/null || true
	fi
}

# ex ARGUMENT...: exec in the test's container; STATUS is the exit status that is expected.
ex() {
	run "-${STATUS:-0}" rt exec "$@"
}

# exec_refused REGEX ARGUMENT...: exit status 255, one line (and hints) on standard error, nothing else.
exec_refused() {
	local regex=$1 status=0
	shift
	rt exec "$@" >"$T/refused.out" 2>"$T/refused.err" 3>&- || status=$?
	output=$(cat "$T/refused.err")
	[ "$status" = 255 ] || { echo "exit status $status: $output"; return 1; }
	[ ! -s "$T/refused.out" ] || { echo "on standard output:"; cat "$T/refused.out"; return 1; }
	matches "$regex"
	is_ours || return 0
	[ "$(grep -c '^nucleus-oci: ' "$T/refused.err")" = 1 ] || { echo "not one line: $output"; return 1; }
}

# behind ARGUMENT...: detached; nothing of bats' is left open in it.
behind() {
	rt exec --detach "$@" >"$T/detached.out" 2>&1 3>&- || { cat "$T/detached.out"; return 1; }
}

# exec_behind ARGUMENT...: in the background; the runtime's own pid is in $keeper.
exec_behind() {
	"$NUCLEUS_OCI" --root "$R" exec "$@" >"$T/exec.out" 2>&1 3>&- &
	keeper=$!
}

# process JSON: as a file for --process; what is not there is from here.
process() {
	jq -n '{cwd: "/", args: ["/bin/payload", "ids"], user: {uid: 0, gid: 0}} * $more' --argjson more "$1" >"$T/process.json"
}

# inode_of NAMESPACE: the one of the container's init
inode_of() {
	readlink "/proc/$(pid_of)/ns/$1"
}

# ---- where it is -------------------------------------------------------------------------------------

@test "exec: in every namespace of the container" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	[ ! -e /proc/self/ns/time ] || config '.linux.namespaces += [{type: "time"}]'
	held
	ex "$TOKEN" /bin/payload ns hostname sid cwd
	for name in cgroup ipc mnt net pid time user uts; do
		[ ! -e "/proc/self/ns/$name" ] || has "ns.$name=$(inode_of $name)"
	done
	has hostname=inside ppid=0 cwd=/
	matches '^pid=[1-9]' # of the container's
}

@test "exec: namespaces that are the runtime's are left alone" {
	config '.linux.namespaces |= map(select(.type == "mount" or .type == "user"))
		| del(.hostname)'
	held
	ex "$TOKEN" /bin/payload ns sid
	has "ns.pid=$(readlink /proc/self/ns/pid)" "ns.net=$(readlink /proc/self/ns/net)" "ns.mnt=$(inode_of mnt)"
	lacks '^ppid=0$'
}

@test "exec: namespaces that the container joined by path" {
	keep --net --uts --ipc
	join network uts ipc
	config 'del(.hostname)'
	held
	ex "$TOKEN" /bin/payload ns
	for name in net uts ipc; do has "ns.$name=$(readlink "/proc/$keeper/ns/$name")"; done
	# what the container has counts, not what the path leads to now
	end_keeper
	ex "$TOKEN" /bin/payload ns
	has "ns.net=$(inode_of net)"
}

@test "exec: a container without a mount namespace: its root is the container's" {
	need_own_mounts
	config '.linux.namespaces |= map(select(.type != "mount"))'
	held
	echo inside >"$B/rootfs/etc/where"
	ex "$TOKEN" /bin/cat /etc/where
	has inside
	ex "$TOKEN" /bin/payload ns try-list /proc/self
	has "ns.mnt=$(readlink /proc/self/ns/mnt)" "try-list /proc/self=ok"
}

@test "exec: in a user namespace" {
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	[ "$WHO" != userns ] || skip "needs ids that the namespace does not have"
	held
	ex "$TOKEN" /bin/payload ns ids caps maps
	has "ns.user=$(inode_of user)" uid=0,0,0 gid=0,0,0 capeff=0000000020000020
	matches '^uid_map= +0 +100000 +65536$'
	ex --user 3:4 --additional-gids 7 "$TOKEN" /bin/payload ids
	has uid=3,3,3 gid=4,4,4 groups=7
}

@test "exec: in the container's groups" {
	need_group "looks at groups"
	held
	ex "$TOKEN" /bin/sh -c 'read line </proc/self/stat; /bin/payload cgroup; sleep 0.1'
	behind --pid-file "$T/pid" "$TOKEN" /bin/payload sleep
	diff "/proc/$(cat "$T/pid")/cgroup" "/proc/$(pid_of)/cgroup"
	grep -F "$TOKEN" "/proc/$(cat "$T/pid")/cgroup"
}

@test "exec: in v1 groups too, where the container has them" {
	need_v1 memory
	config '.linux.resources = {memory: {limit: 100000000}}'
	held
	behind --pid-file "$T/pid" "$TOKEN" /bin/payload sleep
	diff <(grep -F "$TOKEN" "/proc/$(cat "$T/pid")/cgroup") <(grep -F "$TOKEN" "/proc/$(pid_of)/cgroup")
	grep ":memory:.*$TOKEN" "/proc/$(cat "$T/pid")/cgroup"
}

# The container's v2 group, in $group: it is skipped where there is none.
need_v2_group() {
	for group in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		group=$group${NUCLEUS_GROUP:-}/nucleus-oci-$TOKEN
		[ ! -f "$group/cgroup.controllers" ] || return 0
	done
	skip "no cgroup v2 in this view"
}

@test "exec --cgroup: a group below the container's" {
	need_group "makes a group"
	held
	need_v2_group
	mkdir "$group/sub" "$group/sub/deep"
	for name in sub /sub/ sub/deep; do
		behind --cgroup "$name" --pid-file "$T/pid" "$TOKEN" /bin/payload sleep
		grep -x "0::.*$TOKEN/$(sed 's|^/*||; s|/*$||' <<<"$name")" "/proc/$(cat "$T/pid")/cgroup"
	done
	exec_refused 'nothere: No such file or directory' --cgroup nothere "$TOKEN" /bin/true
	for name in .. ../.. sub/../.. ../"nucleus-oci-$TOKEN"2; do
		exec_refused 'bad sub cgroup path' --cgroup "$name" "$TOKEN" /bin/true
	done
	exec_refused 'has no CONTROLLER' --cgroup sub --cgroup sub "$TOKEN" /bin/true
	exec_refused 'has no nosuch group' --cgroup nosuch:sub "$TOKEN" /bin/true
}

@test "exec --cgroup: a controller's group on v1" {
	need_v1 memory
	config '.linux.resources = {memory: {limit: 100000000}}'
	held
	mkdir "$(group_of memory)/sub"
	behind --cgroup memory:sub --pid-file "$T/pid" "$TOKEN" /bin/payload sleep
	grep ":memory:/.*$TOKEN/sub$" "/proc/$(cat "$T/pid")/cgroup"
	[ "$(grep -c "/sub$" "/proc/$(cat "$T/pid")/cgroup")" = 1 ]
}

@test "exec: an init that has moved to a group of its own, as a service manager does" {
	need_group "moves a process"
	held
	need_v2_group
	mkdir "$group/init"
	echo "$(pid_of)" >"$group/init/cgroup.procs"
	# with a controller given to those below, the group itself can't have processes
	if ! { read -r controller _ <"$group/cgroup.controllers" && echo "+$controller" >"$group/cgroup.subtree_control"; }; then
		skip "the group has no controller to give away"
	fi
	ex "$TOKEN" /bin/true
	behind --pid-file "$T/pid" "$TOKEN" /bin/payload sleep
	grep -x "0::.*$TOKEN/init" "/proc/$(cat "$T/pid")/cgroup"
	exec_refused 'Device or resource busy' --cgroup / "$TOKEN" /bin/true
}

# ---- what it may ----------------------------------------------------------------------------------------

@test "exec: what confines the container's process confines this one" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.oomScoreAdj = 500
		| .process.user.umask = 63 | .linux.personality = {domain: "LINUX32"}'
	held
	ex "$TOKEN" /bin/payload caps nnp rlimits umask oom personality keyring fds signals
	has capeff=0000000020000020 capprm=0000000020000020 capbnd=0000000020000020 capinh=0000000000000000 \
		capamb=0000000000000000 nnp=1 rlimit.nofile=100:200 umask=0077 oom=500 personality=8 \
		signals.ignored=0 signals.blocked=0
	lacks '^fd.[3-9]'
}

@test "exec: the session keyring is the container's" {
	held
	ex "$TOKEN" /bin/payload keyring
	[[ $output =~ ^keyring=[0-9] ]] || skip "keyrings are not to be had here"
	matches "_ses.$TOKEN"
	before=$output
	ex "$TOKEN" /bin/payload keyring
	# another one may have the name, but not the number
	[ "$output" = "$before" ] || [ "$WHO" != root ]
}

@test "exec: no capability but those of the options" {
	held
	ex --cap CAP_KILL --cap CAP_CHOWN "$TOKEN" /bin/payload caps
	has capeff=0000000020000021 capbnd=0000000020000021 capinh=0000000000000000 capamb=0000000000000000
	ex -c CAP_NO_SUCH "$TOKEN" /bin/payload caps
	matches 'warning: process.capabilities.*CAP_NO_SUCH' '^capeff=0000000020000020$'
	process '{"capabilities": {"bounding": ["CAP_CHOWN"]}}'
	ex --process "$T/process.json" "$TOKEN"
	has uid=0,0,0
}

@test "exec: noNewPrivileges is as configured, and an option" {
	config '.process.noNewPrivileges = false'
	held
	ex "$TOKEN" /bin/payload nnp
	has nnp=0
	ex --no-new-privs "$TOKEN" /bin/payload nnp
	has nnp=1
}

@test "exec: the seccomp filter, with and without noNewPrivileges" {
	for nnp in true false; do
		config '.process.noNewPrivileges = $nnp | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
			syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 22}]}' --argjson nnp $nnp
		held
		ex "$TOKEN" /bin/payload seccomp try-mkdir /tmp/dir caps
		has seccomp=2 "try-mkdir /tmp/dir=EINVAL" capeff=0000000020000020
		rt delete --force "$TOKEN"
	done
}

@test "exec: the agent of a notifying filter gets one listener for each" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path, listenerMetadata: "for the agent",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}' --arg path "$T/agent.sock"
	start_agent() {
		rm -f "$T/agent.sock"
		"$PAYLOAD" agent "$T/agent.sock" "$T/$1.json" 83=5 >"$T/$1.out" 2>&1 3>&- &
		keeper=$!
		wait_line "$T/$1.out" listening
	}
	start_agent init
	held
	init_agent=$keeper
	start_agent exec
	ex "$TOKEN" /bin/payload seccomp try-mkdir /tmp/dir
	has seccomp=2 "try-mkdir /tmp/dir=EIO"
	patiently test -s "$T/exec.json"
	wait "$keeper" || true
	[ "$(jq -r '.state.status + " " + .state.id + " " + .metadata + " " + .fds[0]' "$T/exec.json")" = \
		"running $TOKEN for the agent seccompFd" ]
	[ "$(jq .state.pid "$T/exec.json")" = "$(pid_of)" ]
	[ "$(jq .pid "$T/exec.json")" != "$(pid_of)" ]
	keeper=$init_agent
	# nobody listens any more: told before anything runs
	exec_refused 'failed to connect with seccomp agent' "$TOKEN" /bin/payload ids
}

@test "exec: the Landlock policy of the container" {
	[[ $("$NUCLEUS_OCI" features | jq '.annotations | tostring') ]] || skip "no features"
	"$PAYLOAD" try-syscall-arg 444 0 | grep -q ENOSYS && skip "this kernel has no Landlock"
	config '.annotations["nucleus.landlock"] = "default"'
	for nnp in true false; do
		config '.process.noNewPrivileges = $nnp' --argjson nnp $nnp
		create_with_landlock || skip "this kernel has no Landlock"
		for options in "" "--user 1000:1000" "--cwd /tmp"; do
			rm -f "$B/rootfs/tmp/file"
			# shellcheck disable=SC2086
			ex $options "$TOKEN" /bin/payload nnp try-write /tmp/file try-write /root/file try-read /etc/passwd
			has "try-write /tmp/file=ok" "try-read /etc/passwd=ok"
			matches '^try-write /root/file=(EACCES|EPERM)$'
		done
		rt delete --force "$TOKEN"
		rm -f "$B/rootfs/tmp/file"
	done
}

create_with_landlock() {
	args /bin/payload signal-wait
	create || { grep -q 'no Landlock' "$ERR" && return 1; cat "$ERR"; }
	rt start "$TOKEN"
	wait_line "$OUT" ready
}

@test "exec: a Landlock policy from a file is the one that create read" {
	jq -n '{abi: 1, ruleset: [{handledAccessFs: ["abi.all"]}],
		pathBeneath: [{allowedAccess: ["abi.read_execute"], parent: ["/bin"]}]}' >"$T/policy.json"
	chmod 600 "$T/policy.json"
	config '.annotations["nucleus.landlock"] = "file:\($path)"' --arg path "$T/policy.json"
	create_with_landlock || skip "this kernel has no Landlock"
	rm "$T/policy.json"
	ex "$TOKEN" /bin/payload try-read /etc/passwd try-list /bin
	has "try-read /etc/passwd=EACCES" "try-list /bin=ok"
}

# ---- who it is --------------------------------------------------------------------------------------------

@test "exec: environment, directory, user and groups" {
	config '.process.env += ["A=1", "B=2"] | .process.cwd = "/tmp" | .process.user.additionalGids = [5]'
	[ "$WHO" = root ] || config 'del(.process.user.additionalGids)'
	held
	ex "$TOKEN" /bin/payload env cwd ids
	has "env.NUCLEUS_TEST=$TOKEN" env.A=1 env.B=2 env.HOME=/root cwd=/tmp uid=0,0,0
	[ "$WHO" != root ] || has groups=5
	ex --env B=3 -e C= --cwd /etc --user 1000:7 -g 8 --additional-gids 9 "$TOKEN" /bin/payload env cwd ids
	has env.A=1 env.B=3 env.C= env.HOME=/home/user cwd=/etc uid=1000,1000,1000 gid=7,7,7
	if [ "$WHO" = root ]; then has groups=5,8,9; else has groups=8,9; fi
	lacks '^env.B=2'
	# without a group the container's stays (CVE-2026-30892)
	ex --user 1000 "$TOKEN" /bin/payload ids
	has uid=1000,1000,1000 gid=0,0,0
}

@test "exec --process: the file says who it is, the container what limits it" {
	config '.process.env += ["A=1"] | .process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 2}]'
	held
	process '{"args": ["/bin/payload", "env", "cwd", "ids", "rlimits", "caps", "nnp", "umask"], "cwd": "/etc", "env": ["B=2"],
		"user": {"uid": 1000, "gid": 7, "umask": 18, "additionalGids": [8]}, "noNewPrivileges": true}'
	ex --process "$T/process.json" "$TOKEN"
	has env.B=2 env.HOME=/home/user cwd=/etc uid=1000,1000,1000 gid=7,7,7 groups=8 rlimit.core=1:2 capbnd=0000000020000020 \
		nnp=1 umask=0022
	lacks '^env.A=' '^env.NUCLEUS_TEST='
	process '{"rlimits": [{"type": "RLIMIT_CORE", "soft": 0, "hard": 1}], "args": ["/bin/payload", "rlimits", "nnp"]}'
	ex -p "$T/process.json" "$TOKEN"
	has rlimit.core=0:1 nnp=0
}

@test "exec: the bundle is not needed any more" {
	held
	mv "$B/config.json" "$T/kept.json"
	ex "$TOKEN" /bin/payload ids
	has uid=0,0,0
	mv "$T/kept.json" "$B/config.json"
}

@test "exec: scheduler and I/O priority of the container, or of the file" {
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 15} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	held
	ex "$TOKEN" /bin/payload sched ioprio
	matches '^sched.*(SCHED_BATCH|batch|=3)' '^ioprio.*(IDLE|idle|3)'
	process '{"args": ["/bin/payload", "sched"], "scheduler": {"policy": "SCHED_OTHER", "nice": 17}}'
	ex --process "$T/process.json" "$TOKEN"
	matches '^sched.*17'
}

@test "exec: execCPUAffinity" {
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	first=$(python3 -c 'import os; print(min(os.sched_getaffinity(0)))')
	held
	process "{\"args\": [\"/bin/payload\", \"cpus\"], \"execCPUAffinity\": {\"initial\": \"$first\"}}"
	ex --process "$T/process.json" "$TOKEN"
	has cpus=1
	second=$(python3 -c 'import os; print(max(os.sched_getaffinity(0)))')
	process "{\"args\": [\"/bin/payload\", \"cpus\"], \"execCPUAffinity\": {\"initial\": \"$first\", \"final\": \"$first,$second\"}}"
	ex --process "$T/process.json" "$TOKEN"
	has cpus=2
}

@test "exec: all CPUs of the group, whatever the caller's are" {
	need_controller cpuset
	[ "$(nproc)" -gt 1 ] || skip "needs two CPUs"
	config '.linux.resources = {cpu: {cpus: "0-1"}}'
	held
	run -0 taskset -c 0 "$NUCLEUS_OCI" --root "$R" exec "$TOKEN" /bin/payload cpus
	has cpus=2
}

@test "exec: descriptors: none of the caller's, unless they are passed" {
	held
	run -0 rt exec "$TOKEN" /bin/payload fds 3</etc/passwd 4</etc
	lacks '^fd.[3-9]'
	run -0 rt exec --preserve-fds 1 "$TOKEN" /bin/payload fds 3</etc/passwd 4</etc
	has fd.3=file
	lacks '^fd.[4-9]'
	run -255 rt exec --preserve-fds 2 "$TOKEN" /bin/true 3</etc/passwd 4<&-
	matches 'unable to stat preserved-fd 4'
}

# ---- what its caller sees ---------------------------------------------------------------------------------

@test "exec: exit codes and signals" {
	held
	for code in 0 1 7 126 127 255; do STATUS=$code ex "$TOKEN" /bin/payload exit $code; done
	STATUS=137 ex "$TOKEN" /bin/sh -c 'kill -KILL $$'
	STATUS=127 ex "$TOKEN" /bin/sh -c nosuchcommand
	exec_behind "$TOKEN" /bin/payload signal-wait
	wait_line "$T/exec.out" ready
	kill -USR1 "$keeper"
	wait_line "$T/exec.out" signal=10
	kill -HUP "$keeper"
	wait_line "$T/exec.out" signal=1
	status_is running
	rt kill "$TOKEN" KILL
	status=0
	wait "$keeper" || status=$?
	keeper=''
	[ "$status" = 137 ]
}

@test "exec: standard input and output are the caller's" {
	held
	echo "some words" | rt exec "$TOKEN" /bin/payload cat >"$T/exec.out" 2>"$T/exec.err"
	[ "$(cat "$T/exec.out")" = "some words" ]
	[ ! -s "$T/exec.err" ]
	rt exec "$TOKEN" /bin/payload complain wrong >"$T/exec.out" 2>"$T/exec.err" || true
	[ ! -s "$T/exec.out" ]
	grep wrong "$T/exec.err"
}

@test "exec: options after the id are the command's" {
	held
	ex "$TOKEN" /bin/echo -t --user x -- y
	has "-t --user x -- y"
	ex -e A=1 "$TOKEN" /bin/echo --help
	has --help
}

@test "exec: what goes wrong is told with 255, and the usage with 1" {
	held
	touch "$B/rootfs/etc/file"
	printf '#!/bin/nothere\n' >"$B/rootfs/bin/script"
	chmod +x "$B/rootfs/bin/script"
	exec_refused 'exec: "nosuch": executable file not found in \$PATH' "$TOKEN" nosuch
	exec_refused 'exec: "/nosuch": no such file or directory' "$TOKEN" /nosuch
	exec_refused 'exec: "/etc/file": permission denied' "$TOKEN" /etc/file
	exec_refused 'exec: "/etc": permission denied' "$TOKEN" /etc
	exec_refused 'exec /bin/script: No such file or directory' "$TOKEN" /bin/script
	exec_refused 'process.cwd /nothere: No such file or directory' --cwd /nothere "$TOKEN" /bin/true
	[ ! -e "$B/rootfs/nothere" ]
	exec_refused 'process.cwd: "tmp" is no absolute path' --cwd tmp "$TOKEN" /bin/true
	exec_refused 'process.env.*NAME=VALUE' --env NAME "$TOKEN" /bin/true
	for user in root 1x -1 "" : 1: :1 4294967295 1:4294967295; do
		exec_refused 'option --user: .* is no id' --user "$user" "$TOKEN" /bin/true
	done
	exec_refused 'option --additional-gids' -g wheel "$TOKEN" /bin/true
	exec_refused 'process args cannot be empty' "$TOKEN"
	exec_refused 'option --process.*No such file' --process "$T/nothere" "$TOKEN"
	process '{}'
	exec_refused 'option --process: .*a command' --process "$T/process.json" "$TOKEN" /bin/true
	exec_refused 'option --process: .*--env' --process "$T/process.json" --env A=1 "$TOKEN"
	echo '{"args": ["/bin/true"]}' >"$T/process.json"
	exec_refused "$T/process.json: process.cwd: is required" --process "$T/process.json" "$TOKEN"
	echo '{"cwd": "/"}' >"$T/process.json"
	exec_refused "process.args: needs at least one entry" --process "$T/process.json" "$TOKEN"
	exec_refused 'container "nothere" does not exist' nothere /bin/true
	exec_refused 'apparmor' --apparmor nosuch "$TOKEN" /bin/true
	run -1 rt exec
	run -1 rt exec --nosuch "$TOKEN" /bin/true
	run -0 rt exec --help
	status_is running
}

@test "exec: the states of a container" {
	args /bin/payload signal-wait
	create
	if [ "$WHO" = root ]; then
		ex "$TOKEN" /bin/payload ids # as runc does
		has uid=0,0,0
		status_is created
	fi
	rt start "$TOKEN"
	wait_line "$OUT" ready
	rt kill "$TOKEN" KILL
	wait_status stopped
	exec_refused '^nucleus-oci: cannot exec in a stopped container$' "$TOKEN" /bin/true
}

@test "exec: a paused container only with --ignore-paused" {
	need_group "freezes it"
	held
	rt pause "$TOKEN"
	exec_refused 'cannot exec in a paused container \(use --ignore-paused to override\)' "$TOKEN" /bin/true
	exec_behind --ignore-paused "$TOKEN" /bin/payload exit 3
	rt resume "$TOKEN"
	status=0
	wait "$keeper" || status=$?
	keeper=''
	[ "$status" = 3 ]
}

has_processes() {
	[ "$(rt ps --format json "$TOKEN" | jq length)" = "$1" ]
}

@test "exec: a runtime that is killed leaves no process behind" {
	need_group "freezes it"
	held
	rt pause "$TOKEN"
	exec_behind --ignore-paused "$TOKEN" /bin/payload sleep
	patiently has_processes 2
	kill -KILL "$keeper"
	wait "$keeper" || true
	keeper=''
	# it is frozen: what it does first is to find that it is alone
	rt resume "$TOKEN"
	patiently has_processes 1
	ex "$TOKEN" /bin/true
}

@test "exec --detach: it lives on, and its pid is in the file when it runs" {
	held
	behind --pid-file "$T/pid" "$TOKEN" /bin/payload signal-wait
	pid=$(cat "$T/pid")
	[ "$(wc -c <"$T/pid")" = ${#pid} ]
	[ "$(readlink "/proc/$pid/exe")" = /bin/payload ] || [ "$WHO" != root ]
	kill -0 "$pid"
	# no file where nothing runs (conmon knows a failure by that)
	exec_refused 'not found' --detach --pid-file "$T/other" "$TOKEN" nosuch
	[ ! -e "$T/other" ]
	status=0
	rt exec --detach --pid-file "$T/nothere/pid" "$TOKEN" /bin/payload sleep >/dev/null 2>"$T/exec.err" 3>&- || status=$?
	[ "$status" = 255 ]
	grep 'pid file' "$T/exec.err"
	[ "$(rt exec "$TOKEN" /bin/busybox ps | grep -c 'payload sleep')" = 0 ]
}

@test "exec --pidfd-socket: a pidfd of the process" {
	held
	python3 "$BATS_TEST_DIRNAME/../lib/receive_fd.py" "$T/pidfd" "$T/pidfd.out" 3>&- &
	keeper=$!
	patiently test -S "$T/pidfd"
	behind --pid-file "$T/pid" --pidfd-socket "$T/pidfd" "$TOKEN" /bin/payload sleep
	wait "$keeper"
	[ "$(cat "$T/pidfd.out")" = "message pidfd 1 $(cat "$T/pid")
end" ]
	exec_refused 'pidfd socket' --detach --pidfd-socket "$T/nothere" "$TOKEN" /bin/payload sleep
}

@test "exec: a new session, with and without terminal" {
	held
	ex "$TOKEN" /bin/payload sid
	pid=$(sed -n 's/^pid=//p' <<<"$output")
	has "sid=$pid" "pgid=$pid" tty.0=0
}

@test "exec --tty: the terminal is the caller's, translated" {
	command -v script >/dev/null || skip "script is not installed"
	config '.process.terminal = false'
	held
	run -5 script -qec "'$NUCLEUS_OCI' --root '$R' exec --tty '$TOKEN' /bin/sh -c '/bin/payload sid; read line; echo \"got \$line\"; exit 5'" \
		/dev/null <<<"typed"
	output=$(tr -d '\r' <<<"$output")
	has tty.0=1 tty.1=1 foreground=1 "got typed"
}

@test "exec --tty --detach: the master goes to --console-socket" {
	held
	receive_console "$T/console" "$T/terminal"
	behind --tty --console-socket "$T/console" --pid-file "$T/pid" "$TOKEN" \
		/bin/sh -c '/bin/payload sid stat /dev/pts/0; exit 4'
	wait "$receiver"
	output=$(cat "$T/terminal")
	has tty.0=1 tty.1=1 tty.2=1
	matches '^name .*pt' '^end$'
	[ -s "$T/pid" ]
	# what goes wrong is told by the runtime, not in the terminal (lesson C44)
	receive_console "$T/console2" "$T/terminal2"
	exec_refused 'executable file not found' --tty --detach --console-socket "$T/console2" "$TOKEN" nosuch
	kill -KILL "$receiver" 2>/dev/null || true
	wait "$receiver" || true
	[ ! -s "$T/terminal2" ]
}

@test "exec: --console-socket, --detach and a terminal belong together" {
	held
	exec_refused 'cannot allocate tty if runc will detach without setting console socket' -d -t "$TOKEN" /bin/true
	exec_refused 'cannot use console socket if runc will not detach or allocate tty' --console-socket "$T/x" "$TOKEN" /bin/true
	exec_refused 'cannot use console socket if runc will not detach or allocate tty' -d --console-socket "$T/x" "$TOKEN" /bin/true
	exec_refused 'console socket' -d -t --console-socket "$T/nothere" "$TOKEN" /bin/true
	process '{"terminal": true}'
	exec_refused 'cannot allocate tty' --detach --process "$T/process.json" "$TOKEN"
	# config's terminal is the container's own (lesson C40)
	rt delete --force "$TOKEN"
	config '.process.terminal = true'
	args /bin/payload signal-wait
	receive_console "$T/console" "$T/terminal"
	rt create --bundle "$B" --console-socket "$T/console" "$TOKEN" 3>&-
	rt start "$TOKEN"
	ex "$TOKEN" /bin/payload sid
	has tty.0=0
	rt delete --force "$TOKEN"
	wait "$receiver"
}

@test "exec: the runtime's binary can't be reached from inside" {
	cp "$NUCLEUS_OCI" "$T/nucleus-oci"
	held
	before=$(sha256sum <"$T/nucleus-oci")
	ln -s /proc/self/exe "$B/rootfs/bin/self"
	run "$T/nucleus-oci" --root "$R" exec "$TOKEN" /proc/self/exe --version
	run "$T/nucleus-oci" --root "$R" exec "$TOKEN" /bin/sh -c 'for f in /proc/[0-9]*/exe; do echo x >"$f"; done 2>/dev/null; true'
	[ "$(sha256sum <"$T/nucleus-oci")" = "$before" ]
}

@test "exec: many at once" {
	held
	for i in 1 2 3 4 5 6 7 8; do
		rt exec "$TOKEN" /bin/payload exit "$i" 3>&- &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		status=0
		wait "${pids[i]}" || status=$?
		[ "$status" = "$i" ]
	done
}

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Faults at every system call, by strace's injection. Prints TAP.
#
#   kill VERB    the runtime gets SIGKILL at one system call of the verb after the other. Each time
#                `delete --force` must succeed and leave nothing.
#   fail create  one system call of create after the other fails (EIO), in the runtime or in any of
#                its processes. If create fails, nothing may be left at once; if it could do
#                without that call, delete must work.
#
# usage: NUCLEUS_OCI=PROGRAM faults.sh [CASE...]   (default: all cases; root; strace)
# FAULTS_STEP=N tries only every N-th call (a quick look).
set -u

die() {
	echo "Bail out! $*"
	exit 1
}

[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
command -v strace >/dev/null || { echo "1..0 # SKIP strace is not installed"; exit 0; }
: "${NUCLEUS_OCI:?the program to test}"
step=${FAULTS_STEP:-1}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-faults.XXXXXX")
state=$dir/state
bundle=$dir/bundle
group=nucleus-oci-faults-$$
failures=0
count=0

nuc() {
	"$NUCLEUS_OCI" --root "$state" "$@"
}

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	nuc delete --force victim >/dev/null 2>&1
	rm -rf "$dir"
}
trap clean_up EXIT

make_bundle() {
	local name
	mkdir -p "$bundle/rootfs/bin" "$bundle/rootfs/etc" "$bundle/rootfs/tmp" \
		"$bundle/rootfs/proc" "$bundle/rootfs/sys" "$bundle/rootfs/dev"
	cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
	for name in sh sleep true; do
		ln -s busybox "$bundle/rootfs/bin/$name"
	done
	sed "s|@GROUP@|/$group/victim|; s|@SLEEP@|98765$$|" "$here/config.json" >"$dir/config.own"
}

# With one of its own, or (any word) its mounts in the runtime's.
choose_mount_namespace() {
	if [ -z "$1" ]; then
		cp "$dir/config.own" "$bundle/config.json"
	else
		jq '.linux.namespaces |= map(select(.type != "mount"))' "$dir/config.own" >"$bundle/config.json"
	fi
}

# choose_manager CASE: one that nobody plays, for what makes a container that is given a socket, and
# removes it. Whoever starts one would wait for its word.
choose_manager() {
	case $1 in
	kill-create | kill-delete | kill-delete-created | fail-*) export NOTIFY_SOCKET=@nucleus-faults-$$ ;;
	*) unset NOTIFY_SOCKET ;;
	esac
}

# What a container may leave: state, groups, processes (a waiting child keeps the runtime's command
# line, which names the state root), mounts.
left_over() {
	[ -e "$state/victim" ] && echo "state: $(ls "$state/victim")"
	[ -e "$state/.deleted/victim" ] && echo "deleted: $(ls "$state/.deleted/victim")"
	find /sys/fs/cgroup -type d -name "*$group*" 2>/dev/null | sed 's/^/group: /'
	pgrep -af -- "--root $state" | sed 's/^/process: /'
	pgrep -af -- "sleep 98765$$" | sed 's/^/process: /'
	grep -F "$dir" /proc/self/mountinfo | sed 's/^/mount: /'
}

# A process that was killed is gone a moment later: wait for it before calling it a leak.
check_nothing_left() {
	local tries=0 rest
	while rest=$(left_over) && [ -n "$rest" ] && [ "$tries" -lt 40 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	[ -z "$rest" ] && return 0
	echo "# $1: left over:"
	while read -r line; do echo "#   $line"; done <<<"$rest"
	return 1
}

traced() { # traced INJECTION VERB...; the exit status is the program's (137 when killed)
	local injection=$1
	shift
	# In a subshell, so that bash's own "Killed" goes nowhere.
	(
		strace -qq -o /dev/null -e trace=all -e "inject=$injection" \
			"$NUCLEUS_OCI" --root "$state" "$@" </dev/null >"$dir/out" 2>&1
		exit $?
	) 2>/dev/null
}

prepare() { # the state that a verb starts from
	case $1 in
	create | run) ;;
	start | delete-created) nuc create --bundle "$bundle" victim </dev/null >/dev/null 2>&1 ;;
	delete)
		nuc create --bundle "$bundle" victim </dev/null >/dev/null 2>&1 &&
			(unset NOTIFY_SOCKET && nuc start victim) && nuc kill victim KILL
		while [ "$(nuc state victim | jq -r .status)" != stopped ]; do sleep 0.01; done
		;;
	exec) nuc create --bundle "$bundle" victim </dev/null >/dev/null 2>&1 && nuc start victim ;;
	esac
}

verb_args() {
	case $1 in
	create) args=(create --bundle "$bundle" --pid-file "$dir/pid" victim) ;;
	run) args=(run --detach --bundle "$bundle" victim) ;;
	start) args=(start victim) ;;
	delete) args=(delete victim) ;;
	delete-created) args=(delete --force victim) ;;
	exec) args=(exec --detach --pid-file "$dir/pid" victim /bin/sleep "98765$$") ;;
	esac
}

# A process of exec is the program, or dies with the runtime: what is still ours has its command line.
check_not_half_made() {
	local tries=0
	while pgrep -f -- "--root $state exec" >/dev/null && [ "$tries" -lt 40 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	[ "$tries" -lt 40 ] && return 0
	echo "# $1: half a process: $(pgrep -af -- "--root $state exec")"
	return 1
}

# strace -f ends only with the last process that it follows: a container that waits for start is deleted
# when its pid file is there, which create writes last. $1: strace's own arguments; the rest: the
# verb's. The exit status is the verb's; that of the delete is in delete_status.
follow_create() {
	local options=$1 tracer status
	shift
	delete_status=
	# shellcheck disable=SC2086 # several words by design
	strace -qq -f $options "$NUCLEUS_OCI" --root "$state" "$@" </dev/null >"$dir/out" 2>&1 &
	tracer=$!
	while kill -0 "$tracer" 2>/dev/null; do
		if [ -e "$dir/pid" ]; then
			nuc delete --force victim >"$dir/delete.out" 2>&1
			delete_status=$?
			break
		fi
		sleep 0.01
	done
	wait "$tracer"
	status=$?
	# The container may have ended before we looked.
	if [ "$status" = 0 ] && [ -z "$delete_status" ]; then
		nuc delete --force victim >"$dir/delete.out" 2>&1
		delete_status=$?
	fi
	: "${delete_status:=0}"
	return "$status"
}

# Every system call of a verb as "NAME N": the N-th call of that name, which is how strace counts.
# $1 is "-f" to follow the container's process too.
list_calls() {
	local follow=$1
	shift
	if [ -n "$follow" ]; then
		follow_create "-o $dir/calls" "$@" || return 1
	else
		strace -qq -o "$dir/calls" "$NUCLEUS_OCI" --root "$state" "$@" </dev/null >"$dir/out" 2>&1 ||
			return 1
	fi
	awk -v follow="$follow" '{
		process = follow == "" ? "" : $1
		call = follow == "" ? $0 : substr($0, length($1) + 2)
		sub(/^ +/, "", call)
		if (call !~ /^[a-z0-9_]+\(/) next
		sub(/\(.*/, "", call)
		n = ++count[process, call]
		if (!seen[call, n]++) print call, n
	}' "$dir/calls"
}

# The calls that a case tries, in $dir/list.
plan_calls() {
	local verb=$1 follow=$2 args
	prepare "$verb" || return 1
	verb_args "$verb"
	list_calls "$follow" "${args[@]}" | awk -v step="$step" 'NR % step == 0' >"$dir/list"
	nuc delete --force victim >/dev/null 2>&1
	rm -f "$dir/pid"
	[ -s "$dir/list" ]
}

kill_case() {
	local verb=$1 name n bad=0 hits=0 args
	plan_calls "$verb" "" || { report 1 "kill $verb: the verb does not work at all"; return; }
	while read -r name n; do
		prepare "$verb" || { echo "# cannot prepare $verb"; bad=1; break; }
		verb_args "$verb"
		traced "$name:signal=SIGKILL:when=$n" "${args[@]}" || hits=$((hits + 1))
		[ "$verb" != exec ] || check_not_half_made "exec killed at $name $n" || bad=1
		if ! nuc delete --force victim >"$dir/delete.out" 2>&1; then
			echo "# $verb killed at $name $n: delete --force failed: $(cat "$dir/delete.out")"
			bad=1
		fi
		rm -f "$dir/pid"
		check_nothing_left "$verb killed at $name $n" || bad=1
	done <"$dir/list"
	# A list that kills nothing would prove nothing.
	[ "$hits" -gt 10 ] || bad=1
	report "$bad" "kill $verb: SIGKILL at $hits system calls leaves only what delete --force removes"
}

# Left out: memory, without which the program ends at once by design; the start of a program, before
# ours runs; the process's own end; writing and closing what is already in trouble.
never_fail='^(execve|brk|mmap|munmap|mprotect|mremap|exit|exit_group|rt_sigreturn|arch_prctl|set_tid_address|rseq|set_robust_list|close) '

fail_case() {
	local who=$1 name n status bad=0 hits=0 follow="" args
	[ "$who" = both ] && follow=-f
	plan_calls create "$follow" || { report 1 "fail create ($who): create does not work at all"; return; }
	while read -r name n; do
		[[ "$name " =~ $never_fail ]] && continue
		verb_args create
		if [ -n "$follow" ]; then
			follow_create "-o /dev/null -e inject=$name:error=EIO:when=$n" "${args[@]}"
			status=$?
		else
			strace -qq -o /dev/null -e "inject=$name:error=EIO:when=$n" \
				"$NUCLEUS_OCI" --root "$state" "${args[@]}" </dev/null >"$dir/out" 2>&1
			status=$?
			delete_status=0
			if [ "$status" = 0 ]; then
				nuc delete --force victim >"$dir/delete.out" 2>&1
				delete_status=$?
			fi
		fi
		if [ "$delete_status" != 0 ]; then
			echo "# delete after create with $name $n failing: $(cat "$dir/delete.out")"
			bad=1
		fi
		if [ "$status" != 0 ]; then
			hits=$((hits + 1))
			# The message itself may be the write that fails.
			if [ ! -s "$dir/out" ] && [ "$name" != write ]; then
				echo "# create with $name $n failing said nothing"
				bad=1
			fi
		fi
		rm -f "$dir/pid"
		if ! check_nothing_left "create with $name $n failing"; then
			sed 's/^/#   said: /' "$dir/out"
			bad=1
			nuc delete --force victim >/dev/null 2>&1
		fi
	done <"$dir/list"
	[ "$hits" -gt 10 ] || bad=1
	report "$bad" "fail create ($who): an error at $hits system calls fails it and leaves nothing"
}

report() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $where$2"
	else
		echo "not ok $count - $where$2"
		failures=$((failures + 1))
	fi
}

make_bundle
[ $# -gt 0 ] || set -- kill-create kill-start kill-run kill-delete kill-delete-created kill-exec \
	fail-runtime fail-both host-kill-create host-kill-delete host-fail-runtime
echo "1..$#"
for case in "$@"; do
	where=
	case $case in
	host-*) where="on the host: " ;;
	esac
	choose_mount_namespace "$where"
	choose_manager "$case"
	case ${case#host-} in
	kill-*) kill_case "${case##*kill-}" ;;
	fail-*) fail_case "${case##*fail-}" ;;
	*) die "unknown case $case" ;;
	esac
done
[ "$failures" = 0 ]

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The six kinds of hooks: when they run, where, with what, and what their failure does.

load ../lib/helpers

# A hook program for the host: writes its second word to $T/order and the state to $T/state.KIND,
# then ends as its third word says.
extra_setup() {
	cat >"$T/hook" <<-EOF
		#!/bin/sh
		echo "\$1" >>"$T/order"
		cat >"$T/state.\$1"
		env >"$T/env.\$1"
		readlink /proc/self/ns/mnt >"$T/mnt.\$1"
		readlink /proc/self/ns/net >"$T/net.\$1"
		readlink /proc/self/ns/uts >"$T/uts.\$1"
		exit \${2:-0}
	EOF
	chmod 755 "$T/hook"
	# startContainer's file is the container's.
	cat >"$B/rootfs/bin/hook" <<-'EOF'
		#!/bin/sh
		echo "$1" >>/order
		cat >"/state.$1"
		id -u >"/uid.$1"
		exit ${2:-0}
	EOF
	chmod 755 "$B/rootfs/bin/hook"
	ORDER=$T/order
}

# hook KIND [EXIT-CODE [NAME]]
hook() {
	local path=$T/hook
	[ "$1" != startContainer ] || path=/bin/hook
	config '.hooks[$kind] += [{path: $path, args: ["hook", $name, $code]}]' \
		--arg kind "$1" --arg path "$path" --arg name "${3:-$1}" --arg code "${2:-0}"
}

# runc does not say of which kind the hook is.
kind_word() {
	if is_ours; then echo "$1 "; fi
}

host_kinds=(prestart createRuntime createContainer poststart poststop)
kinds=(prestart createRuntime createContainer startContainer poststart poststop)

# Where a hook writes so that it is $T/rec, and what it is called in the container.
record_in() {
	if [ "$1" = startContainer ]; then echo /tmp; else echo "$T/rec"; fi
}

# script KIND SHELL-TEXT [JQ-OBJECT]: a hook of busybox's shell, whose $0 and $* are words of args, with
# further properties. The text finds its folder in $REC.
script() {
	local busybox=/bin/busybox rec
	[ "$1" = startContainer ] || busybox=$(command -v busybox)
	rec=$(record_in "$1")
	mkdir -p "$T/rec"
	config '.hooks[$kind] += [{path: $path, args: ["sh", "-c", $text, $kind, "two words", ""]} + '"${3:-{\}}"']' \
		--arg kind "$1" --arg path "$busybox" --arg text "REC=$rec; $2"
}

# A script's own environment as it was given, before the shell adds to it. Its pid is the one of this
# /proc, which is the host's for createContainer.
# shellcheck disable=SC2016 # the hook's own
say_env='read -r pid rest </proc/self/stat
	/bin/busybox tr "\0" "\n" <"/proc/$pid/environ" >"$REC/env.$0"
	:' # the shell must not become the last command

# What a hook has written, wherever it ran.
recorded() {
	cat "$T/rec/$1" "$B/rootfs/tmp/$1" 2>/dev/null || :
}

# Gone, or waiting for whoever is its parent now.
is_dead() {
	! grep -Eqs "^State:[[:space:]]+[^ZX[:space:]]" "/proc/$1/status"
}

# A container that goes through all stages.
live_and_die() {
	args /bin/payload signal-wait
	create || { cat "$ERR"; return 1; }
	rt start "$TOKEN"
	wait_line "$OUT" ready
	rt delete --force "$TOKEN"
}

order_is() {
	[ "$(tr '\n' ' ' <"$ORDER")" = "$* " ] || { cat "$ORDER"; return 1; }
}

# fields: hooks
@test "all kinds run, in the order of the specification" {
	ours_only "poststart after start"
	for kind in "${host_kinds[@]}"; do hook "$kind"; done
	# One file for all: the container's hook writes where the host's do.
	mkdir "$B/rootfs/host"
	config '.mounts += [{destination: $t, type: "bind", source: $t, options: ["bind"]}]' --arg t "$T"
	config '.hooks.startContainer = [{path: $path, args: ["hook", "startContainer"]}]' --arg path "$T/hook"
	args /bin/payload signal-wait
	create
	order_is prestart createRuntime createContainer
	rt start "$TOKEN"
	wait_line "$OUT" ready
	order_is prestart createRuntime createContainer startContainer poststart
	rt kill "$TOKEN" KILL
	wait_status stopped
	rt delete "$TOKEN"
	order_is prestart createRuntime createContainer startContainer poststart poststop
}

@test "hooks of one kind run in the order of their list" {
	hook createRuntime 0 first
	hook createRuntime 0 second
	hook createRuntime 0 third
	payload hostname
	order_is first second third
}

@test "the state is on standard input, with the status of its stage" {
	ours_only "the status running for poststart"
	for kind in "${host_kinds[@]}"; do hook "$kind"; done
	hook startContainer
	config '.annotations = {"org.example.a": "b"}'
	args /bin/payload signal-wait
	create
	local pid
	pid=$(pid_of)
	rt start "$TOKEN"
	wait_line "$OUT" ready
	rt delete --force "$TOKEN"
	for kind in "${host_kinds[@]}"; do
		jq -e --arg id "$TOKEN" --arg bundle "$B" \
			'.id == $id and .bundle == $bundle and (.ociVersion | startswith("1."))
			and .annotations["org.example.a"] == "b"' "$T/state.$kind"
	done
	for kind in prestart createRuntime createContainer; do
		[ "$(jq -r .status "$T/state.$kind")" = creating ]
	done
	[ "$(jq -r .status "$B/rootfs/state.startContainer")" = created ]
	[ "$(jq -r .status "$T/state.poststart")" = running ]
	[ "$(jq -r .status "$T/state.poststop")" = stopped ]
	# The pid as the hook's namespace has it.
	for kind in prestart createRuntime poststart; do
		[ "$(jq -r .pid "$T/state.$kind")" = "$pid" ]
	done
	[ "$(jq -r .pid "$T/state.createContainer")" = 1 ]
	[ "$(jq -r .pid "$B/rootfs/state.startContainer")" = 1 ]
	[ "$(jq -r .id "$B/rootfs/state.startContainer")" = "$TOKEN" ]
	[ "$(jq -r .bundle "$B/rootfs/state.startContainer")" = "$B" ]
	[ "$(jq -r '.annotations["org.example.a"]' "$B/rootfs/state.startContainer")" = b ]
}

@test "namespaces: createRuntime has the runtime's, createContainer the container's, poststart the runtime's" {
	for kind in "${host_kinds[@]}"; do hook "$kind"; done
	payload ns
	local own inside
	own=$(readlink /proc/self/ns/net)
	inside=$(sed -n 's/^ns.net=//p' <<<"$output")
	[ "$(cat "$T/net.prestart")" = "$own" ]
	[ "$(cat "$T/net.createRuntime")" = "$own" ]
	[ "$(cat "$T/net.poststart")" = "$own" ]
	[ "$(cat "$T/net.poststop")" = "$own" ]
	[ "$(cat "$T/net.createContainer")" = "$inside" ]
	[ "$(cat "$T/uts.createContainer")" = "$(sed -n 's/^ns.uts=//p' <<<"$output")" ]
	[ "$(cat "$T/mnt.createContainer")" = "$(sed -n 's/^ns.mnt=//p' <<<"$output")" ]
}

@test "a createContainer hook sees the host's files and can mount into the root" {
	mkdir "$T/extra"
	touch "$T/extra/file"
	cat >"$T/mounter" <<-EOF
		#!/bin/sh
		mount --bind "$T/extra" "$B/rootfs/mnt"
	EOF
	chmod 755 "$T/mounter"
	config '.hooks.createContainer = [{path: $path}]' --arg path "$T/mounter"
	payload stat /mnt/file
	has "stat /mnt/file=ok"
	run ! grep -F "$T/extra" /proc/self/mountinfo
}

# fields: hooks.prestart[].path hooks.createRuntime[].path hooks.createContainer[].path
# fields: hooks.startContainer[].path hooks.poststart[].path hooks.poststop[].path
# fields: hooks.prestart[].args hooks.createRuntime[].args hooks.createContainer[].args
# fields: hooks.startContainer[].args hooks.poststart[].args hooks.poststop[].args
@test "every kind: args are the program's words, the first is its name" {
	# busybox is called sh by args[0] only; startContainer's busybox is the container's.
	# shellcheck disable=SC2016 # the hook's own
	for kind in "${kinds[@]}"; do script "$kind" 'printf "%s|" "$0" "$@" >"$REC/args.$0"'; done
	live_and_die
	for kind in "${kinds[@]}"; do
		[ "$(recorded "args.$kind")" = "$kind|two words||" ]
	done
}

# fields: hooks.prestart[].env hooks.createRuntime[].env hooks.createContainer[].env
# fields: hooks.startContainer[].env hooks.poststart[].env hooks.poststop[].env
@test "every kind: with env only what is given, also nothing" {
	local good
	good=$(cat "$B/config.json")
	for kind in "${kinds[@]}"; do script "$kind" "$say_env" '{env: ["A=b c", "PATH=/bin:/usr/bin"]}'; done
	FROM_OUTSIDE=1 live_and_die
	for kind in "${kinds[@]}"; do
		[ "$(recorded "env.$kind")" = $'A=b c\nPATH=/bin:/usr/bin' ]
	done
	echo "$good" >"$B/config.json"
	for kind in "${kinds[@]}"; do script "$kind" "$say_env" '{env: []}'; done
	FROM_OUTSIDE=1 live_and_die
	for kind in "${kinds[@]}"; do [ -z "$(recorded "env.$kind")" ]; done
}

@test "every kind: without env the runtime's, createContainer's is empty, startContainer's the program's" {
	for kind in "${kinds[@]}"; do script "$kind" "$say_env"; done
	config '.process.env += ["OF_THE_PROGRAM=1"]'
	FROM_OUTSIDE=1 live_and_die
	ours_only "this version's choice"
	for kind in prestart createRuntime poststart poststop; do
		recorded "env.$kind" | grep -qx FROM_OUTSIDE=1
		run ! grep -q OF_THE_PROGRAM <(recorded "env.$kind")
	done
	[ -z "$(recorded env.createContainer)" ]
	recorded env.startContainer | grep -qx OF_THE_PROGRAM=1
	recorded env.startContainer | grep -qx HOME=/root
	run ! grep -q FROM_OUTSIDE <(recorded env.startContainer)
}

@test "args: the first is the name of the program, without args the path is" {
	printf '#!/bin/sh\ncat >/dev/null\ntr "\\0" "\\n" </proc/$$/cmdline >%s/args\n' "$T" >"$T/namer"
	chmod 755 "$T/namer"
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/namer"
	payload hostname
	grep -qx "$T/namer" "$T/args"
}

@test "a hook that does not read its standard input is no problem" {
	config '.hooks.createRuntime = [{path: "/bin/true"}]'
	config '.annotations.long = $long' --arg long "$(printf '%0100000d' 0)"
	payload hostname
	has hostname=inside
}

@test "a hook's output does not get into the container's" {
	printf '#!/bin/sh\ncat >/dev/null\necho from the hook\n' >"$T/noisy"
	chmod 755 "$T/noisy"
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/noisy"
	args /bin/payload hostname
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	lacks "from the hook"
}

@test "failing hooks before the start fail create, with kind and number, and leave nothing" {
	for kind in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		hook "$kind" 0 first
		hook "$kind" 3 second
		hook "$kind" 0 third
		: >"$ORDER"
		refused_create "$(kind_word "$kind")hook #1"
		matches "exit status 3|status 3|code 3|with 3"
		order_is first second
	done
}

@test "a hook that fails create is followed by the poststop hooks" {
	ours_only "poststop after a failed create"
	for kind in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		hook "$kind" 3
		hook poststop 0 first
		hook poststop 7 second
		hook poststop 0 third
		: >"$ORDER"
		refused_create "$kind hook #0"
		order_is "$kind" first second third
		[ "$(jq -r .status "$T/state.third")" = stopped ]
	done
}

@test "a failing startContainer hook fails start; the program does not run, the container is deleted" {
	ours_only "what the lifecycle of the specification says"
	hook startContainer 0 first
	hook startContainer 4 second
	hook startContainer 0 third
	hook poststop
	args /bin/payload try-write /ran
	create
	refused "startContainer hook #1: exit status 4" rt start "$TOKEN"
	[ ! -e "$B/rootfs/ran" ]
	[ "$(tr '\n' ' ' <"$B/rootfs/order")" = "first second " ]
	order_is poststop
	refused "does not exist" rt state "$TOKEN"
	nothing_left
	create
}

@test "a failing startContainer hook fails run, which cleans up" {
	hook startContainer 4
	args /bin/payload try-write /ran
	refused "$(kind_word startContainer)hook #0" rt run --bundle "$B" "$TOKEN"
	[ ! -e "$B/rootfs/ran" ]
	nothing_left
}

@test "a failing poststart hook fails start; the program is killed, the container is deleted" {
	ours_only "what the lifecycle of the specification says"
	hook poststart 0 first
	hook poststart 5 second
	hook poststart 0 third
	hook poststop
	args /bin/payload signal-wait
	create --pid-file "$T/pid" "$TOKEN"
	refused "poststart hook #1: exit status 5" rt start "$TOKEN"
	order_is first second poststop
	is_dead "$(cat "$T/pid")"
	refused "does not exist" rt state "$TOKEN"
	nothing_left
}

@test "a failing poststart hook fails run, which cleans up" {
	hook poststart 5
	hook poststop
	args /bin/payload sleep
	refused "poststart hook #0" rt run --detach --pid-file "$T/pid" --bundle "$B" "$TOKEN"
	order_is poststart poststop
	nothing_left
	if is_ours; then [ ! -e "$T/pid" ]; fi
}

@test "a failing poststop hook is a warning: the container is deleted, the next hook runs" {
	ours_only "going on after a failure"
	hook poststop 5 first
	hook poststop 0 second
	args /bin/payload exit 0
	create_and_start
	wait_status stopped
	run -0 rt delete "$TOKEN"
	order_is first second
	matches "poststop hook #0"
}

@test "poststop hooks run when the container is deleted: its id is free, its group and process are gone" {
	ours_only "the order of delete"
	cat >"$T/late" <<-EOF
		#!/bin/sh
		cat >/dev/null
		"$NUCLEUS_OCI" --root "$R" state "$TOKEN" >"$T/late.state" 2>&1
		"$NUCLEUS_OCI" --root "$R" list -q >"$T/late.list"
		find /sys/fs/cgroup -type d -name "*$TOKEN*" >"$T/late.groups"
		grep -Es "^State:[[:space:]]+[^ZX[:space:]]" "/proc/\$(cat "$T/pid")/status" >>"$T/late.groups"
	EOF
	chmod 755 "$T/late"
	config '.hooks.poststop = [{path: $path}]' --arg path "$T/late"
	args /bin/payload sleep
	create --pid-file "$T/pid" "$TOKEN"
	rt delete --force "$TOKEN"
	grep -q "container \"$TOKEN\" does not exist" "$T/late.state"
	[ ! -s "$T/late.list" ]
	[ ! -s "$T/late.groups" ]
	[ ! -e "$R/.deleted/$TOKEN" ]
}

# A delete that is killed while the poststop hook hangs; the next time the hook is quick.
kill_delete() {
	cat >"$T/hang" <<-EOF
		#!/bin/sh
		echo ran >>"$ORDER"
		[ -e "$T/quick" ] || exec sleep 1000
	EOF
	chmod 755 "$T/hang"
	config '.hooks.poststop = [{path: $path}]' --arg path "$T/hang"
	args /bin/payload sleep
	create
	"$NUCLEUS_OCI" --root "$R" delete --force "$TOKEN" 3>&- &
	patiently test -e "$ORDER"
	kill -KILL $!
	wait $! || true
	touch "$T/quick"
	[ "$(ls "$R/.deleted")" = "$TOKEN" ]
}

@test "a delete that is killed while poststop hooks run: delete --force runs them again" {
	ours_only "picking up what was killed"
	kill_delete
	refused "does not exist" rt state "$TOKEN"
	run -0 rt delete --force "$TOKEN"
	order_is ran ran
	[ -z "$(ls "$R/.deleted")" ]
}

@test "a delete that is killed while poststop hooks run: the id may be used, and both go" {
	ours_only "picking up what was killed"
	kill_delete
	create
	run -0 rt delete "$TOKEN"
	order_is ran ran ran
	[ -z "$(ls "$R/.deleted")" ]
}

# slow KIND: a hook of the kind that takes too long, with a child; the words mark the processes.
slow() {
	script "$1" '/bin/busybox sleep 7'$$'1 & /bin/busybox sleep 7'$$2 '{timeout: 1}'
}

nobody_sleeps() {
	patiently eval "! pgrep -f 'sleep 7$$[12]'"
}

# fields: hooks.prestart[].timeout hooks.createRuntime[].timeout hooks.createContainer[].timeout
@test "a hook of create that takes too long is killed, with its children, and create fails" {
	ours_only "killing all of it"
	for kind in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		slow "$kind"
		refused_create "$kind hook #0: timed out after 1 seconds"
		nobody_sleeps
	done
}

# fields: hooks.startContainer[].timeout hooks.poststart[].timeout
@test "a hook of start that takes too long is killed, with its children, and start fails" {
	ours_only "killing all of it"
	args /bin/payload signal-wait
	for kind in startContainer poststart; do
		config 'del(.hooks)'
		slow "$kind"
		create
		refused "$kind hook #0: timed out after 1 seconds" rt start "$TOKEN"
		nobody_sleeps
		nothing_left
	done
}

# fields: hooks.poststop[].timeout
@test "a poststop hook that takes too long is killed, with its children, which is a warning" {
	ours_only "killing all of it"
	slow poststop
	hook poststop 0 next
	args /bin/payload sleep
	create
	run -0 rt delete --force "$TOKEN"
	matches "warning: .*poststop hook #0: timed out after 1 seconds"
	nobody_sleeps
	order_is next
}

@test "a hook killed by a signal is a failure" {
	printf '#!/bin/sh\nkill -KILL $$\n' >"$T/killed"
	chmod 755 "$T/killed"
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/killed"
	refused_create "hook #0.*(signal|killed|KILL|9)"
}

@test "a hook that is not there, or not executable" {
	config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	refused_create "/no/such/hook.*[Nn]o such file"
	touch "$T/plain"
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/plain"
	refused_create "$T/plain.*[Pp]ermission denied"
}

@test "a hook's path must be absolute, its timeout positive" {
	ours_only "checking it at create"
	config '.hooks.createRuntime = [{path: "hook"}]'
	refused_create 'hooks.createRuntime\[0\].path'
	config '.hooks.createRuntime = [{path: "/bin/true", timeout: 0}]'
	refused_create 'hooks.createRuntime\[0\].timeout'
	config '.hooks = {preStart: []}'
	run -0 rt validate "$B"
}

@test "startContainer hooks run with the payload's credentials" {
	ours_only "the payload's user for them"
	config '.process.user = {uid: 1000, gid: 1000}'
	chmod 777 "$B/rootfs"
	hook startContainer
	payload hostname
	[ "$(cat "$B/rootfs/uid.startContainer")" = 1000 ]
}

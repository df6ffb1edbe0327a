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

order_is() {
	[ "$(tr '\n' ' ' <"$ORDER")" = "$* " ] || { cat "$ORDER"; return 1; }
}

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
	[ "$(jq -r .status "$T/state.createRuntime")" = creating ]
	[ "$(jq -r .status "$T/state.createContainer")" = creating ]
	[ "$(jq -r .status "$T/state.poststart")" = running ]
	[ "$(jq -r .status "$T/state.poststop")" = stopped ]
	[ "$(jq -r .pid "$T/state.createRuntime")" = "$pid" ]
	[ "$(jq -r .pid "$T/state.poststart")" = "$pid" ]
	[ "$(jq -r .id "$B/rootfs/state.startContainer")" = "$TOKEN" ]
	[[ "$(jq -r .status "$B/rootfs/state.startContainer")" =~ ^(created|creating)$ ]]
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

@test "env: only what is given" {
	config '.hooks.createRuntime = [{path: $path, args: ["hook", "env"], env: ["PATH=/usr/bin:/bin", "A=b c"]}]' \
		--arg path "$T/hook"
	FROM_OUTSIDE=1 payload hostname
	grep -qx "A=b c" "$T/env.env"
	run ! grep -q FROM_OUTSIDE "$T/env.env"
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

@test "a failing hook runs the poststop hooks, when the container is cleaned up" {
	hook createRuntime 3
	hook poststop
	: >"$ORDER"
	refused_create "hook #0"
	# Whether poststop runs for a container that never was is left open by the specification.
	[[ "$(tr '\n' ' ' <"$ORDER")" =~ ^"createRuntime "("poststop ")?$ ]]
}

@test "a failing startContainer hook fails start; the program does not run" {
	hook startContainer 4
	args /bin/payload try-write /ran
	create
	ours_only "start reporting it"
	refused "startContainer hook #0" rt start "$TOKEN"
	[ ! -e "$B/rootfs/ran" ]
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

@test "a failing startContainer hook fails run, which cleans up" {
	hook startContainer 4
	args /bin/payload try-write /ran
	refused "$(kind_word startContainer)hook #0" rt run --bundle "$B" "$TOKEN"
	[ ! -e "$B/rootfs/ran" ]
	nothing_left
}

@test "a failing poststart hook: told, and what follows is what 1.3 of the specification says" {
	ours_only "this version's reading"
	hook poststart 5
	args /bin/payload signal-wait
	create
	run rt start "$TOKEN"
	matches "poststart hook #0"
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

@test "a hook that takes too long is killed, with its children" {
	ours_only "killing all of it"
	printf '#!/bin/sh\nsleep 7%s1 &\nsleep 7%s2\n' "$$" "$$" >"$T/slow"
	chmod 755 "$T/slow"
	config '.hooks.createRuntime = [{path: $path, timeout: 1}]' --arg path "$T/slow"
	refused_create "createRuntime hook #0"
	matches "timeout|timed out|[0-9] second"
	patiently eval "! pgrep -f 'sleep 7$$[12]'"
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

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# create, start, state, kill, delete, list: what each does, in which state, and what it says
# where it does not.

load ../lib/helpers

@test "create: the program does not run, state says created with a living process" {
	args /bin/payload try-write /tmp/ran sleep
	create
	run -0 rt state "$TOKEN"
	[ "$(jq -r .id <<<"$output")" = "$TOKEN" ]
	[ "$(jq -r .status <<<"$output")" = created ]
	[ "$(jq -r .bundle <<<"$output")" = "$B" ]
	[[ $(jq -r .ociVersion <<<"$output") =~ ^1\.[0-9]+\.[0-9]+ ]]
	[ -d "/proc/$(jq -r .pid <<<"$output")" ]
	[ ! -e "$B/rootfs/tmp/ran" ]
}

@test "start: the program runs, state says running, its end says stopped and pid 0" {
	args /bin/payload signal-wait
	create
	local pid
	pid=$(pid_of)
	run -0 rt start "$TOKEN"
	[ -z "$output" ]
	wait_line "$OUT" ready
	[ "$(status_of)" = running ]
	[ "$(pid_of)" = "$pid" ]
	grep -qx "/bin/payload" <(tr '\0' '\n' <"/proc/$pid/cmdline")
	kill -TERM "$pid"
	wait_status stopped
	[[ "$(rt state "$TOKEN" | jq .pid)" =~ ^(0|null)$ ]]
	run -0 rt delete "$TOKEN"
	[ -z "$output" ]
	nothing_left
}

# fields: annotations
@test "annotations of the configuration are in the state" {
	config '.annotations = {"org.example.key": "a \"value\""}'
	args /bin/payload sleep
	create
	[ "$(rt state "$TOKEN" | jq -r '.annotations["org.example.key"]')" = 'a "value"' ]
}

@test "a changed config.json does not change a created container" {
	args /bin/payload exit 0
	config '.process.args = ["/bin/payload", "complain", "first", "signal-wait"]'
	create
	args /bin/payload complain second
	rt start "$TOKEN"
	wait_line "$OUT" ready
	grep -qx first "$ERR"
	run ! grep -qx second "$ERR"
}

@test "--bundle is the current directory if not given" {
	args /bin/payload sleep
	cd "$B"
	rt create "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	[ "$(rt state "$TOKEN" | jq -r .bundle)" = "$B" ]
}

@test "--pid-file has the process id of the container's init" {
	args /bin/payload sleep
	create --pid-file "$T/pid" "$TOKEN"
	[ "$(cat "$T/pid")" = "$(pid_of)" ]
	[[ "$(readlink "/proc/$(cat "$T/pid")/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]]
}

@test "a pid file that can't be written: create fails and leaves nothing" {
	args /bin/payload sleep
	refused "No such file or directory|no such file" rt create --bundle "$B" --pid-file "$T/no/pid" "$TOKEN"
	nothing_left
}

@test "an id that is in use is refused, and the container of that id stays as it is" {
	args /bin/payload sleep
	create
	local pid
	pid=$(pid_of)
	refused "container with given ID already exists" rt create --bundle "$B" "$TOKEN"
	[ "$(status_of)" = created ]
	[ "$(pid_of)" = "$pid" ]
	rt start "$TOKEN"
}

@test "an id that is not known is an error of every verb" {
	for verb in start state kill delete; do
		refused "does not exist" rt "$verb" "$TOKEN-unknown"
	done
	if is_ours; then
		refused "container \"$TOKEN-unknown\" does not exist" rt state "$TOKEN-unknown"
	fi
}

@test "delete --force of an id that is not known succeeds" {
	run -0 rt delete --force "$TOKEN-unknown"
	[ -z "$output" ]
}

@test "start of a running container is refused" {
	args /bin/payload signal-wait
	create_and_start ready
	refused "cannot start an already running container" rt start "$TOKEN"
	[ "$(status_of)" = running ]
}

@test "start of a stopped container is refused" {
	args /bin/payload exit 0
	create_and_start
	wait_status stopped
	refused "cannot start a container that has stopped" rt start "$TOKEN"
	[ "$(status_of)" = stopped ]
}

@test "delete of a running container is refused, the container runs on" {
	args /bin/payload signal-wait
	create_and_start ready
	refused "that is not stopped: running" rt delete "$TOKEN"
	[ "$(status_of)" = running ]
}

@test "delete --force of a running container kills it and removes everything" {
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	local pid
	pid=$(pid_of)
	run -0 rt delete --force "$TOKEN"
	[ -z "$output" ]
	patiently test ! -d "/proc/$pid"
	refused "does not exist" rt state "$TOKEN"
	nothing_left
}

@test "delete of a created container removes it" {
	args /bin/payload sleep
	create
	run -0 rt delete "$TOKEN"
	nothing_left
}

@test "delete --force of a created container removes it" {
	args /bin/payload sleep
	create
	run -0 rt delete --force "$TOKEN"
	nothing_left
}

@test "kill: TERM if no signal is given, also to a created container" {
	args /bin/payload signal-wait
	create_and_start ready
	run -0 rt kill "$TOKEN"
	[ -z "$output" ]
	wait_line "$OUT" "signal=15"
	wait_status stopped
}

@test "kill: a created container is killed by KILL" {
	args /bin/payload sleep
	create
	rt kill "$TOKEN" KILL
	wait_status stopped
	rt delete "$TOKEN"
	nothing_left
}

@test "kill: signals by number, name, with SIG, in any case" {
	args /bin/payload signal-wait
	create_and_start ready
	rt kill "$TOKEN" 10
	wait_line "$OUT" "signal=10"
	rt kill "$TOKEN" USR2
	wait_line "$OUT" "signal=12"
	rt kill "$TOKEN" SIGHUP
	wait_line "$OUT" "signal=1"
	rt kill "$TOKEN" sigint
	wait_line "$OUT" "signal=2"
	[ "$(status_of)" = running ]
	ours_only "a real-time signal's name"
	rt kill "$TOKEN" RTMIN+3
	wait_line "$OUT" "signal=37"
}

@test "kill: an unknown signal is refused and nothing is sent" {
	args /bin/payload signal-wait
	create_and_start ready
	refused 'unknown signal .*NOSUCH' rt kill "$TOKEN" NOSUCH
	refused 'unknown signal .*65|invalid argument' rt kill "$TOKEN" 65
	refused 'unknown signal|unknown option|invalid argument' rt kill "$TOKEN" -1
	[ "$(cat "$OUT")" = ready ]
	[ "$(status_of)" = running ]
}

@test "kill of a stopped container is refused" {
	args /bin/payload exit 0
	create_and_start
	wait_status stopped
	refused "container not running" rt kill "$TOKEN" KILL
}

@test "kill --all of a stopped container with nobody left succeeds" {
	ours_only "kill --all after the end"
	args /bin/payload exit 0
	create_and_start
	wait_status stopped
	run -0 rt kill --all "$TOKEN" KILL
}

@test "kill --all reaches every process of the container" {
	args /bin/payload fork-tree 4
	create_and_start tree=ready
	[ "$(processes_of_test | wc -l)" = 5 ]
	rt kill --all "$TOKEN" KILL
	wait_status stopped
	patiently test -z "$(processes_of_test)"
	rt delete "$TOKEN"
	nothing_left
}

@test "kill --all sends other signals than KILL to each, too" {
	need_group "what is not below the container's first process is found by it"
	args /bin/sh -c '(trap "echo grandchild" USR1; echo a; while :; do sleep 0.1; done) &
		trap "echo child" USR1; echo b; while :; do sleep 0.1; done'
	create_and_start a
	wait_line "$OUT" b
	rt kill --all "$TOKEN" USR1
	wait_line "$OUT" grandchild
	wait_line "$OUT" child
}

@test "without a pid namespace KILL ends every process of the container" {
	need_group "what is not below the container's first process is found by it"
	ours_only "KILL for all of them"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	# /proc shows the host's processes here, but runc needs it.
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	[ "$(processes_of_test | wc -l)" = 4 ]
	rt kill "$TOKEN" KILL
	wait_status stopped
	patiently eval '[ -z "$(processes_of_test)" ]'
	rt delete "$TOKEN"
	nothing_left
}

@test "without a pid namespace delete kills what init left behind" {
	need_group "what is not below the container's first process is found by it"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	# /proc shows the host's processes here, but runc needs it.
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	kill -KILL "$(pid_of)"
	wait_status stopped
	[ "$(processes_of_test | wc -l)" = 3 ]
	rt delete --force "$TOKEN"
	nothing_left
}

@test "a paused-looking world: a stopped (SIGSTOP) process is still running and can be killed" {
	args /bin/payload signal-wait
	create_and_start ready
	rt kill "$TOKEN" STOP
	[ "$(status_of)" = running ]
	rt kill "$TOKEN" KILL
	wait_status stopped
}

@test "list: table, quiet and json" {
	args /bin/payload sleep
	create "$TOKEN"
	config 'if .linux.cgroupsPath then .linux.cgroupsPath += "-second" else . end'
	create "$TOKEN-second"
	run -0 rt list
	[[ "${lines[0]}" =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	[ "${#lines[@]}" = 3 ]
	matches "^$TOKEN +$(pid_of) +created +$B +[0-9]{4}-[0-9]{2}-[0-9]{2}T" "^$TOKEN-second +"
	run -0 rt list -q
	has "$TOKEN" "$TOKEN-second"
	[ "${#lines[@]}" = 2 ]
	run -0 rt list --format json
	[ "$(jq length <<<"$output")" = 2 ]
	[ "$(jq -r 'map(.id) | sort | join(" ")' <<<"$output")" = "$TOKEN $TOKEN-second" ]
	[ "$(jq -r '.[0].status' <<<"$output")" = created ]
	[ "$(jq -r '.[] | select(.id == $id) | .pid' --arg id "$TOKEN" <<<"$output")" = "$(pid_of)" ]
	rt delete --force "$TOKEN-second"
}

@test "state and list have every field, of a stopped container too" {
	config '.annotations = {"a.b": "c"}'
	args /bin/payload exit 0
	create
	state_is() {
		jq -e '.ociVersion and .id == $id and .status == $status and .bundle == $bundle
			and .rootfs == $bundle + "/rootfs" and .annotations == {"a.b": "c"} and .owner == $owner
			and (.pid | type == "number") and ((.pid == 0) == ($status == "stopped"))
			and (.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z$"))' \
			--arg id "$TOKEN" --arg status "$1" --arg bundle "$B" --arg owner "$(id -un)" >/dev/null
	}
	rt state "$TOKEN" | state_is created
	rt list -f json | jq '.[0]' | state_is created
	rt start "$TOKEN"
	wait_status stopped
	rt state "$TOKEN" | state_is stopped
	rt list -f json | jq '.[0]' | state_is stopped
	[ "$(rt list | sed -n 's/^.* //p' | tail -n 1)" = "$(id -un)" ]
}

@test "an owner without a name is a number, and one that this version does not know of is no error" {
	args /bin/payload sleep
	create
	jq '.uid = 54321 | .somethingNew = {x: 1}' "$R/$TOKEN/state.json" >"$T/state.json"
	cp "$T/state.json" "$R/$TOKEN/state.json"
	[ "$(rt state "$TOKEN" | jq -r .owner)" = "#54321" ]
	run -0 rt list
	matches " #54321$"
}

@test "list of an empty state root; one that was asked for and is missing" {
	if is_ours; then refused "does not exist" rt list; fi
	mkdir "$R"
	run -0 rt list -q
	[ -z "$output" ]
	run -0 rt list --format json
	[[ "$output" =~ ^(\[\]|null)$ ]]
}

@test "the state directory is the caller's own" {
	args /bin/payload sleep
	create
	[ "$(stat -c %a "$R/$TOKEN")" = 700 ] || [ "$(stat -c %a "$R/$TOKEN")" = 711 ]
}

@test "the log of an error is one JSON line with its kind" {
	ours_only "the key kind"
	run -1 rt --log "$T/log" --log-format json state "$TOKEN"
	[ "$(wc -l <"$T/log")" = 1 ]
	[ "$(jq -r .level "$T/log")" = error ]
	[ "$(jq -r .msg "$T/log")" = "container \"$TOKEN\" does not exist" ]
	[ "$(jq -r .kind "$T/log")" = not-found ]
	[[ "$(jq -r .time "$T/log")" =~ ^[0-9-]+T[0-9:.]+Z$ ]]
}

@test "the id of one deleted can be used again" {
	args /bin/payload exit 0
	for _ in 1 2 3; do
		create_and_start
		wait_status stopped
		rt delete "$TOKEN"
	done
	nothing_left
}

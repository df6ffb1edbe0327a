#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# ps: which processes are listed, as JSON and as the host's ps prints them.

load ../lib/helpers

# The process ids that json says, one a line.
ps_json() {
	rt ps --format json "${1:-$TOKEN}" | jq '.[]'
}

without_group() {
	config 'del(.linux.cgroupsPath)'
	rt --cgroup-manager disabled create --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	rt start "$TOKEN"
}

@test "json: the ids of every process of the container on one line, and no others" {
	args /bin/payload fork-tree 3
	create_and_start tree=ready
	run -0 rt ps --format json "$TOKEN"
	[ "${#lines[@]}" = 1 ]
	[[ $output =~ ^\[[0-9]+(,[0-9]+)*\]$ ]]
	[ "$(jq length <<<"$output")" -gt 1 ]
	# What carries the test's mark and is in the container's pid namespace.
	local pid init
	init=$(pid_of)
	for pid in $(processes_of_test); do
		[ "$(readlink "/proc/$pid/ns/pid")" != "$(readlink "/proc/$init/ns/pid")" ] || echo "$pid"
	done | sort -n >"$T/expected"
	jq '.[]' <<<"$output" | sort -n | diff "$T/expected" -
	ps_json | grep -qx "$init"
}

@test "table: the head and the lines of the host's ps -ef" {
	args /bin/payload fork-tree 2
	create_and_start tree=ready
	run -0 rt ps "$TOKEN"
	[[ ${lines[0]} =~ PID.*CMD ]]
	[ $((${#lines[@]} - 1)) = "$(ps_json | wc -l)" ]
	lacks " ps -ef"
	ps_json | while read -r pid; do matches "^ *[^ ]+ +$pid "; done
}

@test "table: options for ps come behind the id, whatever they look like" {
	args /bin/payload signal-wait
	create_and_start ready
	run -0 rt ps --format table "$TOKEN" -A -o ppid,pid,comm
	[[ ${lines[0]} =~ ^\ *PPID\ +PID\ +COMMAND$ ]]
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} =~ ^\ *[0-9]+\ +$(pid_of)\ +payload$ ]]
	refused "no column PID" rt ps "$TOKEN" -A -o comm
	matches "hint: "
	run -1 rt ps "$TOKEN" --no-such-option-of-ps
	matches "ps failed with exit status [1-9]"
}

@test "the environment may be empty, as engines have it" {
	args /bin/payload signal-wait
	create_and_start ready
	run -0 env -i "$NUCLEUS_OCI" --root "$R" ps "$TOKEN"
	matches " $(pid_of) "
}

@test "a created, a paused and a stopped container" {
	args /bin/payload signal-wait
	create
	[ "$(ps_json)" = "$(pid_of)" ]
	rt start "$TOKEN"
	wait_line "$OUT" ready
	if [ "$WHO" = root ]; then
		rt pause "$TOKEN"
		[ "$(ps_json)" = "$(pid_of)" ]
		rt resume "$TOKEN"
	fi
	rt kill "$TOKEN" KILL
	wait_status stopped
	run -0 rt ps -f json "$TOKEN"
	[ "$output" = "[]" ]
	run -0 rt ps "$TOKEN"
	[ -z "$output" ]
	refused "does not exist" rt ps no
}

@test "groups below the container's count too" {
	need_group "makes one below the container's"
	args /bin/payload fork-tree 2
	create_and_start tree=ready
	local before group pid
	before=$(ps_json)
	pid=$(tail -n 1 <<<"$before")
	# The one that counts, which is v2's where there is one.
	for group in $(groups_of_test | sort -r); do
		case $group in */unified/* | "/sys/fs/cgroup${NUCLEUS_GROUP:-}"/nucleus-oci-* | */freezer/*) ;; *) continue ;; esac
		mkdir "$group/below"
		echo "$pid" >"$group/below/cgroup.procs"
	done
	[ "$(ps_json)" = "$before" ]
}

@test "without a group: the processes of the container's pid namespace" {
	args /bin/payload fork-tree 2
	without_group
	wait_line "$OUT" tree=ready
	run -0 --separate-stderr rt ps -f json "$TOKEN"
	[ "$(jq length <<<"$output")" -gt 1 ]
	jq '.[]' <<<"$output" | grep -qx "$(pid_of)"
	[ -z "$stderr" ]
	rt kill "$TOKEN" KILL
	wait_status stopped
	[ "$(rt ps -f json "$TOKEN")" = "[]" ]
}

@test "without a group and a pid namespace: the first process, and a word about it" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	# Nothing but its group would let the others be found.
	args /bin/payload signal-wait
	[ "$WHO" = root ] || config '.mounts |= map(if .type == "proc" then . + {type: "bind", source: "/proc", options: ["rbind"]} else . end)'
	without_group
	wait_line "$OUT" ready
	run -0 --separate-stderr rt ps -f json "$TOKEN"
	[ "$output" = "[$(pid_of)]" ]
	[[ $stderr == *"only the first is known"* ]]
	rt kill "$TOKEN" KILL
	wait_status stopped
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Many containers by loops that run at the same time, in the sequences of verbs that engines use: none
# is lost, and nothing is left. `make check-stress` runs this with more of them.

load ../lib/helpers

COUNT=${NUCLEUS_STRESS:-32} LOOPS=8

# Each has a bundle, with the one root file system, a group of its own, and its id in its environment.
make_bundle() {
	mkdir "$T/bundles/$1"
	sed "s/THE-ID/$1/g" "$B/config.json" >"$T/bundles/$1/config.json"
}

ended() {
	local tries=0
	until [ "$(rt state "$1" | jq -r .status)" = stopped ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || return 1
		sleep 0.05
	done
}

# As a shim does it: two steps, the pid from its file, an exec, a signal, the end, delete.
by_steps() {
	rt --log "$T/bundles/$1/log" --log-format json create --bundle "$T/bundles/$1" --pid-file "$T/bundles/$1/pid" "$1" \
		>"$T/bundles/$1/out" 2>&1 || return
	[ "$(rt state "$1" | jq -r '"\(.status) \(.pid)"')" = "created $(cat "$T/bundles/$1/pid")" ] || return
	rt start "$1" || return
	[ "$(rt exec "$1" /bin/sh -c 'echo "$ID"')" = "$1" ] || return
	rt kill "$1" KILL && ended "$1" && rt delete "$1" || return
	[ ! -s "$T/bundles/$1/log" ]
}

by_force() {
	rt create --bundle "$T/bundles/$1" "$1" >"$T/bundles/$1/out" 2>&1 || return
	rt start "$1" && rt delete --force "$1"
}

detached() {
	rt run --detach --bundle "$T/bundles/$1" "$1" >"$T/bundles/$1/out" 2>&1 || return
	rt exec "$1" /bin/true && rt kill --all "$1" KILL && ended "$1" && rt delete "$1"
}

in_the_foreground() {
	local status=0
	sed -i 's|exec /bin/payload sleep|exit 7|' "$T/bundles/$1/config.json"
	rt run --bundle "$T/bundles/$1" "$1" >"$T/bundles/$1/out" 2>&1 || status=$?
	[ "$status" = 7 ]
}

# worker NUMBER: every LOOPS-th container. What went wrong is a line of the file.
worker() {
	local ways=(by_steps by_force detached in_the_foreground) i id
	for ((i = $1; i < COUNT; i += LOOPS)); do
		id=$TOKEN-$i
		make_bundle "$id"
		"${ways[(i / LOOPS) % 4]}" "$id" >"$T/bundles/$id/said" 2>&1 ||
			echo "$id ${ways[(i / LOOPS) % 4]}: $(cat "$T/bundles/$id/said" "$T/bundles/$id/out")" >>"$T/wrong"
	done
}

@test "containers by eight loops at once: none is lost, nothing is left" {
	local i pids=()
	config '.root.path = "\($root)/rootfs" | .process.env += ["ID=THE-ID"]
		| if .linux.cgroupsPath then .linux.cgroupsPath += "-THE-ID" else . end' --arg root "$B"
	args /bin/sh -c 'echo "this is $ID"; exec /bin/payload sleep'
	mkdir "$T/bundles"
	for ((i = 0; i < LOOPS; i++)); do
		worker "$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ ! -e "$T/wrong" ] || { cat "$T/wrong"; false; }
	run -0 rt list -q
	[ -z "$output" ]
	[ "$(find "$T/bundles" -mindepth 1 -maxdepth 1 | wc -l)" = "$COUNT" ]
	# Those that were not killed have said who they are.
	for ((i = 0; i < COUNT; i++)); do
		[ $((i / LOOPS % 4)) != 3 ] || grep -qx "this is $TOKEN-$i" "$T/bundles/$TOKEN-$i/out"
	done
	# Not even a hidden file, but for the cache of filters.
	[ -z "$(find "$R" -mindepth 1 ! -path "$R/.seccomp-cache*")" ]
	nothing_left
}

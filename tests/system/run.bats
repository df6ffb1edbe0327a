#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# run: the exit code, signals, standard input and output, and what is left behind.

load ../lib/helpers

# run in the background; the runtime's own pid is in $runtime.
run_behind() {
	"$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&- &
	runtime=$!
}

runtime_exits() {
	local status=0
	wait "$runtime" || status=$?
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

@test "the exit code is the program's" {
	for code in 0 1 7 127 255; do
		PAYLOAD_STATUS=$code payload exit "$code"
		[ -z "$output" ]
	done
	nothing_left
}

@test "128 + N if signal N ended the program" {
	args /bin/sh -c 'sh -c "kill -KILL \$\$"; exit $?'
	run -137 rt run --bundle "$B" "$TOKEN"
	# As pid 1 the program is only ended by a signal from outside.
	args /bin/payload signal-wait
	run_behind
	wait_line "$OUT" ready
	rt kill "$TOKEN" KILL
	runtime_exits 137
	nothing_left
}

@test "a fault that ends the program is told as 128 + its signal" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/payload raise 6
	run -134 rt run --bundle "$B" "$TOKEN"
	args /bin/payload raise 11
	run -139 rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "signals that the runtime gets are the program's" {
	args /bin/payload signal-wait
	run_behind
	wait_line "$OUT" ready
	kill -USR1 "$runtime"
	wait_line "$OUT" signal=10
	kill -HUP "$runtime"
	wait_line "$OUT" signal=1
	if is_ours; then
		kill -WINCH "$runtime"
		wait_line "$OUT" signal=28
	fi
	kill -TERM "$runtime"
	wait_line "$OUT" signal=15
	runtime_exits 0
	nothing_left
}

@test "standard input, output and error are the caller's" {
	args /bin/payload cat
	run -0 rt run --bundle "$B" "$TOKEN" <<<"through and through"
	[ "$output" = "through and through" ]
	args /bin/payload complain "to the error output"
	rt run --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR"
	[ ! -s "$OUT" ]
	[ "$(cat "$ERR")" = "to the error output" ]
}

@test "a large stream goes through whole" {
	args /bin/payload cat
	head -c 3000000 /dev/urandom >"$T/in"
	rt run --bundle "$B" "$TOKEN" <"$T/in" >"$T/copy"
	cmp "$T/in" "$T/copy"
}

@test "the end of the program is the end of the container" {
	# The orphan would hold the group; the pid namespace ends it.
	args /bin/sh -c '/bin/payload sleep & echo started'
	run -0 rt run --bundle "$B" "$TOKEN"
	[ "$output" = started ]
	nothing_left
	refused "does not exist" rt state "$TOKEN"
}

@test "a state root that is relative is the caller's, to the end" {
	args /bin/true
	mkdir -p "$R"
	chmod 0700 "$R"
	cd "$T"
	"$NUCLEUS_OCI" --root "${R##*/}" run --bundle "$B" "$TOKEN"
	[ -d "$R" ] && [ ! -e "$R/$TOKEN" ] && [ ! -e "$B/${R##*/}" ]
	nothing_left
}

@test "without a pid namespace what the program left is killed too" {
	need_group "what is not below the container's first process is found by it"
	ours_only "doing so without a warning"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args /bin/sh -c '/bin/payload sleep >/dev/null 2>&1 & echo started'
	run -0 rt run --bundle "$B" "$TOKEN"
	[ "$output" = started ]
	nothing_left
}

@test "--detach returns when the program runs" {
	args /bin/payload signal-wait
	rt run --detach --pid-file "$T/pid" --bundle "$B" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	[ "$(status_of)" = running ]
	[ "$(cat "$T/pid")" = "$(pid_of)" ]
	wait_line "$OUT" ready
	[ ! -s "$ERR" ]
}

@test "--keep leaves a stopped container that delete removes" {
	args /bin/payload exit 3
	run -3 rt run --keep --bundle "$B" "$TOKEN"
	[ "$(status_of)" = stopped ]
	rt delete "$TOKEN"
	nothing_left
}

@test "an id that is in use is refused, its container runs on" {
	args /bin/payload signal-wait
	create_and_start ready
	refused "container with given ID already exists" rt run --bundle "$B" "$TOKEN"
	[ "$(status_of)" = running ]
}

@test "by hand: an argument with a slash is the bundle" {
	ours_only "a bundle as argument"
	config 'del(.linux.cgroupsPath)'
	mv "$B" "$T/$TOKEN"
	cd "$T"
	B=$T/$TOKEN
	args /bin/payload hostname
	run -0 rt run "./$TOKEN"
	has hostname=inside
	run -0 rt run "$TOKEN/"
	has hostname=inside
	run -0 rt run "$B"
	has hostname=inside
	nothing_left
}

@test "by hand: the id is the folder's name, made unique" {
	ours_only "a bundle as argument"
	config 'del(.linux.cgroupsPath)'
	mv "$B" "$T/$TOKEN"
	B=$T/$TOKEN
	args /bin/payload signal-wait
	rt run --detach "$B/" >"$OUT" 2>"$ERR" 3>&-
	rt run --detach "$B/" >>"$OUT" 2>"$ERR" 3>&-
	run -0 rt list -q
	[ "${#lines[@]}" = 2 ]
	has "$TOKEN"
	matches "^$TOKEN.+"
}

@test "by hand: a folder's name that is no valid id is made one" {
	ours_only "a bundle as argument"
	config 'del(.linux.cgroupsPath)'
	mv "$B" "$T/a strange näme, $TOKEN"
	B="$T/a strange näme, $TOKEN"
	args /bin/payload signal-wait
	rt run --detach "$B/" >"$OUT" 2>"$ERR" 3>&-
	run -0 rt list -q
	[ "${#lines[@]}" = 1 ]
	[[ $output =~ ^[A-Za-z0-9_+.-]+$ ]]
	[ "$(status_of "$output")" = running ]
}

# Docker's client knows the reasons only as Go writes them.
@test "a program that is not there: 1, the reason, nothing left" {
	args /bin/no-such-program
	refused "no such file or directory" rt run --bundle "$B" "$TOKEN"
	nothing_left
	args no-such-program
	refused 'executable file not found in \$PATH' rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "a program without an execute bit, a directory: permission denied" {
	args /etc/passwd
	refused "permission denied" rt run --bundle "$B" "$TOKEN"
	args /etc
	refused "permission denied|is a directory" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "a program is found by the container's PATH, not the caller's" {
	mkdir "$B/rootfs/special"
	cp "$PAYLOAD" "$B/rootfs/special/onlyhere"
	config '.process.env = ["PATH=/bin:/special"]'
	args onlyhere hostname
	run -0 rt run --bundle "$B" "$TOKEN"
	has hostname=inside
}

@test "a file that is no program: exec format error, nothing left" {
	echo "nothing an exec could run" >"$B/rootfs/bin/text"
	chmod 755 "$B/rootfs/bin/text"
	args /bin/text
	refused "[Ee]xec format error" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

@test "no process.terminal: descriptors 0 to 2 and no more" {
	exec 7<"$PAYLOAD"
	payload fds
	exec 7<&-
	lacks "^fd\.([3-9]|[1-9][0-9])"
	matches "^fd.1="
}

@test "an unwilling standard output is no reason to hang" {
	args /bin/payload exit 4
	local status=0
	rt run --bundle "$B" "$TOKEN" >/dev/full <&- || status=$?
	[ "$status" = 4 ]
	nothing_left
}

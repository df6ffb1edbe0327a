# SPDX-License-Identifier: Apache-2.0
#
# What the files of scenarios share. They run in a view (run, inside) with:
#
#   RUNTIME        the program; RUNTIME_NAME: nucleus-oci or runc
#   ENGINE_DIR     a folder for everything, short enough for sockets
#   ENGINE_IMAGES  busybox.tar, debian.tar, bin/crictl
#
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.5.0

here=$BATS_TEST_DIRNAME
contrib=$here/../../contrib/engines
image=localhost/nucleus-test:1
debian=localhost/nucleus-debian:1

# Shown with what fails.
teardown() {
	[ -z "${output:-}" ] || echo "last output: $output"
	[ -z "${background:-}" ] || kill "$background" 2>/dev/null || true
}

need() { # need COMMAND...
	local name
	for name; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
}

ours_only() {
	[ "$RUNTIME_NAME" = nucleus-oci ] || skip "a feature of nucleus-oci"
}

# Also of this runtime only: the built-in policy is strict, so older kernels have it refused.
default_policy_only() {
	local abi
	ours_only
	abi=$("$RUNTIME" features | jq -r '.annotations["nucleus.landlock.abi.kernel"] // "0"')
	[ "$abi" -ge 5 ] || skip "the kernel's Landlock ABI is $abi, and the policy default needs 5"
}

# eventually COMMAND...: until it succeeds; its last words if it does not within ten seconds (times
# ENGINE_PATIENCE).
eventually() {
	local tries=0
	until "$@" >"$BATS_TEST_TMPDIR/eventually" 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt $((100 * ${ENGINE_PATIENCE:-1})) ] || { echo "never: $*" && cat "$BATS_TEST_TMPDIR/eventually" && return 1; }
		sleep 0.1
	done
}

# says TEXT COMMAND...: its output is the text. has TEXT COMMAND...: the text is in it.
says() {
	local text=$1 found
	shift
	found=$("$@") || return
	[ "$found" = "$text" ] || { echo "said \"$found\"" && return 1; }
}

has() {
	local text=$1 found
	shift
	found=$("$@" 2>&1) || return
	[[ "$found" == *"$text"* ]] || { echo "said \"$found\"" && return 1; }
}

# A file of contrib/engines with the runtime under test in the place of ours.
tested() {
	sed "s|/usr/bin/nucleus-oci|$RUNTIME|; /\/usr\/local\/bin\/nucleus-oci/d" "$contrib/$1"
}

# in_tty COMMAND...: with a terminal. The answers have the terminal's line ends.
in_tty() {
	need script
	# Of an input that does not end; some take its end for the user's.
	[ -p "$ENGINE_DIR/keyboard" ] || mkfifo "$ENGINE_DIR/keyboard"
	script -qec "$(printf '%q ' "$@")" /dev/null 0<>"$ENGINE_DIR/keyboard"
}

# ---- Nothing stays ---------------------------------------------------------------------------------

groups_left() {
	find /sys/fs/cgroup -mindepth 1 -type d ! -name runner 2>/dev/null |
		grep -E "${1:-/(libpod|docker|kubepods|k8s|default|buildah)[^/]*/.|nucleus-test}"
}

# A container that is gone leaves no state, no group, no process, no mount.
nothing_left() { # nothing_left ID
	[ -z "$(find /run/nucleus-oci /run/runc -name "$1" 2>/dev/null)" ] || { echo "state of $1" && return 1; }
	[ -z "$(groups_left "$1")" ] || { groups_left "$1" && return 1; }
	! grep -F "$1" /proc/self/mountinfo
}

no_groups() {
	[ -z "$(groups_left "$@")" ] || { groups_left "$@" && return 1; }
}

# Processes that name the folder of this run.
processes_left() {
	local file
	for file in /proc/[0-9]*/cmdline; do
		if tr '\0' ' ' <"$file" 2>/dev/null | grep -F "$ENGINE_DIR/" | grep -vq bats; then
			file=${file%/cmdline}
			echo "${file#/proc/} $(tr '\0' ' ' <"$file/cmdline" 2>/dev/null)"
		fi
	done
}

no_processes() {
	[ -z "$(processes_left)" ] || { processes_left && return 1; }
}

# The last of a file of scenarios: what is there is said, and ended, since bats waits for it.
end_processes() {
	local pid rest
	processes_left | while read -r pid rest; do
		echo "left: $pid $rest"
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# ends PID: asked to, and gone.
ends() {
	kill "$1" 2>/dev/null || return 0
	eventually is_gone "$1"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

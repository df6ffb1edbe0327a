#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A first word from real engines: Podman and containerd run containers with this build as their
# runtime. Needs root; an engine that is not installed is skipped with its name. Everything lives in
# a folder of its own and is removed; the engines' own storage is not touched.

bats_require_minimum_version 1.5.0

setup_file() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	: "${NUCLEUS_OCI:?the runtime to test}"
	ENGINE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-engines.XXXXXX")
	export ENGINE_DIR
	make_rootfs "$ENGINE_DIR/rootfs"
	tar -C "$ENGINE_DIR/rootfs" -cf "$ENGINE_DIR/rootfs.tar" .
	if command -v podman >/dev/null; then
		pod import "$ENGINE_DIR/rootfs.tar" nucleus-test:1 >/dev/null 2>&1
		pod save --format oci-archive -o "$ENGINE_DIR/image.tar" nucleus-test:1 >/dev/null 2>&1
	fi
	if command -v containerd >/dev/null && [ -f "$ENGINE_DIR/image.tar" ]; then
		start_containerd
	fi
}

teardown_file() {
	[ -n "${ENGINE_DIR:-}" ] || return 0
	if [ -f "$ENGINE_DIR/containerd.pid" ]; then
		kill "$(cat "$ENGINE_DIR/containerd.pid")" 2>/dev/null || true
		wait_gone "$(cat "$ENGINE_DIR/containerd.pid")"
	fi
	if command -v podman >/dev/null; then
		pod rm -af -t 0 >/dev/null 2>&1 || true
		pod rmi -af >/dev/null 2>&1 || true
	fi
	awk -v dir="$ENGINE_DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r point; do umount "$point" 2>/dev/null || true; done
	rm -rf "$ENGINE_DIR"
}

make_rootfs() {
	local name
	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/proc" "$1/sys" "$1/dev"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for name in sh ls cat echo true false sleep id hostname trap kill; do
		ln -s busybox "$1/bin/$name"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
}

# Podman with storage, run files and runtime state of its own.
pod() {
	podman --root "$ENGINE_DIR/storage" --runroot "$ENGINE_DIR/run" \
		--tmpdir "$ENGINE_DIR/tmp" --cgroup-manager=cgroupfs \
		--runtime "$NUCLEUS_OCI" "$@"
}

# Limits below what Podman asks for by default, which needs CAP_SYS_RESOURCE.
pod_run() {
	pod run --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --network=none "$@"
}

start_containerd() {
	local tries=0
	cat >"$ENGINE_DIR/containerd.toml" <<-EOF
		version = 2
		root = "$ENGINE_DIR/ctd-root"
		state = "$ENGINE_DIR/ctd-state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		address = "$ENGINE_DIR/containerd.sock"
		[ttrpc]
		address = "$ENGINE_DIR/containerd-ttrpc.sock"
	EOF
	containerd -c "$ENGINE_DIR/containerd.toml" >"$ENGINE_DIR/containerd.log" 2>&1 3>&- &
	echo $! >"$ENGINE_DIR/containerd.pid"
	until cctr version >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || return 1
		sleep 0.1
	done
	cctr images import "$ENGINE_DIR/image.tar" >/dev/null
}

cctr() {
	ctr -a "$ENGINE_DIR/containerd.sock" "$@"
}

wait_gone() {
	local tries=0
	while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

need_podman() {
	command -v podman >/dev/null || skip "podman is not installed"
	command -v conmon >/dev/null || skip "conmon is not installed"
}

need_containerd() {
	command -v containerd >/dev/null || skip "containerd is not installed"
	[ -f "$ENGINE_DIR/image.tar" ] || skip "podman is needed to make the image"
}

# No container of ours is known to the runtime any more, and no group of theirs is left.
nothing_left() {
	local id=$1
	[ ! -e "/run/nucleus-oci/$id" ]
	[ -z "$(find /sys/fs/cgroup -type d -name "*$id*" 2>/dev/null)" ]
}

@test "podman run: output, exit code, pid 1, host name" {
	need_podman
	run -0 pod_run --rm nucleus-test:1 /bin/echo hello
	[ "$output" = hello ]
	run -7 pod_run --rm nucleus-test:1 /bin/sh -c 'exit 7'
	run -0 pod_run --rm --hostname inside nucleus-test:1 /bin/sh -c 'echo "$$ $(hostname)"'
	[ "$output" = "1 inside" ]
}

@test "podman run: what is wrong is said in Podman's words and exit codes" {
	need_podman
	run -127 pod_run --rm nucleus-test:1 /bin/no-such-program
	[[ "$output" == *"no such file"* || "$output" == *"not found"* ]]
	run -126 pod_run --rm nucleus-test:1 /etc
	[[ "$output" == *[Pp]"ermission denied"* ]]
}

@test "podman run -d, logs, kill, stop, rm" {
	need_podman
	run -0 pod_run -d --name first nucleus-test:1 /bin/sh -c \
		'trap "echo caught; exit 3" TERM; echo ready; while :; do sleep 0.1; done'
	local id=$output tries=0
	until [ "$(pod logs first)" = ready ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ]
		sleep 0.1
	done
	run -0 pod inspect -f '{{.State.Status}}' first
	[ "$output" = running ]
	run -0 pod kill --signal TERM first
	run -0 pod wait first
	[ "$output" = 3 ]
	[[ "$(pod logs first)" == *caught* ]]
	run -0 pod rm first
	nothing_left "$id"
}

@test "podman stop ends a container that ignores SIGTERM" {
	need_podman
	run -0 pod_run -d --name stubborn nucleus-test:1 /bin/sh -c \
		'trap "" TERM; while :; do sleep 0.1; done'
	local id=$output
	run -0 pod stop -t 1 stubborn
	run -0 pod inspect -f '{{.State.ExitCode}}' stubborn
	[ "$output" = 137 ]
	run -0 pod rm stubborn
	nothing_left "$id"
}

@test "podman run -t: a terminal" {
	need_podman
	run -0 pod_run --rm -t nucleus-test:1 /bin/sh -c 'test -t 0 && test -t 1 && echo terminal'
	[[ "$output" == *terminal* ]]
}

@test "podman: limits, read-only root, a volume, dropped capabilities" {
	need_podman
	mkdir -p "$ENGINE_DIR/volume"
	run -0 pod_run --rm --memory 64m --pids-limit 50 --read-only --cap-drop all \
		-v "$ENGINE_DIR/volume:/data" nucleus-test:1 /bin/sh -c \
		'echo seen >/data/file; touch /x 2>/dev/null || echo ro; cat /proc/self/status'
	[ "$(cat "$ENGINE_DIR/volume/file")" = seen ]
	[[ "$output" == *ro* ]]
	[[ "$output" =~ CapEff:[[:space:]]+0000000000000000 ]]
}

@test "podman --annotation nucleus.landlock=default confines" {
	need_podman
	# Podman passes on the warnings about folders that this image lacks.
	run -0 --separate-stderr pod_run --rm --annotation nucleus.landlock=default nucleus-test:1 \
		/bin/sh -c 'echo x >/etc/new 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[ "$output" = tmp-ok ]
}

@test "ctr run: output and exit code" {
	need_containerd
	local image
	image=$(cctr images ls -q | head -n 1)
	run -0 cctr run --rm --runc-binary "$NUCLEUS_OCI" "$image" ctr-one /bin/echo hello
	[ "$output" = hello ]
	run -5 cctr run --rm --runc-binary "$NUCLEUS_OCI" "$image" ctr-two /bin/sh -c 'exit 5'
	nothing_left ctr-one
	nothing_left ctr-two
}

@test "ctr run -d, tasks ls, kill, rm" {
	need_containerd
	local image tries=0
	image=$(cctr images ls -q | head -n 1)
	run -0 cctr run -d --runc-binary "$NUCLEUS_OCI" "$image" ctr-three /bin/sleep 1000
	run -0 cctr tasks ls
	[[ "$output" =~ ctr-three[[:space:]]+[0-9]+[[:space:]]+RUNNING ]]
	run -0 cctr tasks kill -s SIGKILL ctr-three
	until [[ "$(cctr tasks ls)" =~ ctr-three[[:space:]]+[0-9]+[[:space:]]+STOPPED ]]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ]
		sleep 0.1
	done
	run -0 cctr tasks rm ctr-three || true
	run -0 cctr containers rm ctr-three
	nothing_left ctr-three
}

@test "ctr run -t: a terminal through the shim's console socket" {
	need_containerd
	command -v script >/dev/null || skip "script(1) is not installed"
	local image
	image=$(cctr images ls -q | head -n 1)
	run -0 script -qec "ctr -a $ENGINE_DIR/containerd.sock run --rm -t --runc-binary $NUCLEUS_OCI $image ctr-four /bin/sh -c 'test -t 0 && echo terminal'" /dev/null
	[[ "$output" == *terminal* ]]
}

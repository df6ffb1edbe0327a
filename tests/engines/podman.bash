# SPDX-License-Identifier: Apache-2.0
#
# Podman for the scenarios, with storage of its own.
# shellcheck shell=bash disable=SC2154

load engines

podman_conf() {
	tested podman/nucleus-oci.conf >"$ENGINE_DIR/containers.conf"
	cat >>"$ENGINE_DIR/containers.conf" <<-'TOML'

		[containers]
		# Podman asks for more by default, which takes CAP_SYS_RESOURCE.
		default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
		netns = "none"
	TOML
}

podman_setup_file() {
	need podman conmon
	podman_conf
	export CONTAINERS_CONF=$ENGINE_DIR/containers.conf
	export BUILDAH_RUNTIME=$RUNTIME
	export CGROUP_MANAGER=${CGROUP_MANAGER:-cgroupfs}
	# Where a scenario needs a program, not a function: in a terminal, in a unit.
	cat >"$ENGINE_DIR/podman" <<-TEXT
		#!/bin/sh
		exec podman --root "$ENGINE_DIR/storage" --runroot "$ENGINE_DIR/run" --tmpdir "$ENGINE_DIR/tmp" \
			--cgroup-manager="$CGROUP_MANAGER" --events-backend=file "\$@"
	TEXT
	chmod 755 "$ENGINE_DIR/podman"
	pod import --change "ENV PATH=$PATH" "$ENGINE_IMAGES/busybox.tar" "$image" >"$ENGINE_DIR/import" 2>&1 ||
		{ cat "$ENGINE_DIR/import" && return 1; }
}

podman_teardown_file() {
	local failed=0
	[ -d "$ENGINE_DIR/storage" ] || return 0
	pod pod rm -af -t 0 >/dev/null 2>&1 || true
	pod rm -af -t 0 >/dev/null 2>&1 || true
	pod rmi -af >/dev/null 2>&1 || true
	pod volume prune -f >/dev/null 2>&1 || true
	eventually no_processes || failed=1
	end_processes
	# The groups of pods are Podman's own; it leaves some, whatever the runtime.
	eventually no_groups /libpod- || failed=1
	[ -z "$(ls -A "/run/$RUNTIME_NAME" 2>/dev/null)" ]
	umount -R "$ENGINE_DIR/storage/overlay" 2>/dev/null || true
	[ "$failed" = 0 ]
}

pod() {
	"$ENGINE_DIR/podman" "$@"
}

# one_off OPTION... COMMAND: a container that is removed when it ends.
one_off() {
	pod run --rm "$@"
}

# waiting NAME OPTION...: a container with a shell that waits; its id.
waiting() {
	local name=$1
	shift
	pod run -d --name "$name" "$@" "$image" sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'
}

# remove NAME ID: and look that nothing of it is left.
remove() {
	pod rm -f -t 0 "$1" >/dev/null
	eventually nothing_left "$2"
}

state_is() { # state_is STATE NAME
	says "$1" pod inspect -f '{{.State.Status}}' "$2"
}

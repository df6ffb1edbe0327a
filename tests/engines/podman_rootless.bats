#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Podman as an ordinary user, without a user manager: no groups, no network.

load podman

setup_file() {
	need podman conmon newuidmap setpriv
	[ -w /etc/passwd ] || skip "needs an account"
	# The view has no accounts of its own: one in a copy of the machine's.
	cp /etc/passwd "$ENGINE_DIR/passwd"
	cp /etc/group "$ENGINE_DIR/group"
	echo "nucleus:x:100500:100500::$ENGINE_DIR/user:/bin/sh" >>"$ENGINE_DIR/passwd"
	echo "nucleus:x:100500:" >>"$ENGINE_DIR/group"
	printf 'nucleus:200000:65536\n' >"$ENGINE_DIR/ids"
	mount --bind "$ENGINE_DIR/passwd" /etc/passwd
	mount --bind "$ENGINE_DIR/group" /etc/group
	mount --bind "$ENGINE_DIR/ids" /etc/subuid
	mount --bind "$ENGINE_DIR/ids" /etc/subgid
	mkdir -p "$ENGINE_DIR/user" "$ENGINE_DIR/xdg"
	podman_conf
	cp "$ENGINE_IMAGES/busybox.tar" "$ENGINE_DIR/user/"
	# Its path may lie in somebody's private folder.
	cp "$RUNTIME" "$ENGINE_DIR/user/$RUNTIME_NAME"
	sed -i "s|$RUNTIME|$ENGINE_DIR/user/$RUNTIME_NAME|" "$ENGINE_DIR/containers.conf"
	chown -R 100500:100500 "$ENGINE_DIR/user" "$ENGINE_DIR/xdg"
	chmod 755 "$ENGINE_DIR"
	user_pod import --change "ENV PATH=$PATH" "$ENGINE_DIR/user/busybox.tar" "$image" >"$ENGINE_DIR/import" 2>&1 ||
		skip "rootless Podman does not start here: $(tail -n 1 "$ENGINE_DIR/import")"
}

teardown_file() {
	[ -d "$ENGINE_DIR/user" ] || return 0
	user_pod rm -af -t 0 >/dev/null 2>&1 || true
	user_pod rmi -af >/dev/null 2>&1 || true
	pkill -u 100500 catatonit || true
	umount -l /etc/passwd /etc/group /etc/subuid /etc/subgid 2>/dev/null || true
	umount -R "$ENGINE_DIR/user/storage/overlay" 2>/dev/null || true
}

user_pod() {
	(cd "$ENGINE_DIR/user" && exec setpriv --reuid 100500 --regid 100500 --clear-groups --bounding-set=+all \
		env -i PATH="$PATH" HOME="$ENGINE_DIR/user" USER=nucleus XDG_RUNTIME_DIR="$ENGINE_DIR/xdg" \
		CONTAINERS_CONF="$ENGINE_DIR/containers.conf" TMPDIR=/tmp \
		podman --cgroup-manager=cgroupfs --events-backend=file "$@")
}

user_waiting() {
	local name=$1
	shift
	user_pod run -d --name "$name" "$@" "$image" sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'
}

@test "rootless podman run: output, exit code, errors" {
	run -0 user_pod run --rm "$image" sh -c 'id -u; cat /proc/self/uid_map'
	[[ "$output" =~ ^0$'\n'\ +0\ +100500\ +1 ]]
	run -7 user_pod run --rm "$image" sh -c 'exit 7'
	run -127 user_pod run --rm "$image" /bin/no-such-program
}

@test "rootless podman run -d, exec, logs, stop, rm" {
	user_waiting first >/dev/null
	eventually says ready user_pod logs first
	run -0 user_pod exec --user user first id -u
	[ "$output" = 1000 ]
	user_pod stop -t 5 first >/dev/null
	says 0 user_pod inspect -f '{{.State.ExitCode}}' first
	user_pod rm first >/dev/null
}

@test "rootless podman run --userns=keep-id, a volume" {
	mkdir -p "$ENGINE_DIR/user/volume"
	chown 100500:100500 "$ENGINE_DIR/user/volume"
	says $'100500\n100500' user_pod run --rm --userns=keep-id -v "$ENGINE_DIR/user/volume:/data" "$image" \
		sh -c 'id -u; touch /data/x; stat -c %u /data/x'
	[ "$(stat -c %u "$ENGINE_DIR/user/volume/x")" = 100500 ]
}

@test "rootless podman run --userns=auto, --read-only, --tmpfs, --cap-drop" {
	run -0 user_pod run --rm --userns=auto:size=1000 "$image" cat /proc/self/uid_map
	[[ "$output" =~ 1000$ ]]
	run -0 user_pod run --rm --read-only --tmpfs /scratch --cap-drop all "$image" sh -c \
		'touch /x 2>/dev/null || echo ro; touch /scratch/x && echo scratch; grep CapEff /proc/self/status'
	[[ "$output" == ro*scratch*0000000000000000 ]]
}

@test "rootless podman run -t, exec -t: a terminal" {
	run -0 user_pod run --rm -t "$image" sh -c 'test -t 0 && echo terminal'
	[[ "$output" == *terminal* ]]
	user_waiting terminal >/dev/null
	run -0 user_pod exec -t terminal sh -c 'test -t 1 && echo terminal'
	[[ "$output" == *terminal* ]]
	user_pod rm -f -t 0 terminal >/dev/null
}

@test "rootless podman pod, build" {
	user_pod pod create --name couple --infra-image "$image" --infra-command "sleep 1000" >/dev/null
	user_waiting inside --pod couple >/dev/null
	eventually says ready user_pod logs inside
	user_pod pod rm -f -t 0 couple >/dev/null
	mkdir -p "$ENGINE_DIR/user/context"
	printf 'FROM %s\nRUN id -u >/who\n' "$image" >"$ENGINE_DIR/user/context/Containerfile"
	chown -R 100500 "$ENGINE_DIR/user/context"
	run -0 user_pod build --network none --isolation oci --runtime "$ENGINE_DIR/user/$RUNTIME_NAME" -t localhost/built:1 "$ENGINE_DIR/user/context"
	says 0 user_pod run --rm localhost/built:1 cat /who
}

@test "rootless podman --annotation nucleus.landlock=default confines" {
	default_policy_only
	run -0 --separate-stderr user_pod run --rm --annotation nucleus.landlock=default "$image" \
		sh -c 'echo x >/etc/new 2>/dev/null && echo wrote; echo y >/tmp/y && echo tmp-ok'
	[ "$output" = tmp-ok ]
}

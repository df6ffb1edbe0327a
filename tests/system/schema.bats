#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The documents that the program writes, against the specification's JSON schemas.

load ../lib/helpers

# schema KIND FILE...: each of the files, which there are, is as KIND-schema.json has it.
schema() {
	local file
	for file in "${@:2}"; do [ -s "$file" ] || { echo "no $file"; return 1; }; done
	run -0 "$BATS_TEST_DIRNAME/../schema/run" --validate "$@"
}

@test "state: created, running, stopped" {
	config '.annotations = {"org.example.key": "a \"value\"", "nucleus.landlock": "default,best-effort"}'
	args /bin/payload signal-wait
	create
	rt state "$TOKEN" >"$T/created.json"
	rt start "$TOKEN"
	wait_line "$OUT" ready
	rt state "$TOKEN" >"$T/running.json"
	rt kill "$TOKEN" KILL
	wait_status stopped
	rt state "$TOKEN" >"$T/stopped.json"
	[ "$(cat "$T"/{created,running,stopped}.json | jq -r .status | tr '\n' ' ')" = "created running stopped " ]
	schema state "$T"/{created,running,stopped}.json
}

@test "state: what hooks get" {
	for kind in prestart createRuntime createContainer poststart poststop; do
		config '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "cat >\($t)/\($kind).json"]}]' \
			--arg kind "$kind" --arg t "$T"
	done
	# This one is the container's: what it writes is read through its root.
	chmod 1777 "$B/rootfs/tmp"
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/tmp/startContainer.json"]}]'
	payload hostname
	schema state "$T"/{prestart,createRuntime,createContainer,poststart,poststop}.json \
		"$B/rootfs/tmp/startContainer.json"
}

@test "what spec writes, and features" {
	mkdir "$T/root" "$T/rootless"
	rt spec --bundle "$T/root"
	rt spec --rootless --bundle "$T/rootless"
	rt features >"$T/features.json"
	schema config "$T/root/config.json" "$T/rootless/config.json"
	schema features "$T/features.json"
}

@test "the comparison finds what is wrong" {
	echo '{"ociVersion": "1.0.0", "id": "x", "status": "sleeping", "pid": -1}' >"$T/wrong.json"
	run -1 "$BATS_TEST_DIRNAME/../schema/run" --validate state "$T/wrong.json"
	matches "status: enum" "pid: minimum" "bundle: required"
}

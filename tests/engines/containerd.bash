# SPDX-License-Identifier: Apache-2.0
#
# A containerd of its own for the scenarios.
# shellcheck shell=bash

load engines

# 1 or 2: their tables have other names.
containerd_major() {
	containerd --version | sed 's/.* v\?\([0-9]\+\)\..*/\1/'
}

# The plug-ins that are not wanted come as a list of TOML.
containerd_setup_file() { # containerd_setup_file [DISABLED] <<<MORE-CONFIGURATION
	local version=2
	need containerd ctr
	[ "$(containerd_major)" = 1 ] || version=3
	cat >"$ENGINE_DIR/containerd.toml" <<-TOML
		version = $version
		root = "$ENGINE_DIR/root"
		state = "$ENGINE_DIR/state"
		disabled_plugins = [${1-}]
		[grpc]
		address = "$ENGINE_DIR/sock"
		[ttrpc]
		address = "$ENGINE_DIR/ttrpc"
	TOML
	cat >>"$ENGINE_DIR/containerd.toml"
	start_containerd
}

start_containerd() {
	containerd -c "$ENGINE_DIR/containerd.toml" >>"$ENGINE_DIR/containerd.log" 2>&1 3>&- 4>&- </dev/null &
	echo $! >"$ENGINE_DIR/containerd.pid"
	eventually cctr version
}

stop_containerd() { # stop_containerd SIGNAL
	local pid
	pid=$(cat "$ENGINE_DIR/containerd.pid")
	kill -s "$1" "$pid"
	eventually is_gone "$pid"
}

containerd_teardown_file() {
	local failed=0
	[ -f "$ENGINE_DIR/containerd.pid" ] || return 0
	local id
	for id in $(cctr tasks ls -q); do
		echo "left: $id" && failed=1
		cctr tasks kill -s KILL "$id" || true
		eventually cctr tasks rm -f "$id" || true
	done
	eventually no_shims || failed=1
	stop_containerd TERM || failed=1
	eventually no_processes || failed=1
	end_processes
	eventually no_groups || failed=1
	[ "$failed" = 0 ]
}

no_shims() {
	! processes_left | grep containerd-shim
}

# Newer ones have advice on standard error, where the tests expect what the containers say.
cctr() {
	CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=true ctr -a "$ENGINE_DIR/sock" "$@"
}

# shim_of ID: the process that watches the container.
shim_of() {
	processes_left | awk -v id="$1" '/containerd-shim/ { for (i = 2; i < NF; i++) if ($i == "-id" && $(i + 1) == id) print $1 }'
}

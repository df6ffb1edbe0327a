#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Intel RDT: the container's process in a group of resctrl, made or joined, with its schemata and a
# monitoring group. Few machines have the processor for it, so the file system is tests/resctrl/mock, a
# FUSE server, and what the runtime reads as its /proc/self/mountinfo says that it is the real one.

load ../lib/helpers

# With room for three classes and two monitoring groups.
extra_setup() {
	need_real_root "the files of resctrl are the machine's root's"
	RESCTRL_MOCK=${RESCTRL_MOCK:-${PAYLOAD%/payload/payload}/resctrl/mock}
	RESCTRL=$(mktemp -d "${TMPDIR:-/tmp}/nucleus-resctrl.XXXXXXXX")
	start_mock 3 2
	args /bin/payload sleep
}

extra_teardown() {
	[ -n "${RESCTRL:-}" ] || return 0
	[ ! -d "$R/$TOKEN" ] || rt delete --force "$TOKEN"
	umount "$RESCTRL"
	rmdir "$RESCTRL"
}

start_mock() {
	"$RESCTRL_MOCK" "$RESCTRL" "$@" >"$T/mock" 2>&1 3>&- &
	wait_line "$T/mock" ready
	{
		cat /proc/self/mountinfo
		echo "900 1 0:99 / $RESCTRL rw - resctrl resctrl rw"
	} >"$T/mountinfo"
}

restart_mock() {
	umount "$RESCTRL"
	start_mock "$@"
}

# In a mount namespace of its own, where its own mountinfo is another file.
# shellcheck disable=SC2016 # the inner shell's own
rt() {
	unshare --mount sh -c 'mount --bind "$0" "/proc/$$/mountinfo" && exec "$@"' "$T/mountinfo" \
		"$NUCLEUS_OCI" --root "$R" "$@"
}

# rdt KEY-VALUE...: of linux.intelRdt, as jq has them.
rdt() {
	config ".linux.intelRdt = {$1}"
}

# The directories of the groups, besides those that are always there.
groups() {
	(cd "$RESCTRL" && find . -mindepth 1 -type d ! -path './info*' ! -name mon_groups ! -path '*mon_data*' | sort | tr '\n' ' ')
}

in_group() {
	grep -qx "$(pid_of)" "$RESCTRL/$1/tasks"
}

has_schemata() {
	[ "$(tr -d ' ' <"$RESCTRL/$1/schemata" | tr '\n' ' ')" = "$2 " ]
}

# fields: linux.intelRdt
@test "without closID a group of the container's id is made, and goes with the container" {
	rdt ''
	create
	[ "$(groups)" = "./$TOKEN " ]
	in_group "$TOKEN"
	rt start "$TOKEN"
	in_group "$TOKEN"
	rt delete --force "$TOKEN"
	[ -z "$(groups)" ]
}

# fields: linux.intelRdt.schemata linux.intelRdt.schemata[]
@test "schemata are written, each a line" {
	rdt 'schemata: ["L3:0=7f0;1=1f", "MB:1=70"]'
	create
	has_schemata "$TOKEN" "L3:0=7f0;1=01f MB:0=100;1=70"
	in_group "$TOKEN"
}

# fields: linux.intelRdt.l3CacheSchema linux.intelRdt.memBwSchema linux.intelRdt.schemata
@test "l3CacheSchema is written first, memBwSchema then, schemata last" {
	rdt 'schemata: ["MB:0=30", "L3:1=f"], memBwSchema: "MB:0=10;1=20", l3CacheSchema: "L3:0=3;1=3"'
	create
	has_schemata "$TOKEN" "L3:0=003;1=00f MB:0=30;1=20"
}

# fields: linux.intelRdt.closID
@test "a closID with schemata: the group is made if it is missing, and stays" {
	rdt 'closID: "gold", l3CacheSchema: "L3:0=f0"'
	create
	in_group gold
	has_schemata gold "L3:0=0f0;1=7ff MB:0=100;1=100"
	rt delete --force "$TOKEN"
	[ "$(groups)" = "./gold " ]
}

# fields: linux.intelRdt.closID
@test "a closID without schemata: the group must be there" {
	rdt 'closID: "gold"'
	refused_create "linux.intelRdt.closID: there is no group $RESCTRL/gold"
	[ -z "$(groups)" ]
	mkdir "$RESCTRL/gold"
	create
	in_group gold
	rt delete --force "$TOKEN"
	[ "$(groups)" = "./gold " ]
}

# fields: linux.intelRdt.closID
@test "closID / is the root, and stays what it is" {
	rdt 'closID: "/"'
	create
	in_group .
	[ -z "$(groups)" ]
	rt delete --force "$TOKEN"
	rdt 'closID: "/", schemata: ["L3:0=1"]'
	refused_create "linux.intelRdt.schemata\[0\]: the group $RESCTRL exists and its schemata are not \"L3:0=1\""
	has_schemata . "L3:0=7ff;1=7ff MB:0=100;1=100"
}

# fields: linux.intelRdt.closID linux.intelRdt.l3CacheSchema linux.intelRdt.memBwSchema linux.intelRdt.schemata
@test "a group that exists is joined if its schemata are those asked for, else refused" {
	mkdir "$RESCTRL/gold"
	echo "L3:0=f;1=7f" >"$RESCTRL/gold/schemata"
	echo "MB:0=20" >"$RESCTRL/gold/schemata"
	rdt 'closID: "gold", l3CacheSchema: "L3:1=07F;0=f", memBwSchema: "MB:0=20;1=100"'
	create
	in_group gold
	rt delete --force "$TOKEN"
	# What comes later counts.
	rdt 'closID: "gold", l3CacheSchema: "L3:1=1;0=f", schemata: ["L3:1=7f"]'
	create
	rt delete --force "$TOKEN"

	rdt 'closID: "gold", l3CacheSchema: "L3:0=ff"'
	refused_create 'linux.intelRdt.l3CacheSchema: the group .*gold exists and its schemata are not "L3:0=ff"'
	rdt 'closID: "gold", memBwSchema: "MB:0=30"'
	refused_create 'linux.intelRdt.memBwSchema: the group'
	rdt 'closID: "gold", schemata: ["MB:0=20", "L3:1=f"]'
	refused_create 'linux.intelRdt.schemata\[1\]: the group'
	has_schemata gold "L3:0=00f;1=07f MB:0=20;1=100"
}

# fields: linux.intelRdt.enableMonitoring
@test "enableMonitoring makes a monitoring group of the container's id, and delete removes it" {
	mkdir "$RESCTRL/gold"
	rdt 'closID: "gold", enableMonitoring: true'
	create
	[ "$(groups)" = "./gold ./gold/mon_groups/$TOKEN " ]
	in_group gold
	in_group "gold/mon_groups/$TOKEN"
	rt delete --force "$TOKEN"
	[ "$(groups)" = "./gold " ]

	rdt 'enableMonitoring: true'
	create
	in_group "$TOKEN"
	in_group "$TOKEN/mon_groups/$TOKEN"
	rt delete --force "$TOKEN"
	[ "$(groups)" = "./gold " ]
}

# fields: linux.intelRdt.enableMonitoring
@test "a monitoring group that can't be made is an error, with the kernel's reason" {
	mkdir "$RESCTRL"/mon_groups/{one,two}
	rdt 'enableMonitoring: true'
	refused_create 'enableMonitoring: make .*\(resctrl: Out of RMIDs\): No space left on device'
	[ "$(groups)" = "./mon_groups/one ./mon_groups/two " ]
	rmdir "$RESCTRL/mon_groups/one"
	mkdir "$RESCTRL/mon_groups/$TOKEN"
	rdt 'closID: "/", enableMonitoring: true'
	refused_create "enableMonitoring: $RESCTRL/mon_groups/$TOKEN exists already"
	[ -d "$RESCTRL/mon_groups/$TOKEN" ]
	restart_mock 3 0
	rdt 'closID: "gold", schemata: ["L3:0=1"], enableMonitoring: true'
	refused_create 'enableMonitoring: this machine has no resctrl monitoring'
	[ -z "$(groups)" ]
}

# fields: linux.intelRdt linux.intelRdt.schemata
@test "what the kernel refuses is an error with its reason, and nothing is left" {
	rdt 'schemata: ["L3:0=f", "L2:0=f"]'
	refused_create "linux.intelRdt.schemata\[1\]: write \"L2:0=f\" to $RESCTRL/$TOKEN/schemata \(resctrl: Unknown or unsupported resource name 'L2'\): Invalid argument"
	[ -z "$(groups)" ]
	rdt 'closID: "gold", schemata: ["L3:0=fffff"]'
	refused_create "out of range"
	[ -z "$(groups)" ]
	mkdir "$RESCTRL"/{a,b,c}
	rdt ''
	refused_create "make the group $RESCTRL/$TOKEN \(resctrl: Out of CLOSIDs\): No space left on device"
	rdt 'closID: "info"'
	refused_create "linux.intelRdt.closID: $RESCTRL/info is no group of resctrl"
}

# fields: linux.intelRdt linux.intelRdt.closID
@test "a create that fails later leaves no group; a class that others use stays" {
	local other
	for what in '' 'closID: "gold", schemata: ["L3:0=f"]' 'enableMonitoring: true'; do
		rdt "$what"
		config '.hooks.createRuntime = [{path: "/bin/false"}]'
		refused_create "createRuntime hook #0"
		[ -z "$(groups)" ]
	done
	# Another process comes into the class before the create fails.
	sleep 1000 3>&- &
	other=$!
	printf '#!/bin/sh\necho %s >%s/gold/tasks\nexit 1\n' "$other" "$RESCTRL" >"$T/hook"
	chmod 755 "$T/hook"
	rdt 'closID: "gold", schemata: ["L3:0=f"]'
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/hook"
	refused_create "createRuntime hook #0"
	[ "$(groups)" = "./gold " ]
	[ "$(cat "$RESCTRL/gold/tasks")" = "$other" ]
	kill "$other"
}

# fields: linux.intelRdt
@test "hooks find the process in its groups" {
	printf '#!/bin/sh\ncat >/dev/null\ncat %s/*/tasks %s/*/mon_groups/*/tasks >%s/seen\n' \
		"$RESCTRL" "$RESCTRL" "$T" >"$T/hook"
	chmod 755 "$T/hook"
	rdt 'enableMonitoring: true'
	config '.hooks.createRuntime = [{path: $path}]' --arg path "$T/hook"
	create
	[ "$(sort -u "$T/seen")" = "$(pid_of)" ]
	[ "$(wc -l <"$T/seen")" = 2 ]
}

# fields: linux.intelRdt
@test "without resctrl it is refused before anything is made; without intelRdt nothing looks at it" {
	cp /proc/self/mountinfo "$T/mountinfo"
	rdt 'closID: "/"'
	refused_create 'linux.intelRdt: no resctrl file system is mounted here'
	echo "900 1 0:99 / $RESCTRL rw - resctrl resctrl rw" >>"$T/mountinfo"
	config 'del(.linux.intelRdt)'
	create
	[ -z "$(groups)$(cat "$RESCTRL/tasks")" ]
}

@test "update changes the schemata of the container's own group, and what is kept" {
	rdt 'l3CacheSchema: "L3:0=f0;1=f0"'
	create
	run -0 rt update --l3-cache-schema "L3:0=f" --mem-bw-schema "MB:0=50" "$TOKEN"
	[ -z "$output" ]
	has_schemata "$TOKEN" "L3:0=00f;1=0f0 MB:0=50;1=100"
	[ "$(jq -r .linux.intelRdt.memBwSchema "$R/$TOKEN/config.json")" = "MB:0=50" ]
	[ "$(jq -r .linux.intelRdt.l3CacheSchema "$R/$TOKEN/config.json")" = "L3:0=f" ]
}

@test "update: schemata that the kernel refuses change nothing, the group's limits neither" {
	local before
	rdt 'l3CacheSchema: "L3:0=f0;1=f0"'
	config '.linux.resources = {pids: {limit: 50}}'
	create
	before=$(tr -s ' ' <"$RESCTRL/$TOKEN/schemata")
	refused "linux.intelRdt.memBwSchema: write" rt update --l3-cache-schema "L3:0=f" --mem-bw-schema "MB:9=50" --pids-limit 20 "$TOKEN"
	[ "$(tr -s ' ' <"$RESCTRL/$TOKEN/schemata")" = "$before" ]
	[ "$(jq -c '.linux | [.intelRdt, .resources.pids.limit]' "$R/$TOKEN/config.json")" = '[{"l3CacheSchema":"L3:0=f0;1=f0"},50]' ]
	! has_controller pids || [ "$(limit_of pids.max pids.max pids)" = 50 ]
}

@test "update: a class with a closID is not changed, nor one of a container without intelRdt" {
	rdt 'closID: "gold", l3CacheSchema: "L3:0=f0"'
	create
	refused "the class .*gold is not the container's own" rt update --l3-cache-schema "L3:0=f" "$TOKEN"
	has_schemata gold "L3:0=0f0;1=7ff MB:0=100;1=100"
}

# rdt_stats: what events has of it, in the order of the names.
rdt_stats() {
	output=$(rt events --stats "$TOKEN" | jq -c '.data.intel_rdt
		| walk(if type == "object" then to_entries | sort_by(.key) | from_entries else . end)')
}

@test "events: what the class has, what the machine can do, and what is counted" {
	rdt 'l3CacheSchema: "L3:0=f0;1=f0", enableMonitoring: true'
	create
	rdt_stats
	[ "$(jq -c '.l3_cache_info, .mem_bw_info' <<<"$output" | tr -d '\n')" = \
		'{"cbm_mask":"7ff","min_cbm_bits":1,"num_closids":4}{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8}' ]
	[ "$(jq -c '[.l3_cache_schema, .l3_cache_schema_root, .mem_bw_schema, .mem_bw_schema_root]' <<<"$output" | tr -d ' ')" = \
		'["L3:0=0f0;1=0f0","L3:0=7ff;1=7ff","MB:0=100;1=100","MB:0=100;1=100"]' ]
	# Of its monitoring group, a domain of the cache each.
	[ "$(jq -c '.mbm_stats, .cmt_stats' <<<"$output" | tr -d '\n')" = \
		'[{"mbm_local_bytes":1000,"mbm_total_bytes":4000},{"mbm_local_bytes":1001,"mbm_total_bytes":4001}][{"llc_occupancy":2000},{"llc_occupancy":2001}]' ]
	rt delete --force "$TOKEN"
	# Without one, of its class; a class that it shares is counted with the others in it.
	rdt 'closID: "/"'
	create
	rdt_stats
	[ "$(jq -c .cmt_stats <<<"$output")" = '[{"llc_occupancy":1000},{"llc_occupancy":1001}]' ]
	rt delete --force "$TOKEN"
	config 'del(.linux.intelRdt)'
	create
	rdt_stats
	[ "$output" = "{}" ]
}

@test "events: without monitoring, and without resctrl any more" {
	restart_mock 3 0
	rdt 'l3CacheSchema: "L3:0=f0"'
	create
	rdt_stats
	[ "$(jq -c 'has("l3_cache_info"), has("mbm_stats"), has("cmt_stats")' <<<"$output" | tr '\n' ' ')" = "true false false " ]
	[ "$("$NUCLEUS_OCI" --root "$R" events --stats "$TOKEN" | jq -c .data.intel_rdt)" = "{}" ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.apparmorProfile, with a profile that is really loaded, seen from inside. The virtual
# machine has AppArmor (tests/vm).

load ../lib/helpers

extra_setup() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
		skip "this kernel has no AppArmor, or it is not enabled"
	PROFILE=nucleus-$TOKEN
	LOADED=no
	# With CAP_DAC_OVERRIDE only the profile is in the way.
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE"])'
}

extra_teardown() {
	[ "${LOADED:-no}" = no ] || apparmor_parser --remove "$T/profile"
}

# Loads a profile with all that a program needs, and without /tmp/denied.
load_profile() {
	need_real_root "loading a profile"
	command -v apparmor_parser >/dev/null || skip "apparmor_parser is not installed"
	cat >"$T/profile" <<-TEXT
		profile $PROFILE flags=(attach_disconnected,mediate_deleted) {
			file,
			capability,
			network,
			signal,
			deny /tmp/denied w,
		}
	TEXT
	apparmor_parser --add --skip-cache "$T/profile"
	LOADED=yes
}

profile() {
	config '.process.apparmorProfile = $name' --arg name "$1"
}

confined_by() {
	args /bin/sh -c 'cat /proc/self/attr/current; (echo >/tmp/denied) 2>/dev/null || echo denied; echo >/tmp/other && echo other'
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	[ "$output" = "$1" ] || { echo "$output"; return 1; }
}

@test "AppArmor: the program is under the profile from its first instruction on" {
	load_profile
	profile "$PROFILE"
	confined_by "$PROFILE (enforce)"$'\ndenied\nother'
	config '.process.noNewPrivileges = false'
	confined_by "$PROFILE (enforce)"$'\ndenied\nother'
	# The label is written before the policy could deny that.
	config '.annotations["nucleus.landlock"] = "default,best-effort"'
	confined_by "$PROFILE (enforce)"$'\ndenied\nother'
}

@test "AppArmor: with a user namespace, a filter, and another user" {
	load_profile
	profile "$PROFILE"
	user_namespace '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	config '.process.user = {uid: 1000, gid: 1000}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	confined_by "$PROFILE (enforce)"$'\ndenied\nother'
}

# executed_by PROFILE OPTION...: what a process of exec says of itself.
executed_by() {
	local profile=$1
	shift
	run -0 --separate-stderr rt exec "$@" "$TOKEN" \
		/bin/sh -c 'cat /proc/self/attr/current; (echo >/tmp/denied) 2>/dev/null || echo denied'
	[ "$output" = "$profile" ] || { echo "$output"; return 1; }
}

@test "AppArmor: exec has the container's profile, or the one that it asks for" {
	load_profile
	profile "$PROFILE"
	held
	executed_by "$PROFILE (enforce)"$'\ndenied'
	executed_by unconfined --apparmor unconfined
	run -255 rt exec --apparmor "$PROFILE-missing" "$TOKEN" /bin/true
	matches "process.apparmorProfile.*$PROFILE-missing"
	rt delete --force "$TOKEN"
	config 'del(.process.apparmorProfile)'
	held
	executed_by unconfined
	executed_by "$PROFILE (enforce)"$'\ndenied' --apparmor "$PROFILE"
	executed_by "$PROFILE (enforce)"$'\ndenied' --apparmor "$PROFILE" --no-new-privs --user 1000
}

@test "AppArmor: unconfined, and no profile" {
	confined_by $'unconfined\nother'
	rm "$B/rootfs/tmp/denied"
	profile unconfined
	confined_by $'unconfined\nother'
}

@test "AppArmor: a profile that is not loaded is an error with its name" {
	profile "$PROFILE-missing"
	refused "process.apparmorProfile.*$PROFILE-missing" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SELinux with a policy that is really loaded: the labels of processes and of the container's own file
# systems. The virtual machine can be booted with it (make check-vm-selinux), permissive: labels are
# those that are asked for, and nothing is denied. That labels are refused where there is no SELinux is in
# process.bats and mounts.bats.

load ../lib/helpers

extra_setup() {
	[ "$(stat -f -c %T /sys/fs/selinux 2>/dev/null)" = selinux ] ||
		skip "this kernel has no SELinux, or it is not enabled"
	need_real_root "labels of processes"
	grep -q '^[a-z]' /proc/self/attr/current || skip "no policy is loaded"
	# Both are of every policy of the reference policy's family; those of containers are not.
	LABEL=system_u:system_r:initrc_t:s0
	FILES=system_u:object_r:tmp_t:s0
	config '.process.selinuxLabel = $label | .linux.mountLabel = $files' --arg label "$LABEL" --arg files "$FILES"
}

# The attribute ends with a NUL.
current='tr -d "\0" </proc/self/attr/current; echo'

@test "SELinux: the program has the label from its first instruction on" {
	args /bin/cat /proc/self/attr/current
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	[ "$(tr -d '\0' <<<"$output")" = "$LABEL" ]
	config '.process.noNewPrivileges = false | .annotations["nucleus.landlock"] = "default,best-effort"'
	run -0 --separate-stderr rt run --bundle "$B" "$TOKEN"
	[ "$(tr -d '\0' <<<"$output")" = "$LABEL" ]
}

@test "SELinux: exec has the container's label, or the one that it asks for" {
	local other=system_u:system_r:init_t:s0
	held
	run -0 --separate-stderr rt exec "$TOKEN" /bin/sh -c "$current"
	[ "$output" = "$LABEL" ]
	run -0 --separate-stderr rt exec --process-label "$other" "$TOKEN" /bin/sh -c "$current"
	[ "$output" = "$other" ]
	run -255 rt exec --process-label system_u:system_r:no_such_t:s0 "$TOKEN" /bin/true
	matches "process.selinuxLabel.*no_such_t"
}

@test "SELinux: the container's own file systems have the mount label, volumes keep theirs" {
	local before
	mkdir "$T/volume"
	before=$(stat -c %C "$T/volume")
	add_mount "{\"destination\": \"/volume\", \"type\": \"bind\", \"source\": \"$T/volume\", \"options\": [\"rbind\"]}"
	config '.linux.maskedPaths = ["/root"]'
	payload mounts
	matches " /dev .* - tmpfs .*context=\"?$FILES" " /root .* - tmpfs .*context=\"?$FILES"
	lacks " /volume .*context="
	[ "$(stat -c %C "$T/volume")" = "$before" ]
}

@test "SELinux: a label that the policy does not know is an error with its name" {
	config '.process.selinuxLabel = "system_u:system_r:no_such_t:s0"'
	refused "process.selinuxLabel.*no_such_t" rt run --bundle "$B" "$TOKEN"
	nothing_left
	config '.process.selinuxLabel = $label | .linux.mountLabel = "system_u:object_r:no_such_t:s0"' --arg label "$LABEL"
	refused "no_such_t" rt run --bundle "$B" "$TOKEN"
	nothing_left
}

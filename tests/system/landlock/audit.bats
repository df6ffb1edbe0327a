#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Denials in the kernel's audit records (docs/landlock.md, "Denials are findable"), read from its log: there
# is no auditd here that would take them. Audit is of the whole machine, so only a machine that is ours has it
# on: the virtual one, with a kernel that is new enough (make check-vm-new).

load ../../lib/helpers
load ../../lib/landlock

audited() {
	need_abi 7 "records of denials"
	need_real_root "the kernel's log"
	grep -qw audit=1 /proc/cmdline || skip "audit is not switched on by the kernel's command line"
	echo "nucleus-oci test $TOKEN" >/dev/kmsg
}

# What the kernel has said since the test began.
records() {
	dmesg --notime | sed "1,/nucleus-oci test $TOKEN/d" | grep -E 'audit: type=142[34] ' || true
}

there_are() {
	[ "$(records | grep -Ec -- "$2")" -ge "$1" ]
}

# recorded REGEX [N]: there is such a record, or N of them; the kernel writes them behind the call's back.
recorded() {
	patiently there_are "${2:-1}" "$1" || { printf 'no "%s" in:\n' "$1" && records && return 1; }
}

logged='{"nucleus": {"base": "default", "log": {"newExec": true}}, "ruleset": [
	{"handledAccessNet": ["bind_tcp", "connect_tcp"], "scoped": ["abstract_unix_socket", "signal"]}]}'

@test "audit: each denial has a record with the right's name, the first one of a domain says whose it is" {
	audited
	policy "$logged"
	args /bin/payload try-write /etc/new try-read /root try-bind 80 try-abstract x signal-wait
	create
	rt start "$TOKEN"
	wait_line "$OUT" ready
	recorded '^audit: type=1423 .* domain=[0-9a-f]+ blockers=fs\.make_reg path="/etc" dev='
	recorded '^audit: type=1423 .* domain=[0-9a-f]+ blockers=net\.bind_tcp .*src=80'
	recorded "^audit: type=1424 .* domain=[0-9a-f]+ status=allocated mode=enforcing pid=$(pid_of) uid=0 exe="
	[ "$(records | grep -c 'type=1424 .*status=allocated')" = 1 ]
}

@test "audit: a process of exec has a domain of its own" {
	audited
	policy "$logged"
	held
	run -0 rt exec "$TOKEN" /bin/payload try-write /etc/first
	run -0 rt exec "$TOKEN" /bin/payload try-write /etc/second
	recorded 'blockers=fs\.make_reg path="/etc"' 2
	[ "$(records | grep -oE 'domain=[0-9a-f]+ blockers' | sort -u | wc -l)" = 2 ]
}

@test "audit: without newExec a container's program is not in the log, and check never is" {
	audited
	policy default
	payload try-write /etc/new
	has "try-write /etc/new=EACCES"
	policy "$logged"
	run -2 --separate-stderr rt landlock check "$B" /etc/passwd write_file
	# Records come in their order: one that is known to come is the last.
	payload try-write /etc/last
	recorded 'blockers=fs\.make_reg'
	[ "$(records | grep -c type=1423)" = 1 ]
}

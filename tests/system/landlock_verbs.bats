#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What landlock abi, show and check say, against what the kernel does.

load ../lib/helpers

extra_setup() {
	ours_only "Landlock"
	ABI=$(rt features | jq -r '.annotations["nucleus.landlock.abi.kernel"] // "0"')
	[ "$ABI" -gt 0 ] || [[ $BATS_TEST_DESCRIPTION == "without Landlock: "* ]] || skip "this kernel has no Landlock"
	[ "$ABI" -ge 5 ] || POLICY_SUFFIX=,best-effort
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE", "CAP_NET_BIND_SERVICE"])'
}

policy() {
	local text=$1
	case $text in
	default*) text=default${POLICY_SUFFIX:-}${text#default} ;;
	'{'*) [ "$ABI" -ge 5 ] || text=$(jq -c '.nucleus.enforcement //= "best-effort"' <<<"$text") ;;
	esac
	config '.annotations["nucleus.landlock"] = $policy' --arg policy "$text"
}

need_abi() {
	[ "$ABI" -ge "$1" ] || skip "needs Landlock ABI $1, this kernel has $ABI: $2"
}

# check EXIT PATH RIGHT...
check() {
	local code=$1
	shift
	run "-$code" --separate-stderr rt landlock check "$B" "$@"
	nothing_left
}

# Everything about the files below the folders but the time of the last reading.
picture() {
	as_owner find "$@" -printf '%p %y %m %U:%G %s %T@ %n %l\n' | sort
}

@test "abi: what the kernel answers, as text and JSON" {
	run -0 rt landlock abi
	matches "^kernel: +ABI $ABI$" "^build: +knows ABI 1 to 11$" "^1 +5.13 +yes +execute, write_file"
	run -0 rt landlock abi --json
	[ "$(jq .abi <<<"$output")" = "$ABI" ]
	jq -e '.handledAccessFs | index("execute")' <<<"$output"
	rt features | jq -e '.annotations["nucleus.landlock.abi.known"] == "1-11"
		and (.annotations["nucleus.landlock"] | startswith("off, default"))
		and (.potentiallyUnsafeConfigAnnotations | index("nucleus."))'
	run -0 rt landlock abi --assume landlock-abi=2 --json
	jq -e '.handledAccessFs | index("refer") and (index("truncate") | not)' <<<"$output"
	refused "no Landlock, or it is not enabled" rt landlock abi --assume landlock-abi=0
	matches "^hint: put \"landlock\" in front of .*lsm="
}

@test "without Landlock: abi says how to enable it" {
	[ "$ABI" = 0 ] || skip "this kernel has Landlock"
	refused "no Landlock, or it is not enabled" rt landlock abi
	matches "^hint: .*(lsm=|CONFIG_SECURITY_LANDLOCK)"
}

# The rules of the plan without where they come from.
rules() {
	rt plan --json "$B" | jq -c '.landlock | del(.source) | (.paths, .ports)[]? |= del(.origin)'
}

@test "show --json given back as the policy means the same, and is the same" {
	local text
	add_mount '{"destination": "/mnt", "type": "bind", "source": "${t}", "options": ["rbind", "ro"]}'
	for text in default 'default,rw=/da$ta,ro=/tmp,min-abi=1' \
		'{"abi": 6, "variable": [{"name": "a", "literal": ["x", "y"]}],
		"ruleset": [{"scoped": ["abi.all"]}], "nucleus": {"base": "default", "log": {"newExec": true},
			"missingPath": "skip", "enforcement": "best-effort"},
		"pathBeneath": [{"allowedAccess": ["abi.read_write"], "parent": ["/${a}", "rel", "/$${a}"]}],
		"netPort": [{"allowedAccess": ["bind_tcp"], "port": [80, 81]}]}'; do
		policy "$text"
		rt landlock show --json "$B" >"$B/shown.json" 2>/dev/null
		first=$(rules 2>/dev/null)
		policy "$(cat "$B/shown.json")"
		rt landlock show --json "$B" 2>/dev/null | diff - "$B/shown.json"
		[ "$(rules 2>/dev/null)" = "$first" ]
		chmod 644 "$B/shown.json"
		policy file:shown.json
		rt landlock show --json "$B" 2>/dev/null | diff - "$B/shown.json"
		[ "$(rules 2>/dev/null)" = "$first" ]
	done
}

@test "check: allowed or denied, by which rule, with exit code 0 or 2" {
	policy default
	check 0 /bin/payload execute read_file
	[ "${lines[0]}" = "allowed execute /bin/payload: the rule for /bin (default)" ]
	[ "${lines[1]}" = "allowed read_file /bin/payload: the rule for /bin (default)" ]
	check 2 /etc/passwd read_file write_file
	[ "${lines[0]}" = "allowed read_file /etc/passwd: the rule for /etc (default)" ]
	[ "${lines[1]}" = "denied  write_file /etc/passwd: no rule grants it; the rule for /etc (default) grants: read" ]
	policy off
	check 0 /etc write_file
	[ "$output" = "allowed write_file in /etc: the bundle has no Landlock policy" ]
}

# Rights that are asked by doing: what the payload meets, and what check says of it.
agrees() {
	local path=$1 right=$2 try=$3 real said
	real=$(grep -F "$try=" <<<"$payload_said")
	said=$(rt landlock check "$B" "$path" "$right" || true)
	case $real in
	*=EACCES | *=EXDEV | *=EPERM) [[ $said == "denied "* ]] ;;
	*) [[ $said == "allowed"* ]] ;;
	esac || { echo "$real, but: $said"; return 1; }
}

@test "check says what the program meets" {
	policy '{"abi": 1, "pathBeneath": [
		{"parent": ["/bin"], "allowedAccess": ["execute", "read_file"]},
		{"parent": ["/tmp"], "allowedAccess": ["abi.read_write"]},
		{"parent": ["/etc"], "allowedAccess": ["read_file", "make_reg", "remove_file", "write_file"]},
		{"parent": ["/var"], "allowedAccess": ["make_dir", "make_sym"]}]}'
	cp "$PAYLOAD" "$B/rootfs/tmp/there"
	touch "$B/rootfs/etc/gone" "$B/rootfs/var/kept"
	payload try-exec /bin/payload try-exec /tmp/there try-read /bin/payload try-read /var/kept \
		try-list /tmp try-list /bin try-write /tmp/new try-write /etc/new try-write /var/new \
		try-mkdir /tmp/dir try-mkdir /etc/dir try-mkdir /var/dir try-symlink /x /var/link \
		try-symlink /x /etc/link try-unlink /etc/gone try-unlink /var/kept
	payload_said=$output
	agrees /bin/payload execute "try-exec /bin/payload"
	agrees /tmp/there execute "try-exec /tmp/there"
	agrees /bin/payload read_file "try-read /bin/payload"
	agrees /var/kept read_file "try-read /var/kept"
	agrees /tmp read_dir "try-list /tmp"
	agrees /bin read_dir "try-list /bin"
	agrees /tmp/another make_reg "try-write /tmp/new"
	agrees /etc make_reg "try-write /etc/new"
	agrees /var make_reg "try-write /var/new"
	agrees /tmp make_dir "try-mkdir /tmp/dir"
	agrees /etc make_dir "try-mkdir /etc/dir"
	agrees /var make_dir "try-mkdir /var/dir"
	agrees /var make_sym "try-symlink /x /var/link"
	agrees /etc make_sym "try-symlink /x /etc/link"
	agrees /etc remove_file "try-unlink /etc/gone"
	agrees /var/kept remove_file "try-unlink /var/kept"
}

@test "check: every right of a folder, one at a time" {
	local right
	for right in execute write_file read_file read_dir remove_dir remove_file make_char make_dir make_reg \
		make_sock make_fifo make_block make_sym; do
		policy '{"pathBeneath": [{"parent": ["/tmp"], "allowedAccess": ["'$right'"]},
			{"parent": ["/var"], "allowedAccess": ["read_dir"]}],
			"ruleset": [{"handledAccessFs": ["'$right'"]}]}'
		check 0 /tmp "$right"
		has "allowed $right in /tmp: the rule for /tmp (pathBeneath[0])"
		[ "$right" = read_dir ] || check 2 /var "$right"
	done
	# refer needs that something can be made there at all
	[ "$ABI" -lt 2 ] || {
		policy '{"pathBeneath": [{"parent": ["/tmp"], "allowedAccess": ["refer"]}]}'
		check 0 /tmp refer
		policy '{"pathBeneath": [{"parent": ["/tmp"], "allowedAccess": ["read_file"]}]}'
		check 2 /tmp refer
		has "denied  refer in /tmp: no rule grants it; the rule for /tmp (pathBeneath[0]) grants: everything"
	}
}

@test "check: the rule that counts is the kernel's, by whatever path, and never that of a folder below" {
	mkdir -p "$B/rootfs/data/below" "$B/rootfs/real"
	ln -s real "$B/rootfs/alias"
	echo x >"$B/rootfs/real/file"
	policy '{"abi": 1, "pathBeneath": [
		{"parent": ["/data"], "allowedAccess": ["read_file"]},
		{"parent": ["/data/below", "/alias"], "allowedAccess": ["abi.read_write"]}]}'
	check 2 /data make_reg
	has "denied  make_reg in /data: no rule grants it; the rule for /data (pathBeneath[0]) grants: read files"
	check 0 /data/below make_reg
	check 0 /real/file write_file
	has "allowed write_file /real/file: the rule for /alias (pathBeneath[1])"
}

@test "check: what else is in the way is told apart" {
	mkdir "$B/rootfs/data" "$T/fixed"
	echo text | tee "$B/rootfs/data/secret" >"$T/fixed/file"
	chmod 600 "$B/rootfs/data/secret"
	printf '#!/data/shell\n' >"$B/rootfs/bin/script"
	cp "$PAYLOAD" "$B/rootfs/data/shell"
	chmod 755 "$B/rootfs/bin/script"
	add_mount '{"destination": "/fixed", "type": "bind", "source": "${t}/fixed", "options": ["rbind", "ro"]}'
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
	policy default,ro=/data
	check 0 /data/secret read_file
	has "allowed read_file /data/secret: the rule for /data (ro=/data); but the process itself may not: Permission denied"
	check 2 /fixed/file write_file
	has "denied  write_file /fixed/file: Read-only file system, before Landlock is asked"
	check 2 /bin/script execute
	has "denied  execute /bin/script: the rule for /bin (default); but its loader or interpreter may not be executed"
	check 2 /tmp make_reg execute
	matches "^allowed make_reg in /tmp: the rule for /tmp \(default\)$" "^denied  execute in /tmp: "
}

@test "check: devices, ports and scopes" {
	need_abi 6 "scopes"
	policy '{"abi": 6, "ruleset": [{"handledAccessNet": ["abi.all"], "scoped": ["signal"]}],
		"netPort": [{"port": [80], "allowedAccess": ["bind_tcp"]}], "nucleus": {"base": "default"}}'
	check 0 /dev/null read_file write_file ioctl_dev
	check 2 /dev/pts/ptmx ioctl_dev execute
	check 2 port:80 bind_tcp connect_tcp
	has "allowed bind_tcp port 80: the rule netPort[0]" "denied  connect_tcp port 80: no rule grants it"
	check 2 port:81 bind_tcp
	check 2 scope signal abstract_unix_socket
	has 'denied  signal outside: "scoped" of the policy' \
		"allowed abstract_unix_socket outside: the policy does not restrict it"
}

@test "check: UDP ports, and Unix sockets by path" {
	need_abi 10 "rights for UDP"
	local listener
	policy '{"abi": 10, "ruleset": [{"handledAccessNet": ["bind_udp", "connect_send_udp"], "handledAccessFs": ["resolve_unix"]}],
		"netPort": [{"port": [53], "allowedAccess": ["connect_send_udp"]}, {"port": [5353], "allowedAccess": ["bind_udp"]}],
		"pathBeneath": [{"parent": ["/tmp"], "allowedAccess": ["resolve_unix"]}]}'
	check 2 port:53 connect_send_udp bind_udp
	has "allowed connect_send_udp port 53: the rule netPort[0]" "denied  bind_udp port 53: no rule grants it"
	check 2 port:5353 connect_send_udp bind_udp
	has "denied  connect_send_udp port 5353: no rule grants it" "allowed bind_udp port 5353: the rule netPort[1]"
	check 0 /tmp resolve_unix
	check 2 /var resolve_unix
	(cd "$B/rootfs/tmp" && exec "$PAYLOAD" listen-path there) >"$T/listen.out" 3>&- &
	listener=$!
	wait_line "$T/listen.out" listening
	chmod 777 "$B/rootfs/tmp/there"
	ln "$B/rootfs/tmp/there" "$B/rootfs/var/there"
	check 0 /tmp/there resolve_unix
	check 2 /var/there resolve_unix
	kill "$listener"
	wait "$listener" || true
}

@test "check changes nothing: no file of the container's, no hook, no group, no state" {
	local hook='{"path": "/bin/sh", "args": ["sh", "-c", "touch '$T/hooked'"]}'
	mkdir -p "$B/rootfs/data" "$T/volume"
	echo text | tee "$B/rootfs/data/file" >"$T/volume/file"
	add_mount '{"destination": "/volume", "type": "bind", "source": "${t}/volume", "options": ["rbind", "rw"]}'
	mkdir "$B/rootfs/volume"
	config '.hooks = {prestart: [$hook], createRuntime: [$hook], createContainer: [$hook], startContainer: [$hook],
			poststart: [$hook], poststop: [$hook]}
		| .linux.resources = {pids: {limit: 10}} | .process.args = ["/no/such/program"]' --argjson hook "$hook"
	policy default,rw=/data
	give_to "$(ids 0:0)" "$T/volume"
	before=$(picture "$B/rootfs" "$T/volume")
	check 2 /volume execute write_file truncate read_file make_reg make_dir make_sym remove_file remove_dir refer
	check 2 /volume/file execute write_file truncate read_file remove_file
	check 2 /data execute write_file truncate make_fifo make_sock
	[ "$(picture "$B/rootfs" "$T/volume")" = "$before" ]
	[ ! -e "$T/hooked" ]
	[ ! -e "$R" ]
}

@test "check: what can't be asked is an error" {
	policy default
	refused "read_file of /no/such in the container: No such file" rt landlock check "$B" /no/such read_file
	refused '"read_fil" is no known Landlock file system right' rt landlock check "$B" /etc read_fil
	matches 'hint: did you mean "read_file"'
	refused "expected a port" rt landlock check "$B" port:65536 bind_tcp
	refused "is no known Landlock scope" rt landlock check "$B" scope bind_tcp
	refused "ioctl_dev can't be asked of /etc" rt landlock check "$B" /etc ioctl_dev
	run -1 rt landlock check "$B" /etc
	matches "takes at least 3 arguments"
	policy defualt
	refused "nucleus.landlock" rt landlock check "$B" /etc read_file
	policy default
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = []'
	refused "mount namespace of its own" rt landlock check "$B" /etc read_file
	nothing_left
}

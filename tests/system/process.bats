#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What config.json's process says, as the process itself sees it.

load ../lib/helpers

# Bits of capabilities, for what capget prints: cap_bits NUMBER...
cap_bits() {
	local bits=0 number
	for number; do bits=$((bits | 1 << number)); done
	printf '%016x' "$bits"
}

CHOWN=0 KILL=5 NET_BIND=10 AUDIT_WRITE=29

# fields: process.user.uid process.user.gid process.user.additionalGids
@test "user, group, additional groups" {
	config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 7, 1002]}'
	payload ids
	has uid=1000,1000,1000 gid=1001,1001,1001 groups=5,7,1002
}

@test "no additional groups: none of the caller's are kept" {
	need_root "setgroups(2): a user can't give the runtime more groups"
	# Executed with more groups than root's own.
	args /bin/payload ids
	run -0 setpriv --groups 4,20,27 "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	has uid=0,0,0
	matches "^groups=$"
}

# fields: process.capabilities.bounding process.capabilities.permitted process.capabilities.effective
@test "capabilities: root has those that are listed and no others" {
	config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"],
		effective: ["CAP_KILL", "CAP_CHOWN"]}'
	payload caps
	has "capbnd=$(cap_bits $KILL $CHOWN)" "capprm=$(cap_bits $KILL $CHOWN)" "capeff=$(cap_bits $KILL $CHOWN)" \
		"capinh=$(cap_bits)" "capamb=$(cap_bits)"
}

@test "capabilities: none" {
	config 'del(.process.capabilities)'
	payload caps try-chown /etc/passwd
	has "capbnd=$(cap_bits)" "capprm=$(cap_bits)" "capeff=$(cap_bits)" "try-chown /etc/passwd=EPERM"
}

@test "capabilities: a user who is not root loses them at execve" {
	config '.process.user = {uid: 1000, gid: 1000}'
	payload caps
	has "capeff=$(cap_bits)" "capprm=$(cap_bits)" "capbnd=$(cap_bits $KILL $AUDIT_WRITE)"
}

# fields: process.capabilities.ambient process.capabilities.inheritable
@test "capabilities: ambient ones stay with a user who is not root" {
	config '.process.user = {uid: 1000, gid: 1000}
		| .process.capabilities = ({} | .bounding = ["CAP_KILL", "CAP_NET_BIND_SERVICE"]
		| .permitted = .bounding | .inheritable = .bounding | .effective = .bounding
		| .ambient = ["CAP_NET_BIND_SERVICE"])'
	payload caps try-bind 80
	has "capeff=$(cap_bits $NET_BIND)" "capprm=$(cap_bits $NET_BIND)" "capamb=$(cap_bits $NET_BIND)" \
		"capinh=$(cap_bits $KILL $NET_BIND)" "try-bind 80=ok"
}

@test "capabilities: a bind to port 80 without the capability is denied" {
	config '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "1024"}'
	payload try-bind 80 try-bind 8080
	has "try-bind 80=EACCES" "try-bind 8080=ok"
}

@test "capabilities: one that does not exist is a warning" {
	config '.process.capabilities |= map_values(. + ["CAP_NO_SUCH"])'
	payload caps
	has "capeff=$(cap_bits $KILL $AUDIT_WRITE)"
	matches "CAP_NO_SUCH"
}

# fields: process.noNewPrivileges
@test "noNewPrivileges" {
	payload nnp
	has nnp=1
	config '.process.noNewPrivileges = false'
	payload nnp
	has nnp=0
}

@test "a set-user-ID program works without noNewPrivileges only" {
	cp "$PAYLOAD" "$B/rootfs/bin/suid"
	chmod 4755 "$B/rootfs/bin/suid"
	config '.process.user = {uid: 1000, gid: 1000}'
	args /bin/suid ids
	run -0 rt run --bundle "$B" "$TOKEN"
	has uid=1000,1000,1000
	config '.process.noNewPrivileges = false'
	run -0 rt run --bundle "$B" "$TOKEN"
	has uid=1000,0,0
}

# fields: process.rlimits[].type process.rlimits[].soft process.rlimits[].hard
@test "rlimits" {
	config '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_FSIZE", soft: 4096, hard: 1000000}, {type: "RLIMIT_STACK", soft: 1048576, hard: 8388608}]'
	payload rlimits
	has rlimit.nofile=100:200 rlimit.core=0:0 rlimit.fsize=4096:1000000 rlimit.stack=1048576:8388608
}

@test "rlimits: every kind that getrlimit(2) has" {
	config '.process.rlimits = [
		{type: "RLIMIT_AS", soft: 1073741824, hard: 2147483648}, {type: "RLIMIT_CORE", soft: 1, hard: 2},
		{type: "RLIMIT_CPU", soft: 1000, hard: 2000}, {type: "RLIMIT_DATA", soft: 536870912, hard: 1073741824},
		{type: "RLIMIT_FSIZE", soft: 3, hard: 4}, {type: "RLIMIT_LOCKS", soft: 5, hard: 6},
		{type: "RLIMIT_MEMLOCK", soft: 7, hard: 8}, {type: "RLIMIT_MSGQUEUE", soft: 9, hard: 10},
		{type: "RLIMIT_NICE", soft: 0, hard: 0}, {type: "RLIMIT_NOFILE", soft: 11, hard: 12},
		{type: "RLIMIT_NPROC", soft: 1000, hard: 1001}, {type: "RLIMIT_RSS", soft: 13, hard: 14},
		{type: "RLIMIT_RTPRIO", soft: 0, hard: 0}, {type: "RLIMIT_RTTIME", soft: 1000000, hard: 2000000},
		{type: "RLIMIT_SIGPENDING", soft: 15, hard: 16}, {type: "RLIMIT_STACK", soft: 1048576, hard: 2097152}]'
	payload rlimits
	has rlimit.as=1073741824:2147483648 rlimit.core=1:2 rlimit.cpu=1000:2000 rlimit.data=536870912:1073741824 \
		rlimit.fsize=3:4 rlimit.locks=5:6 rlimit.memlock=7:8 rlimit.msgqueue=9:10 rlimit.nice=0:0 rlimit.nofile=11:12 \
		rlimit.nproc=1000:1001 rlimit.rss=13:14 rlimit.rtprio=0:0 rlimit.rttime=1000000:2000000 \
		rlimit.sigpending=15:16 rlimit.stack=1048576:2097152
}

@test "an rlimit that can't be raised is told at create, with its name" {
	ours_only "the limit's name"
	[ "$(cat /proc/sys/fs/nr_open)" -lt 4000000000 ] || skip "there is no bound to break"
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4000000000, hard: 4000000000}]'
	refused_create "RLIMIT_NOFILE.*[Oo]peration not permitted"
}

@test "rlimits: soft over hard, one that is listed twice" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 300, hard: 200}]'
	refused_create "RLIMIT_NOFILE|rlimit|invalid argument"
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 2}, {type: "RLIMIT_NOFILE", soft: 1, hard: 2}]'
	ours_only "noticing it"
	refused_create 'process.rlimits\[1\]'
}

# fields: process.user.umask
@test "umask: 0022 if not given, whatever the caller's is" {
	umask 077
	payload umask
	umask 022
	has umask=0022
	config '.process.user.umask = 63'
	payload umask
	has umask=0077
}

# The caller's file, pipe or device is not the runtime's to give away: one that gives it to the process's user
# has given away the machine's /dev/null.
@test "the standard streams belong to whom they belonged, whoever the process is" {
	ours_only "leaving them alone"
	local before
	touch "$T/in"
	before=$(stat -c '%u:%g %a' "$T/in")
	config '.process.user = {uid: 1000, gid: 1000}'
	args /bin/payload ids
	rt run --bundle "$B" "$TOKEN" <"$T/in" >"$OUT" 2>"$ERR"
	[ "$(stat -c '%u:%g %a' "$T/in" "$OUT" "$ERR" | sort -u)" = "$before" ]
	output=$(cat "$OUT")
	has uid=1000,1000,1000
	rt run --bundle "$B" "$TOKEN" </dev/zero >/dev/null 2>/dev/full
	devices_are_unchanged
	rt create --bundle "$B" "$TOKEN" </dev/null >/dev/null 2>/dev/null 3>&-
	rt start "$TOKEN"
	devices_are_unchanged
}

# fields: process.oomScoreAdj
@test "oomScoreAdj" {
	config '.process.oomScoreAdj = 345'
	payload oom
	has oom=345
}

@test "oomScoreAdj: one that needs a privilege that is missing is refused" {
	ours_only "telling it"
	config '.process.oomScoreAdj = -7'
	if [ "$WHO" != root ]; then # it is engines that write such a value, so this is a warning only
		payload oom
		matches "warning: process.oomScoreAdj.*-7" "^oom=$(cat /proc/self/oom_score_adj)$"
		return
	fi
	refused "process.oomScoreAdj -7: Permission denied" setpriv --bounding-set -sys_resource --inh-caps -sys_resource \
		"$NUCLEUS_OCI" --root "$R" create --bundle "$B" "$TOKEN"
	matches "CAP_SYS_RESOURCE"
	nothing_left
}

@test "no oomScoreAdj: the caller's" {
	payload oom
	has "oom=$(cat /proc/self/oom_score_adj)"
}

# fields: process.cwd
@test "cwd" {
	config '.process.cwd = "/var"'
	payload cwd
	has cwd=/var
}

@test "cwd: one that is missing is made" {
	config '.process.cwd = "/made/for/it"'
	payload cwd
	has cwd=/made/for/it
}

# fields: process.env process.args
@test "env: exactly what is given, and HOME" {
	config '.process.env = ["PATH=/bin", "EMPTY=", "A=b=c", "SPACE= x y "]'
	FROM_OUTSIDE=1 payload env
	has env.PATH=/bin env.EMPTY= env.A=b=c "env.SPACE= x y " env.HOME=/root
	lacks FROM_OUTSIDE
	[ "$(grep -c '^env\.' <<<"$output")" = 5 ]
}

@test "HOME: from the container's passwd, or /, and never over one that is given" {
	config '.process.user = {uid: 1000, gid: 1000}'
	payload env
	has env.HOME=/home/user
	config '.process.user = {uid: 4711, gid: 1000}'
	payload env
	has env.HOME=/
	config '.process.env += ["HOME=/mine"]'
	payload env
	has env.HOME=/mine
	[ "$(grep -c '^env.HOME' <<<"$output")" = 1 ]
}

@test "HOME: a passwd that is a fifo or a symlink out of the root harms nobody" {
	ours_only "not reading a fifo"
	rm "$B/rootfs/etc/passwd"
	mkfifo "$B/rootfs/etc/passwd"
	payload env
	has env.HOME=/
	rm "$B/rootfs/etc/passwd"
	echo "x:x:0:0::/stolen:/bin/sh" >"$T/passwd"
	ln -s "../../../passwd" "$B/rootfs/etc/passwd"
	payload env
	lacks stolen
}

@test "what is for Windows is not looked at" {
	ours_only "reading them"
	config '.process.commandLine = "cmd.exe" | .process.user.username = "containeradministrator"'
	payload ids
	has uid=0,0,0
}

# fields: linux.personality.domain linux.personality.flags
@test "personality" {
	ours_only "in this version,"
	config '.linux.personality = {domain: "LINUX"}'
	payload personality hostname
	has personality=0 machine=x86_64
	config '.linux.personality = {domain: "LINUX32"}'
	payload personality hostname
	has personality=8 machine=i686
	config '.linux.personality.flags = []'
	payload personality
	has personality=8
	config '.linux.personality.flags = ["ADDR_NO_RANDOMIZE"]'
	refused_create "linux.personality.flags"
}

@test "a new session keyring, or the caller's" {
	payload keyring
	matches "^keyring=[0-9]+ keyring;0;0;[0-9a-f]+;_ses"
	local own
	own=$(keyctl_of_caller)
	lacks "^keyring=$own "
	args /bin/payload keyring
	run -0 rt run --no-new-keyring --bundle "$B" "$TOKEN"
	# Without a session's keyring it is the user's, and each user namespace has its own of that.
	if [ "$WHO" != root ] && [[ $("$PAYLOAD" keyring) == *_uid_ses* ]]; then
		matches "_uid_ses"
		return
	fi
	matches "^keyring=$own "
}

keyctl_of_caller() {
	"$PAYLOAD" keyring | sed 's/keyring=\([0-9]*\).*/\1/'
}

@test "a session of its own, as pid 1, with default signals" {
	trap '' USR1 PIPE
	payload sid signals
	trap - USR1 PIPE
	has pid=1 sid=1 pgid=1 tty.0=0 tty.1=0 signals.ignored=0 signals.blocked=0
}

# run_with_fds REDIRECTIONS [OPTION...]: the runtime with these descriptors; bats has a 3 of its own.
run_with_fds() {
	bash -c "exec $1"'; exec "${@:2}"' _ "$1" "$NUCLEUS_OCI" --root "$R" run "${@:2}" --bundle "$B" "$TOKEN"
}

@test "descriptors: the caller's are closed, --preserve-fds passes them" {
	echo passed >"$T/passed"
	args /bin/payload fds
	run -0 run_with_fds "3<'$T/passed' 4>/dev/null 9</dev/null"
	lacks "^fd.([3-9]|[1-9][0-9]+)="
	run -0 run_with_fds "3<'$T/passed' 4>/dev/null 9</dev/null" --preserve-fds 2
	has fd.3=file fd.4=character
	lacks "^fd.([5-9]|[1-9][0-9]+)="
}

@test "descriptors: one that --preserve-fds names is not open" {
	ours_only "looking before a descriptor of its own is there"
	args /bin/payload fds
	run -1 run_with_fds "3<&- 4<&-" --preserve-fds 2
	matches "unable to stat preserved-fd"
	nothing_left
}

# ---- Labels -----------------------------------------------------------------------------------------------

# fields: process.apparmorProfile
@test "apparmorProfile: the program has it; without AppArmor it is refused" {
	if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
		config '.process.apparmorProfile = "nucleus-oci-test"'
		refused_create "apparmor"
		config '.process.apparmorProfile = "unconfined_x"'
		refused_create "apparmor"
		return
	fi
	need_real_root "apparmor(7): to load a profile takes the machine's CAP_MAC_ADMIN"
	command -v apparmor_parser >/dev/null || skip "apparmor_parser is not installed"
	printf 'profile "nucleus-oci-%s" flags=(attach_disconnected) { file, capability, network, signal, }\n' "$TOKEN" >"$T/profile"
	apparmor_parser --replace --skip-cache "$T/profile"
	config '.process.apparmorProfile = "nucleus-oci-\($token)"' --arg token "$TOKEN"
	args /bin/cat /proc/self/attr/current
	run rt run --bundle "$B" "$TOKEN"
	apparmor_parser --remove "$T/profile"
	[ "$output" = "nucleus-oci-$TOKEN (enforce)" ]
}

# fields: process.selinuxLabel
@test "selinuxLabel: the program has it; without SELinux it is refused" {
	if [ "$(stat -f -c %T /sys/fs/selinux 2>/dev/null)" != selinux ]; then
		config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
		refused_create "selinux"
		return
	fi
	chcon -R -t container_file_t "$B/rootfs" || skip "the policy has no type for containers"
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"'
	args /bin/cat /proc/self/attr/current
	run -0 rt run --bundle "$B" "$TOKEN"
	matches "^system_u:system_r:container_t:s0:c1,c2"
}

# ---- Terminals --------------------------------------------------------------------------------------------

# fields: process.terminal process.consoleSize.height process.consoleSize.width
@test "terminal: the master comes by --console-socket, the process has it as controlling terminal" {
	config '.process.terminal = true | .process.consoleSize = {height: 33, width: 77}'
	args /bin/sh -c '/bin/payload sid stat /dev/console; /bin/busybox stty size </dev/tty'
	receive_console "$T/console" "$T/terminal"
	rt create --bundle "$B" --console-socket "$T/console" "$TOKEN" >"$OUT" 2>"$ERR" 3>&-
	rt start "$TOKEN"
	wait "$receiver"
	output=$(cat "$T/terminal")
	has tty.0=1 tty.1=1 tty.2=1 "33 77"
	matches "^name .*pt" "^stat./dev/console=c" "^end$"
	[ ! -s "$ERR" ]
	wait_status stopped
}

@test "consoleSize without a terminal is ignored" {
	config '.process.consoleSize = {height: 1000000, width: 77}'
	payload sid
	has tty.0=0 tty.1=0
}

@test "terminal: in the foreground it is the caller's, translated" {
	ours_only "what script(1) shows of runc"
	command -v script >/dev/null || skip "script is not installed"
	config '.process.terminal = true'
	args /bin/sh -c '/bin/payload sid; read line; echo "got $line"; exit 5'
	run -5 script -qec "'$NUCLEUS_OCI' --root '$R' run --bundle '$B' '$TOKEN'" /dev/null <<<"typed"
	output=$(tr -d '\r' <<<"$output")
	has tty.0=1 tty.1=1 "got typed"
	nothing_left
}

# in_terminal SIGNAL COMMAND...: is ended by the signal there, and leaves the terminal as it was.
in_terminal() {
	run -0 python3 "$BATS_TEST_DIRNAME/../lib/terminal.py" "$@"
	has before=cooked while=raw "after=cooked restored" status=3
}

@test "terminal: the caller's is as it was when a signal ends run or exec" {
	ours_only "how raw a terminal is"
	local service='trap "exit 3" TERM HUP; echo ready; while :; do sleep 0.02; done'
	config '.process.terminal = true'
	args /bin/sh -c "$service"
	in_terminal TERM "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	in_terminal HUP "$NUCLEUS_OCI" --root "$R" run --bundle "$B" "$TOKEN"
	nothing_left
	config '.process.terminal = false'
	held
	in_terminal TERM "$NUCLEUS_OCI" --root "$R" exec --tty "$TOKEN" /bin/sh -c "$service"
}

@test "terminal: --console-socket and process.terminal belong together" {
	config '.process.terminal = true'
	refused_create "cannot allocate tty if runc will detach without setting console socket"
	config '.process.terminal = false'
	refused "cannot use console socket if runc will not detach or allocate tty" \
		rt create --bundle "$B" --console-socket "$T/console" "$TOKEN"
	nothing_left
}

@test "terminal: a console socket that is not there, or no socket" {
	config '.process.terminal = true'
	refused "$T/none|[Nn]o such file" rt create --bundle "$B" --console-socket "$T/none" "$TOKEN"
	touch "$T/file"
	refused "$T/file|not a socket|refused" rt create --bundle "$B" --console-socket "$T/file" "$TOKEN"
	nothing_left
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Programs that try to get around a policy by every known way (tests/payload/attacks*.c). Each is run
# without a policy first, where it must work: so what is denied is denied by Landlock. Of what is not
# denied the program says why Landlock can't, on this kernel's ABI or at all, and the test looks for
# that (docs/landlock.md, "What Landlock does not do").

load ../../lib/helpers
load ../../lib/landlock

# Every right that has a name; what this kernel does not know is dropped.
attack_policy() {
	jq -nc '{
		abi: 10,
		ruleset: [{
			handledAccessFs: ["abi.all"], handledAccessNet: ["abi.all"],
			scoped: ["abi.all"]
		}],
		pathBeneath: [
			{parent: ["/"], allowedAccess: ["read_dir"]},
			{parent: ["/bin", "/lib"], allowedAccess: ["abi.read_execute"]},
			{parent: ["/proc"], allowedAccess: ["read_file", "read_dir"]},
			{parent: ["/dev"], allowedAccess: ["read_file", "write_file"]},
			# All but execute and resolve_unix: /tmp is where the other process has its socket.
			{parent: ["/tmp"], allowedAccess: ["write_file", "read_file", "read_dir", "remove_dir", "remove_file",
				"make_char", "make_dir", "make_reg", "make_sock", "make_fifo", "make_block", "make_sym", "refer",
				"truncate", "ioctl_dev"]},
			{parent: ["/log"], allowedAccess: ["read_file", "read_dir", "write_file"]}],
		netPort: [{port: [8080], allowedAccess: ["bind_tcp"]}],
		nucleus: {enforcement: "best-effort"}
	}'
}

# The places that the attacks are about, as new; all capabilities that one of them needs, so that none
# fails for the want of them.
arena() {
	rm -rf "$B/rootfs"/{secret,log,tmp} "$B/rootfs/bin/linked"
	mkdir -p "$B/rootfs"/{secret,log,tmp/dir}
	chmod 1777 "$B/rootfs/tmp"
	echo secret | tee "$B/rootfs/secret/file" "$B/rootfs/tmp/own" >"$B/rootfs/log/file"
	cp "$PAYLOAD" "$B/rootfs/tmp/program"
	cp "$(type -P true)" "$B/rootfs/tmp/dynamic"
	printf '#!/bin/sh\nexit 0\n' >"$B/rootfs/tmp/script"
	chmod 755 "$B/rootfs/tmp/script"
	config '.process.capabilities |= map_values(["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
		"CAP_KILL", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])'
}

unconfined() {
	arena
	config 'del(.annotations)'
}

confined() {
	arena
	config '.annotations["nucleus.landlock"] = $policy' --arg policy "$(attack_policy)"
}

# What the payload said of each: worked NAME..., denied NAME..., not_denied NAME REASON.
worked() {
	local name
	for name; do matches "^$name: worked"; done
}

denied() {
	local name
	for name; do
		# An older kernel may not know the right, and then the payload knows which ABI does.
		matches "^$name: (denied, |worked, Landlock can deny it from ABI [0-9]+ on, and this kernel has $ABI$)"
	done
}

not_denied() {
	matches "^$1: worked, Landlock can't deny it: .*$2"
}

in_words() {
	words=()
	local name
	for name; do words+=(attack "$name"); done
}

# attack NAME...: without the policy, where all must work, then with it; the second's words are $output.
attack() {
	in_words "$@"
	unconfined
	payload "${words[@]}"
	worked "$@"
	confined
	payload "${words[@]}"
}

@test "attacks: each that the payload knows is tried by a test" {
	for name in $("$PAYLOAD" attack-names); do
		grep -v denied "$BATS_TEST_FILENAME" | grep -Eq "[[:blank:](]$name([[:blank:])]|\$)" || { echo "not tried: $name"; false; }
	done
}

@test "attacks: a rename or link between folders" {
	attack rename-out
	denied rename-out
	attack link-out link-descriptor link-in rename-exchange rename-in
	denied link-out link-descriptor link-in rename-exchange rename-in
	[ "$(cat "$B/rootfs/secret/file")" = secret ]
	[ ! -e "$B/rootfs/secret/renamed" ]
}

@test "attacks: files made where none may be" {
	attack temporary-file make-socket
	denied temporary-file make-socket
	[ "$(ls "$B/rootfs/secret")" = file ]
}

@test "attacks: truncation of what may be written" {
	attack truncate-path truncate-open truncate-descriptor
	denied truncate-path truncate-open truncate-descriptor
	[ "$ABI" -lt 3 ] || [ "$(cat "$B/rootfs/log/file")" = secret ]
}

@test "attacks: other names of the same file, descriptors without access" {
	ways=(dotdot symbolic-link path-descriptor path-directory change-directory own-cwd own-root change-root)
	attack "${ways[@]}"
	denied "${ways[@]}"
}

@test "attacks: a file handle" {
	need_real_root "open_by_handle_at(2) takes CAP_DAC_READ_SEARCH where the file system was mounted"
	attack open-handle
	denied open-handle
}

@test "attacks: descriptors from outside keep their rights, a second open or connect is asked about" {
	ways=(inherited-file inherited-again inherited-directory inherited-socket inherited-listener)
	in_words "${ways[@]}"
	for kind in unconfined confined; do
		"$kind"
		args /bin/payload "${words[@]}"
		run -0 python3 - "$B/rootfs/secret" "$NUCLEUS_OCI" --root "$R" run --preserve-fds 4 --bundle "$B" "$TOKEN" <<-'EOF'
			import os, socket, sys
			listener = socket.create_server(("127.0.0.1", 0))
			waiting = socket.create_connection(listener.getsockname())
			unconnected = socket.socket()
			opened = [os.open(sys.argv[1] + "/file", os.O_RDONLY), os.open(sys.argv[1], os.O_RDONLY),
			          unconnected.fileno(), listener.fileno()]
			far = [os.dup2(fd, number) for number, fd in enumerate(opened, 40)]
			for number, fd in enumerate(far, 3):
			    os.dup2(fd, number)
			os.execv(sys.argv[2], sys.argv[2:])
		EOF
		[ "$kind" = confined ] || worked "${ways[@]}"
	done
	not_denied inherited-file "keeps the rights it was opened with"
	not_denied inherited-listener "keeps the rights it was opened with"
	denied inherited-again inherited-directory inherited-socket
}

@test "attacks: metadata is not governed" {
	attack metadata
	not_denied metadata "modes, owners, times"
}

@test "attacks: ioctl on devices" {
	attack device-control
	denied device-control
}

@test "attacks: typing into the terminal" {
	need_real_root "tty_ioctl(2): TIOCSTI takes CAP_SYS_ADMIN"
	in_words type-device type-inherited
	for kind in unconfined confined; do
		"$kind"
		config '.process.terminal = true'
		args /bin/payload "${words[@]}"
		receive_console "$T/console" "$T/terminal"
		rt run --console-socket "$T/console" --bundle "$B" --detach "$TOKEN" 3>&-
		wait "$receiver"
		output=$(tr -d '\r' <"$T/terminal" | sed 's/^x*//')
		rt delete --force "$TOKEN"
		rm -f "$T/console"
		[ "$kind" = confined ] || worked type-device type-inherited
	done
	denied type-device
	not_denied type-inherited "keeps the rights it was opened with"
}

@test "attacks: execution of what was written" {
	ways=(execute-path execute-script execute-descriptor execute-proc)
	attack "${ways[@]}"
	denied "${ways[@]}"
}

# The loader as in an image that has one; the program is the dynamic "true" of this machine.
dynamic_program() {
	loader=$(ldd "$(type -P true)" | sed -n 's|^[[:space:]]*\(/[^ ]*/ld-linux[^ ]*\).*|\1|p')
	[ -n "$loader" ] || skip "this machine's programs are not dynamic glibc ones"
	mkdir -p "$B/rootfs/lib"
	cp "$loader" "$B/rootfs/lib/loader"
	cp "$(ldd "$(type -P true)" | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')" "$B/rootfs/lib/"
	config '.process.env += ["LD_LIBRARY_PATH=/lib"]'
}

@test "attacks: execution that Landlock can't deny: memory, mappings, interpreters, loaders" {
	dynamic_program
	attack loader
	not_denied loader "maps what it may read"
	attack execute-memory map-executable interpreter
	not_denied execute-memory "no path"
	not_denied map-executable "mmap"
	not_denied interpreter "the script is read"
	# What can: a sysctl of the container's own pid namespace. In a user namespace it can't be written.
	[ "$WHO" = root ] && [ -e /proc/sys/vm/memfd_noexec ] || return 0
	config '.linux.sysctl = {"vm.memfd_noexec": "2"}'
	payload attack execute-memory
	denied execute-memory
}

@test "attacks: a weaker domain, another session, new namespaces" {
	attack weaker-domain new-session new-namespaces
	denied weaker-domain new-session new-namespaces
	# The same where the domain came by CAP_SYS_ADMIN and not by no_new_privs.
	config '.process.noNewPrivileges = false'
	payload nnp "${words[@]}"
	has nnp=0
	denied weaker-domain new-session new-namespaces
}

@test "attacks: the mount tree, in a new user namespace too" {
	ways=(mount-bind mount-new mount-again mount-remove mount-propagation mount-move mount-overlay pivot-root
		mount-in-namespace overlay-in-namespace)
	for way in "${ways[@]}"; do # each needs the tree as it was
		unconfined
		payload attack "$way"
		worked "$way"
	done
	confined
	in_words "${ways[@]}"
	payload "${words[@]}"
	denied "${ways[@]}"
}

@test "attacks: mounts that are not in the tree, and flags of those that are" {
	attack detached-clone detached-overlay detached-in-namespace mount-attributes
	denied detached-clone detached-overlay detached-in-namespace
	not_denied mount-attributes "mount_setattr"
}

@test "attacks: io_uring" {
	[ "$(cat /proc/sys/kernel/io_uring_disabled 2>/dev/null || echo 0)" = 0 ] || skip "io_uring is switched off"
	attack ring-open ring-open-polled ring-link ring-connect ring-unlink
	denied ring-open ring-open-polled ring-link ring-connect ring-unlink
	attack ring-rename
	denied ring-rename
	[ "$(cat "$B/rootfs/secret/file")" = secret ]
}

@test "attacks: TCP" {
	ways=(bind-tcp bind-tcp6 bind-any-port connect-tcp connect-tcp6 connect-mapped)
	attack "${ways[@]}" listen-unbound
	denied "${ways[@]}"
	not_denied listen-unbound "kernel's choice"
}

@test "attacks: TCP without connect(2), and MPTCP" {
	[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" = 1 ] || skip "this kernel has no MPTCP"
	attack connect-fast connect-multipath
	[[ $output == *"connect-fast: denied"* ]] || not_denied connect-fast MSG_FASTOPEN
	not_denied connect-multipath MPTCP
	# What can: sysctls of the container's own network namespace.
	config '.linux.sysctl = {"net.ipv4.tcp_fastopen": "0", "net.mptcp.enabled": "0"}'
	payload "${words[@]}"
	matches "^connect-fast: (denied|impossible, EOPNOTSUPP)" "^connect-multipath: impossible, ENOPROTOOPT"
}

@test "attacks: UDP" {
	attack bind-udp connect-udp send-udp
	denied bind-udp connect-udp send-udp
}

# peer: init is the other process, and has the secret as descriptor 3.
peer() {
	args /bin/payload attack-peer
	rm -f "$B/rootfs/tmp/peer"
	rt create --bundle "$B" --preserve-fds 1 "$TOKEN" 3<"$B/rootfs/secret/file" >"$OUT" 2>"$ERR"
	rt start "$TOKEN"
	wait_line "$OUT" peer=ready
}

# by_exec NAME...: an exec's process attacks init, without the policy and with it.
by_exec() {
	in_words "$@"
	unconfined
	peer
	run -0 rt exec "$TOKEN" /bin/payload "${words[@]}"
	worked "$@"
	rt delete --force "$TOKEN"
	confined
	peer
	run -0 rt exec "$TOKEN" /bin/payload "${words[@]}"
}

@test "attacks: a process outside of the domain: ptrace, memory, /proc, descriptors, namespaces, signals" {
	ways=(trace write-memory read-memory memory-file other-root other-cwd other-environment
		other-descriptor take-descriptor join-namespaces signal signal-pidfd signal-thread)
	by_exec "${ways[@]}" other-environment-privileged change-limits
	denied "${ways[@]}"
	not_denied change-limits "are not among its rights"
	[[ $output == *"other-environment-privileged: denied"* ]] || not_denied other-environment-privileged CAP_PERFMON
}

@test "attacks: Unix sockets by path and abstract name, and a descriptor that is handed over" {
	by_exec connect-unix connect-abstract send-abstract received-descriptor
	denied connect-unix connect-abstract send-abstract
	[[ $output == *"received-descriptor: denied"* ]] || not_denied received-descriptor "whoever gets it"
}

@test "attacks: by exec, while init and another exec run, which it can't reach either" {
	ways=(path-descriptor own-root execute-path weaker-domain)
	aims=(trace write-memory other-root signal)
	confined
	peer
	in_words "${ways[@]}"
	rt exec --detach --pid-file "$T/second.pid" "$TOKEN" /bin/payload "${words[@]}" sleep >"$T/second" 2>&1 3>&-
	wait_line "$T/second" "weaker-domain: denied, EACCES"
	output=$(cat "$T/second")
	denied "${ways[@]}"
	second=$(awk '$1 == "NSpid:" { print $NF }' "/proc/$(cat "$T/second.pid")/status")
	in_words "${aims[@]}"
	run -0 rt exec "$TOKEN" /bin/payload victim "$second" "${words[@]}"
	denied "${aims[@]}"
}

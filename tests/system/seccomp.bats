#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# seccomp: what the filter does to system calls that the payload tries. The numbers of system calls
# are those of x86-64.

load ../lib/helpers

GETPPID=110 PERSONALITY=135 SYNC=162 TKILL=200

extra_setup() {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of system calls are those of x86-64"
}

# seccomp JSON
seccomp() {
	config '.linux.seccomp = $filter' --argjson filter "$1"
}

@test "no filter" {
	payload seccomp "try-syscall" $GETPPID
	has seccomp=0
}

@test "a filter is there, and an errno is what it says" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22},
		{"names": ["sync"], "action": "SCMP_ACT_ERRNO"}]}'
	payload seccomp try-mkdir /tmp/dir try-syscall $SYNC try-write /tmp/file
	has seccomp=2 "try-mkdir /tmp/dir=EINVAL" "try-syscall $SYNC=EPERM" "try-write /tmp/file=ok"
	[ ! -e "$B/rootfs/tmp/dir" ]
}

@test "the default action, with its errno" {
	ours_only "loading the filter last"
	# Everything that the payload needs for this, and no sync.
	seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": [
		"execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat",
		"getrandom", "mprotect", "fstat", "newfstatat", "write", "exit_group", "exit", "mmap", "ioctl", "uname", "futex",
		"rt_sigreturn", "close", "prctl", "sigaltstack", "close_range", "getpid"]}]}'
	payload try-syscall $SYNC
	has "try-syscall $SYNC=ENOSYS"
}

@test "arguments: compared one by one, all have to match" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
		{"names": ["tkill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 15, "valueTwo": 5, "op": "SCMP_CMP_MASKED_EQ"}]}]}'
	payload try-syscall-arg $PERSONALITY 8 try-syscall-arg $PERSONALITY 0xffffffff \
		try-syscall-arg $TKILL 0x15 try-syscall-arg $TKILL 0x7ffffff4
	has "try-syscall-arg $PERSONALITY 8=EOPNOTSUPP" "try-syscall-arg $PERSONALITY 0xffffffff=ok" \
		"try-syscall-arg $TKILL 0x15=EOPNOTSUPP"
	lacks "^try-syscall-arg $TKILL 0x7ffffff4=EOPNOTSUPP"
}

@test "arguments: values of 64 bits, greater and less" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["tkill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
		 "args": [{"index": 0, "value": 4294967296, "op": "SCMP_CMP_GE"}]}]}'
	payload try-syscall-arg $TKILL 0x100000000 try-syscall-arg $TKILL 0x200000000 try-syscall-arg $TKILL 0x7fffffff
	has "try-syscall-arg $TKILL 0x100000000=EOPNOTSUPP" "try-syscall-arg $TKILL 0x200000000=EOPNOTSUPP"
	lacks "0x7fffffff=EOPNOTSUPP"
}

@test "KILL_PROCESS ends the program" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
	args /bin/payload hostname try-syscall $SYNC
	run -159 rt run --bundle "$B" "$TOKEN"
	has hostname=inside
	lacks try-syscall
	nothing_left
}

@test "TRAP is a signal" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_TRAP"}]}'
	args /bin/payload try-syscall $SYNC
	run -159 rt run --bundle "$B" "$TOKEN"
	lacks try-syscall
}

@test "architectures: the 32-bit calls of the same machine are filtered or killed, never open" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
	payload try-mkdir /tmp/dir
	has "try-mkdir /tmp/dir=EPERM"
}

@test "names that this libseccomp does not know are passed over" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["no_such_syscall", "sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	payload try-syscall $SYNC
	has "try-syscall $SYNC=EIO"
}

@test "with and without noNewPrivileges, as root without CAP_SYS_ADMIN, as a user" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	local change
	for change in '.process.noNewPrivileges = true' '.process.noNewPrivileges = false' \
		'.process.user = {uid: 1000, gid: 1000}' '.process.noNewPrivileges = true'; do
		config "$change"
		payload seccomp try-syscall $SYNC
		has seccomp=2 "try-syscall $SYNC=EIO"
	done
}

@test "a filter that denies what the runtime needs itself does not disturb it" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO", "names": [
		"setuid", "setgid", "setgroups", "capset", "mount", "umount2", "pivot_root", "chdir", "openat2", "dup3", "setsid"]}]}'
	payload ids try-setuid 1000
	has uid=0,0,0 "try-setuid 1000=EPERM"
}

@test "children have the filter too" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}'
	args /bin/sh -c "/bin/sh -c '/bin/payload seccomp try-syscall $SYNC'"
	run -0 rt run --bundle "$B" "$TOKEN"
	has seccomp=2 "try-syscall $SYNC=EIO"
}

@test "unknown actions, operators, architectures, flags: refused with their place" {
	seccomp '{"defaultAction": "SCMP_ACT_NOSUCH"}'
	refused_create "SCMP_ACT_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NOSUCH"]}'
	refused_create "SCMP_ARCH_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO",
		"args": [{"index": 0, "value": 1, "op": "SCMP_CMP_NOSUCH"}]}]}'
	refused_create "SCMP_CMP_NOSUCH"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO",
		"args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
	ours_only "checking the index"
	refused_create 'linux.seccomp.syscalls\[0\].args\[0\].index'
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]}'
	refused_create "SECCOMP_FILTER_FLAG_NOSUCH"
}

@test "notify is not there yet and says so" {
	ours_only "refusing it"
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/none",
		"syscalls": [{"names": ["sync"], "action": "SCMP_ACT_NOTIFY"}]}'
	refused_create "not supported yet"
}

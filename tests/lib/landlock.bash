# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the annotation nucleus.landlock share, after lib/helpers. Sets $ABI, the kernel's;
# a test whose name begins with "without Landlock: " is for a kernel that has none, all others skip
# there.

extra_setup() {
	ours_only "Landlock"
	ABI=$(rt features | jq -r '.annotations["nucleus.landlock.abi.kernel"] // "0"')
	case $BATS_TEST_DESCRIPTION in
	"without Landlock: "*)
		! landlock_answers || skip "this kernel has Landlock"
		[ "$ABI" = 0 ]
		;;
	*)
		landlock_answers || skip "this kernel has no Landlock, or was told to leave it out"
		;;
	esac
	# A root user without a file capability could not do these things anyway: with
	# CAP_DAC_OVERRIDE only Landlock is in the way.
	config '.process.capabilities |= map_values(. + ["CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN"])'
}

# landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), system call 444
landlock_answers() {
	[[ $("$PAYLOAD" try-syscall 444) != *=ENOSYS && $("$PAYLOAD" try-syscall 444) != *=EOPNOTSUPP ]]
}

all_rights=5 # the ABI that knows all of the built-in policy's

policy() {
	local text=$1
	if [ "$ABI" -lt $all_rights ]; then
		case $text in
		*best-effort* | *strict*) ;;
		default*) text=default,best-effort${text#default} ;;
		'{'*'}') text=$(jq -c '.nucleus.enforcement //= "best-effort"' <<<"$text") ;;
		esac
	fi
	config '.annotations["nucleus.landlock"] = $policy' --arg policy "$text"
}

need_abi() {
	[ "$ABI" -ge "$1" ] || skip "needs Landlock ABI $1, this kernel has $ABI: $2"
}

outcome() {
	rt state "$TOKEN" | jq -r ".nucleus.landlock.$1"
}

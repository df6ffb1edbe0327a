#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Automake's tap-driver.sh, which also adds a test's points to a file of totals: one line per test,
# "NAME PASSED FAILED SKIPPED". NUCLEUS_TOTALS names the file; without it, nothing is added.

set -u

"${CONFIG_SHELL:-sh}" "$(dirname "$0")/tap-driver.sh" "$@"
code=$?
[ -n "${NUCLEUS_TOTALS:-}" ] || exit $code

name=
results=
while [ $# -gt 0 ]; do
	case $1 in
	--test-name) name=$2 && shift ;;
	--trs-file) results=$2 && shift ;;
	--) break ;;
	esac
	shift
done
# A test program says twice that a point failed: by the point and by its exit code, an error.
awk -v name="$name" '
	/^:test-result: *(PASS|XFAIL)/ { passed++ }
	/^:test-result: *(FAIL|XPASS)/ { failed++ }
	/^:test-result: *ERROR/ { errors++ }
	/^:test-result: *SKIP/ { skipped++ }
	END { print name, passed + 0, failed ? failed : errors + 0, skipped + 0 }
	' "$results" >>"$NUCLEUS_TOTALS"
exit $code

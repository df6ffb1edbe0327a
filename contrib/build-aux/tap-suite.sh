#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a suite that prints TAP and is not part of "make check": shows its output, keeps it and
# judges it.
#
#   tap-suite.sh NAME COMMAND...      output in NAME.tap of the current folder
#
# The suite fails if the command fails, if a point failed, or if the points are not as many as the
# plan says (it died on the way). A failure without a failed point counts as one. The totals are
# added to the file NUCLEUS_TOTALS, if set: "NAME PASSED FAILED SKIPPED".

set -u

name=$1
shift
log=$name.tap
status=$name.tap.status

rm -f "$log" "$status"
{
	"$@" 2>&1
	echo $? >"$status"
} | tee "$log"
code=$(cat "$status" 2>/dev/null || echo 1)
rm -f "$status"

awk -v name="$name" -v code="$code" -v totals="${NUCLEUS_TOTALS:-}" '
	/^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; has_plan = 1 }
	/^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ { skipped = 1 }
	/^Bail out!/ { bailed = 1 }
	/^not ok/ { failed++; seen++ }
	/^ok/ { seen++; if (/# *[Ss][Kk][Ii][Pp]/) skipped++; else passed++ }
	END {
		why = ""
		if (failed) why = "points failed"
		else if (bailed) why = "it gave up"
		else if (!has_plan) why = "no plan: it died on the way"
		else if (seen != planned) why = "planned " planned ", but ran " seen + 0
		else if (code) why = "exit code " code
		if (why != "" && !failed) failed = 1
		printf "# %s: %d passed, %d failed, %d skipped%s\n", name, passed, failed, skipped,
			why == "" ? "" : " (" why ")"
		if (totals != "") print name, passed + 0, failed + 0, skipped + 0 >>totals
		exit why != ""
	}' "$log"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# embed.sh FILE: prints a C header that holds FILE's text as "static const char NAME[]", where NAME
# is the file's name with "." as "_" (landlock_default.json: landlock_default_json).
set -eu

name=$(basename "$1" | tr -c 'A-Za-z0-9\n' _)
echo "/* Made from $(basename "$1") by embed.sh: edit that file instead. */"
echo "static const char ${name}[] ="
# One string literal a line: backslash and quote escaped, the newline kept.
sed -e 's/[\\"]/\\&/g' -e 's/.*/	"&\\n"/' "$1"
echo "	;"

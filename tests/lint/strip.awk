# SPDX-License-Identifier: Apache-2.0
#
# C files to lines of "FILE <tab> LINE <tab> CODE": comments are gone, string and character literals
# are empty. Tabs of the code become blanks, since they separate the fields. Not a preprocessor: a
# literal does not go over a line's end.

FNR == 1 { in_comment = 0 }

{
	out = ""
	rest = $0
	gsub(/\t/, " ", rest)
	while (rest != "") {
		if (in_comment) {
			end = index(rest, "*/")
			if (!end) { rest = ""; break }
			rest = substr(rest, end + 2)
			in_comment = 0
			continue
		}
		at = match(rest, /\/\*|\/\/|"|'/)
		if (!at) { out = out rest; break }
		out = out substr(rest, 1, at - 1)
		what = substr(rest, at, 1)
		if (what == "/" && substr(rest, at + 1, 1) == "/") break
		if (what == "/") {
			in_comment = 1
			rest = substr(rest, at + 2)
			continue
		}
		rest = substr(rest, at + 1)
		out = out what
		while (rest != "") {
			c = substr(rest, 1, 1)
			if (c == "\\") { rest = substr(rest, 3); continue }
			rest = substr(rest, 2)
			if (c == what) { out = out what; break }
		}
	}
	sub(/ +$/, "", out)
	printf "%s\t%d\t%s\n", FILENAME, FNR, out
}

# SPDX-License-Identifier: Apache-2.0
#
# Which room may include which (docs/design.md). Standard input: file names, one per line. Prints the
# includes that are no arrow of the table.

BEGIN {
	allow("base", "base")
	allow("sys", "sys base")
	allow("oci", "oci base")
	allow("host", "host sys base")
	allow("plan", "plan base oci host")
	allow("apply", "apply base sys plan")
	allow("status", "status base sys oci")
	allow("observe", "observe base sys")
	allow("cli", "cli base sys oci host plan apply observe status")
	allow("main", "base sys cli")
	allow("helpers", "helpers base")

	# Named exceptions of apply: hooks get the state document; effects are written into the journal;
	# the process is written down by pid and start time.
	except("apply", "oci/state.h")
	except("apply", "oci/names.h")
	except("apply", "oci/config.h")
	except("apply", "status/journal.h")
	except("apply", "status/proc.h")
	# What it says to a separate program.
	except("apply", "helpers/systemd_words.h")
	# What the build makes: the version for --version and "features", the default policy for oci.
	except("cli", "config-build.h")
	except("oci", "config-build.h")
	except("oci", "landlock_default.h")
}

function allow(from, list,    part, n, i) {
	n = split(list, part, " ")
	for (i = 1; i <= n; i++) arrow[from, part[i]] = 1
}

function except(from, header) { exception[from, header] = 1 }

# The room of a file, or "" if it is in none.
function room_of(name) {
	if (name ~ /^oci\/[^\/]*$/) return "oci"
	if (name == "src/main.c") return "main"
	if (name ~ /^src\/[a-z]+\/[^\/]*$/) {
		sub(/^src\//, "", name)
		sub(/\/.*/, "", name)
		return name
	}
	return ""
}

{
	from = room_of($0)
	if (from == "" || !((from, from) in arrow || from == "main")) {
		print $0 ": in no room of the table"
		next
	}
	line_number = 0
	while ((getline line < $0) > 0) {
		line_number++
		if (line !~ /^[ \t]*#[ \t]*include[ \t]*"/) continue
		header = line
		sub(/^[^"]*"/, "", header)
		sub(/".*/, "", header)
		if ((from, header) in exception) continue
		to = header
		if (to !~ /^[a-z]+\/[^\/]*$/) {
			print $0 ":" line_number ": \"" header "\" does not name a room and its file"
			continue
		}
		sub(/\/.*/, "", to)
		if (!((from, to) in arrow))
			print $0 ":" line_number ": " from " must not include " header
	}
	close($0)
}

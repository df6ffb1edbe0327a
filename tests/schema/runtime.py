# SPDX-License-Identifier: Apache-2.0
"""What `nucleus-oci validate` says of a document, on a machine whose facts are all given."""
import collections
import json
import os
import re
import subprocess
import tempfile

import schema

PROGRAM = os.environ.get("NUCLEUS_OCI", "nucleus-oci")

Problem = collections.namedtuple("Problem", "place text")


def machine():
    """The golden tests' machine: what is judged is the document, but rules for root are not a user's."""
    with open(os.path.join(schema.HERE, "..", "golden", "machine"), encoding="ascii") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


class Runtime:
    """Validates documents one after the other; has a folder of its own for them, in another one if told."""

    def __init__(self, where=None):
        self.folder = tempfile.TemporaryDirectory(prefix="nucleus-schema.", dir=where)
        self.file = os.path.join(self.folder.name, "config.json")
        self.assume = [word for fact in machine() for word in ("--assume", fact)]

    def empty_folder(self):
        return tempfile.mkdtemp(dir=self.folder.name)

    def run(self, text):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        command = [PROGRAM, "validate", *self.assume, self.file]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def plan(self):
        """Of the document that was validated last."""
        command = [PROGRAM, "plan", "--json", *self.assume, self.file]
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    def problems(self, document):
        """The problems that are errors of the document; what is no verdict, as one more."""
        code, out, err = self.run(json.dumps(document))
        lines = [line for line in out.splitlines() if not line.startswith(("warning: ", "unsupported: "))]
        if err or code not in (0, 1) or (code == 1) != bool(lines):
            return [Problem("", "ended with %d: %s%s" % (code, out, err))]
        return [problem(line) for line in lines]


def problem(line):
    match = re.match(r"((?:[^:\[]|\[[^]]*\])+): (.*)", line, re.S)
    return Problem(*match.groups()) if match else Problem("", line)


def parts(place):
    """"linux.sysctl[net.ipv4.x]" -> ["linux", "sysctl", "net.ipv4.x"]"""
    return [key or index for key, index in re.findall(r"([^.\[]+)|\[([^]]*)\]", place)]


def related(one, other):
    """The same place, or one inside the other."""
    return all(a == b for a, b in zip(parts(one), parts(other)))

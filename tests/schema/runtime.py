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
    """The golden tests' machine, with all that a document may ask for."""
    with open(os.path.join(schema.HERE, "..", "golden", "machine"), encoding="ascii") as file:
        facts = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    return facts + ["apparmor=yes", "selinux=yes"]


def assume(facts):
    return [word for fact in facts for word in ("--assume", fact)]


def cgroup_of(document):
    """Half of the resources exist on cgroup v1 only, and `unified` on v2 only."""
    linux = document.get("linux") if isinstance(document, dict) else None
    resources = linux.get("resources") if isinstance(linux, dict) else None
    return "cgroup=v2" if isinstance(resources, dict) and "unified" in resources else "cgroup=hybrid"


class Runtime:
    """Validates documents one after the other; has a folder of its own for them."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="nucleus-schema.")
        self.file = os.path.join(self.folder.name, "config.json")
        self.facts = machine()

    def empty_folder(self):
        return tempfile.mkdtemp(dir=self.folder.name)

    def run(self, text, fact):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        command = [PROGRAM, "validate", *assume([*self.facts, fact]), self.file]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def problems(self, document):
        """The problems that are errors. Anything but a verdict is an exception."""
        code, out, err = self.run(json.dumps(document), cgroup_of(document))
        lines = [line for line in out.splitlines() if not line.startswith("warning: ")]
        if err or code not in (0, 1) or (code == 1) != bool(lines):
            raise RuntimeError("validate ended with %d\n%s%s" % (code, out, err))
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

# SPDX-License-Identifier: Apache-2.0
"""The runtime against the specification's JSON schemas: `validate`, `spec`, `features`. Prints TAP.

SCHEMA_DOCUMENTS  how many changed documents (the default has every single change)
SCHEMA_SEED       other combinations of changes
FIELDS            the program tests/golden/fields
"""
import glob
import json
import os
import re
import subprocess
import sys

import compare
import explained
import mutate
import runtime
import schema
import features

FIELDS = os.environ.get("FIELDS", "fields")
DOCUMENTS = int(os.environ.get("SCHEMA_DOCUMENTS", "16000"))
SEED = int(os.environ.get("SCHEMA_SEED", "1"))
SHOWN = 20  # differences with their documents

# Sections of the schema that are no tables here.
OTHER_PLATFORMS = re.compile(r"(windows|solaris|zos|freebsd|vm)(\..*)?")


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def point(self, name, problems):
        """A list of what is wrong; empty is good."""
        self.number += 1
        self.failed += bool(problems)
        print("%s %d - %s" % ("not ok" if problems else "ok", self.number, name))
        for line in "\n".join(problems).splitlines():
            print("# " + re.sub(r"[\x00-\x1f\x7f]", "?", line))
        sys.stdout.flush()


def samples(*parts):
    return sorted(glob.glob(os.path.join(schema.HERE, *parts, "*.json")))


def name_of(path):
    return os.path.relpath(path, os.path.join(schema.HERE, ".."))


def good_paths():
    engines = os.path.join("..", "unit", "data", "config", "engines")
    return samples("spec", "test", "config", "good") + samples("good") + samples(engines)


def check_good(tap, comparison, path):
    document = schema.load(path)
    wrong = ["the schema: %s: %s" % finding[:2] for finding in comparison.schema.findings(document)]
    wrong += ["the runtime: %s: %s" % problem for problem in comparison.runtime.problems(document)]
    tap.point(name_of(path) + " is accepted", wrong)


def check_bad(tap, comparison, path):
    wrong = []
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        if not comparison.schema.findings(json.loads(text)):
            wrong.append("the schema accepts it")
    except ValueError:
        pass  # no JSON at all
    if comparison.runtime.run(text)[0] != 1:
        wrong.append("the runtime accepts it")
    tap.point(name_of(path) + " is refused", wrong)


def check_other_samples(tap):
    """That the schemas are read rightly: they agree with their own samples."""
    for name in ("features", "state"):
        judge = schema.Schema(name + "-schema.json")
        wrong = []
        for path in samples("spec", "test", name, "good"):
            wrong += ["%s: %s: %s" % (path, *finding[:2]) for finding in judge.findings(schema.load(path))]
        for path in samples("spec", "test", name, "bad"):
            try:
                wrong += [path + " is accepted"] * (not judge.findings(schema.load(path)))
            except ValueError:
                pass
        tap.point("the schema of %s agrees with its samples" % name, wrong)


def own_fields(*arguments):
    done = subprocess.run([FIELDS, *arguments], capture_output=True, check=True)
    return set(done.stdout.decode().split())


def check_fields(tap, comparison, paths):
    theirs = {place for place in schema.fields(comparison.schema.root) if not OTHER_PLATFORMS.fullmatch(place)}
    ours = own_fields()
    wrong = ["%s is not in the runtime's tables" % place for place in sorted(theirs - ours)]
    wrong += ["%s is not in the schema" % place for place in sorted(ours - theirs)]
    tap.point("the runtime's tables have the properties of the schema", wrong)
    there = set().union(*(own_fields(path) for path in paths))
    tap.point("the good documents have every property",
              ["%s is in none" % place for place in sorted(ours - there)])


def check_changed(tap, comparison, paths):
    bases = [schema.load(path) for path in paths]
    documents = mutate.Documents(bases, comparison.schema, DOCUMENTS, SEED).make()
    counts, left = compare.compare_all(documents)
    wrong = []
    for what, document in sorted(left, key=lambda pair: (pair[0].place, str(pair[0])))[:SHOWN]:
        wrong += [compare.told(what), "    " + json.dumps(comparison.smallest(document, what))]
    if len(left) > SHOWN:
        wrong.append("and %d more" % (len(left) - SHOWN))
    tap.point("%d changed documents, as the schema or explained" % len(documents), wrong)
    return counts


def check_explained(tap, comparison, counts):
    ids = [entry.id for entry in comparison.explained]
    tap.point("what is explained occurs", ["%s: no document has it" % name for name in ids if name not in counts])
    with open(os.path.join(schema.HERE, "..", "..", "docs", "conformance.md"), encoding="utf-8") as file:
        documented = [line.rstrip("\n") for line in file if line.startswith("| `")]
    rows = table(comparison.explained)
    wrong = ["not in docs/conformance.md: " + row for row in rows if row not in documented]
    wrong += ["only in docs/conformance.md: " + row for row in documented if row not in rows]
    tap.point("docs/conformance.md has the table of what is explained", wrong)


def table(entries):
    """For docs/conformance.md: what is explained, a row each."""
    who = {"refuse": "the runtime", "accept": "the schema"}
    return ["| `%s` | %s | %s |" % (entry.id, who[entry.direction], entry.reason.replace("|", "\\|"))
            for entry in entries]


def check_spec(tap, comparison):
    for option in ([], ["--rootless"]):
        folder = comparison.runtime.empty_folder()
        subprocess.run([runtime.PROGRAM, "spec", *option, "--bundle", folder], check=True)
        document = schema.load(os.path.join(folder, "config.json"))
        wrong = ["the schema: %s: %s" % finding[:2] for finding in comparison.schema.findings(document)]
        wrong += ["the runtime: %s: %s" % problem for problem in comparison.runtime.problems(document)]
        tap.point(" ".join(["spec", *option]) + " is accepted", wrong)


def validate(kind, paths):
    """For system tests: documents that the runtime wrote against a schema."""
    judge = schema.Schema(kind + "-schema.json")
    findings = [(path, *finding) for path in paths for finding in judge.findings(schema.load(path))]
    for path, place, rule, value in findings:
        print("%s: %s: %s of %s" % (path, place, rule, json.dumps(value)))
    return 1 if findings else 0


def main():
    if sys.argv[1:2] == ["--validate"]:
        return validate(sys.argv[2], sys.argv[3:])
    if sys.argv[1:] == ["--table"]:
        print("\n".join(table(explained.read())))
        return 0
    tap, comparison, paths = Tap(), compare.Comparison(), good_paths()
    for path in paths:
        check_good(tap, comparison, path)
    for path in samples("spec", "test", "config", "bad"):
        check_bad(tap, comparison, path)
    check_other_samples(tap)
    check_fields(tap, comparison, paths)
    counts = check_changed(tap, comparison, paths)
    check_explained(tap, comparison, counts)
    check_spec(tap, comparison)
    features.check(tap, comparison)
    print("1..%d" % tap.number)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())

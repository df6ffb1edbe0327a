# SPDX-License-Identifier: Apache-2.0
"""The classes of the file "explained": where the runtime and the schema differ, and why.

A class is a paragraph of "name: value" lines; a line that begins with a blank goes on with the value.
  id         its name in docs/conformance.md
  direction  refuse (the runtime does, the schema does not) or accept
  place      patterns, one of which is the place: [] is any index, {} any key, * anything
  message    refuse: a regular expression for the whole text of the runtime's problem
  rule       accept: the schema's keywords, one of which is not obeyed
  value      accept: a regular expression for the whole value, as JSON
  reason     with the sentence of the specification
"""
import json
import os
import re

import schema

NAMES = {
    "refuse": {"id", "direction", "place", "message", "reason"},
    "accept": {"id", "direction", "place", "rule", "value", "reason"},
}


class Explanation:
    def __init__(self, entry):
        for name in NAMES.get(entry.get("direction"), {"direction"}) ^ set(entry):
            raise ValueError("explained: %s: %s is missing, or there and unknown" % (entry.get("id"), name))
        self.id, self.direction, self.reason = entry["id"], entry["direction"], entry["reason"]
        self.places = [re.compile(place_regex(place), re.S) for place in entry["place"].split()]
        self.text = re.compile(entry.get("message") or entry["value"], re.S)
        self.rules = entry.get("rule", "").split()

    def covers_place(self, place):
        return any(pattern.fullmatch(place) for pattern in self.places)

    def covers_problem(self, problem):
        return (self.direction == "refuse" and self.covers_place(problem.place)
                and bool(self.text.fullmatch(problem.text)))

    def covers_finding(self, finding):
        return (self.direction == "accept" and finding.rule in self.rules and self.covers_place(finding.place)
                and bool(self.text.fullmatch(json.dumps(finding.value, ensure_ascii=False))))


def place_regex(place):
    out = re.escape(place)
    for mark, regex in ((r"\[\]", r"\[\d+\]"), (r"\{\}", r"\[.*\]"), (r"\*", ".*")):
        out = out.replace(mark, regex)
    return out


def read():
    entries, entry, name = [], {}, None
    with open(os.path.join(schema.HERE, "explained"), encoding="utf-8") as file:
        for line in (*file, "\n"):
            line = line.rstrip("\n")
            if line.startswith("#"):
                continue
            if not line:
                entries, entry = entries + [entry] * bool(entry), {}
            elif line[0] in " \t":
                entry[name] += " " + line.strip()
            else:
                name, _, value = line.partition(":")
                entry[name] = value.strip()
    return [Explanation(entry) for entry in entries]

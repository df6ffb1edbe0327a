# SPDX-License-Identifier: Apache-2.0
"""The runtime against the schema, problem by problem.

A document's verdicts agree if each problem of the runtime lies where the schema has found something, and
each finding of the schema where the runtime has a problem: two refusals for different reasons are no
agreement. What is left over has to be explained.
"""
import copy
import json
import multiprocessing
import os
import tempfile

import explained
import runtime
import schema


class Comparison:
    def __init__(self, where=None):
        self.schema = schema.Schema("config-schema.json")
        self.runtime = runtime.Runtime(where)
        self.explained = explained.read()

    def differences(self, document):
        """(ids of classes that explain something, what nothing explains)"""
        findings = self.schema.findings(document)
        problems = self.runtime.problems(document)
        used, left = set(), []
        for problem in problems:
            if not any(runtime.related(problem.place, finding.place) for finding in findings):
                self._explain(used, left, problem, lambda e, p=problem: e.covers_problem(p))
        for finding in findings:
            if not any(runtime.related(problem.place, finding.place) for problem in problems):
                self._explain(used, left, finding, lambda e, f=finding: e.covers_finding(f))
        return used, left

    def _explain(self, used, left, what, covers):
        ids = [e.id for e in self.explained if covers(e)]
        used.update(ids)
        if not ids:
            left.append(what)

    def smallest(self, document, what):
        """A part of the document with the same difference, as small as leaving things out makes it."""
        key = signature(what)
        progress = True
        while progress:
            progress = False
            for smaller in shrunk(document):
                if key in map(signature, self.differences(smaller)[1]):
                    document, progress = smaller, True
                    break
        return document


def signature(what):
    """What makes two differences the same: not the index, not the value."""
    place = explained.re.sub(r"\[\d+\]", "[]", what.place)
    text = what.text if isinstance(what, runtime.Problem) else what.rule
    return type(what).__name__, place, explained.re.sub(r'"[^"]*"|-?\d[\d.]*', "#", text)


def shrunk(document, path=()):
    """Documents with one thing less, the largest things first."""
    node = document
    for part in path:
        node = node[part]
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    for key in keys:
        out = copy.deepcopy(document)
        inner = out
        for part in path:
            inner = inner[part]
        del inner[key]
        yield out
    for key in keys:
        yield from shrunk(document, path + (key,))


COMPARISON = None


def start_worker(where):
    global COMPARISON
    COMPARISON = Comparison(where)


def compare_one(document):
    used, left = COMPARISON.differences(document)
    return used, left, document if left else None


def compare_all(documents):
    """(number of times each class explained something, a list of (difference, document))"""
    counts, left = {}, {}
    # A worker is ended, and removes nothing.
    with tempfile.TemporaryDirectory(prefix="nucleus-schema.") as where, \
            multiprocessing.Pool(len(os.sched_getaffinity(0)), start_worker, (where,)) as pool:
        for used, differences, document in pool.imap_unordered(compare_one, documents, 50):
            for name in used:
                counts[name] = counts.get(name, 0) + 1
            for what in differences:
                left.setdefault(signature(what), (what, document))
    return counts, list(left.values())


def told(what):
    if isinstance(what, runtime.Problem):
        return "only the runtime refuses %s: %s" % (what.place or "the document", what.text)
    value = json.dumps(what.value)
    return "only the schema refuses %s: %s of %s" % (what.place or "the document", what.rule, value[:200])

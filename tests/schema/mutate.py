# SPDX-License-Identifier: Apache-2.0
"""Changed documents: every value that the schema speaks of, changed in every way the schema could mind,
and several such changes at once. The same seed gives the same documents.
"""
import copy
import json
import random
import re

import schema

# A value of every JSON type, right somewhere and wrong elsewhere.
ANYTHING = [None, True, False, 0, 1, -1, 1.5, 1.0, "", "x", [], {}, ["x"], [0], [None], {"x": 1}]

NUMBERS = sorted(
    {2, 8, 101, 512, 1001, -1001, 4096, 10**30, -(10**30), -(2**31) - 1, -(2**63) - 1}
    | {2**bits + off for bits in (16, 31, 32, 63, 64) for off in (-1, 0)}
)

STRINGS = [
    "/", "/a/b", "a/b", "../..", ".", "a b", "a\nb", "a\x00b", "\x1b[2J", "a=b", "0-3,7", "-1",
    "\u00fc\u00f1\u00ee", "\U0001f600", "%s%n", "x" * 300, "MB:", "2MB", "1.0.0", "2.0.0", "host", "null",
]

KEYS = ["", "a.b", "a/b", "..", "a b", "com.example.key1", "\u00fc", "x" * 300]


def changed(document, path, change):
    """A copy in which the container of the last part of the path went through change(container, part)."""
    out = copy.copy(document)
    node = out
    for part in path[:-1]:
        node[part] = copy.copy(node[part])
        node = node[part]
    if isinstance(node, dict) == isinstance(path[-1], int):
        raise TypeError("another kind of container is there")
    change(node, path[-1])
    return out


def put(value):
    def change(node, part):
        node[part] = value

    return change


def remove(node, part):
    del node[part]


def candidates(node, value):
    """Other values for a place, by what the schema says of it."""
    yield from ANYTHING
    if isinstance(value, bool):
        yield not value
    kind = node.get("type")
    if kind == "integer":
        yield from NUMBERS
        for edge in ("minimum", "maximum"):
            if edge in node:
                yield from (node[edge] - 1, node[edge], node[edge] + 1)
    if kind == "string":
        yield from STRINGS
        yield from words(node, value)
    if kind == "array":
        yield from lists(value)
    if schema.is_map(node):
        yield from maps(value)
    elif kind == "object" and isinstance(value, dict):
        yield from ({**value, "x-unknown": extra} for extra in (1, "x", [], {}))


def words(node, value):
    for word in node.get("enum", []):
        yield word
    if "enum" in node or "pattern" in node or not isinstance(value, str):
        for text in (value, *node.get("enum", [])[:1]):
            if isinstance(text, str):
                yield from (text.lower(), text.upper(), text + "X", text[:-1], text[1:], " " + text)
                yield from (text + " ", text + "\n", "\n" + text, "0" + text, text + text, "-" + text)


def lists(value):
    if isinstance(value, list):
        yield value + value
        yield value[::-1]
        yield value[1:]
        for extra in ANYTHING:
            yield value + [extra]


def maps(value):
    if isinstance(value, dict):
        first = next(iter(value.values()), "x")
        for key in KEYS:
            yield {**value, key: first}
        for extra in ANYTHING:
            yield {**value, "x": extra}


def single(document, root):
    """(path, change) for every way to change one place of a document."""
    for path, node, value in schema.walk(root, document):
        if not path:
            continue
        if isinstance(path[-1], str) or len(path) > 1:
            yield path, remove
        for other in candidates(node, value):
            yield path, put(other)


def apply(document, changes):
    for path, change in changes:
        try:
            document = changed(document, path, change)
        except (KeyError, IndexError, TypeError):
            pass  # an earlier change took the place away
    return document


def pieces(document):
    """A document for each of its sections, with what every document needs: small ones are fast."""
    needed = ("ociVersion", "root", "namespaces", "uidMappings", "gidMappings")
    linux = document.get("linux", {})
    frame = {key: document[key] for key in needed if key in document}
    frame["linux"] = {key: linux[key] for key in needed if key in linux}
    for key, value in document.items():
        if key != "linux":
            yield {**frame, key: value}
    for key, value in linux.items():
        for part in ({name: inner} for name, inner in value.items()) if key == "resources" else [value]:
            yield {**frame, "linux": {**frame["linux"], key: part}}


class Documents:
    """`count` different documents. First every change of every place once, in the smallest document that
    has the place; then several changes at once in any of them.
    """

    def __init__(self, bases, start, count, seed):
        self.random = random.Random(seed)
        self.start = start
        self.bases = bases
        self.changes = [list(single(document, start.root)) for document in bases]
        self.count = count
        self.seen = set()
        self.out = []

    def add(self, document):
        text = json.dumps(document, sort_keys=True)
        if text not in self.seen:
            self.seen.add(text)
            self.out.append(document)

    def add_singles(self):
        done = set()
        bases = self.bases + [piece for base in self.bases for piece in pieces(base)]
        for base in sorted(bases, key=lambda document: len(json.dumps(document))):
            here = set()
            for path, change in single(base, self.start.root):
                place = re.sub(r"\[[^]]*\]", "[]", self.start.place(path))
                if place not in done:
                    here.add(place)
                    self.add(changed(base, path, change))
            done |= here

    def make(self):
        self.add_singles()
        if len(self.out) > self.count:
            self.out = self.random.sample(self.out, self.count)
        weights = [len(changes) for changes in self.changes]
        while len(self.out) < self.count:
            i = self.random.choices(range(len(self.bases)), weights)[0]
            self.add(apply(self.bases[i], self.random.sample(self.changes[i], self.random.randint(2, 4))))
        return self.out

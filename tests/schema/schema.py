# SPDX-License-Identifier: Apache-2.0
"""The specification's JSON schemas, read from spec/: checking a document against one, and walking one.

A finding of the schema has a place written as the runtime writes it ("linux.namespaces[2].type",
"linux.sysctl[net.ipv4.ip_forward]"), so that the two can be compared.
"""
import collections
import json
import os
import re
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.path.join(HERE, "spec")

# Files that config-schema.json refers to and that are not here: other platforms' sections may hold
# anything.
ELSEWHERE = {"config-solaris.json", "config-windows.json", "config-zos.json", "config-freebsd.json"}

# Objects whose properties the schema lists and the runtime reads as a map: the clocks.
KEYED = {"linux.timeOffsets"}

Finding = collections.namedtuple("Finding", "place rule value")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def ecma(pattern):
    """Python's "$" also matches before a final newline, a schema's does not."""
    return re.sub(r"\$$", r"\\Z", pattern)


class Schema:
    """One schema file with everything it refers to put in its place."""

    def __init__(self, name):
        self.files = {}
        self.root = self._inline(self._file(name), name)
        jsonschema.Draft4Validator.check_schema(self.root)
        self.validator = jsonschema.Draft4Validator(self.root)

    def _file(self, name):
        if name not in self.files:
            self.files[name] = load(os.path.join(SPEC, name))
        return self.files[name]

    def _inline(self, node, name):
        if isinstance(node, list):
            return [self._inline(item, name) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:  # what stands beside it does not count (draft 4)
            file, _, pointer = node["$ref"].partition("#")
            if file in ELSEWHERE:
                return {}
            target = self._file(file or name)
            for part in pointer.strip("/").split("/"):
                target = target[part]
            return self._inline(target, file or name)
        out = {key: self._inline(value, name) for key, value in node.items()}
        if isinstance(out.get("pattern"), str):
            out["pattern"] = ecma(out["pattern"])
        return out

    def findings(self, document):
        """What the schema has against the document, without repetitions."""
        out = {}
        for error in self.validator.iter_errors(document):
            self._collect(error, out)
        return list(out.values())

    def _collect(self, error, out):
        if error.context:
            for inner in error.context:
                self._collect(inner, out)
            return
        path = list(error.absolute_path)
        value = error.instance
        paths = [path]
        if error.validator == "required":
            paths = [path + [name] for name in error.validator_value if name not in value]
            value = None
        for path in paths:
            place = self.place(path)
            out[place, error.validator] = Finding(place, error.validator, value)

    def place(self, path):
        """A path of keys and indices as the runtime writes it."""
        node, text = self.root, ""
        for part in path:
            node = merged(node)
            if isinstance(part, int):
                text += "[%d]" % part
                node = node.get("items", {})
            elif part in node.get("properties", {}) and text not in KEYED:
                text += ("." if text else "") + part
                node = node["properties"][part]
            elif is_map(node) or text in KEYED:
                text += "[%s]" % part
                node = child_of_map(node, part)
            else:
                text += ("." if text else "") + part
                node = {}
        return text


def merged(node):
    """A node without allOf and one-armed anyOf: the properties of all its parts."""
    parts = node.get("allOf", []) + (node["anyOf"] if len(node.get("anyOf", [])) == 1 else [])
    if not parts:
        return node
    out = {key: value for key, value in node.items() if key not in ("allOf", "anyOf")}
    for part in map(merged, parts):
        for key, value in part.items():
            if key == "properties":
                out.setdefault(key, {})
                out[key] = {**out[key], **value}
            elif key == "required":
                out[key] = sorted(set(out.get(key, []) + value))
            else:
                out.setdefault(key, value)
    return out


def is_map(node):
    return "patternProperties" in node or isinstance(node.get("additionalProperties"), dict)


def child_of_map(node, key):
    if key in node.get("properties", {}):
        return node["properties"][key]
    if "patternProperties" in node:
        return next(iter(node["patternProperties"].values()))
    return node.get("additionalProperties", {})


def walk(node, value, path=()):
    """(path, schema node, value) of everything in a document that the schema speaks of."""
    node = merged(node)
    yield path, node, value
    if isinstance(value, list) and "items" in node:
        for i, item in enumerate(value):
            yield from walk(node["items"], item, path + (i,))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in node.get("properties", {}):
                yield from walk(node["properties"][key], item, path + (key,))
            elif is_map(node):
                yield from walk(child_of_map(node, key), item, path + (key,))


def fields(node, place=""):
    """The places of all values, with [] for the items of an array and {} for the values of a map."""
    node = merged(node)
    if "properties" in node and place not in KEYED:
        for key, value in node["properties"].items():
            yield from fields(value, place + ("." if place else "") + key)
    elif place in KEYED or "properties" in merged(node.get("additionalProperties") or {}):
        child = next(iter(node.get("properties", {}).values()), None) or node["additionalProperties"]
        yield from fields(child, place + "{}")
    elif "properties" in merged(node.get("items", {})):
        yield from fields(node["items"], place + "[]")
    else:
        yield place

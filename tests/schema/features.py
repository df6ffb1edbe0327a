# SPDX-License-Identifier: Apache-2.0
"""What `features` tells: as its schema has it, with all that features.md and features-linux.md name, and
with no word that `validate` and `plan` do not know.

features.json is another reading of the specification than the runtime's tables: its lists are those of
config.md, config-linux.md and the two pages about features.
"""
import json
import os
import subprocess

import runtime
import schema

# What a build may do without (configure --with-systemd=no).
FREE = {"linux.cgroup.systemd", "linux.cgroup.systemdUser"}


def told():
    done = subprocess.run([runtime.PROGRAM, "features"], capture_output=True, check=True)
    return json.loads(done.stdout)


def properties(node, place=""):
    """(place, value) of everything that is no object; annotations are free."""
    for key, value in node.items():
        inner = place + ("." if place else "") + key
        if isinstance(value, dict) and inner != "annotations":
            yield from properties(value, inner)
        else:
            yield inner, value


def check_properties(ours, theirs):
    free = {"annotations", "potentiallyUnsafeConfigAnnotations"}
    wrong = ["%s is missing" % place for place in theirs if place not in ours]
    wrong += ["%s is no property of the specification" % place for place in ours
              if place not in theirs and place not in free]
    for place, value in theirs.items():
        told_value = ours.get(place, value)
        if isinstance(value, list):
            wrong += ["%s: %s is missing" % (place, word) for word in value if word not in told_value]
            wrong += ["%s: %s is not in the specification" % (place, word) for word in told_value
                      if word not in value]
            wrong += ["%s: a word is there twice" % place] * (len(set(told_value)) != len(told_value))
        elif told_value != value:
            wrong.append("%s is %s" % (place, json.dumps(told_value)))
    return wrong


def minimal(linux=None, **more):
    return {
        "ociVersion": "1.3.0", "root": {"path": "rootfs"}, "process": {"args": ["sh"], "cwd": "/"},
        "linux": {"namespaces": [{"type": "mount"}], **(linux or {})}, **more,
    }


def with_mount_option(word):
    ids = [{"containerID": 0, "hostID": 1000, "size": 1}]
    mount = {"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": [word]}
    if word in ("bind", "rbind", "remount", "idmap", "ridmap"):
        mount = {"destination": "/data", "source": "/data", "options": ["rbind", word]}
    if word in ("idmap", "ridmap"):
        mount.update(uidMappings=ids, gidMappings=ids)
    return minimal(mounts=[mount])


def with_namespace(word):
    ids = [{"containerID": 0, "hostID": 1000, "size": 1}]
    mappings = {"uidMappings": ids, "gidMappings": ids} if word == "user" else {}
    return minimal({"namespaces": [{"type": kind} for kind in sorted({"mount", word})], **mappings})


def with_seccomp(rule=None, **more):
    syscalls = [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", **rule}] if rule else []
    return minimal({"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": syscalls, **more}})


def with_action(word):
    agent = {"listenerPath": "/run/agent.sock"} if word == "SCMP_ACT_NOTIFY" else {}
    return with_seccomp({"action": word}, **agent)


def with_operator(word):
    return with_seccomp({"args": [{"index": 0, "value": 1, "valueTwo": 1, "op": word}]})


def with_flag(word):
    document = with_action("SCMP_ACT_NOTIFY")
    document["linux"]["seccomp"]["flags"] = [word]
    return document


def with_capability(word):
    return minimal(process={"args": ["sh"], "cwd": "/", "capabilities": {"bounding": [word]}})


def with_memory_policy(word):
    alone = word in ("MPOL_DEFAULT", "MPOL_LOCAL")
    return minimal({"memoryPolicy": {"mode": word, **({} if alone else {"nodes": "0"})}})


def with_memory_policy_flag(word):
    return minimal({"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0", "flags": [word]}})


WORDS = {
    "hooks": lambda word: minimal(hooks={word: [{"path": "/bin/true"}]}),
    "mountOptions": with_mount_option,
    "linux.namespaces": with_namespace,
    "linux.capabilities": with_capability,
    "linux.seccomp.actions": with_action,
    "linux.seccomp.operators": with_operator,
    "linux.seccomp.archs": lambda word: with_seccomp(architectures=[word]),
    "linux.seccomp.knownFlags": with_flag,
    "linux.seccomp.supportedFlags": with_flag,
    "linux.memoryPolicy.modes": with_memory_policy,
    "linux.memoryPolicy.flags": with_memory_policy_flag,
}


def check_words(comparison, place, words):
    """What is told is what is taken: neither refused, nor left out with a warning."""
    wrong = []
    for word in words:
        code, out, err = comparison.runtime.run(json.dumps(WORDS[place](word)))
        if code or out or err:
            wrong.append("%s: %s%s" % (word, out, err))
        elif place == "mountOptions":
            mount = comparison.runtime.plan()["rootfs"]["mounts"][0]
            wrong += ["%s: is passed to the file system" % word] * (word in mount.get("parameters", []))
    return wrong


def check(tap, comparison):
    document = told()
    findings = schema.Schema("features-schema.json").findings(document)
    tap.point("features is as its schema has it", ["%s: %s" % finding[:2] for finding in findings])
    ours = dict(properties(document))
    theirs = dict(properties(schema.load(os.path.join(schema.HERE, "features.json"))))
    theirs.update({place: ours[place] for place in FREE if isinstance(ours.get(place), bool)})
    tap.point("features tells all that the specification names, and no more", check_properties(ours, theirs))
    for place in ("ociVersionMin", "ociVersionMax"):
        code, out, _ = comparison.runtime.run(json.dumps({**minimal(), "ociVersion": ours[place]}))
        tap.point("%s is accepted as ociVersion" % place, [out] * bool(code))
    for place in WORDS:
        tap.point("the words in %s are taken" % place, check_words(comparison, place, ours.get(place, [])))

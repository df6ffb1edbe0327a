#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What conmon and containerd's shim are to a container: the one who adopts it.

adopt.py PIDFILE COMMAND...

Runs the command as a child of a subreaper and says, one key=value a line, how it ended, what is left
of the subreaper's children and their children, and whether the process of PIDFILE is a child of its
own; then kills that and says how it ended.
"""
import ctypes
import os
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print("status", subprocess.run(sys.argv[2:], check=False, stdin=subprocess.DEVNULL).returncode, sep="=")
    with open(sys.argv[1], encoding="ascii") as file:
        init = int(file.read())
    print("children", len(children()), sep="=")
    print("init", "adopted" if children() == [init] else "lost", sep="=")
    os.kill(init, signal.SIGKILL)
    print("end", -os.waitstatus_to_exitcode(os.waitpid(init, 0)[1]), sep="=")


main()

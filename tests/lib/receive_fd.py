#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An engine's end of --console-socket and --pidfd-socket.

receive_fd.py SOCKET FILE

Takes one connection to its end and writes to FILE what came: a line "message TEXT FDS KINDS" for each
message, where a kind is "terminal", the process id of a pidfd, or "other"; then "end".
"""
import array
import os
import socket
import sys


def kind(fd):
    if os.isatty(fd) or os.readlink(f"/proc/self/fd/{fd}").endswith("ptmx"):
        return "terminal"
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
        for line in info:
            if line.startswith("Pid:"):
                return line.split()[1]
    return "other"


def main():
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[1])
    server.listen(1)
    peer, _ = server.accept()
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        while True:
            data, ancillary, _, _ = peer.recvmsg(4096, 4096)
            if not data:
                break
            fds = array.array("i")
            for _, _, value in ancillary:
                fds.frombytes(value)
            print("message", data.decode(), len(fds), *map(kind, fds), file=out)
        print("end", file=out)


main()

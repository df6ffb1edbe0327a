#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service manager's notification socket, as sd_notify(3) describes the manager's side.

manager.py SOCKET FILE

SOCKET is a path or "@" and an abstract name. Each message is a line of FILE: the sender's pid, the
lines of the message with "|" between, and how many descriptors came along, which are then closed.
"""
import array
import os
import socket
import struct
import sys

CREDENTIALS = struct.calcsize("3i")


def main():
    address, path = sys.argv[1:3]
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    manager.bind("\0" + address[1:] if address.startswith("@") else address)
    with open(path, "w", encoding="utf-8") as out:
        print("listening", file=out, flush=True)
        while True:
            data, ancillary, _, _ = manager.recvmsg(4096, 4096)
            fds, pid = array.array("i"), 0
            for _, kind, value in ancillary:
                if kind == socket.SCM_RIGHTS:
                    fds.frombytes(value)
                elif kind == socket.SCM_CREDENTIALS:
                    pid = struct.unpack("3i", value[:CREDENTIALS])[0]
            text = data.decode(errors="replace").replace("\n", "|")
            print(pid, text, len(fds), file=out, flush=True)
            for fd in fds:
                os.close(fd)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packets.py COMMAND...: how many writes a command makes to its standard error, and how long they are.

conmon reads a failing runtime's standard error once, 8191 bytes at most.
"""
import os
import subprocess
import sys

PAGE = 4096  # one packet's most: a longer write comes as several full ones


def main():
    read_end, write_end = os.pipe2(os.O_DIRECT)
    status = subprocess.run(sys.argv[1:], check=False, stderr=write_end).returncode
    os.close(write_end)
    lengths = []
    while data := os.read(read_end, 65536):
        lengths.append(len(data))
    print("status", status, sep="=")
    print("writes", sum(1 for length in lengths if length < PAGE), sep="=")
    print("bytes", "few" if sum(lengths) < 8192 else "many", sep="=")


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A caller with a terminal: who runs a program in it, and ends it by a signal.

terminal.py SIGNAL COMMAND...

Runs the command in a session of its own with a new terminal, sends the signal to it when a line
"ready" has come out, and says how the terminal was before, then and afterwards, and the exit status.
"""
import fcntl
import os
import pty
import signal
import sys
import termios

LFLAG, CC = 3, 6


def describe(fd):
    settings = termios.tcgetattr(fd)
    raw = not settings[LFLAG] & (termios.ECHO | termios.ICANON | termios.ISIG)
    return settings, "raw" if raw else "cooked"


def login(terminal):
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(terminal, fd)


def main():
    number = getattr(signal, "SIG" + sys.argv[1])
    # One end stays open here: the settings are looked at when the program is gone.
    master, terminal = pty.openpty()
    settings = termios.tcgetattr(terminal)
    settings[CC][termios.VERASE] = b"x"  # unlike any default
    termios.tcsetattr(terminal, termios.TCSANOW, settings)
    before, word = describe(terminal)
    print("before=" + word)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        login(terminal)
        os.execvp(sys.argv[2], sys.argv[2:])
    text = b""
    while b"ready\r\n" not in text:
        text += os.read(master, 4096)
    print("while=" + describe(terminal)[1])
    os.kill(pid, number)
    _, status = os.waitpid(pid, 0)
    after, word = describe(terminal)
    print("after=" + word, "restored" if after == before else "not as before")
    print("status=%d" % os.waitstatus_to_exitcode(status))


main()

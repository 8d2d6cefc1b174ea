"""Become another program that cannot outlive its parent: `python tether.py SIGNAL PARENT UID GID PROGRAM ARGUMENT...`.

A child of ours must not go on when its parent is killed with -9, so it asks the kernel (Linux) for SIGNAL at the
parent's death. That has to happen in the child itself, between fork and exec, and Python's hook for that spot is unsafe
beside threads; so this small script is started in its place and execs the program. It also takes off root's rights:
UID and GID are numbers, or "-" to stay who we are.

It runs with `-I -S`: the standard library only, nothing of the project.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    """Drop privileges, tie the process to its parent, exec."""
    death_signal, parent, uid, gid, *argv = sys.argv[1:]
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After setuid, which would clear it.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("tether: the parent ended before its child began")
    # A shell that starts us in the background has SIGINT ignored, and exec hands that on.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.execv(argv[0], argv)  # noqa: S606 - the caller's argv, no shell


if __name__ == "__main__":
    main()

"""Run a program as a child that cannot outlive us: `python child_program.py PARENT SIGNAL UID GID PROGRAM ARGS…`.

A program of its own, because code between fork and exec in a process with threads is not safe. It gives up root,
asks the kernel for SIGNAL when the parent's thread that made it ends, and becomes PROGRAM under the same process id.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_OWNER_ONLY = 0o077


def main(arguments: list[str]) -> None:
    parent, signal, uid, gid = map(int, arguments[:4])
    command = arguments[4:]
    if os.geteuid() == 0 and uid != 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(_OWNER_ONLY)
    # Behind setuid: a change of user clears the request.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

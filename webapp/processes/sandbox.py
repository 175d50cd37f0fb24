"""Confine a process that decodes what strangers send: no new privileges, no network, no other program (Linux).

A seccomp filter needs no root, and container engines allow it. A network namespace needs a user namespace, which Docker
refuses by default, and in which the process would have every capability.
"""

from __future__ import annotations

import ctypes
import logging
import os
import struct
import sys
from typing import NamedTuple

log = logging.getLogger(__name__)

_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | 1  # the call fails with EPERM
_OFFSET_OF_NUMBER, _OFFSET_OF_ARCHITECTURE = 0, 4
_X32 = 0x4000_0000


class _Architecture(NamedTuple):
    """Its number in `linux/audit.h`, and the numbers of the system calls that are refused."""

    audit: int
    calls: dict[str, int]


_ARCHITECTURES = {
    "x86_64": _Architecture(
        0xC000_003E,
        {
            "socket": 41,
            "execve": 59,
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "execveat": 322,
            "io_uring_setup": 425,  # a ring opens sockets past this filter
            "pidfd_getfd": 438,
        },
    ),
    "aarch64": _Architecture(
        0xC000_00B7,
        {
            "ptrace": 117,
            "socket": 198,
            "execve": 221,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "execveat": 281,
            "io_uring_setup": 425,
            "pidfd_getfd": 438,
        },
    ),
}


class _Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine() -> bool:
    """Confine this process and what it starts, for good, as far as the kernel allows; call it before other threads run.

    Sockets that are open stay usable.

    Returns:
        Whether all of it took effect.
    """
    architecture = _ARCHITECTURES.get(os.uname().machine)
    if sys.platform != "linux" or architecture is None:
        log.debug("this system cannot confine a process")
        return False
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    code = _filter(architecture)
    program = _Program(len(code) // 8, code)
    confined = (
        prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program), 0, 0) == 0
    )
    if not confined:
        log.debug("the kernel confines no process: %s", os.strerror(ctypes.get_errno()))
    return confined


def _filter(architecture: _Architecture) -> bytes:
    """Return the BPF program: `struct sock_filter` each, whose jumps count instructions from the next one."""
    numbers = sorted(architecture.calls.values())
    refuse = len(numbers) + 1  # instructions between the first comparison of a number and the last return
    lines = [
        (_LOAD, 0, 0, _OFFSET_OF_ARCHITECTURE),
        (_IF_EQUAL, 0, refuse + 2, architecture.audit),
        (_LOAD, 0, 0, _OFFSET_OF_NUMBER),
        (_IF_AT_LEAST, refuse, 0, _X32),  # system calls of another kind, on x86-64
        *((_IF_EQUAL, refuse - 1 - i, 0, number) for i, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)

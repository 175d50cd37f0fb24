"""Memory and descriptors of the web process and of every process that it has started."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

_NAMES = {"webapp.videos.worker_process": "worker", "webapp.videos.child": "video", "webapp.photos.process": "photos"}


@dataclass
class Usage:
    """What the processes of one name use.

    Args:
        memory_bytes: proportional set size, where pages of several processes are divided among them; where the system
            does not know it, resident set size.
        descriptors: open file descriptors.
    """

    memory_bytes: int = 0
    descriptors: int = 0


def process_usages() -> dict[str, Usage]:
    """Return the usage of `web` (this process), `parent`, `worker`, `video` and `photos`, those that run now."""
    own = psutil.Process()
    usages = {"web": Usage()}
    for process in [own, *_parent(own), *own.children(recursive=True)]:
        try:
            with process.oneshot():
                name = "web" if process == own else _name(process.cmdline())
                memory = process.memory_full_info()
                used = usages.setdefault(name, Usage())
                used.memory_bytes += getattr(memory, "pss", memory.rss)
                used.descriptors += process.num_fds()
        except psutil.Error:
            continue  # it has just ended, as the process of a video does
    return usages


def _parent(own: psutil.Process) -> list[psutil.Process]:
    """Return the process that starts this one again after a crash, if there is one: this one is its fork."""
    parent = own.parent()
    try:
        return [parent] if parent is not None and parent.cmdline() == own.cmdline() else []
    except psutil.Error:
        return []


def _name(command: list[str]) -> str:
    return next((_NAMES[argument] for argument in command if argument in _NAMES), "parent")

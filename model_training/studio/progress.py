"""How far the stages are: JSON Lines in the collection's folder, and for a parent process on a pipe."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STAGES = {"label": 0.01, "split": 0.02, "augment": 0.1, "train": 0.85, "evaluate": 0.93, "export": 0.98, "report": 1.0}
"""Stages in their order, and the fraction of all the work that is done after each, roughly."""

_EVERY_S = 0.5

Send = Callable[[dict[str, Any]], None]


class Progress:
    """Notes stages and remarks in `FOLDER/progress.jsonl`, and sends the fraction that is done.

    Args:
        folder: of the collection.
        send: to the parent process; does nothing where nobody listens.
    """

    def __init__(self, folder: Path, send: Send) -> None:
        self._folder, self._send = folder, send
        self._before = self._after = 0.0

    def stage(self, name: str) -> None:
        """Note that a stage begins."""
        names = list(STAGES)
        self._before = STAGES[names[names.index(name) - 1]] if names.index(name) else 0.0
        self._after = STAGES[name]
        self._write({"stage": name, "at_s": round(time.time(), 1)})
        self.tell(0.0, None)

    def remark(self, sentence: str) -> None:
        """Note what the person should know."""
        self._write({"remark": sentence})

    def tell(self, fraction: float, eta_s: float | None) -> None:
        """Send how far the stage is.

        Args:
            fraction: in [0, 1].
            eta_s: seconds that are left of it, None where unknown.
        """
        done = self._before + fraction * (self._after - self._before)
        plain = {"frames_done": 0, "skipped_frames": 0, "fps": 0.0, "width": None, "height": None}
        self._send({"progress": {"progress": round(done, 4), "eta_s": eta_s, **plain}})

    def follow_run(self) -> None:
        """Tell how far the run is whenever its own log grows, from a thread that lives as long as the process."""
        threading.Thread(target=self._follow, args=(self._folder / "run" / "progress.jsonl",), daemon=True).start()

    def _follow(self, path: Path) -> None:
        place = path.stat().st_size if path.exists() else 0
        while True:
            time.sleep(_EVERY_S)
            if not path.exists() or path.stat().st_size <= place:
                continue
            with path.open("rb") as file:
                file.seek(place)
                whole = file.read().rpartition(b"\n")[0]
            place += len(whole) + 1
            for line in map(json.loads, whole.splitlines()[-1:]):
                if "step" in line:
                    fraction = (line["epoch"] - 1 + line["step"] / line["steps"]) / line["epochs"]
                    self.tell(fraction, line["remaining_s"])
                else:
                    self.tell(line["epoch"] / line.get("epochs", line["epoch"]), None)

    def _write(self, line: dict[str, Any]) -> None:
        with (self._folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def take_stdout(log: Path) -> Send:
    """Return what sends a JSON object a line on standard output; all else that is printed goes into a file.

    Args:
        log: of what the stages and their libraries print.
    """
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)

    def send(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    return send

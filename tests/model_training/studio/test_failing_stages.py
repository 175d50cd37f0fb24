"""What /train says when a stage could use nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from model_training.studio import run as studio


def test_a_stage_that_could_use_no_picture_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    # Standard output stays, and the process is not tied to a parent.
    monkeypatch.setattr(studio, "take_stdout", lambda log: sent.append)
    monkeypatch.setattr(studio, "end_with_parent", lambda parent: None)
    monkeypatch.setattr(studio, "yield_to_live_view", lambda: None)
    (tmp_path / "pictures" / "monday").mkdir(parents=True)
    (tmp_path / "pictures" / "monday" / "1.jpg").write_bytes(b"no picture")
    parser = argparse.ArgumentParser()
    studio.add_arguments(parser)
    with pytest.raises(SystemExit):
        studio.run(parser.parse_args(["--folder", str(tmp_path), "--task", "localizer", "--parent", "1"]))
    message = "`label` could use none of the pictures; log.txt lists why."
    assert sent[-1] == {"error": {"code": "training_failed", "message": message}}

"""The notebook runs from its first cell to its last, and stands in git without outputs."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from tests.mirror_process import ROOT

NOTEBOOK = ROOT / "model_training/notebooks/walkthrough.ipynb"


def test_it_holds_no_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_goes_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One epoch teaches next to nothing; what counts is that every cell does its work on real pictures."""
    monkeypatch.setenv("WALKTHROUGH_FOLDER", str(tmp_path / "walk"))
    monkeypatch.setenv("WALKTHROUGH_EPOCHS", "1")
    monkeypatch.setenv("WALKTHROUGH_COPIES", "2")
    monkeypatch.setenv("WALKTHROUGH_FRAMES", "24")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    walk = tmp_path / "walk"
    for name in ("localizer/evaluation/report.html", "classifier/evaluation/report.html"):
        assert "<html" in (walk / name).read_text()
    assert (walk / "my_localizer.tflite").stat().st_size > 1_000_000
    assert (walk / "annotated.mp4").stat().st_size > 10_000
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) or "image/jpeg" in output.get("data", {})
    ]
    assert len(pictures) == 2

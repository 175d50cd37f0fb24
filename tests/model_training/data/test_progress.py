from __future__ import annotations

import io

import pytest

from model_training.data.progress import progress, progress_to


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_the_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_to(4, "picture") as show:
        for done in (1, 2, 4):
            show(done)
    assert "4/4" in terminal.getvalue()
    assert " picture" in terminal.getvalue()
    assert list(progress([7, 8, 9], "photo")) == [7, 8, 9]
    assert "3/3" in terminal.getvalue()


def test_elsewhere_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_to(4, "picture") as show:
        show(4)
    assert list(progress([7, 8, 9], "photo")) == [7, 8, 9]
    assert capsys.readouterr() == ("", "")

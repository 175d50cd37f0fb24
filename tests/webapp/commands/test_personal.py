"""`--personal FILE`: a visitor's own classifier in the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.personal_examples import write_contrary_file
from tests.pictures import astronaut_bgr, jpeg
from tests.video_maker import make_video
from webapp.__main__ import main

MASK = "with_mask"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture, a video, and a classifier for which the bare face wears a mask."""
    folder = tmp_path_factory.mktemp("personal")
    (folder / "face.jpg").write_bytes(jpeg(astronaut_bgr()))
    make_video(folder / "face.mp4", [astronaut_bgr()] * 6)
    write_contrary_file(folder / "own.json")
    return folder


def detected(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["detect", "--json", *map(str, arguments)]) == 0
    (face,) = json.loads(capsys.readouterr().out)["faces"]
    return face


def test_a_photo_takes_the_mean_of_detector_and_own_classifier(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = detected(capsys, folder / "face.jpg")
    own = detected(capsys, folder / "face.jpg", "--personal", folder / "own.json")
    assert own["box"] == plain["box"]
    assert own["label_probs"][MASK] > plain["label_probs"][MASK] + 0.3


def test_in_streams_it_checks_confident_faces_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = detected(capsys, "--stream", folder / "face.jpg")
    own = detected(capsys, "--stream", folder / "face.jpg", "--personal", folder / "own.json")
    assert plain["label_score"] > 0.85
    assert (plain["label"], own["label"]) == ("without_mask", MASK)


def test_annotate_uses_it_in_pictures_and_videos(folder: Path, tmp_path: Path) -> None:
    for name, out in (("face.jpg", "out.png"), ("face.mp4", "out.mp4")):
        found = []
        for more in ([], ["--personal", str(folder / "own.json")]):
            lines = tmp_path / f"{len(more)}{name}.jsonl"
            assert main(["annotate", str(folder / name), str(tmp_path / out), "--json", str(lines), *more]) == 0
            last = json.loads(lines.read_text().splitlines()[-1])
            found.append(last["faces"][0]["label_probs"][MASK])
        assert found[1] > found[0] + 0.3, name


@pytest.mark.parametrize(
    ("changes", "options", "sentence"),
    [
        (
            {"classifier_sha256": "0" * 64},
            [],
            "Your own classifier was fitted to another version of the mask classifier",
        ),
        ({"task": "else"}, [], "own.json is no file of your own classifier, or a damaged one."),
        ({}, ["--photo-labels", "detector"], "Your own classifier needs labels by a classifier of all three states"),
    ],
    ids=["model", "content", "settings"],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    options: list[str],
    sentence: str,
) -> None:
    (tmp_path / "own.json").write_text(json.dumps(json.loads((folder / "own.json").read_text()) | changes))
    personal = ["--personal", str(tmp_path / "own.json"), *options]
    for command in (
        ["detect", str(folder / "face.jpg")],
        ["annotate", str(folder / "face.jpg"), str(tmp_path / "o.png")],
    ):
        capsys.readouterr()
        assert main([*command, *personal]) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert len(printed.err.splitlines()) == 1
        assert printed.err.startswith(sentence)
    assert not (tmp_path / "o.png").exists()

"""The splitter of crops: folders of classes, cut as serving cuts, no photo on two sides."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.coco import read_coco
from tests.model_training.photo_folders import family, refused, scene, stage, write_picture
from webapp.vision.crops import crop_faces_rgb

NAMES = ("face_with_mask", "face_no_mask", "face_with_mask_incorrect")
HEADER = "name,x1,x2,y1,y2,classname"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Forty photos in ten families, three faces of 24 x 36 px each, one of each label; and one tiny face."""
    rows = [HEADER]
    for k in range(10):
        for name in family(tmp_path / "images", 20 + k):
            height, width = cv2.imread(str(tmp_path / "images" / name)).shape[:2]
            rows += [f"{name},{5 + 25 * i},10,{29 + 25 * i},46,{NAMES[i]}" for i in range(3)]
            rows.append(f"{name},2,{height - 10},10,{height - 2},face_no_mask")
            rows.append(f"{name},2,2,{width - 2},{height - 2},hat")
    (tmp_path / "train.csv").write_text("\n".join(rows))
    return tmp_path


def crops(photos: Path, *options: str, fractions: tuple[str, ...] = ("50", "25", "25")) -> tuple[int, Path]:
    out = photos / "data"
    return stage("crops", photos / "images", photos / "train.csv", *fractions, "--out", out, *options), out


def test_classes_and_splits_are_folders_without_leaks(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = crops(photos, "--classes", "3")
    assert status == 0
    assert "hat 40" in capsys.readouterr().out
    files = {path.relative_to(out).as_posix() for path in out.rglob("*.jpg")}
    assert {tuple(name.split("/")[:2]) for name in files} == {
        (split, kind) for split in ("train", "valid", "test") for kind in ("mask", "no-mask", "incorrect")
    }
    assert len(files) == 120
    manifest = read_coco(out / "manifest.json")
    assert {crop.file_name for crop in manifest} == files
    homes: dict[str, set[str | None]] = {}
    for crop in manifest:
        homes.setdefault((crop.made_from or "").split("-")[0], set()).add(crop.split)
        assert crop.file_name.split("/")[0] == {"train": "train", "val": "valid", "test": "test"}[crop.split or ""]
    assert len(homes) == 10
    assert all(len(found) == 1 for found in homes.values())


def test_two_classes_leave_badly_worn_masks_out(photos: Path) -> None:
    status, out = crops(photos)
    assert status == 0
    assert len(list(out.rglob("*.jpg"))) == 80
    assert not list(out.rglob("incorrect"))
    train = list((out / "train" / "mask").iterdir())
    assert len(train) == 20


def test_a_crop_is_what_serving_shows_the_classifier(tmp_path: Path) -> None:
    frame = scene(3, 400, 300)
    write_picture(tmp_path / "images" / "a.png", frame)
    (tmp_path / "train.csv").write_text(f"{HEADER}\na.png,300,40,400,120,face_no_mask\n")
    _, out = crops(tmp_path, fractions=("100", "0", "0"))
    written = cv2.imread(str(out / "train" / "no-mask" / "a-01.jpg"))
    served = crop_faces_rgb(frame, np.array([[300, 40, 400, 120]], np.float32), 120, 0.1)[0][:, :, ::-1]
    assert written.shape == (120, 120, 3)
    assert np.abs(written.astype(float) - served).mean() < 3


def test_problems_are_listed_and_leftovers_refused(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (photos / "train.csv").read_text().splitlines()
    kept = [line for line in lines if not line.endswith("face_no_mask")]
    (photos / "train.csv").write_text("\n".join([*kept, "lost.jpg,1,1,50,50,face_no_mask"]))
    status, out = crops(photos)
    printed = capsys.readouterr().err
    assert status == 1
    assert "lost.jpg: there is no such picture" in printed
    assert printed.count("this class is empty: no face without_mask") == 3
    assert len(list((out / "test" / "mask").iterdir())) > 0
    arguments = (photos / "images", photos / "train.csv")
    assert "not empty" in refused("crops", *arguments, "50", "25", "25", "--out", out)
    assert "100 percent" in refused("crops", *arguments, "50", "25", "20", "--out", photos / "other")
    (photos / "train.csv").write_text(HEADER)
    assert stage("crops", *arguments, "50", "25", "25", "--out", photos / "none") == 1
    assert "there is no face to cut" in capsys.readouterr().err
    assert not list(photos.glob("none*"))


def test_photos_of_like_names_do_not_overwrite_each_other(tmp_path: Path) -> None:
    names = ("a/b.png", "a-b.png", "a-b.jpg", "{}.png")
    rows = [HEADER]
    for k, name in enumerate(names):
        write_picture(tmp_path / "images" / name, scene(k))
        rows.append(f"{name},20,20,80,80,face_with_mask")
    (tmp_path / "train.csv").write_text("\n".join(rows))
    _, out = crops(tmp_path, fractions=("100", "0", "0"))
    written = sorted(path.name for path in (out / "train" / "mask").iterdir())
    assert written == ["a-b-01.jpg", "a-b-2-01.jpg", "a-b-3-01.jpg", "{}-01.jpg"]
    assert {photo.made_from for photo in read_coco(out / "manifest.json")} == set(names)

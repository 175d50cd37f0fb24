from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.data.face_samples import count_labels, read_coco_faces, read_crop_folder
from model_training.data.labelled_photos import empty_photo_paths
from model_training.data.problems import Problems
from tests.model_training.photo_folders import cut_off, scene, write_picture
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.boxes import square_boxes


def coco(folder: Path, categories: tuple[str, ...] = ("with_mask", "without_mask", "mask_worn_incorrectly")) -> Path:
    cv2.imwrite(str(folder / "a.png"), astronaut_bgr())
    x1, y1, x2, y2 = FACE_XYXY
    data = {
        "images": [{"id": 1, "file_name": "a.png", "width": 512, "height": 512, "source": "nasa"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 2, "bbox": [x1, y1, x2 - x1, y2 - y1]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [5, 5, 8, 30]},
        ],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(categories)],
    }
    path = folder / "faces.json"
    path.write_text(json.dumps(data))
    return path


def test_reads_faces_and_leaves_their_photos_on_disk(tmp_path: Path) -> None:
    (sample,) = read_coco_faces(coco(tmp_path), tmp_path, min_side_px=12)
    assert sample.path == tmp_path / "a.png"
    assert sample.xyxy.tolist() == list(FACE_XYXY)
    assert (sample.label, sample.source, sample.shorter_side_px) == (1, "nasa", 106)


def test_small_faces_are_left_out_below_the_limit_only(tmp_path: Path) -> None:
    samples = list(read_coco_faces(coco(tmp_path), tmp_path, min_side_px=8))
    assert count_labels(samples) == {"with_mask": 1, "without_mask": 1, "mask_worn_incorrectly": 0}


def test_bad_input_is_named(tmp_path: Path) -> None:
    path = coco(tmp_path, ("with_mask", "face", "mask_worn_incorrectly"))
    with pytest.raises(ValueError, match="face"):
        list(read_coco_faces(path, tmp_path, 12))
    path = coco(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"a\.png cannot be read"):
        list(read_coco_faces(path, tmp_path, 12))


def test_plain_coco_has_the_name_of_its_file_for_a_source(tmp_path: Path) -> None:
    path = coco(tmp_path)
    data = json.loads(path.read_text())
    del data["images"][0]["source"]
    path.write_text(json.dumps(data))
    assert [sample.source for sample in read_coco_faces(path, tmp_path, 12)] == ["faces"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"categories": None}, "is not COCO JSON"),
        ({"images": [{"id": 1}]}, "'file_name' is missing"),
        ({"annotations": [{"image_id": 1, "category_id": 9, "bbox": [1, 2, 3, 4]}]}, "9 is missing or unknown"),
        ({"annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3]}]}, "is not COCO JSON"),
        ({"annotations": [{"image_id": 1, "category_id": 1}]}, "'bbox' is missing"),
    ],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    path = coco(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=rf"faces\.json .*{sentence}"):
        list(read_coco_faces(path, tmp_path, 12))


def test_what_is_no_file_of_labels_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "faces.json").write_bytes(b"\xff{")
    with pytest.raises(ValueError, match=r"faces\.json is not COCO JSON"):
        list(read_coco_faces(tmp_path / "faces.json", tmp_path, 12))
    with pytest.raises(ValueError, match=r"none\.json cannot be read: No such file"):
        list(read_coco_faces(tmp_path / "none.json", tmp_path, 12))
    with pytest.raises(ValueError, match="There is no folder"):
        list(read_coco_faces(coco(tmp_path), tmp_path / "nowhere", 12))


def test_a_bad_photo_is_left_out_and_listed(tmp_path: Path) -> None:
    path = coco(tmp_path)
    data = json.loads(path.read_text())
    for number, name in enumerate(("half.jpg", "headless.png", "gone.jpg"), start=2):
        data["images"].append({"id": number, "file_name": name, "width": 160, "height": 120, "source": "paint"})
        data["annotations"].append({"id": number + 1, "image_id": number, "category_id": 1, "bbox": [40, 30, 60, 60]})
    path.write_text(json.dumps(data))
    cut_off(write_picture(tmp_path / "half.jpg", scene(1)), 0.6)
    cut_off(write_picture(tmp_path / "headless.png", scene(2)), 0.02)
    problems = Problems()
    assert [sample.path.name for sample in read_coco_faces(path, tmp_path, 12, problems=problems)] == ["a.png"]
    assert problems.lines() == [
        f"{tmp_path / 'half.jpg'}: the picture is cut off; left out",
        f"{tmp_path / 'headless.png'}: the picture is cut off; left out",
        f"{tmp_path / 'gone.jpg'}: there is no such picture; left out",
    ]


def test_ready_crops_come_back_whole_and_augmented_copies_stay_out(tmp_path: Path) -> None:
    for name in ("1.jpg", "Augmented_1.jpg", "3.JPG", "4.jpeg", "5.png"):
        cv2.imwrite(str(tmp_path / name), np.full((100, 100, 3), 90, np.uint8))
    cut_off(write_picture(tmp_path / "2.jpg", scene(1)), 0.6)
    problems = Problems()
    sample, *others = read_crop_folder(tmp_path, 0, "set", 0.1, problems)
    assert [other.path.name for other in others] == ["3.JPG", "4.jpeg", "5.png"]
    assert problems.lines() == [f"{tmp_path / '2.jpg'}: the picture is cut off; left out"]
    assert square_boxes(sample.xyxy[None], 0.1)[0] == pytest.approx([0, 0, 100, 100], abs=0.01)


def test_photos_without_faces_are_those_of_every_format_and_keep_their_side(tmp_path: Path) -> None:
    for name in ("2.jpg", "8.jpg", "7.JPG", "8.jpeg", "deep/9.png"):
        write_picture(tmp_path / name, scene(1))
    (tmp_path / "notes.txt").write_text("no picture")
    kept, held_out = ([path.name for path in empty_photo_paths(tmp_path, side)] for side in (False, True))
    assert sorted([*kept, *held_out]) == ["2.jpg", "7.JPG", "8.jpeg", "8.jpg", "9.png"]
    assert "2.jpg" in kept
    assert "8.jpg" in held_out


def test_a_folder_that_is_not_there_or_has_no_picture_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^There is no folder .*nowhere\.$"):
        empty_photo_paths(tmp_path / "nowhere", held_out=True)
    with pytest.raises(ValueError, match=r"^There is no picture in "):
        empty_photo_paths(tmp_path, held_out=False)
    with pytest.raises(ValueError, match=r"^There is no folder .*WithMask\.$"):
        list(read_crop_folder(tmp_path / "WithMask", 0, "set", 0.1, Problems()))

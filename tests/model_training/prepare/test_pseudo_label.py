"""What a teacher adds to people's labels, worked out by hand; and the stage that does it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from model_training.__main__ import main
from model_training.data.annotations import Annotations
from model_training.data.box_style import LEAST_PAIRS, box_style, match_faces
from model_training.data.labelled_photos import read_coco_photos
from model_training.prepare.teacher import blend_labels
from tests.model_training.photo_folders import refused, stage
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.boxes import box_iou, move_edges
from webapp.vision.detections import Detections


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def detected(*rows: tuple[list[float], float, list[float]]) -> Detections:
    xyxy, score, probs = zip(*rows, strict=True)
    label_probs = np.array(probs, np.float32)
    label, label_score = label_probs.argmax(axis=1), label_probs.max(axis=1)
    return Detections(boxes(*xyxy), np.array(score, np.float32), label, label_score, label_probs=label_probs)


def test_each_detection_belongs_to_one_face_and_to_no_ignored_region() -> None:
    faces, label = boxes([0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]), np.zeros(3, np.int64)
    teacher = detected(([2, 0, 12, 10], 0.9, [1, 0, 0]), ([50, 50, 60, 60], 0.9, [1, 0, 0]))
    assert match_faces(Annotations(faces, label, np.array([False, False, False])), teacher).tolist() == [-1, 0, 1]
    assert match_faces(Annotations(faces, label, np.array([False, False, True])), teacher).tolist() == [-1, 0, -1]
    assert match_faces(Annotations.empty(), teacher).tolist() == []


def test_the_style_of_boxes_is_the_median_way_of_each_edge() -> None:
    heads = np.tile(boxes([0, 0, 100, 200]), (LEAST_PAIRS, 1))
    faces = np.tile(boxes([10, 50, 90, 180]), (LEAST_PAIRS, 1))
    style = box_style(heads, faces)
    assert style.tolist() == pytest.approx([0.1, 0.25, -0.1, -0.1])
    assert move_edges(boxes([100, 100, 200, 300]), style)[0].tolist() == pytest.approx([110, 150, 190, 280])
    assert box_style(heads[1:], faces[1:]).tolist() == [0, 0, 0, 0]


def test_known_faces_are_blended_and_unlabelled_ones_ignored_or_added_by_their_score() -> None:
    faces, label = boxes([0, 0, 100, 100], [300, 300, 320, 320]), np.array([0, 1])
    teacher = detected(
        ([10, 0, 110, 100], 0.99, [0.6, 0, 0.4]),
        ([500, 0, 550, 50], 0.97, [0, 1, 0]),
        ([500, 500, 550, 550], 0.6, [1, 0, 0]),
        ([700, 500, 750, 550], 0.3, [1, 0, 0]),
    )
    blended = blend_labels(
        Annotations(faces, label, np.zeros(2, bool)), teacher, blend=0.5, ignore_from=0.5, label_from=0.9
    )
    assert blended.xyxy[0].tolist() == [5, 0, 105, 100]
    assert blended.xyxy[1].tolist() == [300, 300, 320, 320]
    assert blended.xyxy[2:, 0].tolist() == [500, 500]
    assert blended.ignore.tolist() == [False, False, False, True]
    assert blended.label.tolist() == [0, 1, 1, 0]
    assert blended.probabilities[0].tolist() == pytest.approx([0.8, 0, 0.2])
    assert blended.probabilities[1].tolist() == [0, 1, 0]
    assert (faces == boxes([0, 0, 100, 100], [300, 300, 320, 320])).all()


def test_nothing_is_added_where_people_have_marked_a_region_to_ignore() -> None:
    crowd = boxes([0, 0, 200, 200])
    teacher = detected(([0, 0, 150, 150], 0.99, [1, 0, 0]))
    blended = blend_labels(Annotations(crowd, np.array([0]), np.array([True])), teacher, 0.5, 0.4, 0.8)
    assert blended.xyxy.tolist() == crowd.tolist()
    assert blended.ignore.tolist() == [True]


@pytest.fixture
def two_astronauts(tmp_path: Path) -> Path:
    """A photo of two astronauts of whom one is labelled."""
    cv2.imwrite(str(tmp_path / "two.png"), np.hstack([astronaut_bgr()] * 2))
    x1, y1, x2, y2 = FACE_XYXY
    box = {"id": 1, "image_id": 1, "category_id": 2, "bbox": [x1, y1, x2 - x1, y2 - y1], "iscrowd": 0}
    categories = [
        {"id": i + 1, "name": n} for i, n in enumerate(("with_mask", "without_mask", "mask_worn_incorrectly"))
    ]
    image = {"id": 1, "file_name": "two.png", "width": 1024, "height": 512}
    file = tmp_path / "faces.json"
    file.write_text(json.dumps({"images": [image], "annotations": [box], "categories": categories}))
    return file


def test_the_stage_finds_the_face_that_nobody_labelled(two_astronauts: Path) -> None:
    folder = two_astronauts.parent
    out, sheet = folder / "blended.json", folder / "sheet.png"
    command = ["pseudo-label", "--coco", str(two_astronauts), "--images", str(folder), "--out", str(out), "--stream"]
    main([*command, "--ignore-from", "0.2", "--label-from", "0.3", "--sheet", str(sheet)])
    (photo,) = read_coco_photos(out, folder)
    other = np.array([FACE_XYXY], np.float32) + np.array([512, 0, 512, 0], np.float32)
    overlap = box_iou(other, photo.annotations.xyxy)[0]
    assert overlap.max() > 0.5
    assert not photo.annotations.ignore[overlap.argmax()]
    assert photo.annotations.label[overlap.argmax()] == 1
    assert photo.annotations.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert cv2.imread(str(sheet)) is not None


def test_a_crop_keeps_its_label_and_gets_the_box_of_its_face(two_astronauts: Path) -> None:
    folder = two_astronauts.parent
    x1, y1, x2, y2 = FACE_XYXY
    cv2.imwrite(str(folder / "two.png"), astronaut_bgr()[y1 - 20 : y2 + 20, x1 - 20 : x2 + 20])
    data = json.loads(two_astronauts.read_text())
    data["annotations"][0] |= {"bbox": [0, 0, 5, 5], "category_id": 1}
    # A face that is not found makes no picture without a face.
    cv2.imwrite(str(folder / "grey.png"), np.full((90, 90, 3), 128, np.uint8))
    data["images"].append(data["images"][0] | {"id": 2, "file_name": "grey.png", "width": 90, "height": 90})
    data["annotations"].append(data["annotations"][0] | {"id": 2, "image_id": 2})
    two_astronauts.write_text(json.dumps(data))
    out = folder / "blended.json"
    main(
        [
            "pseudo-label",
            "--coco",
            str(two_astronauts),
            "--images",
            str(folder),
            "--out",
            str(out),
            "--stream",
            "--one-face",
        ]
    )
    (photo,) = read_coco_photos(out, folder)
    inside = np.array([[20, 20, 20 + x2 - x1, 20 + y2 - y1]], np.float32)
    assert len(photo.annotations.xyxy) == 1
    assert box_iou(inside, photo.annotations.xyxy)[0, 0] > 0.5
    assert photo.annotations.label.tolist() == [0]


def test_a_broken_photo_is_listed_and_the_rest_goes_into_a_new_folder(
    two_astronauts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = two_astronauts.parent, two_astronauts.parent / "taught" / "faces.json"
    (folder / "cut.png").write_bytes((folder / "two.png").read_bytes()[:5000])
    data = json.loads(two_astronauts.read_text())
    data["images"].insert(0, data["images"][0] | {"id": 7, "file_name": "cut.png"})
    two_astronauts.write_text(json.dumps(data))
    words = ["pseudo-label", "--coco", two_astronauts, "--images", folder, "--out", out, "--stream"]
    assert stage(*words, "--sheet", folder / "sheets" / "new.png") == 1
    assert "cut.png: the picture is cut off; left out" in capsys.readouterr().err
    (photo,) = read_coco_photos(out, folder)
    assert (photo.source, len(photo.annotations) > 0) == ("faces", True)
    assert [image["id"] for image in json.loads(out.read_text())["images"]] == [1]
    assert (folder / "sheets").is_dir()


def test_wrong_files_are_one_sentence(two_astronauts: Path) -> None:
    folder = two_astronauts.parent
    out = folder / "out.json"
    other = folder / "other.json"
    other.write_text("[]")
    assert "other.json is not COCO" in refused("pseudo-label", "--coco", other, "--images", folder, "--out", out)
    nowhere = folder / "nowhere"
    assert "nowhere" in refused("pseudo-label", "--coco", two_astronauts, "--images", nowhere, "--out", out)
    (folder / "two.png").unlink()
    said = refused("pseudo-label", "--coco", two_astronauts, "--images", folder, "--out", out)
    assert "two.png: there is no such picture" in said
    assert "faces.json has no photo that can be used" in said
    in_a_file = two_astronauts / "out.json"
    assert "faces.json" in refused("pseudo-label", "--coco", two_astronauts, "--images", folder, "--out", in_a_file)

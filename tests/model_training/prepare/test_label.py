"""Label files of every format: the same face comes out, and what is wrong with them is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_training.data.annotations import Photo
from model_training.data.coco import read_coco
from model_training.data.face_samples import read_coco_faces
from tests.model_training.photo_folders import refused, scene, stage, write_picture
from tests.pictures import FACE_XYXY, astronaut_bgr, encoded, masked_astronaut_bgr

X1, Y1, X2, Y2 = FACE_XYXY


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with a masked face, a bare one and a picture of nobody, 512 x 512, 512 x 512 and 160 x 120."""
    write_picture(tmp_path / "images" / "masked.png", masked_astronaut_bgr())
    write_picture(tmp_path / "images" / "bare.png", astronaut_bgr())
    write_picture(tmp_path / "images" / "nobody.png", scene(1))
    return tmp_path / "images"


def label(images: Path, format: str, *options: str | Path) -> tuple[int, dict[str, Photo]]:
    """Return the stage's exit status and the manifest that it wrote, by name of the picture."""
    out = images.parent / "all.json"
    status = stage("label", "--format", format, "--images", images, "--out", out, *options)
    return status, {photo.file_name: photo for photo in read_coco(out)} if out.exists() else {}


def shape(name: Any, points: list[list[float]], kind: str = "rectangle") -> dict[str, Any]:
    return {"label": name, "points": points, "shape_type": kind, "group_id": None, "flags": {}}


def labelme(file: Path, shapes: list[dict[str, Any]], width: int = 512, height: int = 512, **more: Any) -> None:
    data = {"version": "6.0.0", "flags": {}, "shapes": shapes, "imagePath": f"{file.stem}.png", "imageData": None}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data | {"imageHeight": height, "imageWidth": width} | more))


def test_labelme_points_in_any_order_sizes_and_shapes(images: Path) -> None:
    labelme(images / "masked.json", [shape("mask", [[X2, Y1], [X1, Y2]])])
    outline = [[X2, 100], [200, Y2], [X1, 90], [220, Y1]]
    circle = shape("incorrect", [[400, 400], [400, 430]], "circle")
    halved = [shape("No Mask", [[x / 2, y / 2] for x, y in outline], "polygon"), circle]
    halved[1]["points"] = [[200, 200], [200, 215]]
    labelme(images / "bare.json", halved, 256, 256)
    status, photos = label(images, "labelme")
    assert status == 0
    assert photos["masked.png"].annotations.xyxy == pytest.approx(np.array([FACE_XYXY]))
    assert photos["bare.png"].annotations.xyxy == pytest.approx(np.array([FACE_XYXY, [370, 370, 430, 430]]))
    assert [photos[name].annotations.label.tolist() for name in ("masked.png", "bare.png", "nobody.png")] == [
        [0],
        [1, 2],
        [],
    ]
    assert photos["nobody.png"].resolution_wh == (160, 120)
    assert [sample.label for sample in read_coco_faces(images.parent / "all.json", images, 40)] == [1, 2, 0]


def test_labelme_problems_are_listed_with_names(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = [
        shape("mask", [[X1, Y1], [X2, Y2]]),
        shape("hat", [[1, 1], [20, 20]]),
        shape("mask", [[600, 600], [700, 700]]),
        shape("mask", [[400, 400], [560, 500]]),
        shape("mask", [[30, 30], [30, 30]]),
        shape("", [[1, 1], [20, 20]]),
        {"points": [[1, 1], [20, 20]]},
    ]
    labelme(images / "masked.json", shapes)
    labelme(images / "bare.json", [shape("mask", [[1, 1], [20, 20]])], 512, 300)
    (images / "nobody.json").write_text("{")
    labelme(images / "stranger.json", [])
    status, photos = label(images, "labelme")
    printed = capsys.readouterr().err
    assert status == 1
    assert photos["masked.png"].annotations.xyxy == pytest.approx(np.array([FACE_XYXY, [400, 400, 512, 500]]))
    assert set(photos) == {"masked.png"}
    for words in (
        "9 problems:",
        "masked.png: face 2 has the unknown class 'hat'",
        "masked.png: face 3 (mask): its box 600, 600, 700, 700 lies outside the picture of 512 x 512",
        "masked.png: face 4 (mask): its box 400, 400, 560, 500 reaches out of the picture",
        "masked.png: face 5 (mask): its box 30, 30, 30, 30 is inside out or empty",
        "masked.json: shape 6 has no label",
        "masked.json: shape 7 has no label",
        "bare.png: was labelled at 512 x 300 pixels but has 512 x 512",
        "nobody.json: is no JSON; its picture is left out",
        "stranger.json: there is no picture to this label file",
    ):
        assert words in printed


def test_names_are_mapped_by_rules_before_the_usual_ones(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("maske", "mask", "scarf", "goggles")
    labelme(images / "masked.json", [shape(n, [[9, 9 + 30 * k], [39, 30 + 30 * k]]) for k, n in enumerate(names)])
    rules = ("maske=mask_worn_incorrectly", "mask=without_mask", "SCARF=ignore", "*=drop")
    status, photos = label(images, "labelme", *(word for rule in rules for word in ("--map", rule)))
    assert status == 0
    masked = photos["masked.png"]
    assert masked.annotations.label[:2].tolist() == [2, 1]
    assert masked.annotations.ignore.tolist() == [False, False, True]
    assert "goggles 1" in capsys.readouterr().out
    assert "--map mask=hat" in refused("label", "--images", images, "--out", images / "m.json", "--map", "mask=hat")


def voc(file: Path, objects: str, head: str = "", name: str = "masked.png") -> None:
    size = "<size><width>512</width><height>512</height></size>"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{head}<annotation><filename>{name}</filename>{size}{objects}</annotation>")


def voc_object(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    box = f"<xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
    return f"<object><name>{name}</name><bndbox>{box}</bndbox></object>"


def test_voc(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = images.parent / "annotations"
    voc(
        labels / "masked.xml",
        voc_object("with_mask", *FACE_XYXY) + voc_object("mask_weared_incorrect", 300, 9, 350, 60),
    )
    voc(labels / "renamed.xml", voc_object("without_mask", X2, Y1, X1, Y2), name="C:\\photos\\bare.png")
    status, photos = label(images, "voc", "--labels", labels)
    printed = capsys.readouterr().err
    assert status == 1
    assert photos["masked.png"].annotations.xyxy[0] == pytest.approx(FACE_XYXY)
    assert photos["masked.png"].annotations.label.tolist() == [0, 2]
    assert "bare.png: face 1 (without_mask): its box 278, 62, 172, 168 is inside out" in printed
    assert "nobody.png: it has no label file; left out" in printed
    assert set(photos) == {"masked.png", "bare.png"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_voc_with_entities_is_not_read(images: Path, encoding: str, capsys: pytest.CaptureFixture[str]) -> None:
    labels = images.parent / "annotations"
    bomb = '<!DOCTYPE a [<!ENTITY b "with_mask"><!ENTITY c SYSTEM "file:///etc/hostname">]>'
    voc(labels / "masked.xml", voc_object("&b;", *FACE_XYXY), f'<?xml version="1.0" encoding="{encoding}"?>{bomb}')
    (labels / "masked.xml").write_bytes((labels / "masked.xml").read_text().encode(encoding))
    voc(labels / "bare.xml", voc_object("no-mask", *FACE_XYXY), name="bare.png")
    status, photos = label(images, "voc", "--labels", labels)
    assert status == 1
    assert set(photos) == {"bare.png"}
    assert "masked.xml: has a document type (DTD)" in capsys.readouterr().err


def test_coco_of_others(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    face = [X1, Y1, X2 - X1, Y2 - Y1]
    data = {
        "images": [
            {"id": "m", "file_name": "masked.png", "width": 512, "height": 512, "session": "nasa"},
            {"id": "b", "file_name": "bare.png"},
            {"id": "x", "file_name": "../secret.png"},
            {"id": "y", "file_name": "zero\0byte.png"},
            {"id": "z", "file_name": "long" * 200},
        ],
        "categories": [{"id": 7, "name": "Mask"}, {"id": 3, "name": "no-mask"}],
        "annotations": [
            {"image_id": "m", "category_id": 7, "bbox": face},
            {"image_id": "m", "category_id": 7, "bbox": [1, 1, 30, 30], "iscrowd": 1},
            {"image_id": "b", "category_id": 3, "bbox": face},
            {"image_id": "b", "category_id": 3, "bbox": [100, 100, -20, 20]},
            {"image_id": "b", "category_id": 4, "bbox": face},
            {"image_id": "q", "category_id": 3, "bbox": face},
            {"image_id": "b", "category_id": 3, "bbox": [1, None, 2, 3]},
        ],
    }
    (images.parent / "coco.json").write_text(json.dumps(data))
    status, photos = label(images, "coco", "--labels", images.parent / "coco.json", "--source", "apollo")
    printed = capsys.readouterr().err
    assert status == 1
    assert photos["masked.png"].annotations.xyxy[0] == pytest.approx(FACE_XYXY)
    assert photos["masked.png"].annotations.ignore.tolist() == [False, True]
    assert (photos["masked.png"].session, photos["masked.png"].source) == ("nasa", "apollo")
    assert photos["bare.png"].annotations.label.tolist() == [1]
    assert [f"coco.json: annotation {k} has no box" in printed for k in (4, 5, 6, 7)] == [False, True, True, True]
    assert "bare.png: face 2 (no-mask): its box 100, 100, 80, 120 is inside out" in printed
    assert "../secret.png: lies outside" in printed
    assert "zero\0byte.png: lies outside" in printed
    assert "longlong" in printed
    assert set(photos) == {"masked.png", "bare.png"}


def test_yolo(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = images.parent / "labels"
    labels.mkdir()
    (labels / "classes.txt").write_text("no_mask\nmask\nincorrect\n")
    box = f"{(X1 + X2) / 1024} {(Y1 + Y2) / 1024} {(X2 - X1) / 512} {(Y2 - Y1) / 512}"
    (labels / "masked.txt").write_text(f"1 {box}\n\n7 {box}\none two\n1 0.5 0.5\n")
    outline = [(X2, Y1), (X1, 100), (200, Y2)]
    (labels / "bare.txt").write_text("0 " + " ".join(f"{x / 512} {y / 512}" for x, y in outline) + f"\n1 {box} 0.9\n")
    (labels / "stranger.txt").write_text("")
    status, photos = label(images, "yolo", "--labels", labels)
    printed = capsys.readouterr().err
    assert status == 1
    assert photos["masked.png"].annotations.xyxy == pytest.approx(np.array([FACE_XYXY]), abs=0.01)
    assert photos["bare.png"].annotations.xyxy == pytest.approx(np.array([FACE_XYXY, FACE_XYXY]), abs=0.01)
    assert [photos[name].annotations.label.tolist() for name in ("masked.png", "bare.png", "nobody.png")] == [
        [0],
        [1, 0],
        [],
    ]
    assert "masked.txt: line 3 has the unknown class 7" in printed
    assert "masked.txt: line 4 is not" in printed
    assert "masked.txt: line 5 is not" in printed
    assert "stranger.txt: there is no picture" in printed
    assert "classes.txt: the class incorrect is empty" in printed
    (labels / "classes.txt").unlink()
    _, photos = label(images, "yolo", "--labels", labels, "--map", "0=without_mask", "--map", "1=mask_worn_incorrectly")
    assert photos["bare.png"].annotations.label.tolist() == [1, 2]


def test_class_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = tmp_path / "crops"
    for k, name in enumerate(
        ("Train/WithMask/1", "Train/no-mask/2", "Validation/incorrect/deep/3", "hands/4", "5", "mask/Bare/6")
    ):
        write_picture(images / f"{name}.png", scene(k, 120, 144))
    (images / "Test" / "mask").mkdir(parents=True)
    status, photos = label(images, "class-folders", "--padding", "0.1")
    printed = capsys.readouterr().err
    assert status == 1
    expected = {name: (photo.annotations.label.tolist(), photo.split) for name, photo in photos.items()}
    assert expected == {
        "Train/WithMask/1.png": ([0], "train"),
        "Train/no-mask/2.png": ([1], "train"),
        "Validation/incorrect/deep/3.png": ([2], "val"),
        "mask/Bare/6.png": ([1], None),
    }
    assert photos["Train/WithMask/1.png"].annotations.xyxy[0] == pytest.approx([10, 12, 110, 132])
    assert "hands/: this folder's name is no known class; 1 picture left out" in printed
    assert "./: this folder's name is no known class" in printed
    assert "Test/mask/: this class is empty" in printed
    _, photos = label(images, "class-folders", "--map", "hands=without_mask")
    assert photos["hands/4.png"].annotations.label.tolist() == [1]


def test_the_kaggle_csv_s_header_is_not_used(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv = images.parent / "train.csv"
    rows = [
        "name,x1,x2,y1,y2,classname",
        f"masked.png,{X1},{Y1},{X2},{Y2},face_with_mask",
        f"masked.png,{X1},{Y1},{X2},{Y2},mask_surgical",
        "masked.png,300,20,360,90,face_with_mask_incorrect",
        f"bare.png,{X1},{Y1},{X2},{Y2},face_no_mask",
        "bare.png,400,20,440,90,face_other_covering",
        "bare.png,1,2,3",
        "bare.png,1,2,x,4,face_no_mask",
        "bare.png,9,9,40,40,",
        "lost.png,1,2,30,40,face_no_mask",
    ]
    csv.write_text("\n".join(rows))
    status, photos = label(images, "kaggle-csv", "--labels", csv)
    printed = capsys.readouterr()
    assert status == 1
    assert set(photos) == {"masked.png", "bare.png"}
    assert photos["masked.png"].annotations.xyxy[0] == pytest.approx(FACE_XYXY)
    assert photos["masked.png"].annotations.label.tolist() == [0, 2]
    assert photos["bare.png"].annotations.ignore.tolist() == [False, True]
    assert photos["bare.png"].annotations.label[0] == 1
    assert "mask_surgical 1" in printed.out
    assert printed.err.count("train.csv, line") == 3
    assert "lost.png: there is no such picture" in printed.err
    csv.write_text("file,box\n")
    assert label(images, "kaggle-csv", "--labels", csv)[0] == 1
    assert "does not begin with the line name,x1,x2,y1,y2,classname" in capsys.readouterr().err


def test_cut_pictures_are_listed_and_turned_ones_are_upright(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (images / "turned.jpg").write_bytes(encoded(scene(3, 200, 100), "JPEG", orientation=6))
    whole = encoded(astronaut_bgr(), "JPEG")
    (images / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (images / "fake.jpg").write_text("no picture")
    status, photos = label(images, "labelme")
    printed = capsys.readouterr().err
    assert status == 1
    assert photos["turned.jpg"].resolution_wh == (100, 200)
    assert "cut.jpg: the picture is cut off; left out" in printed
    assert "fake.jpg: this cannot be read as a picture; left out" in printed
    assert len(photos) == 4


def test_manifests_grow_and_folders_make_sessions(images: Path) -> None:
    write_picture(images / "monday" / "1.png", scene(8))
    _, photos = label(images, "labelme", "--session-folders")
    assert {name: photo.session for name, photo in photos.items()}["monday/1.png"] == "monday"
    assert photos["masked.png"].session is None
    labelme(images / "masked.json", [shape("mask", [[X1, Y1], [X2, Y2]])])
    data = {"images": [{"id": 1, "file_name": "masked.png"}], "categories": [{"id": 1, "name": "mask"}]}
    face = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50]}
    (images.parent / "coco.json").write_text(json.dumps(data | {"annotations": [face]}))
    _, photos = label(images, "coco", "--labels", images.parent / "coco.json", "--append")
    assert len(photos) == 4
    assert photos["masked.png"].annotations.xyxy.tolist() == [[10, 10, 60, 60]]
    assert photos["monday/1.png"].session == "monday"


def test_half_a_proposal_is_not_taken_for_a_corrected_one(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASK_MIRROR_DETECTOR", "haar")

    def stop_halfway(path: Path, text: str, **_: str) -> None:
        path.write_bytes(text[:40].encode())
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", stop_halfway)
        assert stage("label", "--prelabel", "--images", images) == 130
    assert not list(images.glob("*.json"))
    assert stage("label", "--prelabel", "--images", images) == 0
    assert all(json.loads(path.read_text())["version"] for path in images.glob("*.json"))


def test_the_app_proposes_boxes_that_labelme_opens(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MASK_MIRROR_DETECTOR", "haar")
    labelme(images / "masked.json", [shape("mask", [[1, 1], [9, 9]])])
    corrected = (images / "masked.json").read_text()
    (images / "broken.jpg").write_text("no picture")
    assert stage("label", "--prelabel", "--images", images) == 1
    assert "broken.jpg: this cannot be read as a picture; nothing proposed" in capsys.readouterr().err
    assert (images / "masked.json").read_text() == corrected
    assert json.loads((images / "nobody.json").read_text())["shapes"] == []
    data = json.loads((images / "bare.json").read_text())
    # What labelme 6 insists on when it opens a file.
    assert data.keys() >= {"version", "imageData", "imagePath", "shapes", "flags", "imageHeight", "imageWidth"}
    assert (images / data["imagePath"]).samefile(images / "bare.png")
    (proposed,) = data["shapes"]
    assert isinstance(proposed["label"], str)
    assert proposed["shape_type"] == "rectangle"
    assert all(isinstance(v, float) for point in proposed["points"] for v in point)
    (images / "broken.jpg").unlink()
    status, photos = label(images, "labelme")
    assert status == 0
    x1, y1, x2, y2 = photos["bare.png"].annotations.xyxy[0]
    assert (abs((x1 + x2) / 2 - (X1 + X2) / 2), abs((y1 + y2) / 2 - (Y1 + Y2) / 2)) < (15, 15)


def test_of_two_pictures_with_one_stem_none_becomes_a_photo_without_a_face(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(images / "masked.jpg", scene(4))
    write_picture(images / "masked.webp", scene(5))
    left_out = "has the same name as masked.png but for its suffix; left out"
    labels = images.parent / "labels"
    labels.mkdir()

    def check(format: str, used: set[str], *options: str | Path) -> None:
        status, photos = label(images, format, *options)
        assert (status, set(photos)) == (1, used)
        printed = capsys.readouterr().err
        assert f"masked.jpg: {left_out}" in printed
        assert f"masked.webp: {left_out}" in printed
        assert f"masked.png: {left_out[:13]}" not in printed

    labelme(images / "masked.json", [shape("mask", [[X1, Y1], [X2, Y2]])])
    check("labelme", {"masked.png", "bare.png", "nobody.png"})
    voc(labels / "masked.xml", voc_object("with_mask", *FACE_XYXY))
    check("voc", {"masked.png"}, "--labels", labels)
    # A YOLO file names no picture, so nobody knows whose it is.
    (labels / "masked.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    status, photos = label(images, "yolo", "--labels", labels, "--map", "0=with_mask")
    printed = capsys.readouterr().err
    assert (status, set(photos)) == (1, {"bare.png", "nobody.png"})
    for name, other in (("masked.jpg", "masked.png"), ("masked.png", "masked.jpg"), ("masked.webp", "masked.jpg")):
        assert f"{name}: has the same name as {other} but for its suffix; left out" in printed


def test_nothing_is_proposed_where_two_pictures_would_share_a_label_file(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MASK_MIRROR_DETECTOR", "haar")
    write_picture(images / "bare.jpg", scene(4))
    for _ in range(2):
        assert stage("label", "--prelabel", "--images", images) == 1
        printed = capsys.readouterr().err
        assert "1 problem:" in printed
        assert "bare.png: has the same name as bare.jpg but for its suffix; nothing proposed" in printed
    assert json.loads((images / "bare.json").read_text())["imagePath"] == "bare.jpg"

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model_training.__main__ import main
from model_training.evaluation.matching import paired_overlaps
from model_training.export.litert import to_litert
from model_training.localizer.close_up_metrics import close_up_metrics
from model_training.localizer.examples import samples_to_explain, worst_errors
from model_training.localizer.metrics import Located, blind_sentence, localizer_metrics, precision_curves, roc_curves
from model_training.localizer.samples import CLOSE_WINDOW, CROP, KINDS, LocalizerSample
from tests.model_training.near_faces import crop_folder, near_set
from tests.model_training.painted_faces import painted_set
from tests.model_training.photo_folders import cut_off
from tests.model_training.red_localizer import red_localizer
from tests.model_training.report_outline import read_outline

SIZE_PX = 64
PHOTO, WINDOW, EMPTY, FACE_FREE = KINDS


def located(*rows: tuple[str, float, list[float]], clusters: str = "abcdefg") -> Located:
    """Return made-up predictions of `(kind, score, box)`; every face is the left half of its square.

    Each sample comes from a photo of its own, unless `clusters` has a letter twice.
    """
    samples = []
    for (kind, _, _), name in zip(rows, clusters, strict=False):
        present = kind not in (EMPTY, FACE_FREE)
        box = np.array([0, 0, 0.5, 1] if present else [0, 0, 0, 0], np.float32)
        frame = np.full((SIZE_PX, SIZE_PX, 3), 90, np.uint8)
        samples.append(LocalizerSample(frame, box, present, kind, 1 if present else -1, "made up", f"{name}.jpg"))
    names = [sample.file_name for sample in samples]
    return Located(samples, np.array([row[1] for row in rows]), np.array([row[2] for row in rows], float), 0.5, names)


WHOLE, LEFT, THREE_QUARTERS, RIGHT = [0, 0, 1, 1], [0, 0, 0.5, 1], [0, 0, 0.375, 1], [0.5, 0, 1, 1]
SEVEN = located(
    (PHOTO, 0.95, LEFT),
    (PHOTO, 0.8, THREE_QUARTERS),
    (WINDOW, 0.4, WHOLE),
    (WINDOW, 0.7, RIGHT),
    (EMPTY, 0.1, WHOLE),
    (FACE_FREE, 0.75, LEFT),
    (FACE_FREE, 0.2, LEFT),
)


def test_figures_by_hand() -> None:
    metrics = localizer_metrics(SEVEN, 200)
    # Overlaps: 1, .75, .5, 0. The third face is missed, one window of the two without a face is a false positive.
    assert (metrics["samples"], metrics["faces"], metrics["faces_found"]) == (7, 4, 3)
    values = {
        name: fraction["value"]
        for name, fraction in metrics.items()
        if isinstance(fraction, dict) and "value" in fraction
    }
    assert values == pytest.approx(
        {
            "accuracy": 5 / 7,
            "mean_iou": 2.25 / 4,
            "mean_iou_found": 1.75 / 3,
            "iou_over_0.5": 2 / 4,
            "iou_over_0.75": 1 / 4,
            "located": 2 / 4,
            "roc_auc": 10 / 12,
            "roc_auc_windows": 6 / 8,
            # Precision is 1, 1, 3/4, 4/5 where the faces come, and made to fall: the false positive is the third
            # output.
            "average_precision": (1 + 1 + 0.8 + 0.8) / 4,
        }
    )
    by_kind = {kind: (own["samples"], own["accuracy"]["value"]) for kind, own in metrics["by_kind"].items()}
    assert by_kind == {PHOTO: (2, 1), WINDOW: (2, 0.5), EMPTY: (1, 1), FACE_FREE: (2, 0.5)}
    assert metrics["by_kind"][WINDOW]["mean_iou"]["value"] == 0.25
    assert "mean_iou" not in metrics["by_kind"][EMPTY]
    histogram = metrics["iou_histogram"]
    assert {k for k, n in enumerate(histogram) if n} == {0, 10, 15, 19}
    assert sum(histogram) == 4
    # Scores of .7 and .75 fraction a bin, and one of the two is of a face.
    assert [row["fraction_correct"] for row in metrics["calibration"]["bins"]] == [0, 0, 1, 0.5, 1, 1]
    assert roc_curves(SEVEN)[EMPTY].area == precision_curves(SEVEN)[EMPTY].average == 1
    precise = precision_curves(SEVEN)["all"]
    assert precise.recall[:5].tolist() == [1 / 4, 2 / 4, 2 / 4, 3 / 4, 1]
    assert precise.precision[:5].tolist() == [1, 1, 2 / 3, 3 / 4, 4 / 5]
    assert metrics["mean_iou"]["low"] < 2.25 / 4 < metrics["mean_iou"]["high"]


def test_what_comes_from_one_photo_is_drawn_together() -> None:
    rows = [(PHOTO, 0.9, LEFT), (FACE_FREE, 0.1, LEFT), (PHOTO, 0.2, RIGHT), (FACE_FREE, 0.8, LEFT)]
    rows += [(PHOTO, 0.9, LEFT), (FACE_FREE, 0.1, LEFT)]
    apart, photos, one = (
        localizer_metrics(located(*rows, clusters=clusters), 300) for clusters in ("abcdef", "aabbcc", "aaaaaa")
    )
    assert [metrics["clusters"] for metrics in (apart, photos, one)] == [6, 3, 1]
    # Two photos are all right and one all wrong: of 27 draws one has the wrong one thrice, and eight have it never.
    assert photos["accuracy"] == {"value": pytest.approx(4 / 6), "low": 0, "high": 1}
    assert apart["mean_iou"]["value"] == photos["mean_iou"]["value"] == pytest.approx(2 / 3)
    assert one["accuracy"]["value"] == pytest.approx(4 / 6)
    assert math.isnan(one["accuracy"]["low"])
    assert photos["missing_intervals"] is apart["missing_intervals"] is None
    assert "one group" in one["missing_intervals"]


def test_boxes_that_belong_together_overlap_by_hand() -> None:
    a = np.array([[0, 0, 2, 2], [0, 0, 2, 2], [2, 0, 0, 2], [0, 0, 0, 0]], float)
    b = np.array([[1, 0, 3, 2], [0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 0, 0]], float)
    assert paired_overlaps(a, b).tolist() == pytest.approx([1 / 3, 1, 0, 0])


def test_the_worst_come_first() -> None:
    loose, missed, false_positives = worst_errors(SEVEN)
    assert [example.note for example in loose.examples] == [
        "score 0.70, IoU 0.00",
        "score 0.40, IoU 0.50",
        "score 0.80, IoU 0.75",
        "score 0.95, IoU 1.00",
    ]
    assert [example.picture for example in missed.examples] == ["2: c.jpg, window"]
    assert [example.note for example in false_positives.examples] == ["no face, score 0.75"]
    assert false_positives.title == "False positives (1 of 3 without a face)"
    found, misses, false_positives = samples_to_explain(SEVEN).values()
    assert (sorted(found), misses, false_positives) == ([0, 1, 3], [2], [5])


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    run = tmp_path / "run"
    run.mkdir()
    painted_set(tmp_path)
    red_localizer(SIZE_PX).save(run / "model.keras")
    config = {"system": "localizer", "backbone": "mobilenetv2", "size_px": SIZE_PX}
    (run / "config.json").write_text(json.dumps(config))
    names = ("accuracy", "iou", "loss", "val_accuracy", "val_iou", "val_loss")
    rows = [",".join(("epoch", *names)), "0,0.5,0.1,3.5,0.4,0.2,3.1", "1,0.75,0.3,2.1,0.6,0.3,2.6"]
    (run / "metrics.csv").write_text("\n".join(rows) + "\n")
    return run


def edit_images(data: Path, changes: dict[str, dict[str, object]]) -> None:
    """Write something into a manifest about some of its photos, by name."""
    coco = json.loads((data / "faces.json").read_text())
    coco["images"] = [image | changes.get(image["file_name"], {}) for image in coco["images"]]
    (data / "faces.json").write_text(json.dumps(coco))


def evaluate(data: Path, *more: str) -> None:
    options = ["--coco", str(data / "faces.json"), "--images", str(data), "--split", "val", "--resamples", "50"]
    main(["evaluate", "localizer", *options, "--negatives", str(data / "empty"), *more])


def test_a_run_and_its_export_are_measured_and_shown(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = run_folder.parent
    evaluate(data, "--run", str(run_folder))
    out = run_folder / "evaluation"
    metrics = json.loads((out / "metrics.json").read_text())
    # Red is always found, and nothing else is; two empty photos are the painted one and the one held out.
    assert metrics["accuracy"] == {"value": 1, "low": 1, "high": 1}
    assert {kind: own["samples"] for kind, own in metrics["by_kind"].items()} == {
        PHOTO: 2,
        WINDOW: 2,
        EMPTY: 2,
        FACE_FREE: 4,
    }
    # The painted one has a colour, so that nothing is printed of grey.
    assert metrics["grey_empty_photos"] == 1
    with (out / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    first, second = (row for row in rows if row["kind"] == PHOTO)
    # The fixed box holds the first face, which is .078125 of the square, and is .1875 itself.
    assert [float(first[f"true_{name}"]) for name in ("x1", "y1", "x2", "y2")] == [0.3125, 0.1875, 0.5625, 0.5]
    assert float(first["iou"]) == pytest.approx(0.078125 / 0.1875, abs=1e-3)
    assert (float(second["iou"]), second["label"]) == (0, "without_mask")
    empty = next(row for row in rows if row["kind"] == EMPTY)
    assert (empty["true_x1"], empty["iou"], empty["label"]) == ("", "", "")
    assert "10 samples, 4 of them with a face, 4 found" in capsys.readouterr().out
    page = (out / "report.html").read_text()
    assert "All photos without faces are grey" not in page
    tags = Counter(tag for tag, _ in read_outline(page))
    # Loss, accuracy and overlap for training and validation; ROC, and precision over recall, against all, windows and
    # empty photos.
    assert tags["polyline"] == 3 * 2 + 2 * 3
    assert "Precision over recall. Average precision: face 1.000; medium 1.000; small 1.000;" in page
    # Ten samples, four loose boxes and fifteen loose windows; four faces found, each beside its heat.
    assert (tags["image"], tags["img"]) == (29, 8)

    exported = data / "own.tflite"
    exported.write_bytes(to_litert(red_localizer(SIZE_PX), (SIZE_PX, SIZE_PX, 3)))
    card = {"task": "face_localizer", "name": "own", "input": {"size_px": SIZE_PX}, "score_threshold": 0.7}
    card |= {"sha256": hashlib.sha256(exported.read_bytes()).hexdigest(), "metrics": {"validation": 1}}
    exported.with_suffix(".json").write_text(json.dumps(card))
    options = ["--out", str(data / "out"), "--card", str(exported.with_suffix(".json"))]
    evaluate(data, "--model", str(exported), *options)
    again = json.loads((data / "out" / "metrics.json").read_text())
    assert again["threshold"] == 0.7
    assert again["mean_iou"]["value"] == pytest.approx(metrics["mean_iou"]["value"], abs=2e-3)
    page = (data / "out" / "report.html").read_text()
    tags = Counter(tag for tag, _ in read_outline(page))
    assert (tags["polyline"], tags["img"]) == (2 * 3, 0)
    assert "A LiteRT file holds nothing of its training" in page
    quoted = json.loads(exported.with_suffix(".json").read_text())["metrics"]
    assert (quoted["validation"], quoted["test"]["mean_iou"]) == (1, again["mean_iou"])


def test_somebody_near_the_camera_is_measured_apart(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = run_folder.parent
    coco, crops = near_set(data, "val"), crop_folder(data / "crops")
    options = ["--coco", str(coco), "--close-windows", "24", "--crops", str(crops)]
    evaluate(data, "--run", str(run_folder), *options)
    metrics = json.loads((run_folder / "evaluation" / "metrics.json").read_text())
    near = metrics["close_ups"]
    with (run_folder / "evaluation" / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    windows = [row for row in rows if row["kind"] == "close window"]
    assert (near["windows"], near["crops"]) == (len(windows), 6)
    assert near["windows"] >= 12
    assert near["without_face"] == sum(row["label"] == "" for row in rows)
    overlaps = np.array([float(row["iou"]) for row in windows])
    assert near["mean_iou"]["value"] == pytest.approx(overlaps.mean(), abs=1e-4)
    assert near["iou_over_0.5"]["value"] == pytest.approx((overlaps > 0.5).mean(), abs=1e-4)
    assert near["found"]["value"] == near["face_or_none"]["value"] == near["crops_found"]["value"] == 1
    assert near["mean_iou"]["low"] < near["mean_iou"]["value"] < near["mean_iou"]["high"]
    assert {row["iou"] for row in rows if row["kind"] == "crop"} == {""}
    # The metrics of photos are what they were.
    assert metrics["samples"] == len(rows) - len(windows) - 6
    assert "close window" not in metrics["by_kind"]
    printed = capsys.readouterr().out
    assert f"near the camera: {near['windows']} windows, 6 crops" in printed
    page = (run_folder / "evaluation" / "report.html").read_text()
    assert f"The least overlap near the camera (of {near['windows']} windows)" in page
    evaluate(data, "--run", str(run_folder), *options, "--crops-train", str(crops), "--close-windows", "0")
    metrics = json.loads((run_folder / "evaluation" / "metrics.json").read_text())
    assert (metrics["close_ups"], metrics["crops_left_out"]) == (None, 6)


def test_close_ups_by_hand() -> None:
    rows = [(CLOSE_WINDOW, 0.9, LEFT), (CLOSE_WINDOW, 0.2, WHOLE), (CROP, 0.8, RIGHT), (CROP, 0.1, RIGHT)]
    metrics = close_up_metrics(located(*rows, (EMPTY, 0.7, LEFT), (FACE_FREE, 0.3, LEFT)), 50)
    values = {name: fraction["value"] for name, fraction in metrics.items() if isinstance(fraction, dict)}
    assert values == pytest.approx(
        {
            "mean_iou": 0.75,
            "iou_over_0.5": 0.5,
            "iou_over_0.75": 0.5,
            "found": 0.5,
            "located": 0.5,
            "face_or_none": 2 / 4,
            "crops_found": 0.5,
            "face_or_none_crops": 2 / 4,
        }
    )
    assert (metrics["windows"], metrics["crops"], metrics["without_face"]) == (2, 2, 2)
    assert "crops_found" not in close_up_metrics(located(*rows[:2]), 50)


def test_a_localizer_that_finds_no_face_is_called_so(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert blind_sentence(SEVEN) is None
    # Sure of a face each time, and its box is elsewhere.
    sure = located(*[(PHOTO, 0.9, RIGHT)] * 3)
    assert str(blind_sentence(sure)).startswith("It finds 0 of 3 faces (score from 0.5 on, overlap of 0.3 or more)")
    assert "0 of 2 faces" in str(blind_sentence(located((PHOTO, 0.4, LEFT), (WINDOW, 0.1, LEFT))))
    assert blind_sentence(located((EMPTY, 0.4, LEFT))) is None
    red_localizer(SIZE_PX, (0.9, 0.9, 0.95, 0.95)).save(run_folder / "model.keras")
    evaluate(run_folder.parent, "--run", str(run_folder))
    assert "It finds 0 of 4 faces" in capsys.readouterr().out
    assert "It finds 0 of 4 faces" in (run_folder / "evaluation" / "report.html").read_text()


def test_groups_and_what_was_made_of_one_photo_are_drawn_together(run_folder: Path) -> None:
    data = run_folder.parent
    evaluate(data, "--run", str(run_folder))
    out = run_folder / "evaluation"
    # Five photos of the split and one without faces beside them give ten samples.
    assert json.loads((out / "metrics.json").read_text())["clusters"] == 6
    with (out / "predictions.csv").open() as file:
        names = Counter(row["picture"] for row in csv.DictReader(file) if row["kind"] != CLOSE_WINDOW)
    assert names == {"5.png": 2, "6.png": 2, "7.png": 2, "8.png": 2, "9.png": 1, "empty/8.jpg": 1}
    assert "5.png, photo" in (out / "report.html").read_text()
    edit_images(data, {"5.png": {"group": 3}, "6.png": {"group": 3}, "8.png": {"made_from": "7.png"}})
    evaluate(data, "--run", str(run_folder))
    assert json.loads((out / "metrics.json").read_text())["clusters"] == 4


def test_pictures_of_one_sitting_give_no_interval_and_the_reason_is_reported(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = run_folder.parent
    edit_images(data, {f"{number}.png": {"group": 1} for number in range(5, 10)})
    evaluate(data, "--run", str(run_folder))
    metrics = json.loads((run_folder / "evaluation" / "metrics.json").read_text())
    assert metrics["clusters"] == 2  # the sitting, and a photo without faces beside it
    assert metrics["accuracy"] == {"value": 1, "low": None, "high": None}
    printed = capsys.readouterr().out
    assert "No 95 % intervals: all pictures belong to 2 groups" in printed
    assert "1.0000 (–)" in printed
    page = (run_folder / "evaluation" / "report.html").read_text()
    assert "No 95&nbsp;% intervals: all pictures belong to 2 groups" in page
    assert "100.0&nbsp;% to" not in page
    assert "100.0 % to" not in page


def test_what_cannot_be_measured_is_one_sentence(run_folder: Path) -> None:
    data = run_folder.parent
    with pytest.raises(SystemExit, match="no face to measure in the split test"):
        evaluate(data, "--run", str(run_folder), "--split", "test")
    with pytest.raises(SystemExit, match=r"nobody\.tflite is missing"):
        evaluate(data, "--model", "nobody", "--out", str(data / "out"))
    with pytest.raises(SystemExit, match="is a mask_classifier, not a face_localizer"):
        evaluate(data, "--model", "mask_classifier", "--out", str(data / "out"))
    with pytest.raises(SystemExit, match="gone is not there"):
        evaluate(data, "--run", str(run_folder), "--images", str(data / "gone"))


def test_bad_pictures_are_left_out_and_listed_after_the_report(
    run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = run_folder.parent
    bad = [cut_off(data / name, 0.9) for name in ("5.png", "empty/8.jpg")]
    with pytest.raises(SystemExit) as stopped:
        evaluate(data, "--run", str(run_folder))
    assert stopped.value.code == 1
    expected = [f"  {path}: the picture is cut off; left out" for path in bad]
    assert capsys.readouterr().err.splitlines()[-3:] == ["2 problems:", *expected]
    assert (run_folder / "evaluation" / "report.html").is_file()
    metrics = json.loads((run_folder / "evaluation" / "metrics.json").read_text())
    assert {kind: own["samples"] for kind, own in metrics["by_kind"].items()} == {
        PHOTO: 1,
        WINDOW: 2,
        EMPTY: 1,
        FACE_FREE: 3,
    }


def test_without_negatives_there_is_no_such_curve() -> None:
    only_faces = located((PHOTO, 0.9, LEFT), (WINDOW, 0.6, LEFT))
    assert set(roc_curves(only_faces)) == {"all"}
    assert math.isnan(roc_curves(only_faces)["all"].area)
    assert precision_curves(only_faces)["all"].average == 1

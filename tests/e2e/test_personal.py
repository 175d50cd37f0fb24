"""A visitor's own classifier on the device: its fit, what it does to labels, and its place in the settings."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import DESK, PHONE, OpenPage
from tests.e2e.live_page import has_face, open_settings, results, start_mirror, until
from tests.e2e.test_access import axe_violations, overflows
from tests.e2e.test_device import choose_device
from tests.e2e.test_photo_page import give
from tests.mirror_process import MirrorProcess
from tests.personal_examples import write_contrary_file
from tests.pictures import FACE_XYXY, astronaut_bgr, encoded, masked_astronaut_bgr
from webapp.config import Settings
from webapp.photos.photo import detect_in_photo, photo_limits
from webapp.pipelines import build_photo_pipeline
from webapp.vision.crops import crop_faces_rgb
from webapp.vision.detections import LABELS
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.personal_file import personal_json, read_personal

BOXES = [
    [FACE_XYXY[0] + shift, FACE_XYXY[1] + shift, FACE_XYXY[2] + shift, FACE_XYXY[3]] for shift in (-9, -4, 0, 3, 8)
]
FIT_JS = """async ({ pictures, boxes, labels }) => {
  const { DeviceDetector } = await import("/static/js/device/device_detector.js");
  const detector = new DeviceDetector("/device.json");
  await detector.open("photo", { classifier: false, wide: false });
  const examples = [];
  for (const [i, picture] of pictures.entries()) {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const crops = await detector.classifyCrops(await createImageBitmap(new Blob([bytes])), boxes);
    crops.forEach((crop, k) => examples.push({ ...crop, label: labels[i % 2], sitting: `sitting ${k % 2}` }));
  }
  const { personal, report } = await detector.fitPersonal(examples);
  let refusal;
  await detector.fitPersonal(examples.slice(0, 3)).catch((error) => (refusal = error.message));
  detector.close();
  return { examples: examples.map((each) => ({ ...each, features: [...each.features] })), personal, report, refusal };
}"""
DETECT_JS = """async ({ picture, personal }) => {
  const { DeviceDetector } = await import("/static/js/device/device_detector.js");
  const detector = new DeviceDetector("/device.json");
  await detector.open("photo", { classifier: false, wide: false, personal });
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const result = await detector.detectPhoto(new Blob([bytes], { type: "image/png" }));
  detector.close();
  return result;
}"""


@pytest.fixture(scope="module")
def contrary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a visitor for whom the bare astronaut wears a mask."""
    file = tmp_path_factory.mktemp("own") / "own.json"
    write_contrary_file(file)
    return file


def png(frame: np.ndarray) -> str:
    return base64.b64encode(encoded(frame, "PNG")).decode()


def test_crops_are_classified_and_fitted_in_the_worker_as_in_python(server: MirrorProcess, open_page: OpenPage) -> None:
    page = open_page(server.url + "/about")
    pictures = [astronaut_bgr(), masked_astronaut_bgr()]
    labels = [LABELS[1], LABELS[0]]
    found = page.evaluate(FIT_JS, {"pictures": [png(one) for one in pictures], "boxes": BOXES, "labels": labels})
    features = np.array([each["features"] for each in found["examples"]], np.float32)
    shipped = np.array([each["shipped"] for each in found["examples"]], np.float32)
    model = load_model(Path("mask_classifier"), "mask_classifier")
    crops = np.concatenate([crop_faces_rgb(one, np.array(BOXES, np.float32), 128, 0.1) for one in pictures])
    native = MaskClassifier(model).outputs_and_features(crops)
    assert np.abs(shipped - native[0][:, :3]).max() < 0.02
    assert np.corrcoef(features.ravel(), native[1].ravel())[0, 1] > 0.999
    label = np.array([LABELS.index(each["label"]) for each in found["examples"]], np.int64)
    examples = Examples(features, shipped, label, tuple(each["sitting"] for each in found["examples"]))
    expected = personal_json(fit_personal(examples, model.card["sha256"], found["personal"]["fitted"]))
    own = found["personal"]
    for key in ("weights", "offsets"):
        assert np.array(own.pop(key)) == pytest.approx(np.array(expected.pop(key)), rel=1e-6, abs=1e-12)
    validation, expected_validation = own.pop("cross_validation"), expected.pop("cross_validation")
    assert own == expected
    for when in ("before", "after"):
        assert validation[when] == pytest.approx(expected_validation[when], rel=1e-6)
    assert found["report"] == validation | {"weight": own["weight"]}
    assert found["refusal"].startswith("Your own classifier needs 5 pictures or more")


def test_a_photo_gets_the_labels_of_the_command(server: MirrorProcess, open_page: OpenPage, contrary: Path) -> None:
    settings = Settings(photo_tta="small")
    page = open_page(server.url + "/about")
    for personal in (None, read_personal(contrary)):
        pipeline = build_photo_pipeline(settings, personal)
        expected = detect_in_photo(pipeline, encoded(astronaut_bgr(), "PNG"), photo_limits(settings))["faces"][0]
        job = {"picture": png(astronaut_bgr()), "personal": json.loads(contrary.read_text()) if personal else None}
        (face,) = page.evaluate(DETECT_JS, job)["faces"]
        if personal is None:  # without it the device does not load the classifier
            assert face["label_probs"]["with_mask"] < 0.1
        else:
            assert face["label_probs"] == pytest.approx(expected["label_probs"], abs=0.03)
            assert face["label_probs"]["with_mask"] > 0.3


def load(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#personal-load").click()
    chooser.value.set_files(file)


def until_mask(page: Page, holds: Callable[[float], bool]) -> None:
    """Wait until the probability of a mask in the newest result is such."""

    def newest() -> list[float]:
        faces = results(page, 1, has_face)[-1]["result"]["faces"]
        return [prob for face in faces if holds(prob := face["label_probs"]["with_mask"])]

    until(newest, 1, page)


@pytest.mark.parametrize(("viewport", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone-dark"])
def test_the_mirror_uses_it_says_so_and_lets_go(
    server: MirrorProcess, open_page: OpenPage, contrary: Path, viewport: ViewportSize, theme: str
) -> None:
    page = open_page(server.url, viewport=viewport, color_scheme=theme)
    start_mirror(page)
    choose_device(page)
    until_mask(page, lambda prob: prob < 0.1)
    open_settings(page)
    sentence = page.locator("#personal-text")
    load(page, contrary)
    expect(sentence).to_contain_text("Your own classifier is on (cross-validated: 0 % → 100 % right")
    assert axe_violations(page) == []
    assert not overflows(page)
    page.keyboard.press("Escape")
    expect(page.locator(".where [data-personal]")).to_be_visible()
    # The detector is certain of a bare face, and its labels count for a third.
    until_mask(page, lambda prob: prob > 0.35)
    open_settings(page)
    page.locator("#personal-on").focus()
    page.keyboard.press("Space")
    expect(sentence).to_have_text("Your own classifier is off.")
    until_mask(page, lambda prob: prob < 0.1)
    page.reload()
    start_mirror(page)
    open_settings(page)
    expect(sentence).to_have_text("Your own classifier is off.")
    page.locator("#personal-on").click()
    with page.expect_download() as saved:
        page.locator("#personal-save").click()
    assert json.loads(Path(saved.value.path()).read_text()) == json.loads(contrary.read_text())
    page.locator("#personal-delete").press("Enter")
    expect(sentence).to_have_text("Your own classifier is deleted.")
    expect(page.locator("#personal-undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sentence).to_contain_text("is on")
    page.locator("#personal-delete").click()
    expect(sentence).to_have_text("Your own classifier is deleted.")
    page.reload()
    open_settings(page)
    expect(page.locator("#personal-switch")).to_be_hidden()
    expect(page.locator("#personal-load")).to_be_visible()


def test_files_that_cannot_be_used_are_one_sentence(
    server: MirrorProcess, open_page: OpenPage, contrary: Path, tmp_path: Path
) -> None:
    page = open_page(server.url + "/photo")
    sentence = page.locator("#personal-text")
    changes: dict[str, Any] = {"classifier_sha256": "0" * 64}
    other, bad = tmp_path / "other.json", tmp_path / "bad.json"
    other.write_text(json.dumps(json.loads(contrary.read_text()) | changes))
    bad.write_text("{")
    load(page, bad)
    expect(sentence).to_have_text("This is no file of your own classifier, or a damaged one.")
    expect(page.locator("#personal-load")).to_be_focused()
    load(page, other)
    expect(sentence).to_have_text(
        "Your own classifier was fitted to another version of the mask classifier: fit it again."
    )
    expect(page.locator("#personal-switch")).to_be_hidden()
    expect(page.locator("#personal-delete")).to_be_focused()
    page.locator("#personal-delete").click()
    load(page, contrary)
    page.get_by_label("On this device").click()
    expect(sentence).to_contain_text("is on")
    assert axe_violations(page) == []
    give(page, "face.png", encoded(astronaut_bgr(), "PNG"), "image/png")
    # The detector says "No mask", the visitor's classifier the contrary, and a photo takes their mean.
    expect(page.locator("tbody tr").first).to_contain_text("Not sure")

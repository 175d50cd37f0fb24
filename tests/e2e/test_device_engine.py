"""The engine of detection on the device, in a real browser: the same numbers as the Python core."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import OpenPage
from tests.e2e.moving_face import face_frame, iou
from tests.mirror_process import MirrorProcess
from tests.pictures import astronaut_bgr, encoded, masked_astronaut_bgr
from webapp.config import Settings
from webapp.pages.device import describe_device, device_models
from webapp.photos.photo import photo_limits
from webapp.pipelines import build_photo_pipeline, build_stream_pipeline
from webapp.protocol import faces_json
from webapp.vision.crops import crop_face
from webapp.vision.detectors.face_network import FaceNetwork
from webapp.vision.frames import Frame, decode_image
from webapp.vision.letterbox import fit_frame
from webapp.vision.mask_classifier import MaskClassifier

Face = dict[str, Any]
TENSOR_WORKER = """
self.onmessage = async ({ data: { vendor, model, url, inputs } }) => {
  try {
    const { Network, Runtime } = await import("/static/js/device/runtime/litert.js");
    const file = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const network = await Network.start(await Runtime.load(vendor), file, model.card);
    const outputs = [];
    for (const { shape, values } of inputs) outputs.push(await network.run(Float32Array.from(values), shape));
    self.postMessage({ outputs: outputs.map((each) => each.map((output) => [...output])) });
  } catch (error) {
    self.postMessage({ error: `${error} ${error.cause}` });
  }
};
"""
RUN_TENSORS_JS = """(job) => new Promise((resolve, reject) => {
  const worker = new Worker("/static/js/device/tensor_worker.js");
  worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.outputs));
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage({ ...job, vendor: new URL("/static/vendor/litert/", location.href).href });
})"""
DETECT_JS = """async ({ purpose, models, pictures, type }) => {
  const { DeviceDetector } = await import("/static/js/device/device_detector.js");
  const detector = new DeviceDetector("/device.json");
  const opened = await detector.open(purpose, models);
  const results = [];
  for (const [seq, picture] of pictures.entries()) {
    const blob = new Blob([Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))], { type });
    if (purpose === "photo") results.push(await detector.detectPhoto(blob));
    else {
      detector.restart();
      results.push(await detector.send({ seq, captured_ms: 40 * seq }, await createImageBitmap(blob)));
    }
  }
  detector.close();
  return { opened, results };
}"""


def detect(page: Page, purpose: str, pictures: list[bytes], type: str = "image/jpeg", **models: bool) -> dict[str, Any]:
    """Return what the device detects in encoded pictures, each a stream of its own."""
    job = {"purpose": purpose, "models": {"classifier": False, "wide": False} | models, "type": type}
    return page.evaluate(DETECT_JS, job | {"pictures": [base64.b64encode(picture).decode() for picture in pictures]})


def scenes(count: int) -> list[Frame]:
    """Return twice as many frames, uint8 (480, 640, 3) BGR, with one or two faces of many sizes and places."""
    found = []
    for number in range(count):
        zoom = 0.6 + 0.35 * number
        picture = (astronaut_bgr, masked_astronaut_bgr)[number % 2]()
        found.append(face_frame(picture, (320 + 60 * np.sin(number), 240 + 30 * np.cos(number), zoom)))
        left, right = masked_astronaut_bgr(), np.roll(astronaut_bgr(), 9 * number, axis=0)
        found.append(np.concatenate([left[:480, 60:380], right[:480, 60:380]], axis=1))
    return found


@pytest.mark.parametrize("name", ["multiface", "multiface_wide", "mask_classifier"])
def test_the_same_tensors_give_the_same_outputs(server: MirrorProcess, open_page: OpenPage, name: str) -> None:
    models = device_models(Settings())
    model, described = models[name], describe_device(Settings(), models)["models"][name]
    frame = scenes(2)[3]
    if name == "mask_classifier":
        crops = np.stack([crop_face(frame, (200, 100, 200 + side, 100 + side), 128)[:, :, ::-1] for side in (60, 300)])
        inputs, expected = list(crops), list(zip(*MaskClassifier(model).outputs_and_features(crops), strict=True))
    else:
        fitted = [fit_frame(frame, size_px)[0] for size_px in (416, 160)]
        inputs, expected = [one[:, :, ::-1] for one in fitted], [[FaceNetwork(model).raw(one)] for one in fitted]
    page = open_page(server.url + "/about")
    policy = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"
    headers = {"Content-Security-Policy": policy, "Cross-Origin-Embedder-Policy": "require-corp"}
    page.route(
        "**/tensor_worker.js",
        lambda route: route.fulfill(body=TENSOR_WORKER, content_type="text/javascript", headers=headers),
    )
    job = {"model": described, "url": "/" + described["url"]}
    job["inputs"] = [{"shape": [1, *one.shape], "values": one.ravel().tolist()} for one in inputs]
    found = page.evaluate(RUN_TENSORS_JS, job)
    for outputs, natives in zip(found, expected, strict=True):
        by_length = {len(output): np.array(output) for output in outputs}
        assert len(by_length) == len(natives)
        for native in natives:
            assert np.abs(by_length[native.size] - native.ravel()).max() < 1e-3


def matched(found: list[Face], expected: list[Face]) -> list[tuple[Face, Face]]:
    """Return pairs of expected and found faces whose boxes overlap by .9; labels that are certain must be equal."""
    pairs = []
    for face in expected:
        best = max(found, key=lambda one: iou(tuple(one["box"]), tuple(face["box"])), default=None)
        if best is not None and iou(tuple(best["box"]), tuple(face["box"])) >= 0.9:
            assert face["label_score"] <= 0.6 or best["label"] == face["label"]
            pairs.append((face, best))
    return pairs


def test_live_frames_through_the_browser_s_own_decoding(server: MirrorProcess, open_page: OpenPage) -> None:
    pictures = [encoded(scene, "JPEG") for scene in scenes(12)]
    pipeline = build_stream_pipeline(Settings())
    expected = [faces_json(pipeline.run(decode_image(one, photo_limits(Settings())).frame)) for one in pictures]
    found = detect(open_page(server.url + "/about"), "stream", pictures, classifier=True)
    assert found["opened"]["noRoom"] is False
    results = found["results"]
    pairs = [pair for one, faces in zip(results, expected, strict=True) for pair in matched(one["faces"], faces)]
    faces = sum(map(len, expected))
    assert faces >= 24
    assert len(pairs) / faces >= 0.99
    assert abs(sum(len(one["faces"]) for one in results) - faces) / faces <= 0.05
    assert set(results[0]["timings"]) == {"queue_ms", "decode_ms", "detect_ms", "classify_ms"}


@pytest.mark.parametrize("tta", ["small", "ensemble"])
def test_photos_through_the_browser_s_own_decoding(server: MirrorProcess, open_page: OpenPage, tta: str) -> None:
    settings = Settings(photo_tta=tta)
    pipeline = build_photo_pipeline(settings)
    pictures = [encoded(scene, "PNG") for scene in scenes(2)]
    expected = [faces_json(pipeline.run(decode_image(one, photo_limits(settings)).frame)) for one in pictures]
    models = {"classifier": True, "wide": tta == "ensemble"}
    found = detect(open_page(server.url + "/about"), "photo", pictures, "image/png", **models)
    for result, faces in zip(found["results"], expected, strict=True):
        assert (result["width"], result["height"]) == (640, 480)
        pairs = matched(result["faces"], faces)
        assert len(pairs) == len(faces) == len(result["faces"]) > 0
        for face, one in pairs:
            assert one["detection_score"] == pytest.approx(face["detection_score"], abs=0.02)
            assert one["label_probs"] == pytest.approx(face["label_probs"], abs=0.05)
    name = "multiface+multiface_wide" if tta == "ensemble" else "multiface"
    assert found["opened"]["model"]["detector"] == name

"""Give a classifier that was exported earlier its features as a second output; `export classifier` writes them now.

    python tools/add_features.py --model mask_classifier.tflite --out mask_classifier.tflite \
        --detectors multiface.json multiface_wide.json

Scores stay the same to the last bit, so the calibration of detectors that verify with this file stays valid: their
cards get the new checksum.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model_training.export.cards import write_card
from model_training.export.draft_files import model_draft, tflite_path
from model_training.export.features_output import add_features_output
from webapp.vision.detections import FloatArray
from webapp.vision.errors import ModelError
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import Model, load_model

CROPS = 32
"""Random pictures on which the scores of both files must be equal."""


def main(argv: list[str] | None = None) -> None:
    """Write the file with its second output, and its card.

    Raises:
        SystemExit: the file is no classifier without features; the message gives the reason.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help=".tflite of a classifier, its card beside it")
    parser.add_argument("--detectors", type=Path, nargs="*", default=[], help="cards of detectors that verify with it")
    parser.add_argument("--out", type=tflite_path, required=True, help=".tflite to write; its card ends in .json")
    args = parser.parse_args(argv)
    try:
        before = load_model(args.model, "mask_classifier")
        expected = _scores(before)
        content = add_features_output(before.path.read_bytes())
    except (ModelError, ValueError) as error:
        raise SystemExit(f"{args.model}: {error}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    with model_draft(args.out, content) as draft:
        card = before.card | {"sha256": sha256, "size_bytes": len(content)}
        card["features"] = _feature_count(draft)
        if not np.array_equal(_scores(Model(draft, card)), expected):
            raise SystemExit("The scores with and without the second output differ.")
    write_card(args.out, card)
    for path in args.detectors:
        _replace_verifier(path, str(before.card["sha256"]), sha256)
    print(f"{args.out} ({len(content) / 1e6:.2f} MB): {card['features']} features; scores are unchanged")


def _feature_count(file: Path) -> int:
    outputs = Model(file, {}).interpreter().get_output_details()
    return int(outputs[-1]["shape"][-1])


def _scores(model: Model) -> FloatArray:
    size_px = int(model.card["input"]["size_px"])
    crops: Frame = np.random.default_rng(0).integers(0, 256, (CROPS, size_px, size_px, 3), np.uint8)
    return MaskClassifier(model).outputs(crops)


def _replace_verifier(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise SystemExit(f"{path} names another classifier; it was left as it is.")
    path.write_text(text.replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    main()

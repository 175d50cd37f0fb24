"""Choose examples for the report: missed faces, false positives, loose boxes, wrong labels, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from model_training.data.annotations import Photo
from model_training.data.labels import merged
from model_training.evaluation.detection_metrics import FaceResults
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import FALSE_POSITIVE, LONGER_SIDE_PX, Matches, Scene
from model_training.evaluation.predictions import Predictions
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group
from model_training.report.words import word
from webapp.vision.detections import LABELS, Float64Array

LARGE_GROUP, GROUP = 15, 10


class Picker:
    """Chooses among the predictions on one set of photos.

    Args:
        photos: the ground truth.
        scenes: the same photos with predictions.
        seen: results of the faces at IoU .3: a displaced box is no miss.
        attributes: of the same faces.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        scenes: Sequence[Scene],
        seen: FaceResults,
        attributes: Sequence[FaceAttributes],
    ) -> None:
        self._photos, self._scenes, self._seen = photos, scenes, seen
        self._side = np.array([scenes[s].gt_side_px[f] for s, f in zip(seen.scene, seen.face, strict=True)], float)
        self._attributes = attributes

    def misses(self) -> Iterator[Group]:
        """Yield missed faces: the largest, typical ones of every label, and the largest of the hard kinds."""
        shown: set[int] = set()

        def group(title: str, chosen: NDArray[np.bool_], order: Float64Array, most: int) -> Iterator[Group]:
            missed = chosen & ~self._seen.found
            rows = [int(i) for i in np.argsort(order, kind="stable") if missed[i] and i not in shown][:most]
            shown.update(rows)
            if rows:
                of = f"{int(missed.sum()):,} of {int(chosen.sum()):,} missed"
                yield Group(f"{title} ({of})", tuple(self._miss(i) for i in rows))

        everyone = np.ones(len(self._side), bool)
        yield from group("The largest", everyone, -self._side, LARGE_GROUP)
        for k, label in enumerate(LABELS):
            own = self._seen.label == k
            middle = float(np.median(self._side[own & ~self._seen.found])) if (own & ~self._seen.found).any() else 0.0
            yield from group(f"Typical of “{word(label)}”", own, abs(self._side - middle), GROUP)
        narrow = np.array([_aspect(self._gt_box(i)) < 0.65 for i in range(len(self._side))], bool)
        yield from group("Narrow boxes, often profiles", narrow, -self._side, GROUP)
        dark = np.array([t.luminance < 60 for t in self._attributes], bool)
        yield from group("Dark", dark, -self._side, GROUP)
        blurred = np.array([t.blur < 600 for t in self._attributes], bool)
        yield from group("Blurred", blurred, -self._side, GROUP)

    def loose_boxes(self, strict: FaceResults) -> Group:
        """Return faces that count as found at IoU .3 and not at .5, the largest first.

        Args:
            strict: results of the same faces at IoU .5.
        """
        loose = self._seen.found & ~strict.found
        rows = [int(i) for i in np.argsort(-self._side, kind="stable") if loose[i]][:GROUP]
        examples = (self._both(i, f"IoU {self._overlap(i):.2f}, {self._side[i]:.0f} px") for i in rows)
        return Group(f"Boxes that lie loosely ({int(loose.sum()):,}: IoU .3 to .5)", tuple(examples))

    def wrong_labels(self) -> Iterator[Group]:
        """Yield faces with a wrong label, the most confident first: mask or no mask wrong, then the finer error."""
        wrong = self._seen.found & ~self._seen.right
        finer = self._seen.right & (self._seen.label != self._seen.predicted_label)
        # Of a badly worn mask and no mask; the two count as one in the metrics of mask or no mask.
        assert not (finer & (merged(self._seen.label) == 0)).any()
        for title, chosen, most in (
            ("Mask and no mask confused", wrong, 2 * LARGE_GROUP),
            ("No mask and worn incorrectly confused", finer, GROUP),
        ):
            found = [int(i) for i in np.flatnonzero(chosen)]
            rows = sorted(found, key=lambda i: -self._confidence(i))[:most]
            examples = tuple(
                self._both(i, f"{self._confidence(i):.2f} confidence, {self._side[i]:.0f} px") for i in rows
            )
            yield Group(f"{title} ({len(found):,} of {int(self._seen.found.sum()):,} found)", examples)

    def false_positives(self, matches: Matches, threshold: float) -> Group:
        """Return detections where no face is labelled, the highest scores first."""
        false_positives = np.flatnonzero((matches.result == FALSE_POSITIVE) & (matches.score >= threshold))
        rows = false_positives[np.argsort(-matches.score[false_positives], kind="stable")][: 2 * LARGE_GROUP]
        examples = []
        for i in rows:
            scene, detection = int(matches.scene[i]), int(matches.detection[i])
            found = self._scenes[scene].found
            box, label = found.xyxy[detection] / self._scale(scene), LABELS[int(found.label[detection])]
            note = f"score {matches.score[i]:.2f}"
            examples.append(Example(self._photos[scene].file_name, ((label, box),), None, label, note))
        return Group(f"In photos with faces ({len(false_positives):,} at the threshold)", tuple(examples))

    def _miss(self, i: int) -> Example:
        scene = self._scenes[self._seen.scene[i]]
        overlap = scene.overlap[:, self._seen.face[i]]
        near = scene.found.score[overlap >= 0.3]
        note = f"{self._side[i]:.0f} px, " + (f"best score {near.max():.2f}" if len(near) else "no detection")
        name, gt_label = self._photos[self._seen.scene[i]].file_name, LABELS[int(self._seen.label[i])]
        return Example(name, ((GROUND_TRUTH, self._gt_box(i)),), gt_label, None, note)

    def _both(self, i: int, note: str) -> Example:
        scene, detection = int(self._seen.scene[i]), int(self._seen.detection[i])
        gt_label, predicted_label = LABELS[int(self._seen.label[i])], LABELS[int(self._seen.predicted_label[i])]
        box = self._scenes[scene].found.xyxy[detection] / self._scale(scene)
        return Example(
            self._photos[scene].file_name,
            ((GROUND_TRUTH, self._gt_box(i)), (predicted_label, box)),
            gt_label,
            predicted_label,
            note,
        )

    def _gt_box(self, i: int) -> Float64Array:
        return self._photos[self._seen.scene[i]].annotations.xyxy[self._seen.face[i]].astype(np.float64)

    def _overlap(self, i: int) -> float:
        return float(self._scenes[self._seen.scene[i]].overlap[self._seen.detection[i], self._seen.face[i]])

    def _confidence(self, i: int) -> float:
        found, detection = self._scenes[self._seen.scene[i]].found, self._seen.detection[i]
        score = found.label_score[detection]
        return float(found.score[detection] if np.isnan(score) else score)

    def _scale(self, scene: int) -> float:
        return LONGER_SIDE_PX / max(self._photos[scene].resolution_wh)


def false_positives_without_faces(predictions: Mapping[str, Predictions]) -> Group:
    """Return the highest scores on photos without faces, whatever the threshold.

    Args:
        predictions: by name of the photo.
    """
    rows = [(float(score), name, i) for name, found in predictions.items() for i, score in enumerate(found.score)]
    examples = []
    for score, name, i in sorted(rows, key=lambda row: -row[0])[:LARGE_GROUP]:
        label = LABELS[int(predictions[name].label[i])]
        examples.append(Example(name, ((label, predictions[name].xyxy[i]),), None, label, f"score {score:.2f}"))
    return Group("In photos without faces (the highest scores, shown or not)", tuple(examples))


def _aspect(xyxy: Float64Array) -> float:
    return float((xyxy[2] - xyxy[0]) / (xyxy[3] - xyxy[1]))

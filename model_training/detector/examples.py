"""Choose what is worth a look: missed faces, false false_positives, loose boxes, wrong labels, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from model_training.data.arrays import Floats
from model_training.data.coco import GroundTruth
from model_training.evaluation.detection_metrics import FaceResults
from model_training.evaluation.face_attributes import FaceAttributes
from model_training.evaluation.matching import FALSE_POSITIVE, LONGER_SIDE_PX, Matches, Scene, merged
from model_training.evaluation.predictions import Found
from model_training.report.contact_sheets import GROUND_TRUTH, Example, Group
from model_training.report.words import word
from webapp.vision.detections import LABELS

LARGE_GROUP, GROUP = 15, 10


class Picker:
    """Chooses among the answers to one set of photos.

    Args:
        photos: the truth.
        scenes: the same photos with answers.
        seen: what became of the faces, at IoU .3: a box that lies loosely is no miss.
        attributes: of the same faces.
    """

    def __init__(
        self,
        photos: Sequence[GroundTruth],
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

        def group(title: str, chosen: NDArray[np.bool_], order: Floats, most: int) -> Iterator[Group]:
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
            strict: what became of the same faces at IoU .5.
        """
        loose = self._seen.found & ~strict.found
        rows = [int(i) for i in np.argsort(-self._side, kind="stable") if loose[i]][:GROUP]
        examples = (self._both(i, f"IoU {self._overlap(i):.2f}, {self._side[i]:.0f} px") for i in rows)
        return Group(f"Boxes that lie loosely ({int(loose.sum()):,}: IoU .3 to .5)", tuple(examples))

    def wrong_labels(self) -> Iterator[Group]:
        """Yield faces whose label is wrong, the surest first: mask and no mask mixed up, then the finer error."""
        wrong = self._seen.found & ~self._seen.right
        finer = self._seen.right & (self._seen.label != self._seen.said)
        # Of a badly worn mask and no mask; the two count as one wherever mask or no mask is asked.
        assert not (finer & (merged(self._seen.label) == 0)).any()
        for title, chosen, most in (
            ("Mask or no mask told wrongly", wrong, 2 * LARGE_GROUP),
            ("No mask and worn incorrectly mixed up", finer, GROUP),
        ):
            found = [int(i) for i in np.flatnonzero(chosen)]
            rows = sorted(found, key=lambda i: -self._confidence(i))[:most]
            examples = tuple(self._both(i, f"{self._confidence(i):.2f} sure, {self._side[i]:.0f} px") for i in rows)
            yield Group(f"{title} ({len(found):,} of {int(self._seen.found.sum()):,} found)", examples)

    def false_positives(self, matches: Matches, threshold: float) -> Group:
        """Return answers where no face is labelled, the highest scores first."""
        false_positives = np.flatnonzero((matches.verdict == FALSE_POSITIVE) & (matches.score >= threshold))
        rows = false_positives[np.argsort(-matches.score[false_positives], kind="stable")][: 2 * LARGE_GROUP]
        examples = []
        for i in rows:
            scene, answer = int(matches.scene[i]), int(matches.found[i])
            found = self._scenes[scene].found
            box, label = found.xyxy[answer] / self._scale(scene), LABELS[int(found.label[answer])]
            note = f"score {matches.score[i]:.2f}"
            examples.append(Example(self._photos[scene].name, ((label, box),), None, label, note))
        return Group(f"In photos with faces ({len(false_positives):,} at the threshold)", tuple(examples))

    def _miss(self, i: int) -> Example:
        scene = self._scenes[self._seen.scene[i]]
        overlap = scene.overlap[:, self._seen.face[i]]
        near = scene.found.score[overlap >= 0.3]
        note = f"{self._side[i]:.0f} px, " + (f"best score {near.max():.2f}" if len(near) else "nothing seen")
        name, truth = self._photos[self._seen.scene[i]].name, LABELS[int(self._seen.label[i])]
        return Example(name, ((GROUND_TRUTH, self._gt_box(i)),), truth, None, note)

    def _both(self, i: int, note: str) -> Example:
        scene, answer = int(self._seen.scene[i]), int(self._seen.answer[i])
        truth, said = LABELS[int(self._seen.label[i])], LABELS[int(self._seen.said[i])]
        box = self._scenes[scene].found.xyxy[answer] / self._scale(scene)
        return Example(self._photos[scene].name, ((GROUND_TRUTH, self._gt_box(i)), (said, box)), truth, said, note)

    def _gt_box(self, i: int) -> Floats:
        return self._photos[self._seen.scene[i]].xyxy[self._seen.face[i]]

    def _overlap(self, i: int) -> float:
        return float(self._scenes[self._seen.scene[i]].overlap[self._seen.answer[i], self._seen.face[i]])

    def _confidence(self, i: int) -> float:
        found, answer = self._scenes[self._seen.scene[i]].found, self._seen.answer[i]
        score = found.label_score[answer]
        return float(found.score[answer] if np.isnan(score) else score)

    def _scale(self, scene: int) -> float:
        return LONGER_SIDE_PX / max(self._photos[scene].resolution_wh)


def false_positives_without_faces(answers: Mapping[str, Found]) -> Group:
    """Return the highest scores on photos without faces, whatever the threshold.

    Args:
        answers: by name of the photo.
    """
    rows = [(float(score), name, i) for name, found in answers.items() for i, score in enumerate(found.score)]
    examples = []
    for score, name, i in sorted(rows, key=lambda row: -row[0])[:LARGE_GROUP]:
        label = LABELS[int(answers[name].label[i])]
        examples.append(Example(name, ((label, answers[name].xyxy[i]),), None, label, f"score {score:.2f}"))
    return Group("In photos without faces (the highest scores, shown or not)", tuple(examples))


def _aspect(xyxy: Floats) -> float:
    return float((xyxy[2] - xyxy[0]) / (xyxy[3] - xyxy[1]))

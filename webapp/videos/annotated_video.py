"""The annotation of one video with the pipeline of the settings: the job and the command `annotate` share it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from webapp.config import Settings
from webapp.pipelines import build_stream_pipeline, build_verifier
from webapp.processes.helpers import available_cores
from webapp.protocol import faces_json
from webapp.vision.detections import Detections
from webapp.vision.frames import Frame
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.personal.personal_classifier import PersonalClassifier
from webapp.vision.pipeline import confident_score
from webapp.vision.tracking.stream import Stream
from webapp.vision.video.annotation import AnnotatedFrame, VideoAnnotation
from webapp.vision.video.opening import VideoLimits
from webapp.vision.video.parallel import Detect

_THREADS_MAX = 4


def video_limits(settings: Settings) -> VideoLimits:
    """Return the limits of an uploaded video."""
    return VideoLimits(settings.video_max_s, settings.video_max_px, settings.video_output_px, settings.video_deadline_s)


def video_annotation(
    source: Path, target: Path, settings: Settings, limits: VideoLimits, personal: PersonalClassifier | None = None
) -> VideoAnnotation:
    """Return the annotation of a video; entering it opens the files, iterating does the work.

    Args:
        source: the video.
        target: MP4 to write.
        settings: choose the models, and whether faces are tracked.
        limits: see `VideoLimits`.
        personal: a visitor's own classifier, used wherever a crop is classified.

    Raises:
        VideoError: the video cannot be annotated; when entering or iterating.
        ModelError, PersonalError: a model cannot be loaded; at the first frame, so that other files are refused sooner.
    """

    def build_detect() -> Detect:
        return build_stream_pipeline(settings, verify=False, personal=personal).run

    # Each thread has models of its own in memory, and from a few threads on the encoder limits the speed.
    threads = min(settings.inference_threads or available_cores(), _THREADS_MAX)
    return VideoAnnotation(source, target, build_detect, threads, _Following(settings, personal).follow, limits)


def detections_line(item: AnnotatedFrame) -> str:
    """Return one line of the JSON Lines of a video: `{"frame", "time_s", "faces"}`."""
    faces = faces_json(item.detections, with_track_id=True)
    return json.dumps({"frame": item.number, "time_s": round(item.time_s, 6), "faces": faces}) + "\n"


class _Following:
    """Tracks faces in the order of the frames, and computes second opinions.

    Which faces get one depends on the vote of the frames before, so it cannot be computed where detection runs on
    several frames at once. They are few: one thread is enough.
    """

    def __init__(self, settings: Settings, personal: PersonalClassifier | None) -> None:
        self._settings, self._personal = settings, personal
        self._stream = Stream(settings.track)

    def follow(self, frame: Frame, detections: Detections, time_s: float) -> Detections:
        verifier = self._verifier
        classify_crops = None if verifier is None else verifier.label_probs
        return self._stream.follow(frame, detections, time_s, classify_crops, confident_score(verifier))

    @cached_property
    def _verifier(self) -> MaskClassifier | None:
        return build_verifier(self._settings, self._personal)

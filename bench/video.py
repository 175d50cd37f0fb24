"""`python -m bench.video`: how fast a video is annotated, stage by stage, against real time."""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from skimage.data import astronaut

from webapp.config import process_settings
from webapp.videos.annotated_video import detections_line, video_annotation, video_limits
from webapp.vision.frames import Frame
from webapp.vision.video.annotation import VideoSummary

FPS = 30


def two_faces(number: int, width: int, height: int) -> Frame:
    """Return one frame, uint8 (height, width, 3) BGR, with two faces that sway from side to side."""
    photo_rgb: Frame = astronaut()  # type: ignore[no-untyped-call]
    face = cv2.resize(photo_rgb[0:220, 110:330, ::-1], (height * 5 // 9,) * 2, interpolation=cv2.INTER_AREA)
    frame = np.full((height, width, 3), (120, 110, 100), np.uint8)
    side = len(face)
    for centre, phase in ((width // 4, 0.0), (3 * width // 4, 1.5)):
        left = int(centre - side / 2 + width / 20 * np.sin(number / 15 + phase))
        top = int((height - side) / 2 + height / 20 * np.cos(number / 20 + phase))
        frame[top : top + side, left : left + side] = face
    return frame


def make_video(path: Path, seconds: float, width: int, height: int) -> None:
    """Write an H.264 video of two moving faces."""
    with av.open(str(path), "w", format="mp4") as file:
        video = file.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for number in range(int(seconds * FPS)):
            frame = VideoFrame.from_ndarray(two_faces(number, width, height), "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))


def table(summary: VideoSummary) -> str:
    """Return the figures of one run as a table."""
    stages = {
        "decode": summary.decode_s,
        "detect": summary.detect_s,
        "draw": summary.draw_s,
        "encode": summary.encode_s,
    }
    rows = [f"| {name} | {1000 * seconds / summary.frames_done:.2f} |" for name, seconds in stages.items()]
    fps = summary.frames_done / summary.elapsed_s
    head = ["| stage | ms a frame |", "|---|---|"]
    whole = f"| whole, stages side by side | {1000 / fps:.2f} |"
    return "\n".join([*head, *rows, whole, "", f"{fps:.1f} frames/s, {fps / FPS:.2f} times real time ({FPS} frames/s)"])


def run(seconds: float = 10.0, width: int = 640, height: int = 360) -> None:
    """Make a video, annotate it with the settings of the environment, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        source, target, faces = (Path(folder) / name for name in ("in.mp4", "out.mp4", "faces.jsonl"))
        make_video(source, seconds, width, height)
        settings = process_settings()
        annotation = video_annotation(source, target, settings, video_limits(settings))
        with annotation, faces.open("w", encoding="utf-8") as lines:
            for item in annotation:
                lines.write(detections_line(item))
        summary = annotation.summary()
        faces_per_frame = [line.count('"box"') for line in faces.read_text().splitlines()]
    print(f"\nVideo, {width} x {height}, {summary.frames_done} frames, {np.mean(faces_per_frame):.2f} faces a frame")
    print(table(summary))


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.video", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="640x360", help="width x height, pixels")
    arguments = parser.parse_args()
    width, height = (int(side) for side in arguments.size.split("x"))
    run(arguments.seconds, width, height)


if __name__ == "__main__":
    main()

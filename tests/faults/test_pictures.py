"""Rows 1 to 5, and 17 for pictures: bytes that are not a picture, far too large, cut, of odd formats, mutated."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from tests.pictures import astronaut_bgr, blank_jpeg_claiming, encoded, jpeg
from webapp.config import Settings
from webapp.live.answer import frame_limits
from webapp.photos.photo import photo_limits
from webapp.vision.errors import VisionError
from webapp.vision.frames import ImageLimits, decode_image

FRAME, PHOTO = frame_limits(Settings()), photo_limits(Settings())
MUTATIONS = int(os.environ.get("MASK_MIRROR_FUZZ_MUTATIONS", "1000"))


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def decodes(data: bytes, limits: ImageLimits) -> bool:
    """Decode; True for a frame, False for a typed refusal. Anything else is a failure of the test."""
    try:
        image = decode_image(data, limits)
    except VisionError as error:
        assert str(error).endswith(".")  # noqa: PT017  a refusal is one of two right outcomes
        return False
    assert image.frame.dtype == np.uint8
    assert image.frame.ndim == 3
    return True


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8\xff", b"\0" * 100, b"<svg/>", b"%PDF-1.7", b"\xff" * 5000])
@pytest.mark.parametrize("limits", [FRAME, PHOTO])
def test_row_1_bytes_that_are_no_picture(data: bytes, limits: ImageLimits) -> None:
    assert not decodes(data, limits)


@pytest.mark.parametrize("limits", [FRAME, PHOTO])
def test_row_2_144_megapixels_are_refused_from_the_header(limits: ImageLimits) -> None:
    data = blank_jpeg_claiming(12_000, 12_000)
    assert len(data) < 3_000_000
    limits = ImageLimits(len(data), limits.max_px, limits.max_full_px, limits.decode_px, limits.formats)
    assert not decodes(data, limits)  # once to warm up
    before, times = resident_bytes(), []
    for _ in range(20):
        start = time.perf_counter()
        assert not decodes(data, limits)
        times.append(time.perf_counter() - start)
    assert float(np.median(times)) < 0.010
    assert resident_bytes() - before < 20_000_000


def test_row_3_a_jpeg_cut_anywhere_is_an_error_or_a_partial_picture() -> None:
    data = jpeg(astronaut_bgr()[::4, ::4])
    outcomes = [decodes(data[:cut], FRAME) for cut in range(0, len(data), 7)]
    assert not outcomes[0]
    assert decodes(data, FRAME)


@pytest.mark.parametrize(("format", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("JPEG", "RGB")])
def test_row_4_jpeg_variants_work_live(format: str, mode: str) -> None:
    assert decodes(encoded(astronaut_bgr(), format, mode), FRAME)


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "JPEG2000", "BMP", "WEBP"])
def test_row_4_other_formats_are_refused_live_by_their_first_bytes(format: str) -> None:
    assert not decodes(encoded(astronaut_bgr(), format, "P" if format == "GIF" else "RGB"), FRAME)


def test_row_4_a_16_bit_png_is_refused_live_and_read_as_a_photo() -> None:
    import cv2

    data = cv2.imencode(".png", astronaut_bgr().astype(np.uint16) * 256)[1].tobytes()
    assert not decodes(data, FRAME)
    assert decodes(data, PHOTO)


def test_row_5_mutations_of_valid_frames_never_crash() -> None:
    """A thousand here; `make fuzz` tries a hundred thousand."""
    rng = np.random.default_rng(5)
    small = astronaut_bgr()[::4, ::4]
    seeds = [jpeg(small), encoded(small, "JPEG", orientation=6), encoded(small, "PNG"), encoded(small, "WEBP")]
    outcomes = [decodes(mutate(seeds[i % len(seeds)], rng), PHOTO) for i in range(MUTATIONS)]
    assert 0 < sum(outcomes) < len(outcomes)


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Return the bytes with some changed, cut out, doubled or overwritten by extreme values."""
    mutated = bytearray(data)
    # Half of the damage goes into the header, where the decisions are made.
    reach = len(mutated) if rng.random() < 0.5 else min(700, len(mutated))
    for _ in range(int(rng.integers(1, 9))):
        at = int(rng.integers(min(reach, len(mutated))))
        kind = rng.integers(4)
        if kind == 0:
            mutated[at] = int(rng.integers(256))
        elif kind == 1:
            mutated[at : at + 2] = b"\xff\xff" if rng.random() < 0.5 else b"\0\0"
        elif kind == 2 and len(mutated) > 100:
            del mutated[at : at + int(rng.integers(1, 60))]
        else:
            mutated[at:at] = mutated[at : at + int(rng.integers(1, 60))]
    return bytes(mutated)


def test_row_2_a_png_of_169_megapixels_is_refused_without_decoding_it() -> None:
    import io
    import tracemalloc

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (13_000, 13_000)).save(buffer, "PNG")
    tracemalloc.start()
    start = time.perf_counter()
    assert not decodes(buffer.getvalue(), PHOTO)
    assert time.perf_counter() - start < 0.1
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def progressive_with_scans(repeats: int) -> bytes:
    """Return a progressive JPEG whose last scan stands there again and again."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(astronaut_bgr()[::4, ::4]).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * repeats + data[-2:]


@pytest.mark.parametrize("limits", [FRAME, PHOTO])
def test_row_2_a_jpeg_of_thousands_of_scans_is_refused_from_its_bytes(limits: ImageLimits) -> None:
    assert decodes(progressive_with_scans(0), limits)
    bomb = progressive_with_scans(2000)
    enough = ImageLimits(len(bomb), limits.max_px, limits.max_full_px, limits.decode_px, limits.formats)
    start = time.perf_counter()
    assert not decodes(bomb, enough)
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(("orientation", "quarter_turns"), [(3, 2), (6, 1), (8, 3)])
@pytest.mark.parametrize("limits", [FRAME, PHOTO])
def test_row_17_rotated_photos_and_frames_are_upright(
    limits: ImageLimits, orientation: int, quarter_turns: int
) -> None:
    """EXIF orientation 6 asks for a quarter turn clockwise, 3 for a half turn, 8 for three quarters."""
    upright = astronaut_bgr()[:384]
    stored = np.rot90(upright, quarter_turns)  # counter-clockwise
    image = decode_image(encoded(stored, "JPEG", orientation=orientation), limits)
    assert (image.width, image.height) == (512, 384)
    assert np.abs(image.frame.astype(int) - upright).mean() < 8

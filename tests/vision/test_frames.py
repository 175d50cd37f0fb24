import numpy as np
import pytest

from tests.pictures import astronaut_bgr, encoded, jpeg
from webapp.vision.errors import BadImage, ImageTooLarge, UnsupportedImage
from webapp.vision.frames import JPEG, PNG, WEBP, ImageLimits, decode_image, sniff_format

LIMITS = ImageLimits(
    max_bytes=2_000_000, max_px=60_000_000, max_full_px=1_000_000, decode_px=300_000, formats=(JPEG, PNG, WEBP)
)


def wide() -> np.ndarray:
    """The astronaut's upper half: wider than high, so that a turned picture shows."""
    return astronaut_bgr()[:256]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_decodes_to_bgr(format: str) -> None:
    image = decode_image(encoded(wide(), format), LIMITS)
    assert (image.width, image.height) == (512, 256)
    assert np.abs(image.frame.astype(int) - wide()).mean() < 4


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_exif_rotation_is_applied(format: str, orientation: int, turns: int) -> None:
    image = decode_image(encoded(wide(), format, orientation=orientation), LIMITS)
    expected = np.rot90(wide(), turns)
    assert image.frame.shape == expected.shape
    assert (image.height, image.width) == expected.shape[:2]
    assert np.abs(image.frame.astype(int) - expected).mean() < 4


def test_a_large_jpeg_is_decoded_smaller_and_boxes_carry_over() -> None:
    big = np.repeat(np.repeat(astronaut_bgr(), 3, axis=0), 3, axis=1)
    image = decode_image(encoded(big, "JPEG", orientation=6), LIMITS)
    assert image.frame.shape == (384, 384, 3)
    assert (image.width, image.height) == (1536, 1536)
    assert image.to_picture(np.array([[1, 2, 3, 4]], np.float32)).tolist() == [[4, 8, 12, 16]]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_become_bgr(mode: str) -> None:
    assert decode_image(encoded(wide(), "JPEG", mode), LIMITS).frame.shape == (256, 512, 3)


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (b"", BadImage, "not a picture"),
        (b"x", BadImage, "not a picture"),
        (b"hello, world", BadImage, "not a picture"),
        (encoded(wide(), "GIF", "P"), UnsupportedImage, "GIF"),
        (encoded(wide(), "TIFF"), UnsupportedImage, "TIFF"),
        (encoded(wide(), "JPEG2000"), UnsupportedImage, "JPEG 2000"),
        (encoded(wide(), "BMP"), UnsupportedImage, "BMP"),
        (b"\0\0\0\x18ftypheic" + bytes(20), UnsupportedImage, "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(20), UnsupportedImage, "AVIF"),
        (jpeg(wide())[:30], BadImage, "damaged"),
        (encoded(wide(), "PNG")[:20], BadImage, "damaged"),
        (jpeg(wide()) + bytes(2_000_000), ImageTooLarge, "MB"),
        (encoded(np.zeros((1001, 1000, 3), np.uint8), "PNG"), ImageTooLarge, "megapixels"),
    ],
)
def test_bad_input_gets_a_sentence(data: bytes, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        decode_image(data, LIMITS)


def test_only_listed_formats_are_taken() -> None:
    jpeg_only = ImageLimits(2_000_000, 10**6, 10**6, 10**6, (JPEG,))
    with pytest.raises(UnsupportedImage, match=r"PNG pictures cannot be opened here\. Please send JPEG\."):
        decode_image(encoded(wide(), "PNG"), jpeg_only)


def test_names_do_not_matter_first_bytes_do() -> None:
    assert sniff_format(jpeg(wide())) == JPEG
    assert sniff_format(b"RIFF\0\0\0\0WAVE") is None


def test_an_orientation_that_the_decoder_does_not_apply_does_not_count() -> None:
    """Some programs write the orientation into XMP alone; the boxes must fit the decoded picture."""
    data = encoded(wide(), "JPEG")
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'  # noqa: E501
    data = data[:2] + b"\xff\xe1" + (len(xmp) + 2).to_bytes(2, "big") + xmp + data[2:]
    image = decode_image(data, LIMITS)
    assert (image.width, image.height) == (image.frame.shape[1], image.frame.shape[0]) == (512, 256)

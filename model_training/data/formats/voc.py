"""Pascal VOC XML, one file a picture (Everingham et al. 2010, http://host.robots.ox.ac.uk/pascal/VOC/)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

from model_training.data.formats.raw_labels import RawFace, RawPhoto, size_of
from model_training.data.image_files import group_by_stem, picture_paths, same_stem
from model_training.data.problems import Problems

MAX_BYTES = 10_000_000


def read_voc(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture that has an XML file.

    Args:
        labels: folder of the XML files.
        images: folder of the pictures.
        problems: takes in files that cannot be used, and pictures without a file: here that is no "no face".
    """
    pictures = [path.relative_to(images).as_posix() for path in picture_paths(images)]
    by_stem, by_name = group_by_stem(pictures), {Path(name).name: name for name in pictures}
    labelled = set[str]()
    for file in sorted(labels.rglob("*.xml")):
        label_file = file.relative_to(labels).as_posix()
        try:
            root = parse_without_dtd(file)
        except ValueError as error:
            problems.add(label_file, str(error))
            continue
        # The file that lies in the same place counts before the name inside: people rename pictures.
        inside = (root.findtext("filename") or "").replace("\\", "/").rsplit("/", 1)[-1]
        beside = by_stem.get(Path(label_file).with_suffix("").as_posix(), [])
        # a.jpg and a.png may lie side by side: then the file names its picture.
        picture = _named(beside, inside) if len(beside) > 1 else next(iter(beside), by_name.get(inside))
        if picture is None:
            problems.add(label_file, "there is no picture to this label file")
            continue
        labelled.add(picture)
        size = size_of(root.findtext("size/width"), root.findtext("size/height"))
        yield RawPhoto(picture, list(_faces(root, label_file, problems)), size)
    for names in by_stem.values():
        # The one with a label file first: the others are listed beside it.
        alike = sorted(names, key=lambda each: each not in labelled)
        for name in names:
            if name not in labelled:
                reason = same_stem(name, alike) if len(alike) > 1 else "it has no label file"
                problems.add(name, f"{reason}; left out")


def _named(pictures: Sequence[str], inside: str) -> str | None:
    return next((name for name in pictures if Path(name).name == inside), None)


def parse_without_dtd(file: Path) -> ET.Element:
    """Parse an XML file that has no document type, and so no entities that blow up or read other files.

    Raises:
        ValueError: it has one, is too large, or is no XML; the message does not name it.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ValueError(f"has more than {MAX_BYTES // 1_000_000} MB")
        return ET.fromstring(file.read_bytes(), parser=ET.XMLParser(target=_NoDoctype()))
    except (ET.ParseError, LookupError) as error:
        raise ValueError("is no XML") from error
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error


class _NoDoctype(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # Called before anything inside the DTD is parsed; entities can be declared nowhere else.
        raise ValueError("has a document type (DTD), which label files do not need; not read")


def _faces(root: ET.Element, file_name: str, problems: Problems) -> Iterator[RawFace]:
    for number, thing in enumerate(root.iter("object"), start=1):
        name = (thing.findtext("name") or "").strip()
        if not name:
            problems.add(file_name, f"object {number} has no label; left out")
            continue
        try:
            x1, y1, x2, y2 = (float(thing.findtext(f"bndbox/{c}") or "") for c in ("xmin", "ymin", "xmax", "ymax"))
        except ValueError:
            problems.add(file_name, f"object {number} ({name}) has no box; left out")
            continue
        yield RawFace(name, (x1, y1, x2, y2))

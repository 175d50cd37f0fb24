"""Pascal VOC XML, one file a picture (Everingham et al. 2010, http://host.robots.ox.ac.uk/pascal/VOC/)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from model_training.data.formats.raw_labels import RawFace, RawPhoto, size_of
from model_training.data.image_files import picture_paths
from model_training.data.problems import Problems

MAX_BYTES = 10_000_000


def read_voc(labels: Path, images: Path, problems: Problems) -> Iterator[RawPhoto]:
    """Yield every picture that has an XML file.

    Args:
        labels: folder of the XML files.
        images: folder of the pictures.
        problems: takes in files that cannot be used, and pictures without a file: here that is no "no face".
    """
    pictures = {path.relative_to(images).with_suffix("").as_posix(): path for path in picture_paths(images)}
    by_name = {path.name: path for path in pictures.values()}
    labelled = set[Path]()
    for file in sorted(labels.rglob("*.xml")):
        label_file = file.relative_to(labels).as_posix()
        try:
            root = parse_without_dtd(file)
        except ValueError as error:
            problems.add(label_file, str(error))
            continue
        # The file that lies in the same place counts before the name inside: people rename pictures.
        inside = (root.findtext("filename") or "").replace("\\", "/").rsplit("/", 1)[-1]
        picture = pictures.get(Path(label_file).with_suffix("").as_posix()) or by_name.get(inside)
        if picture is None:
            problems.add(label_file, "there is no picture to this label file")
            continue
        labelled.add(picture)
        size = size_of(root.findtext("size/width"), root.findtext("size/height"))
        yield RawPhoto(picture.relative_to(images).as_posix(), list(_faces(root, label_file, problems)), size)
    for picture in pictures.values():
        if picture not in labelled:
            problems.add(picture.relative_to(images).as_posix(), "it has no label file; left out")


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

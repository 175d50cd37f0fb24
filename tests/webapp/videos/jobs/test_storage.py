from __future__ import annotations

from pathlib import Path

import pytest

from webapp.videos.jobs.names import display_name, download_name
from webapp.videos.jobs.storage import DETECTIONS, PREVIEW, RESULT, UPLOAD, JobStorage


@pytest.fixture
def storage(tmp_path: Path) -> JobStorage:
    return JobStorage(tmp_path)


def test_ids_are_random_and_folders_private(storage: JobStorage) -> None:
    ids = {storage.create() for _ in range(20)}
    assert len(ids) == 20
    assert all(storage.folder(job_id).stat().st_mode & 0o077 == 0 for job_id in ids)


@pytest.mark.parametrize("job_id", ["", "..", "../x", "a" * 31, "A" * 32, "a" * 32 + "\n", "a" * 31 + "/"])
def test_what_is_no_id_never_becomes_a_path(storage: JobStorage, job_id: str) -> None:
    with pytest.raises(ValueError, match="not a job id"):
        storage.folder(job_id)


def test_a_run_starts_empty_and_publishes_whole(storage: JobStorage) -> None:
    job_id = storage.create()
    (storage.folder(job_id) / UPLOAD).write_text("video")
    (storage.start_run(job_id, 1) / "left over").touch()
    run = storage.start_run(job_id, 1)
    assert list(run.iterdir()) == []
    for name in (RESULT, DETECTIONS, PREVIEW):
        (run / name).write_text(name)
    storage.publish(job_id, 1)
    storage.clean(job_id)
    assert {path.name for path in storage.folder(job_id).iterdir()} == {RESULT, DETECTIONS, PREVIEW}


def test_only_old_orphans_are_swept(storage: JobStorage) -> None:
    owned, orphan = storage.create(), storage.create()
    (storage.root / "not ours").mkdir()
    assert storage.remove_orphans({owned}, 60) == []
    assert storage.remove_orphans({owned}, -1) == [orphan]
    assert {path.name for path in storage.root.iterdir()} == {owned, "not ours"}


def test_removing_twice_is_no_error(storage: JobStorage) -> None:
    job_id = storage.create()
    storage.remove(job_id)
    storage.remove(job_id)
    assert not storage.folder(job_id).exists()


@pytest.mark.parametrize(
    ("name", "shown", "saved"),
    [
        ("holiday.mov", "holiday.mov", "holiday-masks.mp4"),
        ("../../etc/passwd", "passwd", "passwd-masks.mp4"),
        ("C:\\videos\\a.avi", "a.avi", "a-masks.mp4"),
        ("a\0b\r\nc.mp4", "abc.mp4", "abc-masks.mp4"),
        ("gp\u202e4pm.exe", "gp4pm.exe", "gp4pm-masks.mp4"),
        ("CON", "CON", "CON-masks.mp4"),
        ("-i", "-i", "i-masks.mp4"),
        ("<script>alert(1)</script>.mp4", "script>.mp4", "script-masks.mp4"),
        ("x" * 300 + ".mp4", "x" * 200, "x" * 100 + "-masks.mp4"),
        ("Été à Zürich.mp4", "Été à Zürich.mp4", "Été à Zürich-masks.mp4"),
        ("", "video", "video-masks.mp4"),
        (None, "video", "video-masks.mp4"),
        ("...", "video", "video-masks.mp4"),
    ],
)
def test_names_are_text(name: str | None, shown: str, saved: str) -> None:
    assert display_name(name) == shown
    assert download_name(shown) == saved

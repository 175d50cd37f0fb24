"""The contract of every store of blobs: a folder, and an S3 bucket."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.s3_server import S3Server, s3_server
from webapp.config import Settings
from webapp.videos.jobs.blobs.opening import open_blob_store
from webapp.videos.jobs.blobs.store import (
    DETECTIONS,
    PREVIEW,
    RESULT,
    BlobStore,
    StoreUnavailable,
    new_job_id,
    part_key,
    run_key,
)

Open = Callable[[], BlobStore]


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(scope="module")
def s3_stores(bucket: S3Server, tmp_path_factory: pytest.TempPathFactory) -> list[BlobStore]:
    """Two stores of one bucket, as two processes have them: boto3 takes its time to begin."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket.variables.items():
            patch.setenv(name, value)
        folders = [tmp_path_factory.mktemp("process") for _ in range(2)]
        return [open_blob_store(Settings(s3_bucket=bucket.bucket, data_folder=folder)) for folder in folders]


@pytest.fixture(params=["disk", "s3"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the store as another process would."""
    if request.param == "disk":
        return lambda: open_blob_store(Settings(data_folder=tmp_path))
    stores = cycle(request.getfixturevalue("s3_stores"))
    return lambda: next(stores)


@pytest.fixture
def store(open_store: Open) -> BlobStore:
    return open_store()


def put(store: BlobStore, key: str, content: bytes) -> None:
    draft = store.draft(key[:32])
    draft.write_bytes(content)
    store.put(key, draft)
    assert not draft.exists()


def content(store: BlobStore, key: str, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(store.read(key, start, stop))


def test_what_one_process_stores_another_reads(open_store: Open) -> None:
    writer, reader = open_store(), open_store()
    key = part_key(new_job_id(), "part-1")
    assert reader.find(key) is None
    put(writer, key, b"0123456789")
    blob = reader.find(key)
    assert blob is not None
    assert blob.size_bytes == 10
    assert abs(blob.modified_s - time.time()) < 60
    assert content(reader, key) == b"0123456789"


@pytest.mark.parametrize(("start", "stop", "expected"), [(0, 4, b"0123"), (3, 5, b"34"), (8, None, b"89"), (4, 4, b"")])
def test_ranges(store: BlobStore, start: int, stop: int | None, expected: bytes) -> None:
    key = part_key(new_job_id(), "part-1")
    put(store, key, b"0123456789")
    assert content(store, key, start, stop) == expected


def test_a_large_blob_comes_in_pieces(store: BlobStore) -> None:
    key = part_key(new_job_id(), "part-1")
    whole = bytes(range(256)) * 4000
    put(store, key, whole)
    pieces = list(store.read(key, 1, len(whole) - 1))
    assert max(map(len, pieces)) < len(whole)
    assert b"".join(pieces) == whole[1:-1]


def test_a_blob_is_replaced_whole_and_its_etag_changes(store: BlobStore) -> None:
    key = run_key(new_job_id(), 1, PREVIEW)
    put(store, key, b"first")
    before = store.find(key)
    put(store, key, b"the second")
    after = store.find(key)
    assert before is not None
    assert after is not None
    assert after.etag not in (before.etag, "")
    assert content(store, key) == b"the second"


def test_an_empty_blob(store: BlobStore) -> None:
    key = run_key(new_job_id(), 1, DETECTIONS)
    put(store, key, b"")
    blob = store.find(key)
    assert blob is not None
    assert blob.size_bytes == 0
    assert content(store, key) == b""


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    key = part_key(new_job_id(), "part-1")
    assert store.find(key) is None
    with pytest.raises(FileNotFoundError):
        store.read(key)
    store.discard(key)
    store.remove(new_job_id())
    store.clean(new_job_id(), 1)
    store.leave(new_job_id(), 1)


@pytest.mark.parametrize("parts", [1, 3])
def test_the_parts_of_an_upload_become_one_file(open_store: Open, parts: int) -> None:
    web, worker = open_store(), open_store()
    job_id = new_job_id()
    keys = [part_key(job_id, f"part-{n}") for n in range(parts)]
    for n, key in enumerate(keys):
        put(web, key, bytes([n]) * (n + 1))
    whole = b"".join(bytes([n]) * (n + 1) for n in range(parts))
    assert worker.fetch(keys, worker.workspace(job_id, 1)).read_bytes() == whole
    worker.leave(job_id, 1)
    assert worker.fetch(keys, worker.workspace(job_id, 2)).read_bytes() == whole, "the next attempt finds them too"


def test_an_upload_that_lacks_a_part_is_not_found(store: BlobStore) -> None:
    job_id = new_job_id()
    put(store, part_key(job_id, "part-1"), b"1")
    keys = [part_key(job_id, "part-1"), part_key(job_id, "part-2")]
    folder = store.workspace(job_id, 1)
    for wanted in (keys, keys[1:]):
        with pytest.raises(FileNotFoundError):
            store.fetch(wanted, folder)


def test_a_workspace_is_empty_and_private(store: BlobStore) -> None:
    job_id = new_job_id()
    put(store, part_key(job_id, "part-1"), b"1")
    (store.workspace(job_id, 1) / "left over").touch()
    folder = store.workspace(job_id, 1)
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o077 == 0
    store.leave(job_id, 1)
    assert not folder.exists()


def test_attempts_never_mix_and_cleaning_leaves_one_of_them(store: BlobStore) -> None:
    job_id, other = new_job_id(), new_job_id()
    put(store, part_key(job_id, "part-1"), b"upload")
    put(store, part_key(other, "part-1"), b"of another job")
    for attempt in (1, 2, 12):
        put(store, run_key(job_id, attempt, RESULT), b"attempt %d" % attempt)
    store.clean(job_id, 1)
    assert content(store, run_key(job_id, 1, RESULT)) == b"attempt 1"
    for gone in (part_key(job_id, "part-1"), run_key(job_id, 2, RESULT), run_key(job_id, 12, RESULT)):
        assert store.find(gone) is None
    put(store, run_key(job_id, 2, RESULT), b"by a worker that had stalled")
    assert content(store, run_key(job_id, 1, RESULT)) == b"attempt 1"
    store.clean(job_id, None)
    assert store.find(run_key(job_id, 1, RESULT)) is None
    assert content(store, part_key(other, "part-1")) == b"of another job"


def test_removing_twice_is_no_error_and_leaves_nothing(store: BlobStore) -> None:
    job_id = new_job_id()
    put(store, part_key(job_id, "part-1"), b"upload")
    put(store, run_key(job_id, 1, RESULT), b"result")
    store.remove(job_id)
    store.remove(job_id)
    assert store.find(part_key(job_id, "part-1")) is None
    assert store.find(run_key(job_id, 1, RESULT)) is None


def test_only_old_orphans_are_swept(store: BlobStore) -> None:
    owned, orphan = new_job_id(), new_job_id()
    for job_id in (owned, orphan):
        put(store, part_key(job_id, "part-1"), b"upload")
        store.draft(job_id).touch()
    assert orphan not in store.remove_orphans({owned}, 60)
    assert store.find(part_key(orphan, "part-1")) is not None
    assert orphan in store.remove_orphans({owned}, -5)
    assert store.find(part_key(orphan, "part-1")) is None
    assert store.find(part_key(owned, "part-1")) is not None
    assert store.remove_orphans({owned}, -5) == [], "local files of both are swept too"


@pytest.mark.parametrize("job_id", ["", "..", "../x", "a" * 31, "A" * 32, "a" * 32 + "\n", "a" * 31 + "/"])
def test_what_is_no_id_never_becomes_a_path(store: BlobStore, job_id: str) -> None:
    for use in (
        lambda: store.draft(job_id),
        lambda: store.workspace(job_id, 1),
        lambda: store.leave(job_id, 1),
        lambda: store.remove(job_id),
        lambda: store.clean(job_id, None),
        lambda: store.find(f"{job_id}/part-1"),
    ):
        with pytest.raises(ValueError, match="not a"):
            use()


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b/c", "run-x/a", ".hidden", "A", "a\n", "run-1/../x"])
def test_what_is_no_key_never_becomes_a_path(store: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.find(f"{new_job_id()}/{name}")


def test_a_bucket_that_does_not_answer_is_told_and_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        store = open_blob_store(Settings(s3_bucket=server.bucket, data_folder=tmp_path))
        key = part_key(new_job_id(), "part-1")
        draft = store.draft(key[:32])
        draft.write_bytes(b"upload")
        server.stop()
        for use in (lambda: store.put(key, draft), lambda: store.find(key), lambda: store.read(key)):
            with pytest.raises(StoreUnavailable, match="cannot be reached right now"):
                use()
        assert draft.read_bytes() == b"upload", "kept for another try"
        server.start()
        store.put(key, draft)
        assert content(store, key) == b"upload"


def test_a_bucket_that_answers_soon_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        server.stop()
        later = threading.Timer(1.5, server.start)
        later.start()
        store = open_blob_store(Settings(s3_bucket=server.bucket, data_folder=tmp_path))
        later.join()
        assert store.find(part_key(new_job_id(), "part-1")) is None


def test_drafts_of_a_process_that_was_killed_go_after_a_day(
    bucket: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.variables.items():
        monkeypatch.setenv(name, value)
    settings = Settings(s3_bucket=bucket.bucket, data_folder=tmp_path)
    store = open_blob_store(settings)
    old, new = store.draft(new_job_id()), store.draft(new_job_id())
    for draft in (old, new):
        draft.write_bytes(b"half of a part")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old.parent, (two_days_ago, two_days_ago))
    open_blob_store(settings)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"S3_BUCKET": "not-there"}, "there is no such bucket"),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"AWS_ENDPOINT_URL_S3": "nonsense"}, "cannot be used"),
        ({"S3_BUCKET": "not/a/bucket"}, "cannot be"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "needs the keys"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_one_sentence(
    bucket: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], sentence: str
) -> None:
    variables = bucket.variables | change | {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=sentence) as refusal:
        open_blob_store(Settings(s3_bucket=variables["S3_BUCKET"], data_folder=tmp_path), wait_s=0)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)

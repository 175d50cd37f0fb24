"""Which store the settings choose."""

from __future__ import annotations

from webapp.config import BadDeployment, Settings
from webapp.videos.jobs.blobs.disk import DiskBlobStore
from webapp.videos.jobs.blobs.store import BlobStore

_WAIT_S = 30.0


def open_blob_store(settings: Settings, wait_s: float = _WAIT_S) -> BlobStore:
    """Return the store of the settings: the bucket `s3_bucket`, else the data folder.

    Args:
        settings: `s3_bucket` and `data_folder` count.
        wait_s: how long a bucket whose store does not answer yet is waited for.

    Raises:
        BadDeployment: the bucket cannot be used, or boto3 is not installed; the sentence says why.
    """
    if not settings.s3_bucket:
        return DiskBlobStore(settings.data_folder)
    try:
        # Only here: it costs memory, and is not among the web app's own requirements.
        from webapp.videos.jobs.blobs.s3 import S3BlobStore
    except ModuleNotFoundError as error:
        raise BadDeployment("S3_BUCKET needs more packages: pip install -r requirements-scale.txt.") from error
    return S3BlobStore(settings.s3_bucket, settings.data_folder / "scratch", wait_s)

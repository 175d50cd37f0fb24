"""The table of settings; the command line, the environment, the documentation and its test read it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PLAIN_VARIABLES = ("HOST", "PORT", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "S3_BUCKET")
"""Variables that platforms set under these very names; all others carry the prefix."""

PREFIX = "MASK_MIRROR_"


class BadDeployment(ValueError):
    """The settings name servers that cannot be used, or not together; the sentence says what to change."""


def _setting(default: Any, unit: str, help: str, choices: tuple[str, ...] | None = None) -> Any:
    return field(default=default, metadata={"unit": unit, "help": help, "choices": choices})


_RANGES_BY_UNIT = {
    "port": (1, 65_535),
    "count": (0, 1_000_000),
    "0..1": (0, 1),
    "ratio": (0.01, 1),
    "bytes": (1_000, 1e12),
    "pixels": (1, 1e9),
    "side": (64, 2048),
    "seconds": (0.01, 1e7),
}


@dataclass(frozen=True)
class Settings:
    """Everything that can be set; a test builds one by hand, the app through `load_settings`."""

    host: str = _setting("127.0.0.1", "address", "address to listen on; 0.0.0.0 for every network of this machine")
    port: int = _setting(8000, "port", "port to listen on")
    https: bool = _setting(False, "yes/no", "serve over a self-signed certificate, so that a phone may use its camera")
    async_mode: str = _setting("eventlet", "name", "how clients are served concurrently", ("eventlet", "threading"))
    allow_polling: bool = _setting(
        False, "yes/no", "offer HTTP long polling too (needs sticky sessions across replicas)"
    )
    trusted_proxies: int = _setting(0, "count", "reverse proxies in front whose X-Forwarded-* headers are trusted")
    connections_max: int = _setting(
        1024, "count", "connections at once, fewer where descriptors are short; further ones wait to be accepted"
    )
    connections_per_address: int = _setting(
        512,
        "count",
        "connections of one client address (of IPv6, one /64), behind trusted proxies requests at once; 0 for no limit",
    )
    allowed_hosts: str = _setting(
        "",
        "comma list",
        "names under which this server may be asked, like example.org,.example.net (with all below it); empty: any",
    )
    allowed_origins: str = _setting(
        "", "comma list", "further origins, like https://example.org, that may use this server"
    )
    secret_key: str = _setting("", "text", "signs the session cookie; empty: made once and kept in the data folder")
    metrics_token: str = _setting(
        "", "text", "/metrics needs it as `Authorization: Bearer TOKEN`; empty: this machine alone may read them"
    )
    data_folder: Path = _setting(Path("instance"), "path", "uploads, results and the job table")
    database_url: str = _setting(
        "",
        "URL",
        "postgresql:// with the job table, for more than one machine; empty: a SQLite file in the data folder",
    )
    redis_url: str = _setting(
        "", "URL", "redis:// or rediss://, tells workers at once of a new video; empty: they find it in a second or two"
    )
    s3_bucket: str = _setting(
        "",
        "name",
        "S3 bucket for uploads and results, with the AWS_… variables of boto3; empty: they are kept in the data folder",
    )
    embedded_worker: bool = _setting(
        True, "yes/no", "the web process starts a worker of its own; no where `python -m webapp worker` runs elsewhere"
    )
    log_format: str = _setting("text", "name", "log on standard error: text, or a JSON object a line", ("text", "json"))
    profile: str = _setting(
        "standard", "name", "defaults of other settings; small is for 512 MB of memory", ("standard", "small")
    )

    restarts: int = _setting(
        5, "count", "how often a server that crashes or hangs is started again within ten minutes; 0 for never"
    )

    detector: str = _setting("multiface", "name", "face detector", ("multiface", "haar", "localizer"))
    model: str = _setting("", "path", "the localizer's .tflite: finds one face, for the detector localizer")
    multiface: Path = _setting(Path("multiface"), "path", "many-face detector: a .tflite, or name of a shipped one")
    multiface_wide: Path = _setting(
        Path("multiface_wide"),
        "path",
        "the wider network of the ensemble for photos: a .tflite, or name of a shipped one",
    )
    stream_size_px: int = _setting(416, "side", "longer side of multiface's largest view of live frames and videos")
    photo_size_px: int = _setting(960, "side", "longer side of multiface's largest view of photos")
    photo_tta: str = _setting(
        "ensemble",
        "name",
        "test-time augmentation of photos: single (no mirrored view), small (four views), ensemble (two networks)",
        ("single", "small", "ensemble"),
    )
    stream_labels: str = _setting(
        "verified",
        "name",
        "what labels live frames and videos: multiface itself (detector), the slower classifier, the mean of both, or "
        "multiface with the classifier on faces of low confidence (verified)",
        ("detector", "classifier", "both", "verified"),
    )
    photo_labels: str = _setting(
        "both",
        "name",
        "what labels photos: multiface itself (detector), the slower classifier, or the mean of both",
        ("detector", "classifier", "both"),
    )
    haar_scale: float = _setting(0.5, "ratio", "size of Haar's input, relative to the frame")
    classifier: Path = _setting(
        Path("mask_classifier"), "path", "mask classifier: a .tflite, or the name of a shipped one"
    )
    score_threshold: float = _setting(
        0.0, "0..1", "faces with a lower detection score are dropped; 0 is the detector's own threshold"
    )
    track: bool = _setting(
        True, "yes/no", "track faces in the live stream and in videos: smoothed boxes, voted labels, numbers"
    )
    inference_threads: int = _setting(0, "count", "inferences that run at once; 0 is one per core")
    inference_deadline_s: float = _setting(
        5.0, "seconds", "live inference that takes longer has hung: the server ends and is started again"
    )

    live_max_bytes: int = _setting(1_000_000, "bytes", "largest frame of the live page")
    frame_max_age_s: float = _setting(0.3, "seconds", "a live frame that has waited longer is dropped")
    live_messages_per_s: int = _setting(
        500,
        "count",
        "messages read of one live connection, a frame is two; what comes faster waits in the network; 0 for no limit",
    )
    live_max_px: int = _setting(2_100_000, "pixels", "largest frame of the live page; 1920 x 1080 fits")
    image_max_bytes: int = _setting(30_000_000, "bytes", "largest photo")
    image_max_px: int = _setting(64_000_000, "pixels", "largest JPEG photo")
    image_full_px: int = _setting(25_000_000, "pixels", "largest PNG or WebP photo: they must be decoded whole")
    image_decode_px: int = _setting(
        8_000_000, "pixels", "a larger JPEG is decoded at half, a quarter or an eighth of its sides"
    )
    waiting_max: int = _setting(64, "count", "photos of all visitors that may wait; one more gets the status 503")
    photos_per_visitor: int = _setting(8, "count", "photos of one visitor that may wait; one more gets the status 429")
    photos_per_address: int = _setting(
        32, "count", "photos of one network address (IPv6: of a /64) that may wait; one more gets the status 429"
    )
    photo_deadline_s: float = _setting(
        20.0, "seconds", "a photo that takes more processor time, or three times as long, is refused"
    )
    photo_idle_s: float = _setting(60.0, "seconds", "the process for photos ends after so long without a photo")
    photo_memory_bytes: int = _setting(1_500_000_000, "bytes", "address space of the process for photos")

    upload_deadline_s: float = _setting(1800.0, "seconds", "the body of a request that takes longer is given up")
    upload_min_bytes_per_s: int = _setting(
        2_000, "count", "least rate of a body, averaged over ten seconds; a slower one is given up"
    )

    video_max_bytes: int = _setting(200_000_000, "bytes", "largest video")
    video_max_s: float = _setting(600.0, "seconds", "longest video")
    video_max_px: int = _setting(8_900_000, "pixels", "largest frame of a video; 4096 x 2160 fits")
    video_output_px: int = _setting(1280, "pixels", "longer side of the annotated video; larger videos are scaled down")
    video_deadline_s: float = _setting(1800.0, "seconds", "a job that works longer is stopped")
    video_memory_bytes: int = _setting(2_000_000_000, "bytes", "address space of the process that decodes a video")
    jobs_per_visitor: int = _setting(5, "count", "videos of one visitor that may wait or run")
    jobs_per_address: int = _setting(
        20, "count", "videos of one network address (IPv6: of a /64) that may wait or run: cookies are free"
    )
    jobs_max: int = _setting(50, "count", "videos of all visitors that may wait or run")
    disk_reserve_bytes: int = _setting(500_000_000, "bytes", "disk space that uploads leave free")
    job_attempts: int = _setting(3, "count", "attempts at a job whose worker died")
    lease_s: float = _setting(15.0, "seconds", "a running job without a heartbeat for so long is run again")
    expire_s: float = _setting(
        3600.0, "seconds", "a video is deleted so long after its result is ready, or after so long in the queue"
    )

    studio: bool = _setting(
        False, "yes/no", "offer the page /train to this machine; needs model_training/requirements.txt (`make studio`)"
    )
    studio_token: str = _setting(
        "",
        "text",
        "offer the page /train to whoever has this token, of 16 characters or more; empty: not over networks",
    )
    studio_weights: str = _setting(
        "imagenet",
        "path",
        "where networks of /train start: imagenet (fetched once), none, or a file for MobileNetV2 as in `train --help`",
    )
    studio_max_bytes: int = _setting(300_000_000, "bytes", "largest collection (ZIP) for /train")
    studio_unpacked_bytes: int = _setting(1_000_000_000, "bytes", "a collection unpacked")
    studio_files_max: int = _setting(10_000, "count", "files in a collection")
    studio_disk_bytes: int = _setting(6_000_000_000, "bytes", "disk space that one training may take")
    studio_deadline_s: float = _setting(14_400.0, "seconds", "a training that takes longer is stopped")
    studio_expire_s: float = _setting(
        86_400.0,
        "seconds",
        "a training and its model are deleted so long after it is done, or after so long in the queue",
    )
    studio_jobs_per_visitor: int = _setting(2, "count", "trainings of one visitor that may wait or run")
    studio_jobs_max: int = _setting(10, "count", "trainings of all visitors that may wait or run; one runs at a time")

    door_counts_url: str = _setting(
        "",
        "address",
        "the door page's counts are forwarded there, like https://counts.example.org/door; empty: not at all",
    )
    door_counts_key: str = _setting("", "text", "signs the forwarded counts (HMAC-SHA256)")


PROFILES: dict[str, dict[str, Any]] = {
    "standard": {},
    "small": {
        "inference_threads": 1,
        "photo_tta": "small",
        "image_max_bytes": 10_000_000,
        "image_full_px": 8_000_000,
        "image_decode_px": 4_000_000,
        "waiting_max": 8,
        "photo_idle_s": 10.0,
        "video_max_px": 2_100_000,
        "video_output_px": 854,
    },
}
"""Defaults that a profile replaces, by setting name."""


def load_settings(environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Build settings from the environment, with overrides (the command line) on top.

    Args:
        environ: `PLAIN_VARIABLES` are read as they are, all others as `MASK_MIRROR_NAME`. What stands here replaces
            what the profile says.
        overrides: values by setting name; None means not given.

    Raises:
        ValueError: a value does not fit; the sentence names the variable.
    """
    given: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = variable_name(setting.name)
        if environ.get(variable):
            given[setting.name] = _parse(variable, environ[variable], setting.default, setting.metadata["choices"])
    given.update({name: value for name, value in (overrides or {}).items() if value is not None})
    values = PROFILES[given.get("profile", "standard")] | given
    for setting in fields(Settings):
        _check_range(setting.name, values.get(setting.name, setting.default), setting.metadata["unit"])
    return Settings(**values)


def add_arguments(parser: argparse.ArgumentParser, names: tuple[str, ...]) -> None:
    """Offer settings as command-line options.

    Args:
        parser: gets one option a name.
        names: settings; every default is None, which marks settings that were not given.
    """
    table = {setting.name: setting for setting in fields(Settings)}
    for name in names:
        setting = table[name]
        text = f"{setting.metadata['help']} ({setting.metadata['unit']}, default {setting.default})"
        if isinstance(setting.default, bool):
            parser.add_argument(option_name(name), action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            parser.add_argument(
                option_name(name),
                type=type(setting.default),
                choices=setting.metadata["choices"],
                default=None,
                help=text,
            )


def variable_name(name: str) -> str:
    """Return the environment variable of a setting: `port` is `PORT`, `expire_s` is `MASK_MIRROR_EXPIRE_S`."""
    upper = name.upper()
    return upper if upper in PLAIN_VARIABLES else PREFIX + upper


def option_name(name: str) -> str:
    """Return the command-line option of a setting: `async_mode` is `--async-mode`."""
    return "--" + name.replace("_", "-")


def process_settings() -> Settings:
    """Build the settings of this process from its environment."""
    return load_settings(os.environ)


def _parse(variable: str, text: str, default: Any, choices: tuple[str, ...] | None) -> Any:
    if isinstance(default, bool):
        if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise ValueError(f"{variable} must be yes or no, not {text!r}")
        return text.lower() in ("1", "true", "yes")
    try:
        value = type(default)(text)
    except ValueError:
        raise ValueError(f"{variable} must be of the kind of {default!r}, not {text!r}") from None
    if choices and value not in choices:
        raise ValueError(f"{variable} must be one of {', '.join(choices)}, not {text!r}")
    return value


def _check_range(name: str, value: Any, unit: str) -> None:
    low, high = _RANGES_BY_UNIT.get(unit, (None, None))
    if low is not None and not low <= value <= high:  # also refuses NaN
        raise ValueError(
            f"{variable_name(name)} ({option_name(name)}) must lie between {low:g} and {high:g}, not {value}"
        )

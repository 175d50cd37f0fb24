from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from webapp.config import PROFILES, Settings, add_arguments, load_settings, variable_name
from webapp.processes.helpers import process_environ


def test_defaults_environment_and_command_line_in_this_order() -> None:
    assert load_settings({}).port == 8000
    assert load_settings({"PORT": "5001"}).port == 5001
    assert load_settings({"PORT": "5001"}, {"port": 5002}).port == 5002
    assert load_settings({"PORT": "5001"}, {"port": None}).port == 5001


def test_platform_variables_are_plain_and_all_others_prefixed() -> None:
    assert variable_name("port") == "PORT"
    assert variable_name("secret_key") == "SECRET_KEY"
    assert load_settings({"MASK_MIRROR_EXPIRE_S": "60", "EXPIRE_S": "1"}).expire_s == 60
    assert load_settings({"MASK_MIRROR_HTTPS": "yes"}).https is True
    assert load_settings({"MASK_MIRROR_DATA_FOLDER": "/tmp/x"}).data_folder == Path("/tmp/x")


def test_a_profile_replaces_defaults_and_what_is_set_replaces_both() -> None:
    small = {"MASK_MIRROR_PROFILE": "small"}
    settings = load_settings(small | {"MASK_MIRROR_WAITING_MAX": "64"}, {"photo_tta": "single"})
    assert (settings.inference_threads, settings.waiting_max, settings.photo_tta) == (1, 64, "single")
    assert load_settings(process_environ(settings, {})) == settings
    assert load_settings({}) == Settings()
    for values in PROFILES.values():
        assert set(values) <= {setting.name for setting in fields(Settings)}


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"MASK_MIRROR_HTTPS": "perhaps"}, "yes or no"),
        ({"MASK_MIRROR_PROFILE": "tiny"}, "standard, small"),
        ({"MASK_MIRROR_ASYNC_MODE": "gevent"}, "eventlet, threading"),
        ({"PORT": "99999"}, "PORT .--port. must lie between 1 and 65535"),
        ({"MASK_MIRROR_INFERENCE_THREADS": "-1"}, "INFERENCE_THREADS"),
        ({"MASK_MIRROR_SCORE_THRESHOLD": "7"}, "between 0 and 1"),
        ({"MASK_MIRROR_SCORE_THRESHOLD": "nan"}, "between 0 and 1"),
        ({"MASK_MIRROR_TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
    ],
)
def test_a_value_that_does_not_fit_is_named(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_settings(environ)


def test_the_command_line_is_held_to_the_same_ranges() -> None:
    with pytest.raises(ValueError, match="--score-threshold"):
        load_settings({}, {"score_threshold": 5.0})


def test_every_setting_has_unit_and_help_and_can_be_an_option() -> None:
    names = tuple(setting.name for setting in fields(Settings))
    assert all(setting.metadata["unit"] and setting.metadata["help"] for setting in fields(Settings))
    parser = argparse.ArgumentParser()
    add_arguments(parser, names)
    given = vars(parser.parse_args(["--port", "9", "--no-https", "--score-threshold", "0.25"]))
    settings = load_settings({}, given)
    assert (settings.port, settings.https, settings.score_threshold) == (9, False, 0.25)

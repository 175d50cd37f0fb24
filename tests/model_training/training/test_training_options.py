"""What `--help` says of the training stages."""

from __future__ import annotations

import argparse

import pytest

from model_training.classifier import train as train_classifier
from model_training.localizer import train as train_localizer
from model_training.stages import run_stage


@pytest.mark.parametrize("stage", [train_classifier, train_localizer])
def test_every_option_says_what_it_is_and_its_default(stage: object) -> None:
    parser = argparse.ArgumentParser()
    stage.add_arguments(parser)
    for action in parser._actions:
        assert action.help, action.dest
        optional = not action.required and action.nargs != 0  # a switch is off
        assert "(default: " in action.help or not optional, action.dest


def test_help_prints_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_stage(["train", "localizer", "--help"])
    assert "samples a step (default: 8)" in " ".join(capsys.readouterr().out.split())

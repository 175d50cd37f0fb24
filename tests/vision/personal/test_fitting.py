"""A visitor's own classifier: the optimum, cross-validation, and the cases in which it must not help."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.personal_examples import DATE, made_up
from tests.pictures import FACE_XYXY, astronaut_bgr
from webapp.vision.errors import PersonalError
from webapp.vision.mask_classifier import MaskClassifier
from webapp.vision.model_files import load_model
from webapp.vision.personal.cross_validation import folds_of
from webapp.vision.personal.examples import Examples
from webapp.vision.personal.fitting import fit_personal
from webapp.vision.personal.softmax_regression import L2, fit_softmax_regression, softmax, standardisation


def test_the_weights_are_the_optimum_of_the_penalised_loss() -> None:
    examples = made_up(2, labels=3).select(np.arange(36) != 3)  # classes of different sizes weigh alike
    found = fit_softmax_regression(examples.features, examples.label, 3)
    mean, scale = standardisation(examples.features.astype(np.float64))
    inputs = np.hstack([(examples.features - mean) / scale, np.ones((len(examples), 1))])
    weights = np.hstack([found.weights * scale, (found.offsets + found.weights @ mean)[:, None]])
    target = np.eye(3)[examples.label]
    per_class = target / target.sum(axis=0) / 3
    importance = per_class.sum(axis=1, keepdims=True)
    gradient = (importance * (softmax(inputs @ weights.T) - target)).T @ inputs + L2 * weights
    assert np.abs(gradient).max() < 1e-8
    assert np.abs(weights).max() > 0.1
    again = fit_softmax_regression(examples.features, examples.label, 3)
    assert (again.weights == found.weights).all()


def test_cross_validation_leaves_out_one_sitting_and_chooses_a_weight_that_helps() -> None:
    personal = fit_personal(made_up(3, seed=2), "abc", DATE)
    found = personal.card["cross_validation"]
    assert (found["by"], found["folds"], found["examples"]) == ("sitting", 3, 36)
    assert found["before"]["accuracy"] < 0.7 < 0.9 < found["after"]["accuracy"]
    assert found["after"]["log_loss"] < found["before"]["log_loss"]
    assert personal.weight > 0
    assert personal.card["examples"]["sitting 2"] == {"with_mask": 6, "without_mask": 6, "mask_worn_incorrectly": 0}
    other = made_up(1, seed=9)
    probs = personal.label_probs(other.features, other.shipped)
    assert (probs.argmax(axis=1) == other.label).mean() > 0.9
    assert probs.sum(axis=1) == pytest.approx(np.ones(len(probs)), abs=1e-6)
    assert probs[:, 2] == pytest.approx(other.shipped[:, 2], abs=1e-6), "a label that was not learnt stays as shipped"


def test_one_sitting_is_cut_into_blocks_of_time_with_every_label() -> None:
    examples = made_up(1, each=7)
    by, fold = folds_of(examples)
    assert by == "time_block"
    assert fold.tolist() == [0, 0, 1, 2, 2, 3, 4] * 2
    assert fit_personal(examples, "abc", DATE).card["cross_validation"]["by"] == "time_block"


def test_where_nothing_can_be_learnt_the_shipped_classifier_stays_alone() -> None:
    examples = made_up(3)
    good = np.eye(3, dtype=np.float32)[examples.label] * 0.94 + 0.02
    shuffled = np.random.default_rng(2).permutation(examples.features)
    assert fit_personal(replace(examples, features=shuffled, shipped=good), "abc", DATE).weight == 0
    # Each sitting shows one state only, so no fold can learn to tell them.
    apart = replace(examples, sitting=tuple("mask" if label == 0 else "bare" for label in examples.label))
    assert fit_personal(apart, "abc", DATE).weight == 0
    same = replace(examples, features=np.ones_like(examples.features))
    assert np.isfinite(fit_personal(same, "abc", DATE).regression.weights).all()


def test_a_label_of_too_few_pictures_is_left_out_and_one_label_is_refused() -> None:
    examples = made_up(2, labels=3)
    few = examples.select((examples.label != 2) | (np.cumsum(examples.label == 2) <= 4))
    personal = fit_personal(few, "abc", DATE)
    assert personal.labels == (0, 1)
    assert personal.card["cross_validation"]["examples"] == 24
    with pytest.raises(PersonalError, match="needs 5 pictures or more of at least two states"):
        fit_personal(examples.select(examples.label == 0), "abc", DATE)


def test_examples_must_fit_together() -> None:
    examples = made_up(1)
    with pytest.raises(ValueError, match="label must be int64"):
        Examples(examples.features, examples.shipped, examples.label[:3], examples.sitting)


def test_a_classifier_fitted_to_another_file_is_refused_and_an_unhelpful_one_changes_nothing() -> None:
    model = load_model(Path("mask_classifier"), "mask_classifier")
    personal = fit_personal(made_up(2, features=1280), "abc", DATE)
    with pytest.raises(PersonalError, match="another version of the mask classifier: fit it again"):
        MaskClassifier(model, personal)
    here = replace(personal, classifier_sha256=model.card["sha256"])
    face = np.array([FACE_XYXY], np.float32)
    plain = MaskClassifier(model).label_probs(astronaut_bgr(), face)
    assert np.abs(MaskClassifier(model, here).label_probs(astronaut_bgr(), face) - plain).max() > 1e-3
    unhelpful = MaskClassifier(model, replace(here, weight=0.0))
    assert unhelpful.personal is None
    assert (unhelpful.label_probs(astronaut_bgr(), face) == plain).all()

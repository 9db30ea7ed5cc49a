from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.records import Augmentation, DataSpec, RunSpec, identity
from classlab.studies.asked.spec_options import augmentation_of
from classlab.studies.asked.spec_settings import settings
from classlab.studies.remedies.spec_words import differences, spec_words

pytestmark = pytest.mark.light
SPEC = RunSpec(data=DataSpec(name="digits"), architecture=build("linear", input_shape=(8, 8, 1), classes=10))


def test_a_run_without_augmentation_keeps_its_name():
    assert identity(SPEC) == "62157e7d0add6c5e"
    assert identity(replace(SPEC, augmentation=Augmentation(shift=0.1))) != identity(SPEC)


def test_settings_that_change_nothing_are_no_augmentation():
    assert augmentation_of({"shift": 0, "flip": "none"}) is None
    assert augmentation_of({"shift": 0.1, "epochs": 3}) == Augmentation(shift=0.1)


def test_degrees_are_refused():
    with pytest.raises(SpecError) as refusal:
        augmentation_of({"rotate": 15})
    assert str(refusal.value) == (
        "`rotate` must be a share from 0 to below 1, but got rotate=15. Write for example rotate=0.05."
    )


def test_it_is_told_setting_by_setting():
    augmented = replace(SPEC, augmentation=Augmentation(shift=0.1, flip="vertical"))
    assert settings(augmented)["shift"] == 0.1
    assert settings(SPEC)["flip"] == "none"
    assert differences(SPEC, augmented) == ("shift: 0 -> 0.1", "flip: none -> vertical")
    assert spec_words(augmented).options["flip"] == "vertical"
    assert "shift" not in spec_words(SPEC).options
    assert augmented.augmentation.words() == "shift 0.1, flip vertical"

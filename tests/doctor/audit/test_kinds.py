"""Kinds of mistakes in scripts from elsewhere: named at their line, and silent beside a script that is sound."""

from __future__ import annotations

import pytest

from tests.doctor.audit.kinds import KINDS
from tests.doctor.audit.kinds_of_arrays import ARRAY_KINDS
from tests.doctor.audit.kinds_of_values import VALUE_KINDS
from tests.doctor.audit.reading import diagnose, grave, marks, places, stray

EVERY = KINDS | VALUE_KINDS | ARRAY_KINDS


@pytest.mark.parametrize("name", EVERY)
def test_a_mistake_is_named_at_its_line_and_its_sound_counterpart_is_not(name):
    text, sound = EVERY[name]
    diagnosis = diagnose(text)
    assert marks(text) <= places(diagnosis)
    assert stray(text, diagnosis) == []
    assert [f"{each.place.line} {each.rule}: {each.text}" for each in grave(diagnose(sound))] == []

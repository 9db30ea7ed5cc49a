"""Kinds of mistakes in scripts from elsewhere: named at their line, and silent beside a script that is sound."""

from __future__ import annotations

import pytest

from tests.doctor.audit.kinds import KINDS
from tests.doctor.audit.kinds_of_values import VALUE_KINDS
from tests.doctor.audit.reading import diagnose, grave, marks, places, stray


@pytest.mark.parametrize("name", [*KINDS, *VALUE_KINDS])
def test_a_mistake_is_named_at_its_line_and_its_sound_counterpart_is_not(name):
    text, sound = (KINDS | VALUE_KINDS)[name]
    diagnosis = diagnose(text)
    assert marks(text) <= places(diagnosis)
    assert stray(text, diagnosis) == []
    assert [f"{each.place.line} {each.rule}: {each.text}" for each in grave(diagnose(sound))] == []

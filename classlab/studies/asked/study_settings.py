"""What may be changed of a study without changing its arms: name, question, seeds, and how its figures are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from classlab.studies.asked.study_draft import check_size
from classlab.studies.asked.study_file import checked
from classlab.studies.asked.study_options import plain_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.studies.asked.study_draft import StudyDraft

SETTINGS = ("name", "question", "seeds", "select", "margin", "confidence")


def with_settings(draft: StudyDraft, settings: Mapping[str, Any], *, place: str) -> StudyDraft:
    """A study with other settings; its arms, and so the runs that are there already, stay what they are.

    Args:
        draft: the study.
        settings: values by the names of `SETTINGS`; None leaves a setting as it is.
        place: where they were given, for errors.

    Raises:
        SpecError: a value is none that the setting takes, or there would be too many runs.
    """
    given = {name: plain_value(value) for name, value in settings.items() if value is not None}
    asked = checked({"name": "a study", "data": "data", **given}, place=place)
    found = replace(draft, **{name: getattr(asked, name) for name in given})
    check_size(found)
    return found

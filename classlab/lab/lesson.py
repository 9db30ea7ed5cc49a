"""What a step of the lab asks before it shows anything, and where to go from there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What a step asks before it shows anything, and where to go from there.

    Args:
        question: as the exercise sheet asks it.
        expect: what to expect and why.
        introduces: names of the words that this paragraph explains.
        prediction: what to decide before looking.
        choices: the answers to choose from.
        open_choice: whether the last of them is that the evidence will not tell; where it is right, the others are
            open and not refuted.
        knob: what could be turned next, as a sentence.
        command: what turns it; `{digits}`, `{clothes}` and `{pictures}` stand for the lab's data sets, `{lab}` for the
            command that ran it, `{another}` for an image that it did not show.
    """

    question: str
    expect: str
    introduces: tuple[str, ...]
    prediction: str
    choices: tuple[str, ...]
    knob: str
    command: str
    open_choice: bool = False

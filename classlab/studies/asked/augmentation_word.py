"""What is said of augmentation before a training: where it may turn an image into one of another class, or of none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from classlab.records import Augmentation, RunSpec

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_FEWEST = 5  # classes: `0` and `1` alone are more often labels than digits
# Signs of which one is the other turned by half a turn. Where images turn by a quarter either way, both can end alike.
_TURNED = (("6", "9"), ("six", "nine"), ("n", "u"), ("b", "q"), ("d", "p"), ("M", "W"))
_QUARTER = 0.25


def augmentation_words(specs: Iterable[RunSpec], class_names: Sequence[str]) -> tuple[str, ...]:
    """Sentences about runs whose training images are flipped or turned; none where nothing is to be said.

    Args:
        specs: the runs.
        class_names: what the classes of their images are called.
    """
    asked = dict.fromkeys(spec.augmentation for spec in specs if spec.augmentation is not None)
    found = [word for each in asked for word in (_flipped(each, class_names), _turned(each, class_names)) if word]
    return tuple(dict.fromkeys(found))


def _flipped(augmentation: Augmentation, class_names: Sequence[str]) -> str | None:
    signs = _signs(class_names)
    if augmentation.flip == "none" or not signs:
        return None
    return (
        f"The classes are named by {signs}: where the images show them, flip {augmentation.flip} trains on mirrored "
        f"{signs}, which no other image shows and some of which look like another class."
    )


def _turned(augmentation: Augmentation, class_names: Sequence[str]) -> str | None:
    pair = next((pair for pair in _TURNED if set(pair) <= set(class_names)), None)
    if augmentation.rotate < _QUARTER or not _signs(class_names) or pair is None:
        return None
    return (
        f"The classes are named by {_signs(class_names)}: where the images show them, rotate "
        f"{augmentation.rotate:g}, up to {360 * augmentation.rotate:g} degrees either way, can turn a {pair[0]} and a "
        f"{pair[1]} into the same image."
    )


def _signs(class_names: Sequence[str]) -> str:
    """What the names of classes are: digits, letters, both, or "" for anything else."""
    digits = [name for name in class_names if name in _DIGITS or (len(name) == 1 and "0" <= name <= "9")]
    letters = [name for name in class_names if len(name) == 1 and name.isascii() and name.isalpha()]
    if len(class_names) < _FEWEST or len(digits) + len(letters) < len(class_names):
        return ""
    return " and ".join(["digits"] * bool(digits) + ["letters"] * bool(letters))

"""Which arrays of a file are images and which are labels: by what the user says, else by shapes, types and names.

Names of splits are looked for first (`train_images`, `xval`, `test/data`), then images and labels are told apart by
their shapes, and what is still open by their names. Where two answers fit, the user is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NoReturn

from classlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PARTS = ("train", "validation", "test")
_SPLIT_WORDS = {
    "train": ("training", "train", "trn", "tr"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("testing", "test", "t10k", "tst", "te"),
}
_IMAGE_WORDS = ("images", "image", "imgs", "img", "pictures", "pixels", "data", "features", "inputs", "input", "x")
_LABEL_WORDS = ("labels", "label", "lbls", "targets", "target", "classes", "class", "annotations", "digits", "y")
_NAME_WORDS = ("class_names", "label_names", "target_names", "list_classes", "classnames", "categories", "names")
_WEAK = ("attr", "weight", "id", "index", "indices", "filename", "path", "writer", "writers", "mean", "std", "mask")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a file says of one array before it is read.

    Args:
        shape: its sizes.
        kind: NumPy's letter for its values; `U` for every kind of text.
    """

    shape: tuple[int, ...]
    kind: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the arrays of a file are.

    Args:
        parts: names of images and labels by split; labels are None where the file has none.
        class_names: the array with the names of classes.
        said: how this was found, a sentence; empty where the names say it.
    """

    parts: dict[str, tuple[str, str | None]]
    class_names: str | None = None
    said: str = ""


def choose_arrays(where: str, held: Mapping[str, Held], *, asked: Mapping[str, str]) -> Choice:
    """Finds images and labels of each split.

    Args:
        where: the file, for sentences.
        held: the arrays by name, in their order in the file.
        asked: what the user says: `images`, `labels`, perhaps with `validation_` or `test_` before.

    Raises:
        DataError: nothing fits, or several answers do.
    """
    if asked:
        return _asked(where, held, asked)
    by_split: dict[str, dict[str, Held]] = {}
    all_names = _names_arrays(held)
    names = next(iter(all_names), None)
    for name, each in held.items():
        if name not in all_names:
            by_split.setdefault(split_of(name), {})[name] = each
    if "train" not in by_split and len(by_split) > 1 and "" in by_split:
        by_split["train"] = by_split.pop("")  # only the others have a name of their own
    if "train" in by_split:
        parts = {part: _pair(where, by_split[part]) for part in PARTS if part in by_split}
        found = {part: pair for part, pair in parts.items() if pair is not None}
        if "train" not in found:
            _refuse(where, held)
        return Choice(parts=found, class_names=names)
    return _without_split_names(where, held, names)


def _without_split_names(where: str, held: Mapping[str, Held], names: str | None) -> Choice:
    plain = {name: each for name, each in held.items() if name != names}
    numbered = all(re.fullmatch(r"arr_\d+", name) for name in plain)
    images, labels = _images(plain), _labels(plain)
    if numbered and len(images) == len(labels) == 2:
        return _two_pairs(where, plain, images, labels, names)
    pair = _pair(where, plain)
    if pair is None:
        _refuse(where, held)
    ignored = [name for name in plain if name not in pair and name not in images and name not in labels]
    said = "" if _kind_word(pair[0]) == "images" and not ignored else f"{where}: {pair[0]} was read as the images"
    said += f" and {pair[1]} as their labels." if said and pair[1] else "." if said else ""
    return Choice(parts={"train": pair}, class_names=names, said=said)


def _two_pairs(
    where: str, held: Mapping[str, Held], images: Sequence[str], labels: Sequence[str], names: str | None
) -> Choice:
    """Two images and two labels, as `numpy.savez(file, x, y, x, y)` numbers them: the smaller pair is for the test."""
    order = sorted(range(2), key=lambda each: -held[images[each]].shape[0])  # stable: the first where they are equal
    pairs = [(images[each], labels[each]) for each in order]
    if any(held[image].shape[0] != held[label].shape[0] for image, label in pairs):
        pairs = [(images[each], labels[1 - each]) for each in order]
    (train, test) = pairs
    said = (
        f"{where}: {train[0]} and {train[1]} were read as training images and labels, {test[0]} and {test[1]} as those "
        "of the test."
    )
    return Choice(parts={"train": train, "test": test}, class_names=names, said=said)


def _pair(where: str, held: Mapping[str, Held]) -> tuple[str, str | None] | None:
    """The images and labels among arrays of one split; None where there are no images."""
    images, labels = _images(held), _labels(held)
    images = [each for each in images if each not in labels] or images
    image = _one(where, held, images, "images")
    if image is None:
        return None
    fitting = [each for each in labels if each != image and _rows(held[each]) in held[image].shape]
    return image, _one(where, held, fitting, "labels")


def _one(where: str, held: Mapping[str, Held], names: Sequence[str], what: str) -> str | None:
    """The one array of several candidates: the only one, or the only one that is called so."""
    if len(names) < 2:
        return next(iter(names), None)
    called = [each for each in names if _kind_word(each) == what]
    if len(called) == 1:
        return called[0]
    called = called or [each for each in names if not _is_weak(each)]
    if what == "images" and len({_volume(held[each]) for each in called}) > 1:
        return (
            max(called, key=lambda each: _volume(held[each]))
            if _kind_word(called[0]) == what
            else _ask(where, held, names, what)
        )
    return called[0] if len(called) == 1 else _ask(where, held, names, what)


def _ask(where: str, held: Mapping[str, Held], names: Sequence[str], what: str) -> NoReturn:
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    image = names[0] if what == "images" else next(each for each in _images(held) if each not in names)
    fitting = [each for each in _labels(held) if each != image and _rows(held[each]) in held[image].shape]
    label = names[0] if what == "labels" else next(iter(fitting), None)
    example = f"images={image}" + (f",labels={label}" if label else "")
    raise DataError(
        f"it must be clear which array holds the {what}, but {listed} of {where} may be. Say it behind the name of the "
        f"file, as in '{where}#{example}'."
    )


def _refuse(where: str, held: Mapping[str, Held]) -> NoReturn:
    shown = ", ".join(f"{name} {each.shape}" for name, each in list(held.items())[:8]) or "nothing"
    raise DataError(
        f"{where} must hold images, (images, height, width), and their labels, (images,), but it holds {shown}. "
        + (f"Say which they are behind the name of the file, as in '{where}{example(held)}'." if held else "Add both.")
    )


def example(names: Iterable[str]) -> str:
    """What may be said behind the name of a file with arrays of these names.

    Example:
        >>> example(["X", "y", "z"]), example(["X"])
        ('#images=X,labels=y', '#images=X')
    """
    return "#" + ",".join(f"{what}={name}" for what, name in zip(("images", "labels"), names, strict=False))


def _asked(where: str, held: Mapping[str, Held], asked: Mapping[str, str]) -> Choice:
    for role, name in asked.items():
        if name not in held:
            raise DataError(
                f"{where} must hold the array {name!r} that was asked for as {role}, but it holds "
                f"{', '.join(held) or 'none'}. Name one of these."
            )
    parts: dict[str, tuple[str, str | None]] = {}
    for part, prefix in (("train", ""), ("validation", "validation_"), ("test", "test_")):
        if f"{prefix}images" in asked:
            parts[part] = asked[f"{prefix}images"], asked.get(f"{prefix}labels")
    if "train" not in parts:
        raise DataError(f"images must be named, as in '{where}{example(held)}', but only others are. Add them.")
    return Choice(parts=parts, class_names=asked.get("class_names"))


def _images(held: Mapping[str, Held]) -> list[str]:
    """Arrays that may be images: numbers with at least two axes and four values for each image."""
    found = [
        name
        for name, each in held.items()
        if each.kind in "buif" and len(each.shape) in (2, 3, 4) and _volume(each) >= 4 and each.shape[0] > 0
    ]
    solid = [name for name in found if len(held[name].shape) > 2]
    flat = [name for name in found if name not in solid]
    called = [name for name in flat if _kind_word(name) == "images"]
    return solid or called or [name for name in flat if _kind_word(name) != "labels"]


def _labels(held: Mapping[str, Held]) -> list[str]:
    images = _images(held)
    return [
        name
        for name, each in held.items()
        if name not in images
        and (each.kind in "buifU")
        and (_is_row(each) or (len(each.shape) == 2 and each.kind != "U"))
    ]


def _is_row(held: Held) -> bool:
    return bool(held.shape) and sum(length != 1 for length in held.shape) < 2


def _rows(held: Held) -> int:
    return max(held.shape) if _is_row(held) else held.shape[0]


def _volume(held: Held) -> int:
    return prod(held.shape[1:])


def words_of(name: str) -> list[str]:
    """Words of a name; what is written together is parted before and behind the word of a split."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    spaced = re.sub(r"(train(?:ing)?|validation|valid|test(?:ing)?)", r"_\1_", spaced)
    spaced = re.sub(r"(^|_)([xy])(val|tr|te)(_|$)", r"\1\2_\3\4", spaced)
    return [word for word in re.split(r"[^a-z0-9]+", spaced) if word]


def split_word(word: str) -> bool:
    """Whether a word speaks of a split, of images or of labels."""
    return word in _IMAGE_WORDS or word in _LABEL_WORDS or any(word in known for known in _SPLIT_WORDS.values())


def split_of(name: str) -> str:
    """The split that a name speaks of; empty where it speaks of none."""
    words = words_of(name)
    for part, known in _SPLIT_WORDS.items():
        if any(word in known for word in words):
            return part
    return ""


def _kind_word(name: str) -> str:
    """Whether a name calls its array images or labels; empty where it does neither. The last such word counts."""
    for word in reversed(words_of(name)):
        if word in _LABEL_WORDS:
            return "labels"
        if word in _IMAGE_WORDS:
            return "images"
    return ""


def _is_weak(name: str) -> bool:
    return any(word in _WEAK for word in words_of(name))


def _names_arrays(held: Mapping[str, Held]) -> list[str]:
    """The array with the names of the classes, or one of each split."""
    found = [
        name
        for name, each in held.items()
        if each.kind == "U" and _is_row(each) and "_".join(words_of(name)).endswith(_NAME_WORDS)
    ]
    return found if len({split_of(name) for name in found}) == len(found) else []

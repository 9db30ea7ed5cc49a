"""Two networks compared, in sentences and in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, ends, percent, points
from classlab.analysis.sentences.comparison import comparison_sentence, quoted

if TYPE_CHECKING:
    from classlab.judging.pair import NetworkPair
    from classlab.statistics import Interval


def pair_sentences(pair: NetworkPair) -> tuple[str, ...]:
    """What may be said, the answer first."""
    (one, two), first, second = pair.accuracies, quoted(pair.first), quoted(pair.second)
    names, found = (pair.first, pair.second), pair.comparison
    if found.verdict == "worse":
        names, found = (pair.second, pair.first), found.reversed()
    alone = pair.first_only + pair.second_only
    said = [
        comparison_sentence(*names, found),
        f"Of {counted(pair.images, 'image')} {first} gets {percent(one)} right and {second} {percent(two)}.",
        f"On {counted(alone, 'image')} exactly one of them is right: {first} on {count(pair.first_only)}, {second} on "
        f"{count(pair.second_only)}."
        if alone
        else "There is no image that only one of them gets right.",
    ]
    if pair.both_wrong:
        said.append(
            f"Both are wrong on {counted(pair.both_wrong, 'image')}, and give the same wrong class for "
            f"{'all of them' if pair.same_mistake == pair.both_wrong else count(pair.same_mistake)}."
        )
    return (
        *said,
        *_class_sentence(pair),
        "This is about these two trained networks, not about their arms: with another seed the same arm is another "
        "network, and often differs from itself by as much.",
    )


def _class_sentence(pair: NetworkPair) -> list[str]:
    """The class on which the two differ most; nothing where they differ on none."""
    top = pair.classes[0] if pair.classes else None
    if top is None or not top.comparison.difference:
        return []
    family = counted(len(pair.classes), "class", "classes")
    told = "" if top.comparison.told_apart else "; that may be chance"
    return [
        f"They differ most on the class {quoted(top.name)}: of {counted(top.images, 'image')} {quoted(pair.first)} "
        f"gets {count(top.first_right)} right and {quoted(pair.second)} {count(top.second_right)} (difference "
        f"{points(top.comparison.difference, sign=True)} points, {100 * top.comparison.confidence:g} % interval "
        f"{_interval(top.comparison.interval)}, corrected for {family}){told}."
    ]


def count_rows(pair: NetworkPair) -> tuple[tuple[str, ...], ...]:
    """Header, and how many images both, one, or none of the two get right."""
    return (
        ("images", "count", "share"),
        *(
            (name, count(number), percent(number / pair.images))
            for name, number in (
                ("both right", pair.both_right),
                (f"only {pair.first} right", pair.first_only),
                (f"only {pair.second} right", pair.second_only),
                ("both wrong", pair.both_wrong),
            )
        ),
    )


def class_rows(pair: NetworkPair) -> tuple[tuple[str, ...], ...]:
    """Header, then one row per class, the largest difference first."""
    header = (
        "class", "images", f"{pair.first} right", f"{pair.second} right", "difference (points)", "interval (points)",
    )  # fmt: skip
    return (
        header,
        *(
            (
                each.name,
                count(each.images),
                count(each.first_right),
                count(each.second_right),
                points(each.comparison.difference, sign=True),
                _interval(each.comparison.interval),
            )
            for each in pair.classes
        ),
    )


def _interval(interval: Interval | None) -> str:
    return "none" if interval is None else " to ".join(ends(interval, points, sign=True))

"""Two networks compared, in sentences and in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, percent, points

if TYPE_CHECKING:
    from classlab.judging.pair import NetworkPair
    from classlab.statistics import Interval

_VERDICTS = {
    "better": "{first} is better than {second}",
    "worse": "{second} is better than {first}",
    "practically equal": "{first} and {second} are practically equal",
    "cannot tell": "{first} and {second} cannot be told apart",
}


def pair_sentences(pair: NetworkPair) -> tuple[str, ...]:
    """What may be said, the answer first."""
    found, (one, two) = pair.comparison, pair.accuracies
    answer = _VERDICTS[found.verdict].format(first=pair.first, second=pair.second)
    said = [
        f"On images like these {answer}: {percent(one)} and {percent(two)} of {counted(pair.images, 'image')}, "
        f"difference {points(found.difference, sign=True)} points, {percent(found.confidence, digits=0)} interval "
        f"{_interval(found.interval)} points.",
        f"Exactly one is right on {counted(pair.first_only + pair.second_only, 'image')}: {pair.first} on "
        f"{count(pair.first_only)}, {pair.second} on {count(pair.second_only)}. Of the {count(pair.both_wrong)} that "
        f"both get wrong they give the same class for {count(pair.same_mistake)}.",
    ]
    top = pair.classes[0]
    if top.comparison.difference:
        told = "" if top.comparison.told_apart else ", which may be chance"
        said.append(
            f"By class they differ most on {top.name}: {count(top.first_right)} and {count(top.second_right)} of "
            f"{counted(top.images, 'image')} right, difference {points(top.comparison.difference, sign=True)} points, "
            f"interval {_interval(top.comparison.interval)} points, corrected for "
            f"{counted(len(pair.classes), 'class', 'classes')}{told}."
        )
    said.append(
        "This is about these two trained networks, not about their arms: with another seed the same arm is another "
        "network, and often differs from itself by as much."
    )
    return tuple(said)


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
    return "none" if interval is None else " to ".join(points(end, sign=True) for end in interval)

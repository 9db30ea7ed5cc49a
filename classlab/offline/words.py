"""What a page says of its run in words: which it is, its test figure, and what a warning means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlab.analysis.numbers import percent
from classlab.analysis.sentences.comparison import holds_words
from classlab.records.plain import state_words
from classlab.statistics.proportion import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from classlab.records import RunRecord


def title(record: RunRecord) -> str:
    """Network and data; of data by path the last part alone, because the page may go anywhere.

    Args:
        record: the run's.
    """
    return _clean(f"{record.spec.architecture.name} on {_data(record)}")


def terms(record: RunRecord, *, untold: str | None) -> tuple[tuple[str, str], ...]:
    """Facts with what each is called.

    Args:
        record: the run's.
        untold: why pictures unlike the training images are not told, as a sentence; None where they are.
    """
    spec = record.spec
    found = (
        ("Network", f"{spec.architecture.name}, {record.parameters:,} parameters"),
        ("Data", _data(record)),
        ("Run", f"{record.identity}, {spec.draw_words}, {state_words(record.state)}, {record.created[:10]}"),
        ("Test accuracy", test_words(record)),
        *([] if untold is None else [("Unlike pictures", untold)]),
        ("Written by", f"classlab {record.environment.classlab}"),
    )
    return tuple((term, _clean(words)) for term, words in found)


def test_words(record: RunRecord) -> str:
    """The accuracy on the test images, with what it says of other images.

    Args:
        record: the run's.
    """
    test = record.test
    if test is None:
        return "not measured"
    found = wilson(round(test.accuracy * test.images), test.images)
    low, high = (percent(end).removesuffix(" %") for end in found.interval)
    chose = " The same images validated in training." if record.spec.data.validation == "test" else ""
    return (
        f"{percent(test.accuracy)} of {test.images:,} images ({100 * found.confidence:g} % interval {low} to {high} %"
        f"{holds_words('images', networks=1)}).{chose}"
    )


def unlike_words(likeness: Mapping[str, NDArray[np.float32]], false_alarms: float) -> str:
    """What is said of a picture above the threshold.

    Args:
        likeness: arrays by name, see `Likeness`.
        false_alarms: the share of validation images above it.
    """
    return (
        f"The picture is unlike the training images (its score is above that of {100 * (1 - false_alarms):.0f} % of "
        f"the {int(likeness['images'][0]):,} validation images): the answer is not to be trusted."
    )


def _data(record: RunRecord) -> str:
    return re.split(r"[\\/]", record.spec.data.name.rstrip("\\/"))[-1]


def _clean(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which HTML forbids and UTF-8 cannot encode."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)

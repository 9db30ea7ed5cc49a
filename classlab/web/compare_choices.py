"""What the comparison page offers where one side or both are still to be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.analysis.numbers import percent
from classlab.records.plain import state_words, to_minute
from classlab.web.opaque import arm_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classlab.records import StudyRecord
    from classlab.studies.store import Store
    from classlab.studies.store.run_lines import RunLine

_RUNS = 50  # the newest
_STUDIES = 5  # the newest, whose arms are offered


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What can be chosen as a side.

    Args:
        address: where it leads.
        name: the text of the link.
        cells: what tells it from the others, a text for each column behind the first.
    """

    address: str
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A table of them.

    Args:
        caption: what they are.
        header: of the columns.
        rows: at least one.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[Choice, ...]


def first_choices(store: Store) -> tuple[Choices, ...]:
    """The arms of the newest studies and the newest runs."""
    names = [entry.name for entry in store.studies()][:_STUDIES]
    arms = (choice for name in names for choice in _arms(store.study(name), "?left="))
    return _tables(arms, _runs(store, store.lines(limit=_RUNS), "?left="))


def second_choices(store: Store, word: str, *, data: str, study: StudyRecord | None) -> tuple[Choices, ...]:
    """The other arms of its study, where it is an arm, and the newest runs on the same data.

    Args:
        store: where they are.
        word: of the first side, as in its address.
        data: on which the first was trained.
        study: of an arm; None for a run.
    """
    begin = f"?left={word}&right="
    arms = () if study is None else _arms(study, begin)
    return _tables(
        (each for each in arms if not each.address.endswith(f"={word}")),
        (each for each in _runs(store, store.lines(data=data, limit=_RUNS), begin) if not each.address.endswith(word)),
    )


def optimizer_words(optimizer: str, learning_rate: float | None) -> str:
    """A run's optimizer and its rate."""
    return optimizer if learning_rate is None else f"{optimizer} {learning_rate:g}"


def _tables(arms: Iterable[Choice], runs: Iterable[Choice]) -> tuple[Choices, ...]:
    found = (
        Choices(caption="Arms, over all their seeds", header=("arm", "study"), rows=tuple(arms)),
        Choices(
            caption="The newest runs",
            header=("arm or model", "study", "data", "optimizer", "seed", "validation accuracy", "trained (UTC)"),
            rows=tuple(runs),
        ),
    )
    return tuple(each for each in found if each.rows)


def _arms(study: StudyRecord, begin: str) -> Iterator[Choice]:
    for place, arm in enumerate(study.spec.arms):
        yield Choice(address=f"{begin}{arm_word(study.spec.name, place)}", name=arm.name, cells=(study.spec.name,))


def _runs(store: Store, lines: list[RunLine], begin: str) -> Iterator[Choice]:
    belongs = store.memberships(lines)
    for line in lines:
        home = belongs.get(line.identity)
        share = line.validation_accuracy
        yield Choice(
            address=f"{begin}{line.identity}",
            name=line.model if home is None else home.arm,
            cells=(
                "-" if home is None else home.study,
                line.data,
                optimizer_words(line.optimizer, line.learning_rate),
                str(line.seed),
                state_words(line.state) if share is None else percent(share),
                to_minute(line.created),
            ),
        )

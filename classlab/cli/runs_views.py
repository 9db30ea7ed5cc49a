"""What `classlab runs` prints for people: runs, one run, studies and the test-set ledger as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.cli.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from classlab.cli.tables import Rows
    from classlab.records import Figures, Opening, RunRecord
    from classlab.studies.store import StudyEntry
    from classlab.studies.store.study_rows import Membership
    from classlab.studies.store.tables import Memberships

_SHOWN_DIGITS = 8  # of an identity: 4 billion values, enough to name one of thousands


def runs_table(records: Sequence[RunRecord], memberships: Memberships) -> Rows:
    """One line per run; with study and arm where any of the runs has one."""
    header = ("data", "model", "optimizer", "rate", "seed", "epochs", "state", "validation", "test")
    rows = [("run", "created", *(("study", "arm") if memberships else ()), *header)]
    for record in records:
        spec, home = record.spec, memberships.get(record.identity)
        belongs = ("-", "-") if home is None else (home.study, home.arm)
        rows.append(
            (
                record.identity[:_SHOWN_DIGITS],
                _minute(record.created),
                *(belongs if memberships else ()),
                spec.data.name,
                spec.architecture.name,
                spec.optimizer.kind,
                f"{spec.optimizer.learning_rate:g}",
                str(spec.seed),
                f"{record.epochs_done}/{spec.epochs}",
                record.state.replace("_", " "),
                _accuracy(record.validation),
                _accuracy(record.test),
            )
        )
    return rows


def run_facts(record: RunRecord, folder: Path, membership: Membership | None) -> str:
    """One run's facts, one below the other."""
    spec, environment = record.spec, record.environment
    facts = {
        "run": record.identity,
        **({} if membership is None else {"study": f"{membership.study}, arm {membership.arm}"}),
        "folder": str(folder),
        "state": record.state.replace("_", " ") + (f": {record.reason}" if record.reason else ""),
        "data": f"{spec.data.name}, preprocessing {spec.data.preprocessing}, validation {spec.data.validation}",
        "model": f"{spec.architecture.name}, {record.parameters:,} parameters",
        "optimizer": f"{spec.optimizer.kind}, learning rate {spec.optimizer.learning_rate:g}",
        "training": f"{record.epochs_done} of {spec.epochs} epochs, batch size {spec.batch_size}, seed {spec.seed}, "
        f"{record.seconds:.1f} s with its population",
        "created": record.created,
        "where": f"{environment.device}, {environment.processor}, {environment.precision}, "
        f"classlab {environment.classlab}",
        "command": record.command or "-",
    }
    width = max(len(name) for name in facts) + 2
    return "\n".join(f"{name:<{width}}{printable(text)}" for name, text in facts.items())


def studies_table(entries: Iterable[StudyEntry]) -> Rows:
    """One line per study."""
    rows: Rows = [("study", "created", "arms", "seeds", "runs", "state")]
    for entry in entries:
        state = "finished" if entry.finished else "unfinished"
        rows.append((entry.name, _minute(entry.created), str(entry.arms), str(entry.seeds), str(entry.runs), state))
    return rows


def ledger_table(openings: Iterable[Opening]) -> Rows:
    """One line per opening of test images, oldest first."""
    rows: Rows = [("dataset", "digest", "time", "study", "purpose", "runs")]
    rows += [
        (each.dataset, each.digest[:_SHOWN_DIGITS], _minute(each.time), each.study or "-", each.purpose, str(each.runs))
        for each in openings
    ]
    return rows


def _minute(time: str) -> str:
    """An ISO 8601 time in UTC to the minute."""
    return time[:16].replace("T", " ")


def _accuracy(figures: Figures | None) -> str:
    return "-" if figures is None else f"{figures.accuracy:.4f}"

"""Comments that silence a finding: `# classlab: ignore[A1] the reason why`."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.doctor.audit.draft import Draft, found
from classlab.doctor.audit.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.doctor.audit.source import CodeCell

_MARK = "classlab:"
_WORD = "ignore"


@dataclass(frozen=True)
class Silence:
    """One comment.

    Args:
        rules: identifiers of the rules; empty for a comment that names none, which silences nothing.
        reason: why, in the author's words; "" where there is none.
        location: where the comment stands.
    """

    rules: tuple[str, ...]
    reason: str
    location: Location


def silences_in(cell: CodeCell, *, file: str = "") -> Iterator[Silence]:
    """The comments of a cell, read by Python's own tokenizer, so that a text that looks like one is none.

    Args:
        cell: the cell.
        file: the module that it is, "" for the file that is audited.
    """
    if _MARK not in cell.text:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(cell.text).readline):
            if token.type == tokenize.COMMENT:
                silence = _silence(token.string, Location(cell.number, token.start[0], file=file))
                if silence is not None:
                    yield silence
    except (tokenize.TokenError, SyntaxError):
        return


def _silence(comment: str, location: Location) -> Silence | None:
    before, mark, rest = comment.partition(_MARK)
    rest = rest.strip()
    if not mark or before.strip("# \t") or not rest.startswith(_WORD):
        return None
    rest = rest.removeprefix(_WORD).strip()
    if not rest.startswith("["):
        return Silence((), rest.strip(" :-"), location)
    inside, _, reason = rest[1:].partition("]")
    rules = tuple(rule.strip().upper() for rule in inside.split(",") if rule.strip())
    return Silence(rules, reason.strip(" :-\t"), location)


def divided(drafts: Sequence[Draft], silences: Sequence[Silence]) -> tuple[list[Draft], list[tuple[Draft, Silence]]]:
    """Parts findings that count from findings that are silenced.

    A comment speaks for the line that it stands on, of any place that a finding names.

    Args:
        drafts: what was found.
        silences: the comments.

    Returns:
        What is left, and what is silenced with the comment that does it.
    """
    left: list[Draft] = []
    quiet: list[tuple[Draft, Silence]] = []
    for draft in drafts:
        comment = next(
            (each for each in silences if draft.rule in each.rules and each.reason and _covers(each, draft)), None
        )
        if comment is None:
            left.append(draft)
        else:
            quiet.append((draft, comment))
    return left, quiet


def _covers(silence: Silence, draft: Draft) -> bool:
    return any(
        (location.file, location.cell) == (silence.location.file, silence.location.cell)
        and location.line <= silence.location.line <= max(location.line, location.last_line)
        for location in (draft.location, *draft.also)
    )


def unreasoned(silences: Sequence[Silence], known: Sequence[str]) -> Iterator[Draft]:
    """Comments that give no reason or name no rule: they silence nothing, and are findings themselves.

    Args:
        silences: the comments.
        known: identifiers of all rules.
    """
    for silence in silences:
        strange = [rule for rule in silence.rules if rule not in known]
        if not silence.rules:
            problem = "names no rule, as in `# classlab: ignore[A1] reason`"
        elif strange:
            problem = f"names {strange[0]}, which is no rule of the audit"
        elif not silence.reason:
            problem = f"silences {', '.join(silence.rules)} without a reason"
        else:
            continue
        yield found("S1", f"This comment {problem}; it has no effect.", silence.location)

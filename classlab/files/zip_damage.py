"""What reading a zip archive can end in: a value, a sentence about the system, or one about the damage."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def zip_damage(path: Path, refusal: Callable[[Exception], ClasslabError]) -> Iterator[None]:
    """Makes a refusal of whatever Python's reader and its decoders raise of damaged bytes within the block.

    They raise a dozen kinds: of names that are no UTF-8, of methods of other programs, of places beyond the end; of
    data of bzip2 an OSError that has no number.

    Args:
        path: the archive, for the sentence where the system refuses.
        refusal: makes the error of what was raised.

    Raises:
        StorageError: the system does not hand the file out.
        ClasslabError: the refusal, or what the block itself raises.
    """
    try:
        yield
    except (ClasslabError, MemoryError):
        raise
    except OSError as problem:
        raise (refusal(problem) if problem.errno is None else unreadable(path, problem)) from None
    except Exception as damage:  # noqa: BLE001  (decoders fail in many ways on damaged bytes)
        raise refusal(damage) from None

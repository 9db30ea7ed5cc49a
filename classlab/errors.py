"""The whole error tree: one root, each leaf also a fitting builtin, each with the exit code it ends a command with.

A message is one or two sentences: "`rule` must hold, but got name=value. Next step."
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

_SPACE = "Free some space"
_RIGHTS = "Choose a folder that you may write to"
_FOLDER = "Choose another folder, because a file is in the way"
_STEPS = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EISDIR: "Give the name of a file, or move this folder away",
    errno.ENOTDIR: _FOLDER,
    errno.EEXIST: _FOLDER,  # what making a folder says of a file that has its name
}


class ClasslabError(Exception):
    """Root of every error that classlab raises on purpose; anything else is a defect of classlab."""

    exit_code: ClassVar[int] = 1


class DataError(ClasslabError, ValueError):
    """Images or labels that cannot be used: broken, inconsistent, empty or too large."""

    exit_code = 3


class DatasetNotFoundError(DataError, LookupError):
    """A dataset name or path that leads nowhere."""


class DownloadError(DataError, ConnectionError):
    """No source of a dataset could be reached or trusted."""


class SpecError(ClasslabError, ValueError):
    """A model, optimizer or run specification that contradicts itself or cannot be built."""

    exit_code = 4


class OptionError(SpecError):
    """An option that is unknown, has a value that it never takes, or would have no effect beside the others."""

    exit_code = 2


class MissingExtraError(SpecError, ImportError):
    """Something that needs a package which classlab does not install unless asked; see `classlab.extras`."""


class RecordError(ClasslabError, ValueError):
    """A file written by classlab that is damaged or was written by a newer version."""

    exit_code = 4


class StorageError(ClasslabError, OSError):
    """A file or folder that could not be read or written."""

    exit_code = 5


class LockedError(ClasslabError, RuntimeError):
    """A folder that another process is writing to."""

    exit_code = 6


class ExportError(ClasslabError, RuntimeError):
    """An exported model that does not predict what the run predicts."""

    exit_code = 4


class WorkerError(ClasslabError, RuntimeError):
    """A training process that was ended from outside, for want of memory most often, or that is not to be had."""

    exit_code = 7


class FailedRunsError(ClasslabError, RuntimeError):
    """A study none of whose runs ended well, where a good one is needed."""

    exit_code = 7


def unwritable(path: Path | str, refusal: OSError | ValueError) -> StorageError:
    """The error for a path that the system does not let us write, with the step that its reason asks for."""
    step = _STEPS.get(getattr(refusal, "errno", None) or 0, "Choose another folder")
    return StorageError(
        f"{shown(path)} must be writable, but the system says: {system_reason(refusal)}. {step}; nothing half-written "
        "was left behind."
    )


def unreadable(path: Path | str, refusal: OSError | ValueError) -> StorageError:
    """The error for a file or folder that the system does not hand out."""
    return StorageError(
        f"{shown(path)} must be readable, but the system says: {system_reason(refusal)}. "
        "Check the path and its permissions."
    )


def is_full(refusal: OSError) -> bool:
    """Whether the system has no room left, and not some other objection."""
    return _STEPS.get(refusal.errno or 0) == _SPACE


def system_reason(refusal: OSError | ValueError) -> str:
    """What the system says, in its own words; Python speaks for it of a name that it would not take."""
    return getattr(refusal, "strerror", None) or str(refusal) or type(refusal).__name__


def shown(path: Path | str) -> str:
    """A path for a sentence; of one that no system would take, the beginning."""
    return _beginning(str(path), 1024)


def shown_value(value: object) -> str:
    """A refused value for a sentence; of a long one, the beginning."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  (a stranger's own, or Python's of a number of more than 4,300 digits)
        text = f"{kind_of(value)} that cannot be written out"
    return _beginning(text, 80)


def kind_of(value: object) -> str:
    """A value's class with its article, for a sentence.

    Example:
        >>> kind_of([]), kind_of(1)
        ('a list', 'an int')
    """
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"


def _beginning(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."

"""The whole error tree: one root, each leaf also a fitting builtin, each with the exit code it ends a command with.

A message is one or two sentences: "`rule` must hold, but got name=value. Next step."
"""

from __future__ import annotations

from typing import ClassVar


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
    """A training process that was ended from outside, for want of memory most often."""

    exit_code = 7


class FailedRunsError(ClasslabError, RuntimeError):
    """A study none of whose runs ended well, where a good one is needed."""

    exit_code = 7

"""Frozen records that travel between the parts of classlab, with their JSON round trip; no tensors here."""

from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.codec import from_json, identity, to_json, to_plain
from classlab.records.run import (
    DataSpec,
    EarlyStopping,
    Environment,
    Figures,
    Loss,
    RunRecord,
    RunSpec,
)
from classlab.records.study import Arm, Opening, StudyRecord, StudySpec

__all__ = [
    "Architecture",
    "Arm",
    "DataSpec",
    "EarlyStopping",
    "Environment",
    "Figures",
    "KerasArchitecture",
    "Loss",
    "Opening",
    "RunRecord",
    "RunSpec",
    "StudyRecord",
    "StudySpec",
    "from_json",
    "identity",
    "to_json",
    "to_plain",
]

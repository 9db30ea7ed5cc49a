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

__all__ = [
    "Architecture",
    "DataSpec",
    "EarlyStopping",
    "Environment",
    "Figures",
    "KerasArchitecture",
    "Loss",
    "RunRecord",
    "RunSpec",
    "from_json",
    "identity",
    "to_json",
    "to_plain",
]

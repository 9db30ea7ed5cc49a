"""Frozen records that travel between the parts of classlab, with their JSON round trip; no tensors here."""

from classlab.records.architecture import Architecture, KerasArchitecture
from classlab.records.augmentation import Augmentation
from classlab.records.codec import from_json, from_sealed_json, identity, to_json, to_plain, to_sealed_json
from classlab.records.configuration import configuration
from classlab.records.diagnostics import Diagnostics, LayerProbe, Probe, SplitFacts
from classlab.records.finding import Cause, Diagnosis, Evidence, Finding, Place, Unchecked
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
    "Augmentation",
    "Cause",
    "DataSpec",
    "Diagnosis",
    "Diagnostics",
    "EarlyStopping",
    "Environment",
    "Evidence",
    "Figures",
    "Finding",
    "KerasArchitecture",
    "LayerProbe",
    "Loss",
    "Opening",
    "Place",
    "Probe",
    "RunRecord",
    "RunSpec",
    "SplitFacts",
    "StudyRecord",
    "StudySpec",
    "Unchecked",
    "configuration",
    "from_json",
    "from_sealed_json",
    "identity",
    "to_json",
    "to_plain",
    "to_sealed_json",
]

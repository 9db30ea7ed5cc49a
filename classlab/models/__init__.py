"""Architectures, preprocessing, and the bridge to Keras.

The names below are loaded when they are first used; Keras itself is imported only inside the calls that need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classlab.models.builtin import MODEL_NAMES, build
    from classlab.models.export_proof import Proof
    from classlab.models.imported_model import ImportedModel
    from classlab.models.keras_build import to_keras
    from classlab.models.keras_export import read_provenance, write_keras
    from classlab.models.keras_file import load_keras_file
    from classlab.models.keras_import import from_keras
    from classlab.models.layer_table import Summary, summary
    from classlab.models.onnx_export import write_onnx
    from classlab.models.preprocessing import check_scaled_once, input_layer
    from classlab.models.tflite_export import write_tflite
    from classlab.models.weights import class_count, output_shapes, parameter_count, weight_specs

__all__ = [
    "MODEL_NAMES",
    "ImportedModel",
    "Proof",
    "Summary",
    "build",
    "check_scaled_once",
    "class_count",
    "from_keras",
    "input_layer",
    "load_keras_file",
    "output_shapes",
    "parameter_count",
    "read_provenance",
    "summary",
    "to_keras",
    "weight_specs",
    "write_keras",
    "write_onnx",
    "write_tflite",
]

_HOMES = {
    "MODEL_NAMES": "builtin",
    "ImportedModel": "imported_model",
    "Proof": "export_proof",
    "Summary": "layer_table",
    "build": "builtin",
    "check_scaled_once": "preprocessing",
    "class_count": "weights",
    "from_keras": "keras_import",
    "input_layer": "preprocessing",
    "load_keras_file": "keras_file",
    "output_shapes": "weights",
    "parameter_count": "weights",
    "read_provenance": "keras_export",
    "summary": "layer_table",
    "to_keras": "keras_build",
    "weight_specs": "weights",
    "write_keras": "keras_export",
    "write_onnx": "onnx_export",
    "write_tflite": "tflite_export",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

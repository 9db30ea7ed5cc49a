"""Writes an ONNX file that takes raw pixels, from layers and weights, and proves it before it gets its name.

Neither PyTorch nor Keras is needed: the layers are those of the records, and onnxruntime computes what the file says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.errors import SpecError
from classlab.extras import need
from classlab.files.atomic_file import write_atomically
from classlab.models.export_proof import Proof, largest_difference
from classlab.models.keras_words import layer_names
from classlab.models.onnx_graph import OnnxGraph, Value
from classlab.models.onnx_layers import activated, add_layer
from classlab.models.weights import output_shapes, weight_specs
from classlab.records.architecture import IMAGES, KerasArchitecture
from classlab.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.records.architecture import Architecture
    from classlab.records.layers import Normalization, Rescaling

    Weights = Mapping[str, NDArray[np.float32]]

INPUT, OUTPUT = "images", "probabilities"
_OPSET, _FORMAT = 17, 8  # of 2022, the first with LayerNormalization; later runtimes read them too
_BATCH = 16  # of the proof
_MOST = 2**31 - 2**24  # bytes of weights: the file is one protocol buffer, which ends at 2 GiB


def write_onnx(
    path: Path,
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool,
    class_names: tuple[str, ...],
    provenance: dict[str, Any],
    probe_images: NDArray[np.uint8],
    expected: NDArray[np.float32],
) -> Proof:
    """Writes the model as one file, once onnx's checker accepts it and onnxruntime gives the run's probabilities.

    It takes `images`, uint8 `(batch, height, width, channels)`, and gives `probabilities`, float32 `(batch, classes)`.
    Its metadata hold `class_names`, a JSON list in label order, and the provenance under `classlab`.

    Args:
        path: the file. An older file of that name stays until the new one is proven.
        architecture: the network.
        weights: by `WeightSpec.key`.
        input_layer: the preprocessing.
        from_logits: whether the network gives raw scores, behind which a softmax is put.
        class_names: in label order.
        provenance: where the model comes from; anything that JSON can hold.
        probe_images: uint8, `(images, height, width, channels)`.
        expected: float32, `(images, classes)`: the run's probabilities of the probe images.

    Raises:
        ExportError: onnxruntime computes something else.
        MissingExtraError: onnx or onnxruntime is not installed.
        SpecError: the network has a layer that only Keras knows, or is too large for one file.
        StorageError: the file cannot be written.
    """
    need("onnx", "an export to ONNX")
    import onnx

    metadata = {"class_names": json.dumps(class_names), "classlab": json.dumps(provenance)}
    model = onnx_model(architecture, weights, input_layer=input_layer, from_logits=from_logits, metadata=metadata)
    onnx.checker.check_model(model, full_check=True)
    content = model.SerializeToString()
    difference = largest_difference(path, onnx_scores(content, probe_images), expected)
    write_atomically(path, content)
    return Proof(max_difference=difference, images=len(expected), by="onnxruntime")


def onnx_model(
    architecture: Architecture | KerasArchitecture,
    weights: Weights,
    *,
    input_layer: Rescaling | Normalization,
    from_logits: bool = False,
    metadata: Mapping[str, str],
) -> Any:
    """The network with its preprocessing as an `onnx.ModelProto`; see `write_onnx`."""
    from onnx import TensorProto, helper

    graph = OnnxGraph()
    last = _through_all(graph, _written(architecture, weights), weights, input_layer)
    graph.layer = OUTPUT
    if from_logits:
        last = activated(graph, last, "softmax")
    graph.nodes.append(helper.make_node("Identity", [last.name], [OUTPUT], name=OUTPUT))
    whole = helper.make_graph(
        graph.nodes,
        architecture.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["batch", *architecture.input_shape])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", *last.shape])],
        graph.weights,
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(
        whole, ir_version=_FORMAT, opset_imports=[opset], producer_name="classlab", producer_version=VERSION
    )
    helper.set_model_props(model, dict(metadata))
    return model


def onnx_scores(content: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What onnxruntime makes of images, on the processor.

    Args:
        content: the file's.
        images: uint8, `(images, height, width, channels)`.

    Returns:
        float32, `(images, classes)`.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; what it makes quicker is nothing to say
    options.intra_op_num_threads = 1  # its own threads spin while they wait
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    batches = (images[first : first + _BATCH] for first in range(0, len(images), _BATCH))
    return np.concatenate([session.run([OUTPUT], {INPUT: batch})[0] for batch in batches])


def _written(architecture: Architecture | KerasArchitecture, weights: Weights) -> Architecture:
    """The network, where it can be written."""
    if isinstance(architecture, KerasArchitecture):
        raise SpecError(
            f"an export to ONNX needs layers that the engine knows, but {architecture.name!r} trains through Keras: "
            f"{architecture.reason}. Export it as a .keras file, open that in Keras, call it once "
            "on an image, and use its own `export('net.onnx', format='onnx')`."
        )
    size = sum(array.nbytes for array in weights.values())
    if size > _MOST:
        raise SpecError(
            f"an ONNX file must hold at most {_MOST:,} bytes of weights, but {architecture.name!r} has {size:,}. "
            "Export it as a .keras file."
        )
    return architecture


def _through_all(
    graph: OnnxGraph, architecture: Architecture, weights: Weights, input_layer: Rescaling | Normalization
) -> Value:
    """The value behind the last layer."""
    from onnx import TensorProto

    graph.layer = "preprocessing"
    pixels = Value(graph.node("Cast", INPUT, to=TensorProto.FLOAT), architecture.input_shape)
    values = {IMAGES: add_layer(graph, input_layer, [pixels], architecture.input_shape, {})}
    specs = weight_specs(architecture)
    rows = zip(architecture.layers, architecture.entering, output_shapes(architecture), strict=True)
    for (position, (layer, sources, shape)), name in zip(
        enumerate(rows), layer_names(architecture.layers), strict=True
    ):
        graph.layer = name
        arrays = {spec.name: weights[spec.key] for spec in specs if spec.layer == position}
        values[position] = add_layer(graph, layer, [values[source] for source in sources], shape, arrays)
    return values[len(architecture.layers) - 1]

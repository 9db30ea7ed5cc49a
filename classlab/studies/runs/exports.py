"""A run as a file for other programs; each is opened again and compared with the run before it gets its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.records import to_plain
from classlab.studies.runs.exported import proof_images, provenance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.models import Proof
    from classlab.records import Architecture, KerasArchitecture, RunRecord
    from classlab.training import Weights


class Exports(ABC):
    """The exports of a run, which says what it is and what it predicts."""

    @property
    @abstractmethod
    def record(self) -> RunRecord:
        """The run's."""

    @abstractmethod
    def _network(self) -> tuple[Architecture | KerasArchitecture, Weights]:
        """From the images to the scores."""

    @abstractmethod
    def _scores(self, images: NDArray[np.uint8], *, from_logits: bool) -> NDArray[np.float32]:
        """Of raw pixels, `(images, classes)`; raw scores become probabilities where asked."""

    def to_keras(self, path: str | Path) -> Proof:
        """Writes a `.keras` file that takes raw uint8 pixels, and proves it.

        Stock Keras opens it again where it is installed, else classlab's own reader: the proof's `by` says who did. The
        file of a run whose pictures were brought to one size does that itself, and takes pictures of any size.

        Args:
            path: the file; its name ends in `.keras`.

        Returns:
            How closely the reloaded file agrees with this run.

        Raises:
            ExportError: the reloaded file predicts something else.
            SpecError: the run has no usable weights, or trained through Keras, which is not installed.
            StorageError: the file cannot be written.
        """
        from classlab.models import write_keras
        from classlab.training import predict

        pictures, probes = proof_images(self.record)
        network, weights = self._network()
        return write_keras(
            Path(path),
            network,
            weights,
            input_layer=self.record.input_layer,
            class_names=self.record.class_names,
            provenance=provenance(self.record),
            probe_images=probes,
            expected=self._scores(probes, from_logits=False),
            predict=predict,
            preparation=self.record.preparation,
            pictures=pictures,
        )

    def to_onnx(self, path: str | Path) -> Proof:
        """Writes an ONNX file that takes raw uint8 pixels and gives class probabilities, and proves it by onnxruntime.

        It takes images of the network's size: pictures of another one are prepared before, as its metadata say.

        Args:
            path: the file.

        Returns:
            How closely onnxruntime agrees with this run.

        Raises:
            ExportError: onnxruntime computes something else.
            MissingExtraError: onnx or onnxruntime is not installed.
            SpecError: the run has no usable weights, or a layer that only Keras knows.
            StorageError: the file cannot be written.
        """
        from classlab.models import write_onnx

        return write_onnx(Path(path), *self._network(), **self._for_images_of_one_size())

    def to_tflite(self, path: str | Path) -> Proof:
        """Writes a TensorFlow Lite file that takes one raw uint8 image at a time, and proves it by its interpreter.

        Images and probabilities are as in `to_onnx`; class names lie in the file as `labels.txt`.

        Args:
            path: the file.

        Returns:
            How closely the interpreter agrees with this run.

        Raises:
            ExportError: the converter refuses, or the interpreter computes something else.
            MissingExtraError: TensorFlow or Keras is not installed.
            SpecError: the run has no usable weights.
            StorageError: the file cannot be written.
        """
        from classlab.models import write_tflite

        return write_tflite(Path(path), *self._network(), **self._for_images_of_one_size())

    def _for_images_of_one_size(self) -> dict[str, Any]:
        """What is told to writers of files that take images of the network's size, and give probabilities."""
        record = self.record
        _, probes = proof_images(record)
        from_logits = record.spec.loss.from_logits
        return {
            "input_layer": record.input_layer,
            "from_logits": from_logits,
            "class_names": record.class_names,
            "provenance": {**provenance(record), "preparation": to_plain(record)["preparation"]},
            "probe_images": probes,
            "expected": self._scores(probes, from_logits=from_logits),
        }

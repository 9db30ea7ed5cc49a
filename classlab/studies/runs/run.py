"""A finished run in the hand: its record, and a model that predicts, is measured, exported and stored."""

from __future__ import annotations

import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import DataError, SpecError, StorageError, shown_value
from classlab.extras import need
from classlab.records import Figures, KerasArchitecture, RunRecord
from classlab.records.preparation import Preparation
from classlab.studies.runs.exports import Exports
from classlab.studies.runs.given_images import checked_images, checked_labels
from classlab.studies.runs.likeness import FALSE_ALARMS, Unlikeness
from classlab.studies.runs.run_folder import Predictions, StoredRun, read_run, write_likeness, write_run
from classlab.studies.runs.run_table import html_table, one_line
from classlab.studies.runs.training_folder import folder_state
from classlab.studies.runs.views import views_of, why_no_likeness, with_likeness

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from pandas import DataFrame

    from classlab.datasets.dataset import Dataset, HeldOut, Split
    from classlab.datasets.ink_style import InkStyle
    from classlab.models import Proof
    from classlab.records import Architecture
    from classlab.studies.runs.inside import Inside
    from classlab.training import Weights


class Run(Exports):
    """What a training leaves: figures to read and a model to use.

    Args:
        stored: record, weights and predictions.
        folder: where they lie on disk, or None.
    """

    def __init__(self, stored: StoredRun, *, folder: Path | None = None) -> None:
        self._stored = stored
        self.folder = folder
        self._whole: tuple[Architecture | KerasArchitecture, Weights] | None = None

    @property
    def record(self) -> RunRecord:
        """Specification, curves, figures and environment."""
        return self._stored.record

    @property
    def weights(self) -> Weights:
        """Arrays by `layer position.name`, in Keras's shapes; empty where no epoch was good."""
        return self._stored.weights

    @property
    def predictions(self) -> Predictions | None:
        """What the run said about the test images when its training ended."""
        return self._stored.predictions

    @property
    def border(self) -> float | None:
        """Mean brightness of the training images' outermost pixels, in [0, 1]."""
        return self._stored.border

    @property
    def preparation(self) -> Preparation:
        """How a picture of any size becomes an image of the network: as the training pictures did.

        A run whose training images came in their size takes pictures whole: fitted in, and padded with the brightness
        of their own borders, so that white paper gets no black frame that the network would take for ink.
        """
        if self.record.preparation is not None:
            return self.record.preparation
        height, width, channels = self.record.spec.image_shape
        return Preparation(size=(height, width), channels=1 if channels == 1 else 3, fit="pad")

    @property
    def ink_style(self) -> InkStyle | None:
        """How the training images were made where they are centred ink, as MNIST's are; else None."""
        return self._stored.ink_style

    @property
    def history(self) -> dict[str, list[float]]:
        """One figure per epoch under Keras's names, as `keras.callbacks.History.history` has them."""
        return {name: list(figures) for name, figures in self.record.history.items()}

    def frame(self) -> DataFrame:
        """The history as a data frame of pandas, one row per epoch from 1.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        need("pandas", "a data frame", instead="take `run.history`")
        from pandas import DataFrame, RangeIndex

        history = self.history
        epochs = max(map(len, history.values()), default=0)
        return DataFrame(history, index=RangeIndex(1, epochs + 1, name="epoch"))

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in label order."""
        return self.record.class_names

    @property
    def inside(self) -> Inside:
        """The network opened: its first weights, its activations, what a prediction looked at.

        Raises:
            SpecError: the run has no usable weights.
        """
        from classlab.studies.runs.inside import Inside

        return Inside(
            self._network(),
            input_layer=self.record.input_layer,
            predict=self.predict,
            checked=self._checked,
            class_names=self.class_names,
            border=self.border,
        )

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Class probabilities for raw images; the preprocessing is inside.

        Args:
            images: uint8, `(images, height, width, channels)`; `(images, height, width)` for grey ones.

        Returns:
            float32, `(images, classes)`.

        Raises:
            DataError: the images have another shape or type than those the run was trained on.
            SpecError: the run has no usable weights.
        """
        pixels = self._checked(images)
        if not len(pixels):
            import numpy as np

            return np.zeros((0, len(self.class_names)), np.float32)
        return self._scores(pixels, from_logits=self.record.spec.loss.from_logits)

    @property
    def calibrated(self) -> bool:
        """Whether the run can tell images unlike its training images; see `unlikeness`."""
        return self._stored.likeness is not None

    def calibrate(self, dataset: Dataset) -> None:
        """Measures what the run's training images have in common, where its training did not; kept in its folder.

        Args:
            dataset: the run's own; it is divided as it was.

        Raises:
            DataError: they are other images, or too few for that.
        """
        data = self.record.spec.data
        if dataset.digest != data.digest:
            raise DataError(
                f"dataset must be the one that the run was trained on, but {dataset.name} holds other images. "
                "Load the run's own."
            )
        division = dataset.divided_as(data)
        why = why_no_likeness(self.record, division)
        if why is not None:
            raise DataError(f"the run must have enough images to be calibrated, but {why}. Train on more images.")
        self._stored = with_likeness(self._stored, division)
        if self.folder is not None:
            with suppress(StorageError):  # others may read a folder that they must not write
                write_likeness(self.folder, self._stored)

    def unlikeness(
        self, images: NDArray[np.uint8], *, probabilities: NDArray[np.float32] | None = None
    ) -> Unlikeness | None:
        """How unlike the training images images are: a score each, and the threshold of an alarm.

        Args:
            images: as `predict` takes them.
            probabilities: what `predict` said of them, where that is known.

        Returns:
            Scores and threshold; None where the run is not calibrated (see `calibrate`).

        Raises:
            DataError: the images have another shape or type than those the run was trained on.
            SpecError: the run has no usable weights.
        """
        likeness, pixels = self._stored.likeness, self._checked(images)
        if likeness is None:
            return None
        views = views_of(pixels, self.record, self._usable_weights(), ground=float(likeness.ground[0]))
        probabilities = self.predict(pixels) if probabilities is None else probabilities
        classes = probabilities[:, : len(self.class_names)].argmax(axis=1).astype("int64")
        return Unlikeness(
            scores=likeness.scores(views, classes),
            threshold=float(likeness.threshold[0]),
            false_alarms=FALSE_ALARMS,
            images=int(likeness.images[0]),
        )

    def evaluate(
        self,
        data: Split | tuple[NDArray[np.uint8], NDArray[Any]],
        *,
        store: str | Path | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Figures:
        """Loss, accuracy, balanced accuracy and macro F1 on labelled images.

        The test images of a dataset, and arrays with the labels of the run's own, are entered in the test-set ledger.

        Args:
            data: a split of a dataset, or images as `predict` takes them and labels `(images,)`.
            store: the store whose ledger it is; that of the run, or the usual one, where None.
            say: told, as a sentence, that the ledger could not be written; a warning where None.

        Raises:
            DataError: images or labels do not fit the run.
            SpecError: the run has no usable weights.
        """
        from classlab.datasets.dataset import Split
        from classlab.studies.runs.class_figures import with_class_figures
        from classlab.training import measure

        if not (isinstance(data, Split) or (isinstance(data, tuple) and len(data) == 2)):
            raise DataError(
                f"data must be a split of a dataset or (images, labels), but got {shown_value(data)}. "
                "Give for example classlab.load('digits').test."
            )
        images, labels = data if isinstance(data, tuple) else (data.images, data.labels)
        classes = len(self.class_names)
        split = Split(images=self._checked(images), labels=checked_labels(labels, images=len(images), classes=classes))
        spec = self.record.spec
        network, weights = self._network()
        (measured,) = measure(
            network,
            [weights],
            split,
            input_layer=self.record.input_layer,
            loss=spec.loss,
            top_k=spec.top_k,
        )
        assert measured.probabilities is not None  # noqa: S101 - asked for
        figures = with_class_figures(measured.figures, measured.probabilities, split.labels)
        opened = None if isinstance(data, tuple) else data.test_of
        if opened is not None or self._has_own_test_labels(split.labels):
            self._enter(opened, store=None if store is None else Path(store), say=say)
        return figures

    def unfrozen(self, layers: int = 2) -> Any:
        """The run's network as a Keras model from raw pixels whose last layers can be trained further.

        A second stage of transfer: `classlab.fit(data, run.unfrozen(2), learning_rate=1e-5)` goes on from the head that
        was trained on frozen features, with the last layers of the backbone beside it.

        Args:
            layers: how many of the last layers with weights are trained; batch normalizations rest, and do not count.

        Returns:
            A `keras.Model`.

        Raises:
            SpecError: there are not so many layers, or the run has no usable weights.
            MissingExtraError: Keras is not installed.
        """
        from classlab.models.backbones.unfrozen import unfrozen

        return unfrozen(*self._network(), input_layer=self.record.input_layer, layers=layers)

    def to_html(self, path: str | Path) -> Proof:
        """Writes one HTML file that draws, takes pictures and answers on any phone or computer, without network.

        Its script computes as the engine does, within 1e-4, and compares itself with this run whenever it is opened.
        Pictures unlike the training images are told where the run is calibrated; see `calibrate`.

        Args:
            path: the file.

        Returns:
            How closely the network that the written file holds agrees with this run.

        Raises:
            ExportError: the file holds another network.
            SpecError: the run has no usable weights, or a layer that only Keras computes.
            StorageError: the file cannot be written.
        """
        from classlab.offline.facts import OfflineRun
        from classlab.offline.page import write_page
        from classlab.studies.runs.exported import proof_images
        from classlab.training import predict

        network, weights = self._network()
        likeness, (_, images) = self._stored.likeness, proof_images(self.record)
        why = why_no_likeness(self.record) or "the run is not calibrated"
        offline = OfflineRun(
            record=self.record,
            network=network,
            weights=weights,
            preparation=self.preparation,
            style=self.ink_style,
            border=self.border,
            likeness=None if likeness is None else likeness.arrays(),
            false_alarms=FALSE_ALARMS,
            untold=f"not told, because {why}" if likeness is None else None,
        )
        return write_page(Path(path), offline, images=images, predict=predict)

    def save(self, folder: str | Path) -> None:
        """Writes the run folder; `Run.load` reads it back.

        Raises:
            StorageError: the folder cannot be written, or holds something else than runs.
            SpecError: it holds another run.
        """
        folder_state(Path(folder), (self.record.spec,), again=True)  # refuses a folder of something else
        write_run(Path(folder), self._stored)
        self.folder = Path(folder)

    @classmethod
    def load(cls, folder: str | Path) -> Run:
        """Reads a run folder.

        Raises:
            StorageError: there is no finished run in it.
            RecordError: a file in it is damaged or newer than this classlab.
        """
        if not isinstance(folder, str | Path):
            raise SpecError(f"`folder` must be a path, but got {shown_value(folder)}. Give the folder of a run.")
        return cls(read_run(Path(folder)), folder=Path(folder))

    def __repr__(self) -> str:
        return one_line(self.record)

    def _repr_html_(self) -> str:
        from classlab.reports.figures.shown import curves_html

        return f"<div>{html_table([self.record])}{curves_html(self.record)}</div>"

    def _has_own_test_labels(self, labels: NDArray[np.int64]) -> bool:
        """Whether these are, in order, the labels of the test images that the run was measured on."""
        import numpy as np

        return self.predictions is not None and np.array_equal(self.predictions.labels, labels)

    def _enter(self, opened: HeldOut | None, *, store: Path | None, say: Callable[[str], None] | None) -> None:
        """Enters an evaluation in the ledger; without a mark they are the run's own test images."""
        from classlab.datasets.dataset import HeldOut
        from classlab.studies.store.openings import enter_opening

        data = self.record.spec.data
        images = opened or HeldOut(name=data.name, digest=data.digest)
        remark = enter_opening(images, "evaluation", store=store, folder=self.folder)
        if remark is not None and say is not None:
            say(remark)
        elif remark is not None:
            warnings.warn(remark, stacklevel=3)

    def _scores(self, images: NDArray[np.uint8], *, from_logits: bool) -> NDArray[np.float32]:
        from classlab.training import predict

        network, weights = self._network()
        return predict(
            network,
            weights,
            images,
            input_layer=self.record.input_layer,
            from_logits=from_logits,
        )

    def _network(self) -> tuple[Architecture | KerasArchitecture, Weights]:
        """From the images to the scores: with a backbone, its layers and the head's as one network."""
        weights, spec = self._usable_weights(), self.record.spec
        if spec.data.backbone is None:
            return spec.architecture, weights
        if self._whole is None:
            from classlab.studies.transfer.whole import whole_network

            self._whole = whole_network(spec, weights, folder=self.folder)
        return self._whole

    def _usable_weights(self) -> Weights:
        if not self.weights:
            raise SpecError(
                f"a run must have weights to predict with, but this one ended as {self.record.state!r} before its "
                "first epoch was done. Train it anew, for example with a smaller learning rate."
            )
        architecture = self.record.spec.architecture
        if isinstance(architecture, KerasArchitecture):
            from classlab.models.keras_list import check_listed

            check_listed(architecture)  # before Keras is even imported
        return self.weights

    def _checked(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return checked_images(images, self.record.spec.image_shape)


def open_run(folder: str | Path) -> Run:
    """Reads a run folder that `classlab train` or `classlab.fit(..., folder=...)` wrote.

    Args:
        folder: the run's folder; of a training with several seeds, one of its `seed-N` folders.

    Raises:
        StorageError: there is no finished run in it.
        RecordError: a file in it is damaged or newer than this classlab.
    """
    return Run.load(folder)

"""From points of a space to candidates that were trained together, whatever goes wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from classlab.errors import ClasslabError, MissingExtraError, RecordError, StorageError
from classlab.models.blocks import build_blocks
from classlab.models.weights import parameter_count
from classlab.options import options_of
from classlab.options.table import SHAPE, TABLE, NetworkOptions
from classlab.records import Architecture, identity
from classlab.records.search import Candidate
from classlab.search.halving import LEFT
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.model_choice import ModelChoice, choose_model
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.runs.training_folder import CHECKPOINT_FILE, discard_checkpoint
from classlab.studies.transfer.entering import entering, scaled_images

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.table import TrainingOptions
    from classlab.options.words import DeviceName
    from classlab.records import DataSpec, RunSpec
    from classlab.records.layers import Normalization, Rescaling
    from classlab.records.progress import EpochReport
    from classlab.records.search import CandidateState
    from classlab.search.halving import Halving
    from classlab.search.space import Point, Space
    from classlab.studies.asked.assignment import Assignment
    from classlab.training import Outcome

_OF_MODEL = tuple(options_of(NetworkOptions))
_TIMED = 2_000  # images on which an epoch is timed: a second at most for small networks


def assigned_points(
    points: Sequence[Point], dataset: Dataset, *, seed: int, device: DeviceName = "auto"
) -> list[Assignment]:
    """The trainings that points of one structure stand for.

    Args:
        points: of the space, at least one; they share their network, which is built or read once.
        dataset: the images.
        seed: of its weights and batches.
        device: where to compute.

    Raises:
        SpecError: their options contradict each other, or their network does not fit the images.
    """
    network = _network(points[0].options, dataset)
    found = []
    for point in points:
        course = {name: value for name, value in point.options.items() if name not in ("model", *_OF_MODEL, *SHAPE)}
        options = cast("TrainingOptions", course)
        found.append(assign(dataset, network, seeds=[seed], options=options, device=device))
        check_fit(found[-1].specs[0], dataset)
    return found


def _network(options: dict[str, Any], dataset: Dataset) -> ModelChoice:
    model = options.get("model", TABLE["model"].default)
    own = {name: options[name] for name in _OF_MODEL if name in options}
    shape = {name: options[name] for name in SHAPE if name in options and name != "layers"}
    if model != "cnn" or not shape:
        return choose_model(model, dataset, **own)
    blocks = shape.pop("blocks", TABLE["blocks"].default)
    filters = shape.pop("filters", (TABLE["filters"].default,) * blocks)
    kept = {name: own[name] for name in ("activation", "dropout") if name in own}
    network = build_blocks(
        input_shape=dataset.image_shape, classes=len(dataset.class_names), filters=filters, **shape, **kept
    )
    return ModelChoice(architecture=network)


@dataclass(kw_only=True, eq=False)
class CandidateTrainer:
    """Trains populations of candidates; the test images are never looked at.

    Args:
        dataset: the images.
        space: where points are from.
        seed: of every candidate's weights and batches.
        device: where to compute.
    """

    dataset: Dataset
    space: Space
    seed: int
    device: DeviceName = "auto"
    _images: dict[DataSpec, tuple[Division, Rescaling | Normalization]] = field(default_factory=dict, init=False)

    def assigned(self, points: Sequence[Point]) -> list[Assignment]:
        """The trainings that points of one structure stand for, see `assigned_points`."""
        return assigned_points(points, self.dataset, seed=self.seed, device=self.device)

    def train(self, assigned: Sequence[Assignment], *, folder: Path | None, halving: Halving) -> list[Outcome] | str:
        """Trains what shares one structure.

        Args:
            assigned: at least one.
            folder: where the checkpoint lies; None trains without.
            halving: says who leaves.

        Returns:
            One outcome for each; or why they cannot be trained, as one line.

        Raises:
            StorageError: the checkpoint cannot be written.
            MissingExtraError: what trains them is not installed.
            KeyboardInterrupt: somebody asked to stop.
        """
        try:
            outcomes = self._together(assigned, folder=folder, halving=halving)
        except (StorageError, MissingExtraError):
            raise
        except Exception as problem:  # noqa: BLE001  (whatever it is, the search goes on with other candidates)
            if folder is not None and isinstance(problem, RecordError) and (folder / CHECKPOINT_FILE).exists():
                discard_checkpoint(folder)
                return self.train(assigned, folder=folder, halving=halving)
            return reason_of(problem)
        if any(outcome.state == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        return outcomes

    def seconds_per_epoch(self, assigned: Sequence[Assignment]) -> float:
        """What an epoch of one of these takes, in seconds, measured on few images in the second of two epochs."""
        from classlab.training import train_population

        specs = [replace(each.specs[0], epochs=2) for each in assigned]
        division, layer = self._entering(specs[0].data)
        few = replace(division, train=division.train.spread(_TIMED), validation=division.validation.spread(_TIMED))
        clock = _Clock()
        train_population(
            specs,
            few,
            input_layer=layer,
            initial_weights=[each.initial_weights for each in assigned],
            observer=clock,
            diagnostics=False,
            device=self.device,
        )
        took = clock.seconds[-1] - (clock.seconds[-2] if len(clock.seconds) > 1 else 0.0)
        return took / len(specs) * len(division.train) / len(few.train)

    def _together(self, assigned: Sequence[Assignment], *, folder: Path | None, halving: Halving) -> list[Outcome]:
        from classlab.training import train_population

        specs = [each.specs[0] for each in assigned]
        division, layer = self._entering(specs[0].data)
        return train_population(
            specs,
            division,
            input_layer=layer,
            initial_weights=[each.initial_weights for each in assigned],
            checkpoint=None if folder is None else folder / CHECKPOINT_FILE,
            resume=folder is not None,  # the folder is named for these very candidates
            observer=halving,
            diagnostics=False,
            device=self.device,
        )

    def _entering(self, data: DataSpec) -> tuple[Division, Rescaling | Normalization]:
        if data not in self._images:
            self._images[data] = entering(self.dataset, data, scaled_images(self.dataset, data), device=self.device)
        return self._images[data]


class _Clock:
    """Takes down when epochs ended."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def epoch_finished(self, report: EpochReport) -> None:
        """Notes the time."""
        self.seconds.append(report.seconds)


def candidate_of(
    point: Point, spec: RunSpec, outcome: Outcome, *, space: Space, number: int, population: int, seconds: float
) -> Candidate:
    """What is put on record of a candidate that was trained.

    Args:
        point: what was drawn.
        spec: what was trained.
        outcome: how it went.
        space: where the point is from.
        number: of the candidate.
        population: its number.
        seconds: the candidate's share of its time.
    """
    states: dict[str, CandidateState] = {reason: cast("CandidateState", state) for state, reason in LEFT.items()}
    state = states.get(outcome.reason or "", cast("CandidateState", outcome.state))
    kept = ("loss", "accuracy", "val_loss", "val_accuracy")
    found = Candidate(
        number=number,
        population=population,
        arm=point.arm,
        drawn=point.drawn,
        settings=space.settings(point),
        parameters=sum(weight.size for weight in outcome.weights.values()),
        history={name: outcome.history[name] for name in kept if name in outcome.history},
        state=state,
        reason=None if state in LEFT else outcome.reason,
        seconds=seconds,
    )
    return replace(found, kept_epoch=_kept_epoch(spec, found))


def failed_candidate(point: Point, reason: str, *, space: Space, number: int, population: int) -> Candidate:
    """What is put on record of a candidate that could not be trained; see `candidate_of`."""
    return Candidate(
        number=number,
        population=population,
        arm=point.arm,
        drawn=point.drawn,
        settings=space.settings(point),
        parameters=0,
        history={},
        state="failed",
        reason=reason,
        seconds=0.0,
    )


def parameters_of(spec: RunSpec) -> int:
    """Weights of a run's network before it is there; 0 of a Keras model off the engine, to which nobody is smaller."""
    return parameter_count(spec.architecture) if isinstance(spec.architecture, Architecture) else 0


def population_key(assigned: Sequence[Assignment]) -> str:
    """Names a population of a search by its runs, for the folder of its checkpoint."""
    from hashlib import sha256

    names = " ".join(identity(each.specs[0]) for each in assigned)
    return f"search-{sha256(names.encode()).hexdigest()[:16]}"


def reason_of(problem: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(problem, ClasslabError):
        return str(problem)
    return " ".join(f"{type(problem).__name__}: {problem}".split()).rstrip(": ")[:500]


def _kept_epoch(spec: RunSpec, candidate: Candidate) -> int | None:
    """Whose weights early stopping keeps of a training that was not cut short: those of the best epoch."""
    rule = spec.early_stopping
    if rule is None or not rule.restore_best_weights or candidate.state not in ("finished", "stopped_early"):
        return None
    sign = -1.0 if rule.monitor.endswith("accuracy") else 1.0
    curve = [sign * value for value in candidate.history[rule.monitor]]
    return curve.index(min(curve)) + 1

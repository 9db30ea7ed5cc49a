"""What was asked for: what all arms share, and what tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.analysis.numbers import MISSING, count, listed
from classlab.records import to_plain
from classlab.reports.document import Block, Section, Table, folded_where_long

if TYPE_CHECKING:
    from classlab.records import RunSpec, StudyRecord
    from classlab.records.plain import JsonDocument

_LAYERS_SHOWN = 40


def settings_section(study: StudyRecord) -> Section:
    """The shared settings, the arms' own, and the layers where all arms share them."""
    blocks: list[Block] = [_shared(study)]
    if len(study.spec.arms) > 1:
        blocks.append(folded_where_long(_own(study), "The settings of every arm"))
    return Section(title="Settings", blocks=tuple(blocks))


def _shared(study: StudyRecord) -> Table:
    columns = [_settings(arm.spec) for arm in study.spec.arms]
    same = {name: value for name, value in columns[0].items() if all(each.get(name) == value for each in columns)}
    facts = {"question": study.spec.question} if study.spec.question else {}
    facts |= same
    facts |= {
        "seeds": listed([str(seed) for seed in study.spec.seeds]),
        "ranked by": study.spec.select,
        "margin": f"{100 * study.spec.margin:g} percentage points",
        "confidence": f"{100 * study.spec.confidence:g} %",
    }
    rows = tuple((name, value) for name, value in facts.items())
    return Table(caption="What all arms share", header=("setting", "value"), rows=rows, words=(0, 1))


def _own(study: StudyRecord) -> Table:
    names = list(dict.fromkeys(name for arm in study.spec.arms for name in arm.settings))
    rows = []
    for place, arm in enumerate(study.spec.arms):
        weights = max((run.parameters for run in study.runs_of(place)), default=0)
        own = (_value(arm.settings[name]) if name in arm.settings else MISSING for name in names)
        rows.append((arm.name, *own, count(weights) if weights else MISSING))
    return Table(
        caption="What tells the arms apart, and the number of weights of each network",
        header=("arm", *names, "weights"),
        rows=tuple(rows),
        words=tuple(range(len(names) + 1)),
    )


def _settings(spec: RunSpec) -> dict[str, str]:
    """A run's settings in words; those that are not set are left out."""
    data = spec.data
    words = {"test": "the test images", "own": "those that come with the data"}
    validation = (
        words[data.validation]
        if isinstance(data.validation, str)
        else f"{100 * data.validation:g} % of the training images"
    )
    if data.folds is not None:
        validation = f"{data.folds} folds of the training images, each validating once"
    found = {
        "data": data.name,
        "data digest (SHA-256)": data.digest,
        "training images used": "all" if data.limit is None else count(data.limit),
        "validation images": validation,
        "preprocessing": data.preprocessing,
        "model": spec.architecture.name,
        "layers": _layers(to_plain(spec.architecture)),
        "loss": spec.loss.name,
        "optimizer": _words(to_plain(spec.optimizer)),
        "schedule": _words(to_plain(spec.schedule)),
        "epochs": count(spec.epochs),
        "batch size": f"{count(spec.batch_size)} images",
        "precision": spec.precision,
    }
    if data.leave_out:
        found["training images left out"] = count(len(data.leave_out))
    if spec.early_stopping is not None:
        found["early stopping"] = _words(to_plain(spec.early_stopping))
    if spec.augmentation is not None:
        found["augmentation"] = spec.augmentation.words()
    return found


def _layers(architecture: JsonDocument) -> str:
    layers = architecture.get("layers")
    if not isinstance(layers, list):
        return "trained through Keras"
    words = [_layer(layer) for layer in layers[:_LAYERS_SHOWN]]
    more = [f"and {len(layers) - _LAYERS_SHOWN} more"] if len(layers) > _LAYERS_SHOWN else []
    graph = " (layers that branch and join)" if architecture.get("inputs") else ""
    return ", ".join([*words, *more]) + graph


def _layer(layer: JsonDocument) -> str:
    shown = ("units", "filters", "kernel_size", "pool_size", "rate", "activation")
    values = [_value(layer[name]) for name in shown if layer.get(name) not in (None, "linear")]
    return " ".join([str(layer.get("kind", "layer")), *values])


def _words(plain: JsonDocument) -> str:
    settings = [f"{name} {_value(value)}" for name, value in plain.items() if name != "kind" and value is not None]
    kind = plain.get("kind")
    return (f"{kind}: " if kind and settings else str(kind or "")) + ", ".join(settings)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "\u00d7".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)

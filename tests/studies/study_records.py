"""Study records made of figures alone, without training anything."""

from __future__ import annotations

from dataclasses import replace

from classlab.records import Arm, Figures, RunRecord, StudyRecord, StudySpec, identity


def made_study(template: RunRecord, figures: dict[str, list[float | None]], **settings) -> StudyRecord:
    """A study whose arms have these validation accuracies, None for a run that failed.

    Losses are one minus the accuracy, test figures a hundredth lower, figures on training images a hundredth higher.
    """
    seeds = tuple(range(len(next(iter(figures.values())))))
    arms, runs = [], []
    for position, (name, accuracies) in enumerate(figures.items()):
        spec = replace(template.spec, epochs=position + 1)
        arms.append(Arm(name=name, settings={"epochs": position + 1}, spec=spec))
        runs += [
            made_run(template, replace(spec, seed=seed), each) for seed, each in zip(seeds, accuracies, strict=True)
        ]
    spec = StudySpec(name="made", arms=tuple(arms), seeds=seeds, **settings)
    return StudyRecord(spec=spec, runs=tuple(runs), created="2030-01-01T00:00:00+00:00", command="", seconds=1.0)


def made_run(template: RunRecord, spec, accuracy: float | None) -> RunRecord:
    run = replace(template, spec=spec, identity=identity(spec))
    if accuracy is None:
        return replace(run, state="failed", reason="MemoryError", validation=None, test=None, fitted=None)

    def of(share: float) -> Figures:
        return Figures(images=100, loss=1 - share, accuracy=share)

    return replace(run, validation=of(accuracy), test=of(accuracy - 0.01), fitted=of(accuracy + 0.01))

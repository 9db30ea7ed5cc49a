"""The comparisons by name: which network, images, arms, batch and epochs, and how many members a population has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.networks.names import BROUGHT, BroughtName
from benchmarks.workloads import BATCH_SIZE, WORKLOADS, Arm, LayeredName, WorkloadName

DataName = Literal["mnist", "fashion_mnist", "fashion_mnist-color"]
SEEDS = 5  # of every arm, in the suites that measure seeds
NETWORKS: tuple[BroughtName | Literal["cnn"], ...] = ("cnn", *BROUGHT)  # of the suites e, f and g
ENDINGS: dict[Literal["e", "f", "g"], str] = {"e": "", "f": "-sweep", "g": "-five"}  # of their selections' names


@dataclass(frozen=True, kw_only=True)
class Selection:
    """One comparison of the tools.

    Args:
        title: its heading.
        network: what is trained.
        arms: the sweep, from first to last; a population of fewer members takes the first.
        data: which images.
        epochs: passes over them, where the caller does not say otherwise.
        members: population sizes; the last is that of the claim.
        peer_arms: how many of the arms a tool trains that trains one after another.
        batch_size: images per step.
    """

    title: str
    network: WorkloadName
    arms: tuple[Arm, ...]
    epochs: int
    members: tuple[int, ...]
    peer_arms: int
    data: DataName = "mnist"
    batch_size: int = BATCH_SIZE


def _sweep(
    network: LayeredName, title: str, *, epochs: int, count: int, least: int | None, seeds: int = 1
) -> Selection:
    """The first `count` settings of a network's sweep, with one or several seeds each."""
    arms = tuple(Arm(*setting, seed=seed) for seed in range(seeds) for setting in WORKLOADS[network].settings[:count])
    sizes = (len(arms),) if least is None else (least, len(arms))
    return Selection(
        title=title, network=network, arms=arms, epochs=epochs, members=tuple(dict.fromkeys(sizes)), peer_arms=count
    )


def _brought(name: BroughtName | Literal["cnn"], suite: Literal["e", "f", "g"]) -> Selection:
    """A network that people bring: one member, four rates of Adam with three seeds each, or five seeds.

    Several runs are measured with two arms of the other tools: the second shows what each further one costs them, since
    what was compiled for the first may or may not serve again.
    """
    rates, seeds, ending = {
        "e": ((0.001,), 1, ""),
        "f": ((0.001, 0.0003, 0.003, 0.0001), 3, ", four rates and three seeds"),
        "g": ((0.001,), SEEDS, ", five seeds"),
    }[suite]
    arms = tuple(Arm("adam", rate, seed=seed) for seed in range(seeds) for rate in rates)
    return Selection(
        title=f"({suite}) {title_of(name)}{ending}",
        network=name,
        arms=arms,
        epochs=3,
        members=(len(arms),),
        peer_arms=min(2, len(arms)),
        data="fashion_mnist-color" if name != "cnn" and BROUGHT[name].channels == 3 else "fashion_mnist",
        batch_size=64,
    )


def title_of(network: BroughtName | Literal["cnn"]) -> str:
    """What a network of the suites e, f and g is, for headings and tables."""
    return "the lab's CNN" if network == "cnn" else BROUGHT[network].title


def alone(network: str) -> str:
    """The selection that trains one member of a network of the suites e, f and g."""
    return "lab-cnn" if network == "cnn" else network


_CNN_SEEDS = tuple(Arm("adam", 0.001, seed=seed) for seed in range(SEEDS))

SELECTIONS: dict[str, Selection] = {
    "linear": _sweep("linear", "(a) seven linear arms", epochs=5, count=7, least=1),
    "mlp": _sweep("mlp", "(b) four perceptrons 128-64-10, four rates of Adam", epochs=10, count=4, least=1),
    "mlp-activations": Selection(
        title="(b) four perceptrons 128-64-10, relu and sigmoid, Adam and SGD",
        network="mlp",
        arms=tuple(
            Arm(*setting, seed=0, activation=activation)
            for activation in ("relu", "sigmoid")
            for setting in (("adam", 0.001), ("sgd", 0.01))
        ),
        epochs=10,
        members=(4,),
        peer_arms=4,
    ),
    "mlp-fashion": Selection(
        title="(b) the Fashion-MNIST perceptron, RMSprop, batch 32",
        network="mlp",
        arms=(Arm("rmsprop", 0.001, seed=0),),
        epochs=20,
        members=(1,),
        peer_arms=1,
        data="fashion_mnist",
        batch_size=32,
    ),
    "cnn": Selection(
        title="(c) the lab's CNN",
        network="cnn",
        arms=_CNN_SEEDS[:4],
        epochs=2,
        members=(1, 4),
        peer_arms=1,
    ),
    **{f"{alone(name)}{ENDINGS[suite]}": _brought(name, suite) for name in NETWORKS for suite in ENDINGS},
    "linear-seeds": _sweep("linear", "(d) seven linear arms, five seeds", epochs=5, count=7, least=None, seeds=SEEDS),
    "mlp-seeds": _sweep("mlp", "(d) four perceptrons, five seeds", epochs=10, count=4, least=None, seeds=SEEDS),
    "cnn-seeds": Selection(
        title="(d) the lab's CNN, five seeds", network="cnn", arms=_CNN_SEEDS, epochs=2, members=(SEEDS,), peer_arms=1
    ),
}

SUITES: dict[str, tuple[str, ...]] = {
    "a": ("linear",),
    "b": ("mlp", "mlp-activations", "mlp-fashion"),
    "c": ("cnn",),
    "d": ("linear-seeds", "mlp-seeds", "cnn-seeds"),
    **{suite: tuple(f"{alone(name)}{ending}" for name in NETWORKS) for suite, ending in ENDINGS.items()},
}


def selected(names: list[str]) -> list[str]:
    """Selections behind suites (`a`) and selections (`mlp-fashion`), each once, in the order given.

    Raises:
        ValueError: a name is neither.
    """
    found: dict[str, None] = {}
    for name in names:
        if name not in SUITES and name not in SELECTIONS:
            known = ", ".join((*SUITES, *SELECTIONS))
            raise ValueError(f"there is no suite {name!r}. Choose from {known}.")
        found.update(dict.fromkeys(SUITES.get(name, (name,))))
    return list(found)

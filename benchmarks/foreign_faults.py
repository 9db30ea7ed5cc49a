"""Asks the callback about Keras programs that were written elsewhere, and counts how often it names their fault.

    KERAS_BACKEND=torch python -m benchmarks.foreign_faults FOLDER -o answers.json
    KERAS_BACKEND=torch python -m benchmarks.foreign_faults FOLDER --before earlier.json --page docs/evidence/doctor.md

Each program of the folder is plain Keras with a head of comments: `fault` in words, `expect-top` for the rules that are
right as a first cause (`|` between them), `expect-any` for what else may be said, `kind` (faulty or healthy) and `size`
for the training and test images that it takes. It runs in a process of its own, with two doctors in its `fit`: one
that was given nothing, and one with the arrays. CIFAR-10 is stood in for by padded Fashion-MNIST. Needs CLASSLAB_DATA.

The programs fall into two halves by the hash of their names. Rules may be looked at beside the first half; of the
other only the counts are printed, unless `--all` asks for more.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import multiprocessing
import os
import re
import time
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from classlab.records.finding import Diagnosis

MARKERS = ("foreign-faults", "written-programs")
WAYS = ("bare", "full")  # a doctor that was given nothing, and one with the arrays
LIMIT = 900  # seconds of one program, proof included
_SOUND = 0.7  # accuracy on the test images
_HEAD = re.compile(r"^# ([a-z-]+): (.*)$", re.MULTILINE)
# What the heads call faults that had no rule when the programs were collected.
_RULES = {"SIGN": ("B8",), "LOSS": ("B9",), "SOFTAXIS": ("B9", "B4"), "ACT": ("I15",)}
# Made from faulty programs by changing one thing, under the head of the program that they were made from: the fault
# that the head names is not in their code (read there), so they count neither as faulty nor as sound.
_MENDED = frozenset(
    {
        "full_random_default_init.py",
        "var_1d_relu.py",
        "var_exp_relu.py",
        "var_inap_ce.py",
        "var_long_over_reg_02.py",
        "var_random_init.py",
    }
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What both doctors said of one program.

    Args:
        name: the program's file.
        fault: what is wrong with it, in words.
        kind: faulty or healthy; mended where the head's fault is not in the code.
        top: rules that are right as a first cause.
        other: rules that are right as well.
        said: by doctor, each finding above INFO: severity, rule, and the rules of its causes.
        accuracy: on the program's test images; None where it did not say.
        stopped: the error that ended the program; "" for none.
        seconds: processor time.
    """

    name: str
    fault: str
    kind: str
    top: tuple[str, ...]
    other: tuple[str, ...]
    said: dict[str, list[tuple[str, str, tuple[str, ...]]]] = field(default_factory=dict)
    accuracy: float | None = None
    stopped: str = ""
    seconds: float = 0.0

    @property
    def half(self) -> str:
        """Seen while rules are written, or held out; by the hash of the name."""
        return "seen" if int(hashlib.sha256(self.name.encode()).hexdigest()[7], 16) % 2 == 0 else "held out"

    @property
    def is_fact(self) -> bool:
        """Whether the fault can be read off before training."""
        return self.kind == "faulty" and all(rule[0] in "ABC" and rule != "B8" for rule in self.top)

    def first_cause(self, way: str) -> str:
        """The rule of the first cause of the gravest finding, its own where it names none; "" where all is well."""
        found = self.said.get(way) or []
        return "" if not found else (*found[0][2], found[0][1])[0]

    def is_right(self, way: str) -> bool:
        """Whether the first cause is right; for a healthy program, whether nothing was said."""
        return not self.said.get(way) if self.kind == "healthy" else self.first_cause(way) in self.top

    def is_detected(self, way: str) -> bool:
        """Whether something that is right was said at all."""
        named = {name for _, rule, causes in self.said.get(way) or [] for name in (rule, *causes)}
        return bool(named & {*self.top, *self.other})

    def has_cause(self, way: str) -> bool:
        """Whether the gravest finding names a cause."""
        found = self.said.get(way) or []
        return bool(found) and bool(found[0][2])


def main() -> None:
    options = _options()
    machine = describe_machine()
    held = {each.name: each for each in _read(options.output)} if options.output and options.output.exists() else {}
    answers: list[Answer] = []
    for path in _programs(options):
        answers.append(held[path.name] if path.name in held else _told(_run(path, prove=options.prove), options))
        if options.output:
            kept = {**held, **{each.name: each for each in answers}}
            report = {"machine": machine, "answers": [asdict(each) for each in kept.values()]}
            options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    before = _read(options.before) if options.before else []
    text = page_text(answers, before, machine=str(machine))
    print(text)
    if options.page:
        replace_between(options.page, options.markers, text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the programs are")
    parser.add_argument("-o", "--output", type=Path, help="write each answer as it comes; those it holds are kept")
    parser.add_argument("--before", type=Path, metavar="FILE", help="answers of an earlier version, to stand beside")
    parser.add_argument("--page", type=Path, help="write the table between this page's markers")
    parser.add_argument("--markers", choices=MARKERS, default=MARKERS[0], help="which table of the page it is")
    parser.add_argument("--half", choices=("seen", "held out"), help="one half only")
    parser.add_argument("--only", metavar="WORD", help="programs with this word in their name")
    parser.add_argument("--prove", action="store_true", help="let the doctor with the arrays try the remedies")
    parser.add_argument("--all", action="store_true", help="print the held-out half's answers too")
    return parser.parse_args()


def _programs(options: argparse.Namespace) -> list[Path]:
    found = [path for path in sorted(options.folder.glob("*.py")) if "fault" in _head(path)]
    chosen = [path for path in found if options.only is None or options.only in path.name]
    return [path for path in chosen if options.half in (None, _blank(path).half)]


def _head(path: Path) -> dict[str, str]:
    return dict(_HEAD.findall(path.read_text(encoding="utf-8")))


def _blank(path: Path) -> Answer:
    head = _head(path)
    top = [rule for word in head["expect-top"].split("|") for rule in _RULES.get(word.strip(), (word.strip(),))]
    other = [rule.strip() for rule in head["expect-any"].split(",")]
    kind = "mended" if path.name in _MENDED else head["kind"]
    return Answer(name=path.name, fault=head["fault"], kind=kind, top=tuple(top), other=tuple(other))


def _read(path: Path) -> list[Answer]:
    found = json.loads(path.read_text(encoding="utf-8"))["answers"]
    for each in found:
        each["top"], each["other"] = tuple(each["top"]), tuple(each["other"])
        each["kind"] = "mended" if each["name"] in _MENDED else each["kind"]
        each["said"] = {
            way: [(severity, rule, tuple(causes)) for severity, rule, causes in said]
            for way, said in each["said"].items()
        }
    return [Answer(**each) for each in found]


def _run(path: Path, *, prove: bool) -> Answer:
    """Runs one program in a process of its own; Keras is imported here once for all of them."""
    import keras  # noqa: F401

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_ask, args=(path, prove, sender))
    child.start()
    sender.close()
    blank = _blank(path)
    answer = receiver.recv() if receiver.poll(LIMIT) else {"stopped": f"ran for more than {LIMIT} s"}
    if child.is_alive() and "said" not in answer:
        child.kill()
    child.join()
    return Answer(**{**asdict(blank), **answer})


def _ask(path: Path, prove: bool, sender: Connection) -> None:
    answer: dict[str, Any] = {"said": {}, "stopped": ""}
    try:
        _watched(path, answer, prove=prove)
    except BaseException as error:  # noqa: BLE001  (the program is somebody's; its end is an answer too)
        answer["stopped"] = f"{type(error).__name__}: {str(error)[:160]}"
    answer["seconds"] = time.process_time()
    sender.send(answer)
    sender.close()


def _watched(path: Path, answer: dict[str, Any], *, prove: bool) -> None:
    """Runs a program with both doctors in its `fit`, and notes what they and `evaluate` say."""
    import keras

    import classlab

    _stand_ins(keras, *map(int, _head(path).get("size", "3000 800").split()))
    keras.utils.set_random_seed(0)
    fit, evaluate = keras.Model.fit, keras.Model.evaluate
    signature = inspect.signature(fit)

    def watched_fit(self: Any, *args: Any, **options: Any) -> Any:
        if answer.get("watched"):  # what a proof trains is nobody's program
            return fit(self, *args, **options)
        bound = signature.bind(self, *args, **options)
        given = bound.arguments
        pair = given.get("validation_data")
        pair = pair if isinstance(pair, tuple) else None
        more: dict[str, Any] = {"prove": True} if prove else {}
        arrays = (given.get("x"), given.get("y")) if given.get("y") is not None else (None, None)
        full = classlab.Doctor(*arrays, validation_data=pair, quiet=True, **(more if arrays[1] is not None else {}))
        doctors = {"bare": classlab.Doctor(quiet=True), "full": full}
        given["callbacks"] = [*(given.get("callbacks") or []), *doctors.values()]
        answer["watched"] = True
        try:
            return fit(*bound.args, **bound.kwargs)
        finally:
            del answer["watched"]
            for way, doctor in doctors.items():
                answer["said"][way] = _grave(doctor.diagnosis)
                if doctor.gave_up:
                    answer["stopped"] += f"{way}: {doctor.gave_up} "

    def noted_evaluate(self: Any, *args: Any, **options: Any) -> Any:
        figures = evaluate(self, *args, **options)
        answer["accuracy"] = float(figures[-1]) if isinstance(figures, list) else None
        return figures

    keras.Model.fit, keras.Model.evaluate = watched_fit, noted_evaluate
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"__name__": "__main__"})  # noqa: S102


def _grave(diagnosis: Diagnosis | None) -> list[tuple[str, str, tuple[str, ...]]]:
    found = () if diagnosis is None else diagnosis.findings
    return [
        (each.severity, each.rule, tuple(cause.rule for cause in each.causes))
        for each in found
        if each.severity != "INFO"
    ]


def _stand_ins(keras: Any, train: int, test: int) -> None:
    from classlab.datasets.catalogue import load

    def loaded(name: str) -> Callable[..., Any]:
        def load_data(*_: Any, **__: Any) -> Any:
            whole = load(name)
            return tuple(
                (split.images[:n], split.labels[:n]) for split, n in ((whole.train, train), (whole.test, test))
            )

        return load_data

    def coloured(*_: Any, **__: Any) -> Any:
        return tuple((_wide(images), labels[:, None]) for images, labels in loaded("fashion_mnist")())

    keras.datasets.mnist.load_data = loaded("mnist")
    keras.datasets.fashion_mnist.load_data = loaded("fashion_mnist")
    keras.datasets.cifar10.load_data = coloured


def _wide(images: Any) -> Any:
    """28 x 28 grey pictures as 32 x 32 coloured ones."""
    padded = np.pad(images.reshape(len(images), 28, 28), ((0, 0), (2, 2), (2, 2)))
    return np.repeat(padded[..., None], 3, axis=3)


def _told(answer: Answer, options: argparse.Namespace) -> Answer:
    if answer.half == "seen" or options.all:
        for way in WAYS:
            said = "; ".join(f"{s} {r} <- {', '.join(c) or 'no cause'}" for s, r, c in answer.said.get(way) or [])
            mark = "right" if answer.is_right(way) else "WRONG"
            print(
                f"{mark} {answer.name} ({way}): wanted {' or '.join(answer.top)}, said {said or 'nothing'}", flush=True
            )
        print(f"  accuracy {answer.accuracy}, {answer.seconds:.0f} s {answer.stopped}", flush=True)
    return answer


def page_text(answers: Sequence[Answer], before: Sequence[Answer], *, machine: str) -> str:
    """The table for the page, with the earlier version's figures beside it.

    Args:
        answers: what was said.
        before: what an earlier version said of the same programs; empty for none.
        machine: where it was measured.
    """
    wanted = shown(answers)
    columns = [("before", before)] if before else []
    columns += [("now", answers)]
    rows = []
    for title, way, chosen, counts in _ROWS:
        row = [title]
        for half in ("seen", "held out"):
            for _, version in columns:
                found = [each for each in version if each.half == half and chosen(each, wanted)]
                row.append(f"{sum(counts(each, way) for each in found)} of {len(found)}")
        rows.append(row)
    header = ["", *(f"{half}, {name}" for half in ("seen", "held out") for name, _ in columns)]
    return f"Measured on {machine}.\n\n{table(header, rows)}"


def shown(answers: Sequence[Answer]) -> frozenset[str]:
    """The programs whose fault shows: those that are clearly less accurate than the same network without a fault.

    Clearly is by three standard errors of the difference of two shares of 400 images. A program whose network is not
    among the sound ones shows its fault where it is right less often than any sound one.
    """
    sound = {each.name.removesuffix(".py"): each.accuracy for each in answers if each.kind == "healthy"}
    return frozenset(each.name for each in answers if each.kind == "faulty" and _shows(each, sound))


def _shows(answer: Answer, sound: dict[str, float | None]) -> bool:
    of = max((name for name in sound if answer.name.startswith(f"{name}_")), key=len, default="")
    clean = sound.get(of)
    if answer.accuracy is None:
        return True
    if clean is None:
        return answer.accuracy < _SOUND
    return clean - answer.accuracy > 3 * sqrt(2 * clean * (1 - clean) / 400)


_Chosen = Any  # (answer, names of programs whose fault shows) -> bool
_ROWS: tuple[tuple[str, str, _Chosen, Any], ...] = (
    ("facts, right first cause", "full", lambda each, _: each.is_fact, Answer.is_right),
    (
        "symptoms that show, right first cause",
        "full",
        lambda each, shows: each.name in shows and not each.is_fact,
        Answer.is_right,
    ),
    (
        "symptoms that show, found at all",
        "full",
        lambda each, shows: each.name in shows and not each.is_fact,
        Answer.is_detected,
    ),
    ("sound programs, nothing above INFO", "full", lambda each, _: each.kind == "healthy", Answer.is_right),
    ("without arrays: right first cause", "bare", lambda each, shows: each.name in shows, Answer.is_right),
    (
        "without arrays: an alarm without a cause",
        "bare",
        lambda each, shows: each.name in shows,
        lambda each, way: bool(each.said.get(way)) and not each.has_cause(way),
    ),
    (
        "without arrays: silent",
        "bare",
        lambda each, shows: each.name in shows,
        lambda each, way: not each.said.get(way),
    ),
    (
        "without arrays: sound programs, nothing above INFO",
        "bare",
        lambda each, _: each.kind == "healthy",
        Answer.is_right,
    ),
)


if __name__ == "__main__":
    main()

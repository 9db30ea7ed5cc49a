"""The 25 things that an introductory course asks for, each by the command that answers it.

    python -m benchmarks.lab_steps               # on the complete data sets, where they are; half an hour and more
    python -m benchmarks.lab_steps --embedded    # on the small ones: minutes

The lab runs once; what it answered is looked up in its output, its page and its files. The other steps have a command
of their own. The table goes into docs/evidence/lab-steps.md; a step whose answer is missing ends the command with 1.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.machine import describe_machine
from benchmarks.page import replace_between, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PAGE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "lab-steps.md"
LAB = "lab"
_MOST = 160  # letters of an answer in the table


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One step.

    Args:
        question: of the lab, that it belongs to.
        what: the course asks for.
        answer: what must stand in the answer, a regular expression; the table shows what it matched.
        command: its words behind `classlab`; the lab's own run where it is empty. `{digits}`, `{clothes}` and
            `{pictures}` stand for the lab's data sets, `{five}` for the study of step 2, `{lab}` for the lab's options.
        file: in which the answer stands, beside what the command prints.
    """

    question: int
    what: str
    answer: str
    command: str = ""
    file: str = ""


STEPS = (
    Asked(question=1, what="sizes and types of images and labels", answer=r"train\s.* uint8 .* int64",
          command="data {digits} --no-tile"),
    Asked(question=1, what="pixels scaled to [0, 1] or [-1, 1]", answer=r"loss \d.*",
          command="train --data {digits} --limit 200 --model linear --epochs 1 --preprocessing symmetric -o symmetric"),
    Asked(question=1, what="one chosen image with its label", answer=r"\S+train-25\.png",
          command="data {digits} --no-tile --show train:25 --show test:500"),
    Asked(question=1, what="a 5 x 5 tile of random training images", answer=r"Training images with their labels",
          file="lab.html"),
    Asked(question=1, what="class names", answer=r"\n\S.* 9 +[\d,]+ .*", command="data {clothes} --no-tile"),
    Asked(question=1, what="how many images per class", answer=r"Every class has .*|The classes are not equally.*"),
    Asked(question=2, what="the linear classifier: Flatten, Dense 10 with softmax", answer=r"dense \(Dense\) .*",
          command="model linear --data {digits}"),
    Asked(question=2, what="seven arms for 5 epochs", answer=r"lab-2-optimizers-\S+, \d+ runs"),
    Asked(question=2, what="the best learning rate of each optimizer", answer=r"The best learning rate of .*"),
    Asked(question=2, what="whether more epochs help", answer=r"\d+ epochs instead of .*|Both studies were trained.*"),
    Asked(question=2, what="which optimizer to prefer, and how sure that is",
          answer=r"with 95 % confidence[^<]*", file="lab.html"),
    Asked(question=3, what="training against test accuracy and the gap, in a sentence", answer=r"After \d+ epochs: .*"),
    Asked(question=4, what="the matrix of class probabilities", answer=r"image,true,predicted,p_.*",
          file="predictions.csv"),
    Asked(question=4, what="one test image beside its ten probabilities", answer=r"Test image 25, .*",
          command="lab {lab} --only 4 --image 25 -o image-25"),
    Asked(question=4, what="a grid of random test images, rows and columns chosen",
          answer=r"24 test images, \d+ predicted right[^\"]*", file="grid.html",
          command="report {five} --rows 4 --columns 6 -o grid.html"),
    Asked(question=4, what="the most confident mistakes", answer=r"The most confident mistakes", file="lab.html"),
    Asked(question=4, what="the confusion matrix", answer=r"Confusion matrix", file="lab.html"),
    Asked(question=4, what="the classes most often mixed up", answer=r"Most often, .*|No class was taken .*"),
    Asked(question=5, what="a table of four perceptrons", answer=r"relu with SGD", file="lab.html"),
    Asked(question=5, what="why sigmoid with SGD barely learns, from the gradients",
          answer=r"[^-]*gradient of the first layer.*|These runs do not show that 'sigmoid.*"),
    Asked(question=6, what="the same program on Fashion-MNIST", answer=r"On the test images '\d+-[-\d]*10 .*"),
    Asked(question=6, what="a search over sizes, as a table that ends in candidates",
          answer=r"Sizes that may be the best[^<\"]*", file="lab.html"),
    Asked(question=7, what="the convolutional network", answer=r"On the test images 'scaled once'.*"),
    Asked(question=7, what="the smaller variant, and dropout", answer=r"loss \d.*",
          command="train --data {pictures} --limit 200 --model cnn-small --dropout 0.3 --epochs 1 -o variant"),
    Asked(question=7, what="pixels scaled twice: refused, recognized, explained, mended",
          answer=r"it refuses: [^<]*", file="lab.html"),
)  # fmt: skip


def walk(
    run: Callable[[Sequence[str]], str], place: Path, *, lab: Sequence[str], names: Mapping[str, str], said: str
) -> list[tuple[Asked, str, str | None]]:
    """Every step with its command and its answer; None for an answer that is missing.

    Args:
        run: a command's words behind `classlab`, to what it prints; it runs in `place`.
        place: folder in which the files come to lie; the lab's, too.
        lab: options of the lab, but for its folder.
        names: what the places in braces stand for.
        said: what the lab printed.
    """
    found = []
    for step in STEPS:
        words = [word.format(**names) for word in step.command.split()]
        if "{lab}" in step.command:
            words = [LAB, *lab, *words[2:]]
        text = run(words) if words else said
        if step.file:
            path = place / step.file
            text = unescape(path.read_bytes().decode("utf-8", "replace")) if path.exists() else ""
        match = re.search(step.answer, text)
        found.append((step, " ".join(words), match and " ".join(match[0].split())))
    return found


def names_of(*, embedded: bool) -> dict[str, str]:
    """What the places in braces stand for, with these data sets."""
    digits, clothes, pictures = ("mnist5k", "digits", "mnist5k") if embedded else ("mnist", *2 * ("fashion_mnist",))
    five = f"lab-2-optimizers-{digits}"
    return {"digits": digits, "clothes": clothes, "pictures": pictures, "five": five, "lab": ""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embedded", action="store_true", help="the small data sets")
    parser.add_argument("--cnn-epochs", help="of the lab; its own number where it is left out")
    parser.add_argument("--store", type=Path, help="of an earlier lab; a new one where it is left out")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        store = (options.store or place / "store").resolve()

        def run(words: Sequence[str]) -> str:
            here = ["--store", str(store)] if words[0] in (LAB, "report") else []
            asked = [sys.executable, "-m", "classlab", *words, *here]
            done = subprocess.run(asked, cwd=place, capture_output=True, text=True, check=False)
            return done.stdout + done.stderr

        lab = ["--embedded"] if options.embedded else []
        whole = [LAB, *lab, *(["--cnn-epochs", options.cnn_epochs] if options.cnn_epochs else [])]
        said = run([*whole, "-o", "."])
        names = names_of(embedded=options.embedded)
        steps = walk(run, place, lab=lab, names=names, said=said)
    replace_between(options.page, "lab-steps", _text(steps, shlex.join(["classlab", *whole])))
    missing = [step.what for step, _, answer in steps if answer is None]
    print(f"{len(steps) - len(missing)} of {len(steps)} steps are answered.", *missing, sep="\n")
    sys.exit(1 if missing else 0)


def _text(steps: Sequence[tuple[Asked, str, str | None]], lab: str) -> str:
    rows = [
        [str(place), str(step.question), step.what, f"`classlab {command}`" if command else f"`{lab}`", _shown(answer)]
        for place, (step, command, answer) in enumerate(steps, start=1)
    ]
    machine = describe_machine()
    where = f"Measured {machine['measured'][:10]} on {machine['processor']}, {machine['cores']} cores, with `{lab}`."
    return f"{table(['step', 'question', 'the course asks for', 'command', 'answer'], rows)}\n\n{where}"


def _shown(answer: str | None) -> str:
    if answer is None:
        return "missing"
    text = answer if len(answer) <= _MOST else f"{answer[: _MOST - 3].rstrip()}..."
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


if __name__ == "__main__":
    main()

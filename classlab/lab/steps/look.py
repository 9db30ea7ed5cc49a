"""Step 1: look at the data before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, listed
from classlab.datasets.inspection import Inspection, inspect
from classlab.datasets.pictures import picture
from classlab.lab.lesson import Lesson
from classlab.lab.step import Step, StepReport
from classlab.reports.document import Figure, Gallery, Paragraph, Table
from classlab.reports.figures.tile import tile, tile_figure

if TYPE_CHECKING:
    from typing import Literal

    from classlab.datasets.dataset import Dataset
    from classlab.lab.setting import Setting
    from classlab.lab.step import LabStudy, Results

_TRAIN_IMAGE, TEST_IMAGE = 25, 500  # the images that the course looks at
_PICTURE_WIDTH = 220  # CSS pixels


LESSON = Lesson(
    question="How many training and test images are there, of which size and type, and in which classes? Look at "
    "training image 25 and test image 500 with their labels, at 25 random training images, and at how many each "
    "class has.",
    expect="A network learns from examples, so first look at what it will see. Each image is a table of pixels, "
    "whole numbers from 0 to 255, and has a label that names its class. Training images are learned from; test "
    "images are kept for the end, because whoever has seen the questions beforehand has not shown that it "
    "understands. Networks learn best from small numbers, so pixels are divided by 255, once.",
    introduces=("class",),
    prediction="Does every class have the same number of images to train on?",
    choices=("Yes, exactly.", "Roughly: none has twice as many as another.", "No: one has at least twice as many."),
    knob="other images, by their numbers.",
    command="classlab data {digits} --no-tile --show train:7 --show test:7",
)


def studies(_setting: Setting) -> tuple[LabStudy, ...]:
    """Nothing is trained in this step."""
    return ()


def write(results: Results) -> StepReport:
    """Sizes, types, class counts, two images and a tile."""
    dataset, wanted = results.setting.images.digits, results.setting.image
    facts = inspect(dataset)
    train, test = (usual if wanted is None else wanted for usual in (_TRAIN_IMAGE, TEST_IMAGE))
    sizes = facts.splits["train"].per_class
    answers = (size_sentence(facts), balance_sentence(facts), repeated_sentence(facts))
    return StepReport(
        pictures=(
            tile_figure(tile(dataset.train.labels, dataset.class_names), dataset.train.images),
            Gallery(figures=(_one(dataset, "train", train), _one(dataset, "test", test))),
        ),
        brief=answers,
        details=(
            _splits(facts),
            _classes(facts),
            Paragraph(
                text="Every network below takes the pixels as they are, from 0 to 255, and its first layer divides "
                "them by 255: they reach the network between 0 and 1, once. Twice that minus 1 would lie between -1 "
                "and 1."
            ),
        ),
        answers=answers,
        held=0 if max(sizes) == min(sizes) else 1 if max(sizes) < 2 * min(sizes) else 2,
    )


def size_sentence(facts: Inspection) -> str:
    """How many images of which size and type."""
    height, width, channels = facts.image_shape
    train, test = facts.official["train"], facts.official["test"]
    aside = facts.splits["validation"].images if "validation" in facts.splits else 0
    kept = f", of which {count(aside)} are set aside as validation images," if aside else ""
    kinds = listed(sorted({split.image_dtype for split in facts.splits.values()}))
    low = min(split.minimum for split in facts.splits.values())
    high = max(split.maximum for split in facts.splits.values())
    colors = "gray" if channels == 1 else "color"
    return (
        f"{facts.name} has {count(train)} training images{kept} and {count(test)} test images in "
        f"{counted(len(facts.class_names), 'class', 'classes')}: {colors} pictures of {height} x {width} pixels, "
        f"{kinds} from {low} to {high}."
    )


def balance_sentence(facts: Inspection) -> str:
    """Whether the classes are equally frequent among the images that are trained on."""
    sizes = facts.splits["train"].per_class
    least, most = min(sizes), max(sizes)
    if most == least:
        return f"Every class has the same number of images to train on, {count(least)}."
    few, many = facts.class_names[sizes.index(least)], facts.class_names[sizes.index(most)]
    return (
        f"The classes are not equally frequent: to train on there are {count(most)} images of {many} and "
        f"{count(least)} of {few}, {most / least:.2f} times as many."
    )


def repeated_sentence(facts: Inspection) -> str:
    """Whether images occur twice, and in two splits."""
    doubles = sum(split.duplicates for split in facts.splits.values())
    shared = sum(overlap.images for overlap in facts.overlaps)
    if not doubles and not shared:
        return "No image occurs twice."
    return (
        f"{counted(doubles, 'image')} {'repeats' if doubles == 1 else 'repeat'} another one of the same split, and "
        f"{count(shared)} occur in two splits, pixel for pixel: a network may know those by heart."
    )


def _splits(facts: Inspection) -> Table:
    rows = tuple(
        (
            name,
            count(split.images),
            split.image_dtype,
            f"{split.minimum} to {split.maximum}",
            f"{split.mean:.1f}",
            f"{split.deviation:.1f}",
            split.label_dtype,
        )
        for name, split in facts.splits.items()
    )
    return Table(
        caption="The splits; pixel values from 0 to 255",
        header=("split", "images", "pixel type", "pixels", "mean", "standard deviation", "label type"),
        rows=rows,
        words=(0, 2, 6),
        note="Validation images are a fixed tenth of the official training images, chosen class by class. They choose; "
        "the test images are for the end.",
    )


def _classes(facts: Inspection) -> Table:
    rows = tuple(
        (name, *(count(split.per_class[label]) for split in facts.splits.values()))
        for label, name in enumerate(facts.class_names)
    )
    return Table(caption="Images per class", header=("class", *facts.splits), rows=rows)


def _one(dataset: Dataset, split: Literal["train", "test"], wanted: int) -> Figure:
    import io

    labels = dataset.train.labels if split == "train" else dataset.test.labels
    index = min(wanted, len(labels) - 1)
    content = io.BytesIO()
    picture(dataset, split, index).save(content, format="PNG")
    name = dataset.class_names[int(labels[index])]
    what = "Training" if split == "train" else "Test"
    return Figure(
        name=f"{split}-image-{index}",
        title=f"{what} image {index}: {name}.",
        alternative=f"{what} image {index} of {dataset.name}, labeled {name}.",
        image=content.getvalue(),
        kind="png",
        width=_PICTURE_WIDTH,
    )


STEP = Step(number=1, title="1. Look at the data", lesson=LESSON, studies=studies, write=write)

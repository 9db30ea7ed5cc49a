"""`classlab data`: what is in a dataset, and pictures of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from classlab.cli.shared_options import add_output_options
from classlab.cli.table_options import add_option, refuse_idle

if TYPE_CHECKING:
    from PIL.Image import Image

    from classlab.datasets.dataset import Dataset

_DESCRIPTION = """\
Prints sizes, types, pixel values, images per class and duplicates of a dataset, and draws a 5x5 tile of random
training images with their labels.

NAME is mnist, fashion_mnist, kmnist, cifar10, mnist5k or digits (the last two need no network), or a path: a folder of
pictures (NAME/<class>/*, or NAME/train/<class>/* beside NAME/test/<class>/*), an .npz file, or a folder of IDX files.
"""


def add_parser(subparsers: Any) -> None:
    """Adds the command to the command line."""
    parser = subparsers.add_parser(
        "data",
        help="look at a dataset: sizes, classes, duplicates, pictures",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="a dataset's name, or a path")
    add_option(parser, "validation", bounds=True, default=0.1)
    add_option(parser, "size", bounds=True)
    parser.add_argument("--tile", type=Path, metavar="FILE.png", help="where the tile goes (default NAME-tile.png)")
    parser.add_argument("--no-tile", action="store_true", help="draw no tile")
    parser.add_argument(
        "--show",
        nargs="+",
        action="append",
        default=[],
        metavar=("SPLIT:INDEX", "FILE.png"),
        help="draw one image, as in train:25 (default file NAME-train-25.png); may be given several times",
    )
    add_option(parser, "seed", bounds=True, default=0, help="which random images the tile shows")
    add_output_options(parser, quiet="say nothing on standard error", json="print one JSON document instead of text")
    parser.set_defaults(run=run, command_parser=parser)


def run(options: argparse.Namespace) -> int:
    """Runs the command."""
    from classlab.cli.text import narrate, print_json
    from classlab.datasets import inspect, load
    from classlab.records import to_plain

    shows = [_show(options.command_parser, words) for words in options.show]
    if options.no_tile:
        refuse_idle(options, ("tile", "seed"), "with --no-tile")

    def say(sentence: str) -> None:
        narrate(sentence, quiet=options.quiet)

    dataset = load(options.name, size=options.size, say=say)
    inspection = inspect(dataset, validation=options.validation)
    files = _draw(dataset, options, shows)
    if options.json:
        print_json({**to_plain(inspection), "files": files})
    else:
        from classlab.datasets.report import report

        print(report(inspection))
    for file in files:
        say(f"Drew {file['what']} in {file['file']}")
    return 0


def _draw(dataset: Dataset, options: argparse.Namespace, shows: list[_Show]) -> list[dict[str, Any]]:
    from classlab.datasets.pictures import label_of, picture, tile

    files = []
    stem = Path(options.name).name or "dataset"
    for split, index, path in shows:
        target = path or Path(f"{stem}-{split}-{index}.png")
        _write(picture(dataset, split, index), target)
        label = label_of(dataset, split, index)
        what = f"{split} image {index} (label {label})"
        files.append({"what": what, "file": str(target), "split": split, "index": index, "label": label})
    if not options.no_tile:
        target = options.tile or Path(f"{stem}-tile.png")
        _write(tile(dataset, seed=options.seed), target)
        files.append({"what": "a tile of random training images", "file": str(target), "seed": options.seed})
    return files


def _write(image: Image, path: Path) -> None:
    import io

    from classlab.files.atomic_file import make_folder, write_atomically

    content = io.BytesIO()
    image.save(content, format="PNG")
    make_folder(path.parent)
    write_atomically(path, content.getvalue())


_Show = tuple[Literal["train", "test"], int, "Path | None"]


def _show(parser: argparse.ArgumentParser, words: list[str]) -> _Show:
    split, _, index = words[0].partition(":")
    if split not in ("train", "test") or not (index.isascii() and index.isdigit()) or len(words) > 2:
        parser.error(f"--show takes SPLIT:INDEX and perhaps a file, as in train:25 two.png, but got {' '.join(words)}")
    return ("train" if split == "train" else "test", int(index), Path(words[1]) if len(words) == 2 else None)

"""`classlab lr`: which learning rates are worth trying."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, cast

from classlab.analysis.numbers import duration
from classlab.cli.lr_options import TAKEN
from classlab.cli.shared_options import set_threads
from classlab.cli.table_options import values_given
from classlab.cli.text import narrate, print_json
from classlab.errors import SpecError
from classlab.files.atomic_file import check_place, write_atomically
from classlab.options import checked, options_of
from classlab.options.table import NetworkOptions
from classlab.records import to_plain
from classlab.search.rate_search import search_rates
from classlab.studies.asked.assignment import load_data
from classlab.studies.asked.model_choice import choose_model

if TYPE_CHECKING:
    import argparse

    from classlab.options.table import TrainingOptions
    from classlab.records.rates import RateSearch


def run(options: argparse.Namespace) -> int:
    """Trains the rates and prints a range for every optimizer."""
    if options.output is not None and options.output.suffix.lower() != ".svg":
        raise SpecError(
            f"`output` must end in .svg, but got output={str(options.output)!r}. Give for example rates.svg."
        )
    network, course = values_given(options, options_of(NetworkOptions)), values_given(options, TAKEN)
    checked({**network, **course})  # before any image is read
    if options.output is not None:
        check_place(options.output)
    set_threads(options)
    dataset = load_data(options.data, say=lambda sentence: narrate(sentence, quiet=options.quiet), size=options.size)
    choice = choose_model(options.model, dataset, usual="fresh", **cast("NetworkOptions", network))
    searches = []
    for search in search_rates(
        dataset,
        choice,
        options.optimizer,
        options=cast("TrainingOptions", course),
        steps=options.steps,
        seeds=options.seeds,
        device=options.device,
    ):
        searches.append(search)
        if not options.json:
            _tell(search, options)
    if options.output is not None:
        from classlab.reports.figures.rate_search import rate_search_figure

        write_atomically(options.output, rate_search_figure(searches).image)
        narrate(f"Wrote {options.output}.", quiet=options.quiet)
    if options.json:
        print_json([to_plain(search) for search in searches])
    return 0


def _tell(search: RateSearch, options: argparse.Namespace) -> None:
    runs, images = len(search.trials) * search.seeds, f"{search.images:,} validation images"
    narrate(
        f"{search.optimizer}: {len(search.trials)} rates x {search.seeds} seeds, {runs} runs of {search.steps} steps "
        f"of {search.batch_size} images, measured on {images}, in {duration(search.seconds)}.",
        quiet=options.quiet,
    )
    found = search.suggestion
    if found is None:
        print(f"{search.optimizer}: no suggestion. {search.reason}", flush=True)
        return
    print(f"{search.optimizer}: try {found.rate:g}, or a study from {found.low:g} to {found.high:g}. {search.reason}")
    narrate(f"Go on with: {_study(search, options)}", quiet=options.quiet)


def _study(search: RateSearch, options: argparse.Namespace) -> str:
    """The sweep over the suggested range, with what this command was given."""
    found = search.suggestion
    rates = ",".join(f"{rate:g}" for rate in (found.low, found.rate, found.high)) if found else ""
    own = ("--optimizer", "--steps", "--seeds", "-o", "--output", "--json", "--quiet", "--threads", "--device")
    words, skip = [], False
    for word in options.command_line[1:]:
        if skip:
            skip = False
        elif word.partition("=")[0] in own:
            skip = "=" not in word and word not in ("--json", "--quiet")
        else:
            words.append(word)
    return shlex.join(["classlab", "sweep", *words, "--optimizer", search.optimizer, "--learning-rate", rates])

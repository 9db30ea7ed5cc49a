"""The search over learning rates from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, cast

from classlab.options import check_names, checked, options_of
from classlab.options.signature import takes
from classlab.options.table import NetworkOptions
from classlab.search.rate_search import SEEDS, STEPS, search_rates
from classlab.studies.asked.assignment import load_data
from classlab.studies.asked.model_choice import choose_model

if TYPE_CHECKING:
    from classlab.options.table import TrainingOptions
    from classlab.options.words import DeviceName, LossName, Preprocessing
    from classlab.records.rates import RateSearch


@takes(NetworkOptions)
def find_rates(
    data: Any,
    model: Any = "mlp",
    *,
    optimizer: str = "adam",
    steps: int = STEPS,
    seeds: int = SEEDS,
    batch_size: int | None = None,
    loss: LossName | None = None,
    limit: int | None = None,
    preprocessing: Preprocessing | None = None,
    device: DeviceName = "auto",
    **options: Unpack[NetworkOptions],
) -> RateSearch:
    """Trains thirty learning rates at once for a fraction of an epoch, and suggests a range.

    Args:
        data: as in `fit`.
        model: as in `fit`; every seed draws its weights anew.
        optimizer: Keras's name in lower case.
        steps: of every run; rounded up to whole epochs where the training images give fewer in one.
        seeds: runs of every rate.
        batch_size: as in `fit`.
        loss: as in `fit`.
        limit: as in `fit`.
        preprocessing: as in `fit`.
        device: auto, cpu or cuda.
        **options: those of the network.

    Returns:
        The losses, and the suggestion with its reason.

    Raises:
        DataError: the data cannot be used.
        SpecError: an option is unknown, contradicts another one or would have no effect, or the model does not fit the
            images.

    Example:
        >>> search = find_rates("digits", "linear", steps=20, seeds=1)
        >>> search.suggestion.low < search.suggestion.rate < search.suggestion.high
        True
    """
    check_names(options, options_of(NetworkOptions), taker="`find_rates`")
    given = {"batch_size": batch_size, "loss": loss, "limit": limit, "preprocessing": preprocessing}
    course = {name: value for name, value in given.items() if value is not None}
    checked({**options, **course, "optimizer": optimizer})
    dataset = load_data(data)
    choice = choose_model(model, dataset, usual="fresh", **options)
    asked = cast("TrainingOptions", course)
    return next(search_rates(dataset, choice, (optimizer,), options=asked, steps=steps, seeds=seeds, device=device))

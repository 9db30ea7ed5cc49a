"""Device, threads, processor and arithmetic of a training, as its record names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from classlab.training.kernels.library import kernels
from classlab.training.kernels.recognition import settled_precision
from classlab.training.need import need_for_gpu
from classlab.training.process.processor import auto_is_bfloat16, on_processor, processor_facts
from classlab.training.process.threads import thread_count

if TYPE_CHECKING:
    from classlab.options.words import DeviceName
    from classlab.records.run import Precision, RunSpec

Arithmetic = Literal["float32", "bfloat16", "float64"]


@dataclass(frozen=True, kw_only=True)
class EnvironmentFacts:
    """What a training computes on, and with; see `Environment`."""

    device: str
    threads: int
    processor: str
    precision: Arithmetic


def environment_facts(device: DeviceName = "auto", run: RunSpec | None = None) -> EnvironmentFacts:
    """What a training on this device computes on, and with: float32 where no run is named.

    Raises:
        MissingExtraError: cuda was asked for, and PyTorch is not installed.
        SpecError: cuda was asked for and there is none.
    """
    name: str
    arithmetic: Arithmetic
    precision = settled_precision(run, device) if run else "float32"
    if not on_processor(device):
        name, arithmetic = _of_pytorch(device, precision)
    elif precision == "auto":
        name, arithmetic = "cpu", "bfloat16" if auto_is_bfloat16() else "float32"
    else:
        name, arithmetic = "cpu", precision
    return EnvironmentFacts(
        device=name,
        threads=thread_count(),
        processor=processor_facts(with_kernels=kernels() is not None),
        precision=arithmetic,
    )


def _of_pytorch(device: DeviceName, precision: Precision) -> tuple[str, Arithmetic]:
    need_for_gpu()
    import torch

    from classlab.training.tensor.device import pick_device, pick_dtype

    chosen = pick_device(device)
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "cpu"
    names: dict[torch.dtype, Arithmetic] = {torch.bfloat16: "bfloat16", torch.float64: "float64"}
    return name, names.get(pick_dtype(precision, chosen), "float32")

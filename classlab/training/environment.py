"""Device, threads, processor and arithmetic of a training, as its record names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.training.kernels.library import kernels
from classlab.training.process.processor import DeviceName, multiplies_bfloat16, on_processor, processor_facts
from classlab.training.process.threads import thread_count

if TYPE_CHECKING:
    from classlab.options.words import DeviceName as DeviceName
    from classlab.records.run import Precision


def environment_facts(device: DeviceName = "auto", precision: Precision = "float32") -> dict[str, Any]:
    """Device, threads, processor and arithmetic as a run's record names them.

    Raises:
        SpecError: cuda was asked for and there is none.
    """
    if on_processor(device):
        name, arithmetic = "cpu", str(precision)
        if precision == "auto":
            arithmetic = "bfloat16" if multiplies_bfloat16() else "float32"
    else:
        name, arithmetic = _of_pytorch(device, precision)
    processor = processor_facts(with_kernels=kernels() is not None)
    return {"device": name, "threads": thread_count(), "processor": processor, "precision": arithmetic}


def _of_pytorch(device: DeviceName, precision: Precision) -> tuple[str, str]:
    import torch

    from classlab.training.tensor.device import pick_device, pick_dtype

    chosen = pick_device(device)
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "cpu"
    return name, str(pick_dtype(precision, chosen)).removeprefix("torch.")

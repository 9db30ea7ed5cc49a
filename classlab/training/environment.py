"""Device, threads, processor and arithmetic of a training, as its record names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.training.processor import gpu_may_be_here, multiplies_bfloat16, processor_facts
from classlab.training.thread_count import thread_count

if TYPE_CHECKING:
    from classlab.options.words import DeviceName as DeviceName
    from classlab.records.run import Precision


def on_processor(device: DeviceName) -> bool:
    """Whether everything is computed on the processor; PyTorch is asked only where there may be a GPU."""
    return device == "cpu" or (device == "auto" and not _gpu_is_here())


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
    return {"device": name, "threads": thread_count(), "processor": processor_facts(), "precision": arithmetic}


def _gpu_is_here() -> bool:
    if not gpu_may_be_here():
        return False
    import torch

    # There may be a driver without a GPU, a GPU that the user hides, or a PyTorch that was built without CUDA.
    return torch.cuda.is_available()


def _of_pytorch(device: DeviceName, precision: Precision) -> tuple[str, str]:
    import torch

    from classlab.training.device import pick_device, pick_dtype

    chosen = pick_device(device)
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else "cpu"
    return name, str(pick_dtype(precision, chosen)).removeprefix("torch.")

"""What a PyTorch that pip would not have chosen says, instead of a crash in the first step."""

from __future__ import annotations

import pytest
import torch

from classlab.errors import SpecError
from classlab.records import optimizers
from classlab.training.loop.update_rules import slots_of
from classlab.training.tensor.optimizers.base import Rows
from classlab.training.tensor.optimizers.population import rule_for


@pytest.mark.parametrize("spec", [optimizers.Adam(), optimizers.RMSprop()])
@pytest.mark.parametrize("kernel", ["gone", "of other arguments"])
def test_a_pytorch_with_another_fused_kernel_is_refused_by_a_sentence(spec, kernel, monkeypatch):
    if kernel == "gone":
        monkeypatch.delattr(torch, "_fused_adam_")
    else:
        monkeypatch.setattr(torch, "_fused_adam_", lambda: None)
    weights = torch.zeros(1, 3)
    slots = {name: [torch.full((1, 3), start)] for name, start in slots_of(spec).items()}
    rows = Rows([weights], [torch.ones(1, 3)], slots)
    with pytest.raises(SpecError) as refusal:
        rule_for(spec).update(rows, learning_rate=0.1, step=1)
    assert str(refusal.value) == (
        "the engine needs a PyTorch whose fused Adam kernel it knows, but that of "
        f"torch {torch.__version__} is another. Install a version that `pip check` accepts."
    )

import numpy as np
import pytest
import torch

from classlab.datasets import Split
from classlab.records.layers import Normalization, Rescaling
from classlab.training.tensor import resident
from classlab.training.tensor.resident import ResidentImages

CPU = torch.device("cpu")
STATISTICS = Normalization(mean=(10.0, 20.0, 30.0), variance=(4.0, 9.0, 16.0))


@pytest.fixture
def split():
    source = np.random.default_rng(0)
    images = source.integers(0, 256, (37, 4, 5, 3), dtype=np.uint8)
    return Split(images=images, labels=source.integers(0, 3, 37))


@pytest.mark.parametrize("prepared", [1, 2_000, 10**7])  # bytes: one batch at a time, a few, all
@pytest.mark.parametrize("scaling", [Rescaling(scale=1 / 255), Rescaling(scale=2 / 255, offset=-1.0), STATISTICS])
def test_batches_are_the_scaled_images_in_the_order_asked_for(split, prepared, scaling, monkeypatch):
    monkeypatch.setattr(resident, "_PREPARED", prepared)
    images = ResidentImages(split, input_layer=scaling, classes=3, device=CPU)
    orders = torch.stack([torch.randperm(37, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1)])
    batches = [batch.clone() for batch in images.batches(orders, size=8)]
    assert [batch.shape[1] for batch in batches] == [8, 8, 8, 8, 5]
    raw = split.images[orders.numpy()].astype(np.float64)
    if isinstance(scaling, Rescaling):
        wanted = raw * scaling.scale + scaling.offset
    else:
        wanted = (raw - np.array(scaling.mean)) / np.sqrt(np.array(scaling.variance))
    np.testing.assert_allclose(torch.cat(batches, 1).numpy(), wanted, rtol=1e-5, atol=1e-5)


def test_targets_follow_the_same_order_with_images_innermost(split):
    images = ResidentImages(split, input_layer=Rescaling(scale=1.0), classes=3, device=CPU)
    orders = torch.tensor([[3, 1, 2], [0, 5, 4]])
    wanted = np.eye(3)[split.labels[orders.numpy()]].transpose(0, 2, 1)
    np.testing.assert_array_equal(images.targets(orders).numpy(), wanted)
    np.testing.assert_array_equal(images.all_targets()[0].numpy(), np.eye(3)[split.labels].T)

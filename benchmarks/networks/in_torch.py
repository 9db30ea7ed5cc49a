"""The same networks in PyTorch, with Keras's constants where the two libraries differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from benchmarks.networks.names import BroughtName

CLASSES = 10


def torch_network(name: BroughtName) -> nn.Module:
    """Builds one network; weights of Glorot's rule, biases 0, as Keras draws them."""
    network = _BUILDERS[name]()
    for part in network.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return network


def _normalization(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)  # Keras: epsilon 0.001, momentum 0.99 of what was


def _convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(1600, CLASSES),
    )


def _vgg() -> nn.Module:
    parts: list[nn.Module] = []
    before = 3
    for filters in (32, 64, 128):
        for _ in range(2):
            parts += [nn.Conv2d(before, filters, 3, padding=1), _normalization(filters), nn.ReLU(inplace=True)]
            before = filters
        parts += [nn.MaxPool2d(2), nn.Dropout(0.25)]
    parts += [nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(128, CLASSES)]
    return nn.Sequential(*parts)


class _Block(nn.Module):
    """Two convolutions beside a skip."""

    def __init__(self, before: int, filters: int, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(before, filters, 3, stride, padding=1),
            _normalization(filters),
            nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, padding=1),
            _normalization(filters),
        )
        self.beside = nn.Identity() if stride == 1 else nn.Conv2d(before, filters, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Images `(batch, channels, rows, columns)`."""
        return torch.relu(self.inner(x) + self.beside(x))


def _residual() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        _normalization(16),
        nn.ReLU(inplace=True),
        _Block(16, 16, 1),
        _Block(16, 32, 2),
        _Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, CLASSES),
    )


def _separable() -> nn.Module:
    parts: list[nn.Module] = [nn.Conv2d(3, 32, 3, padding=1), _normalization(32), nn.ReLU(inplace=True)]
    before = 32
    for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2)):
        parts += [
            nn.Conv2d(before, before, 3, stride, padding=1, groups=before),
            _normalization(before),
            nn.ReLU(inplace=True),
            nn.Conv2d(before, filters, 1),
            _normalization(filters),
            nn.ReLU(inplace=True),
        ]
        before = filters
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, CLASSES))


class _Rows(nn.Module):
    """An LSTM over the rows of an image, and a linear layer on its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(28, 64, batch_first=True)
        self.scores = nn.Linear(64, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Images `(batch, 1, 28, 28)`."""
        scores: Tensor = self.scores(self.recurrent(x.squeeze(1))[0][:, -1])
        return scores


class _ChannelGate(nn.Module):
    """Scales every channel by a sigmoid of its mean, through one small matrix (squeeze and excitation)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel = nn.Linear(channels, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Images `(batch, channels, rows, columns)`."""
        return x * torch.sigmoid(self.kernel(x.mean((2, 3))))[:, :, None, None]


def _own_layer() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        _ChannelGate(32),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 64),
        nn.ReLU(inplace=True),
        nn.Linear(64, CLASSES),
    )


_BUILDERS = {
    "convnet": _convnet,
    "vgg": _vgg,
    "residual": _residual,
    "separable": _separable,
    "lstm": _Rows,
    "own-layer": _own_layer,
}

"""What stands between features and a head: nothing."""

from __future__ import annotations

from classlab.records.layers import Rescaling

AS_THEY_ARE = Rescaling(scale=1.0)
"""A head's input layer: features are not scaled again."""

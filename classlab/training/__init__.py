"""The training engine: populations on PyTorch. Only this package imports torch."""

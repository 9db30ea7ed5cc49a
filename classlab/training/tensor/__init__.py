"""The backend on PyTorch: layers, losses and optimizers for all members of a population at once."""

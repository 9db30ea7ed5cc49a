"""The part of the engine that runs outside PyTorch: whole training steps in compiled kernels, where they are installed.

Everything here is optional. Without the kernels, or for a network they do not know, the same training runs on PyTorch.
"""

"""The backend in compiled kernels: whole training steps of dense networks outside PyTorch, where they are installed.

Everything here is optional. Without the kernels, or for a network they do not know, the same training runs on PyTorch.
"""

"""The one measure of a network and of the images it learns from, for whoever trains it.

The engine's probes and the Keras callback hand over arrays (of NumPy or PyTorch, members first) and get records; what a
figure means is written here and nowhere else. Where the two once differed, the module that decides says why.
"""

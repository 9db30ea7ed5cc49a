"""Heads on the features of a frozen backbone: which backbone, where it is kept, and its features."""

"""Carrying out what was asked: plan, training, progress."""

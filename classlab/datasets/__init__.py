"""Datasets: one source or format per module, splits, and inspection."""

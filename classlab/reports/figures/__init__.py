"""Figures: one per module, its numbers as a plain function, and its drawing as another."""

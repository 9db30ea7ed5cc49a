"""Remedies of findings as changed settings, and their proof."""

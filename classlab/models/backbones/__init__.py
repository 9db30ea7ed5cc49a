"""Backbones: networks cut before their head, framed for the images, kept in a file, and joined with a new head."""

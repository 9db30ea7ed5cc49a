"""Searching before a study: which learning rates are worth an arm."""

"""Faults of files, values, folders and streams: how many of them end in a sentence, n of N for each kind."""

"""Findings: what is wrong with a run, a study, a script or a notebook, why, and what would mend it."""

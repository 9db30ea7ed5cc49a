"""Studies: runs from specification to record, and where they live."""

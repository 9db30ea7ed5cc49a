"""The local page of `classlab serve`: studies live, runs from within, drawings answered."""

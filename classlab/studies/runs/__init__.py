"""One run, in memory and in its folder."""

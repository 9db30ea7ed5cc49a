"""Results of studies and runs as people read them."""

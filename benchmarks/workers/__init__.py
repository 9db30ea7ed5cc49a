"""One measurement per process: each module trains one tool on one job and prints what it measured as JSON."""

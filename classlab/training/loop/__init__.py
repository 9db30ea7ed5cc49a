"""The training loop, and what every backend keeps to: members, figures, schedules, randomness, weights, checkpoints."""

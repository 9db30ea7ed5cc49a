"""Update rules of the engine, one per module, and the optimizer of a population."""

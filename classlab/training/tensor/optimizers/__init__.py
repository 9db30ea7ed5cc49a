"""Update rules of the engine, a family per module, and the optimizer of a population."""

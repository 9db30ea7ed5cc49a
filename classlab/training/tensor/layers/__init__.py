"""The engine's layers, one kind per module, and how specifications become layers."""

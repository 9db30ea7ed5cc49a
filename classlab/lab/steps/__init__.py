"""One module per step of the lab: its studies, and the words of its answers."""

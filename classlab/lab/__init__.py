"""The course's lab: its steps as studies, its questions answered from what was measured, and its notebooks."""

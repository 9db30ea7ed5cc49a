"""What the audit looks for: one rule, or a few that read the same facts, per module."""

"""Judging what was trained elsewhere: results of other programs in, a verdict that claims no more than they show."""

"""The sections of a report, each built from numbers and usable in reports of other kinds."""

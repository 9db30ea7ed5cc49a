"""Reports: numbers first, then words, figures and pages that show them. Reads records and arrays, never a trainer."""

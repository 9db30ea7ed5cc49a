"""Reading and writing the files of this package: whole or absent, bounded, and proven by a digest."""

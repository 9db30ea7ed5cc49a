"""A run as one HTML file that draws, looks and answers without network: its weights and their arithmetic in JavaScript."""

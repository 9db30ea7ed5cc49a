"""A run as one HTML file that answers without network: its weights, and their arithmetic in JavaScript."""

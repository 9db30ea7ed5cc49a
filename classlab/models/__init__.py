"""Models: built-in architectures, what they weigh, and the bridge to Keras and back."""

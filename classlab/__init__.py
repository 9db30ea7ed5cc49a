"""Train, compare and explain image classifiers: Keras in, Keras out."""

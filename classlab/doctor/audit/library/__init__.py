"""What the audit knows of Python's own functions, NumPy, Keras, TensorFlow, scikit-learn and Matplotlib."""

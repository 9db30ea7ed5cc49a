"""Networks that people bring, each once in Keras and once in PyTorch, with the images that they are trained on."""

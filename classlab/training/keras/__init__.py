"""The backend through Keras itself, for models with a layer that the engine does not know."""

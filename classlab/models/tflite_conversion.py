"""A program of its own that converts a `.keras` file by TensorFlow, and runs what came of it on images.

`python tflite_conversion.py MODEL.keras MADE.npz < IMAGES.npz`, which imports nothing of classlab.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from typing import Any

import numpy as np


def main(model_file: str, made_file: str) -> None:
    """Reads images from standard input, and writes the converted model and its scores."""
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    import keras
    import tensorflow as tf

    with np.load(io.BytesIO(sys.stdin.buffer.read())) as given:
        images, from_logits = given["images"], bool(given["from_logits"])
    model = keras.saving.load_model(model_file, compile=False, safe_mode=True)

    def probabilities(images: Any) -> dict[str, Any]:
        scores = model(images, training=False)
        return {"probabilities": tf.nn.softmax(scores) if from_logits else scores}

    saved = keras.export.ExportArchive()  # from a function alone the converter loses a Keras model's weights
    saved.track(model)
    signature = [tf.TensorSpec((1, *images.shape[1:]), tf.uint8, name="images")]
    saved.add_endpoint("serve", probabilities, input_signature=signature)
    with tempfile.TemporaryDirectory() as folder:
        saved.write_out(folder, verbose=False)
        content = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    run = _interpreter()(model_content=content).get_signature_runner()
    scores = np.concatenate([run(images=image[None])["probabilities"] for image in images])
    np.savez(made_file, content=np.frombuffer(content, np.uint8), scores=scores)


def _interpreter() -> Any:
    """The class, which is moving from TensorFlow to a package of its own."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite.python.interpreter import Interpreter
    return Interpreter


if __name__ == "__main__":
    main(*sys.argv[1:])

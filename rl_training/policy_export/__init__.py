"""From a trained model to what ships: an ONNX file that takes raw observations, and its checks."""

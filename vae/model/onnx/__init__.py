"""Models as pairs of ONNX networks: read with bounds and run by onnxruntime, made of ours, written.

`onnx` and `onnxruntime` are imported where they are needed: only who looks at such a model waits for them.
"""

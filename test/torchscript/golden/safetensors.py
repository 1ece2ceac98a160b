"""Writes arrays as safetensors: the length of a JSON header, it, the data."""
import json
import numpy as np

TYPES = {np.dtype("float32"): "F32", np.dtype("float64"): "F64",
         np.dtype("int64"): "I64", np.dtype("bool"): "BOOL"}


def write(path, arrays):
    header, data, end = {}, [], 0
    for name, a in arrays.items():
        raw = np.ascontiguousarray(a).tobytes()
        header[name] = {"dtype": TYPES[a.dtype], "shape": list(a.shape),
                        "data_offsets": [end, end + len(raw)]}
        data.append(raw)
        end += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + b"".join(data))

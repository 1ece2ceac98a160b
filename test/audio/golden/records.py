"""Small databases as RAVE makes them of recordings: records/data.mdb, of two
channels, and lazy/data.mdb, which names files. Written by liblmdb itself.

    /usr/bin/python3 records.py

Sample s of channel c of record r is (131 r + 17 c + 7 s) % 2000 - 1000; records
have 20 frames, and every tenth 700, which take pages of their own."""
import ctypes
import os
import shutil
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS, CHANNELS, RATE, INT16 = 70, 2, 22050, 3
lib = ctypes.CDLL("liblmdb.so.0")


class Value(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_char_p)]


def check(code):
    if code:
        raise SystemExit(f"liblmdb: {code}")


def write(folder, records):
    path = os.path.join(HERE, folder)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    env, txn = ctypes.c_void_p(), ctypes.c_void_p()
    db = ctypes.c_uint()
    check(lib.mdb_env_create(ctypes.byref(env)))
    check(lib.mdb_env_set_mapsize(env, ctypes.c_size_t(1 << 24)))
    check(lib.mdb_env_open(env, path.encode(), 0, 0o644))
    for first in range(0, len(records), 25):
        check(lib.mdb_txn_begin(env, None, 0, ctypes.byref(txn)))
        check(lib.mdb_dbi_open(txn, None, 0, ctypes.byref(db)))
        for i in range(first, min(first + 25, len(records))):
            key = b"%08d" % i
            k = Value(len(key), key)
            v = Value(len(records[i]), records[i])
            check(lib.mdb_put(txn, db, ctypes.byref(k), ctypes.byref(v), 0))
        check(lib.mdb_txn_commit(txn))
    lib.mdb_env_close(env)
    os.remove(os.path.join(path, "lock.mdb"))


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """A number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def record(r):
    frames = 700 if r % 10 == 9 else 20
    samples = [(131 * r + 17 * c + 7 * s) % 2000 - 1000
               for c in range(CHANNELS) for s in range(frames)]
    data = struct.pack(f"<{len(samples)}h", *samples)
    buffer = (field(1, CHANNELS) + field(1, len(data) // CHANNELS)
              + field(2, RATE) + field(3, data) + field(4, INT16))
    return field(1, field(1, b"waveform") + field(2, buffer))


def lazy(r):
    return b"".join(field(2, field(1, key) + field(2, value)) for key, value in
                    ((b"path", b"a.wav"), (b"length", b"3")))


write("records", [record(r) for r in range(RECORDS)])
write("lazy", [lazy(r) for r in range(2)])

"""Writes what the Go encoder embeds. Usage: write.py WORK FOLDER (FOLDER: seer/embed)

table.bin, all little-endian:
  magic "KRTABLE1", then uint32: rows, dim, bytes of pieces, slots, CRC-32 (IEEE) of all that follows this header, bytes of the longest piece
  uint16 × slots: the hash table of pieces, row + 1, 0 where empty (FNV-1a, linear probing)
  uint32 × rows: where each piece ends; the pieces themselves, padded to 4 bytes. Rows are sorted by piece; continuations begin with ##
  uint16 × rows: √idf × 4096
  uint16 × rows: the row's scale, the upper half of a float32
  int8 × rows × dim
"""

import gzip
import hashlib
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import torch

from reference import Reference
from train import Texts, idf

SLOTS = 1 << 16


def hash_of(piece):
    h = 0x811C9DC5
    for b in piece:
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def slots_of(pieces):
    slots = np.zeros(SLOTS, "<u2")
    for row, piece in enumerate(pieces):
        h = hash_of(piece)
        at = (h ^ h >> 16) % SLOTS
        while slots[at]:
            at = (at + 1) % SLOTS
        slots[at] = row + 1
    return slots


def quantise(table):
    """Rows as int8 and a scale that is exact in the upper half of a float32."""
    exact = np.abs(table).max(1, keepdims=True) / 127
    # Rounded up, so that the greatest value does not overflow.
    scale = ((exact.astype("<f4").view("<u4") + 0xFFFF) >> 16).astype("<u2")
    step = (scale.astype("<u4") << 16).view("<f4")
    return np.rint(table / np.maximum(step, 1e-30)).clip(-127, 127).astype(np.int8), scale[:, 0]


def main(work, folder):
    pieces = [p.encode() for p in (work / "pieces.txt").read_text().split("\n")[:-1]]
    table = np.load(work / "table.npy")
    texts = Texts(np.load(work / "ids.npy"), np.load(work / "starts.npy"))
    weight = np.rint(np.sqrt(idf(texts, len(pieces)).numpy()) * 4096).astype("<u2")
    order = sorted(range(len(pieces)), key=lambda i: pieces[i])
    pieces, table, weight = [pieces[i] for i in order], table[order], weight[order]
    rows, scale = quantise(table)
    blob = b"".join(pieces)
    blob_size = -(-len(blob) // 4) * 4
    longest = max(len(p.removeprefix(b"##")) for p in pieces)
    ends = np.cumsum([len(p) for p in pieces]).astype("<u4")
    body = slots_of(pieces).tobytes() + ends.tobytes() + blob.ljust(blob_size, b"\0") + weight.tobytes() + scale.tobytes() + rows.tobytes()
    head = b"KRTABLE1" + struct.pack("<6I", len(pieces), rows.shape[1], blob_size, SLOTS, zlib.crc32(body), longest)
    (folder / "table.bin").write_bytes(head + body)
    checksum = hashlib.sha256(head + body).hexdigest()
    (folder / "table.bin.sha256").write_text(f"{checksum}  table.bin\n")
    print(f"table.bin: {len(head + body)} bytes, {len(pieces)} rows, crc {zlib.crc32(body):08x}, sha256 {checksum}")
    reference = Reference(pieces, rows, scale, weight)
    cases = [reference.case(t) for t in json.loads((Path(__file__).parent / "texts.json").read_text())]
    (folder / "testdata").mkdir(exist_ok=True)
    with gzip.GzipFile(folder / "testdata" / "encodings.json.gz", "wb", mtime=0) as f:
        f.write(json.dumps({"crc": f"{zlib.crc32(body):08x}", "cases": cases}, ensure_ascii=False, separators=(",", ":")).encode())
    print(len(cases), "encodings")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())

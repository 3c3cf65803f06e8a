"""The images that are built: real sprites, and any number of small generated ones."""

import os
import random
import shutil
import struct
import zlib

IN_A_FOLDER = 250


def take_sprites(source, target, count):
    """Hard links to the first `count` PNGs of different content, in their folders."""
    shutil.rmtree(target, ignore_errors=True)
    seen = set()
    for path in sorted(source.rglob("*.png")):
        content = path.read_bytes()
        if len(seen) == count:
            break
        if content in seen:
            continue
        seen.add(content)
        name = target / path.relative_to(source)
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(content)
    return target


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def small_png(draw):
    """8 x 8 grey pixels, no two alike."""
    rows = b"".join(b"\0" + draw.randbytes(8) for _ in range(8))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def generate(target, count):
    shutil.rmtree(target, ignore_errors=True)
    draw = random.Random(1)
    for i in range(count):
        folder = target / f"{i // IN_A_FOLDER:04}"
        if i % IN_A_FOLDER == 0:
            os.makedirs(folder)
        (folder / f"{i % IN_A_FOLDER:03}.png").write_bytes(small_png(draw))
    return target

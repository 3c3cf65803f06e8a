"""Draws the images that the manual's commands work on, with Python's own library."""

import math
import random
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, channels, rows):
    color_type = {3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    data = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 1)) + chunk(b"IEND", b"")


def photo(width, height, seed):
    """A soft landscape with grain, as PNG: what lossy formats are good at."""
    draw = random.Random(seed)
    waves = [(draw.uniform(0.004, 0.05), draw.uniform(0, 6.3), draw.uniform(6, 26)) for _ in range(8)]
    across = [sum(a * math.sin(x * f + p) for f, p, a in waves[:4]) for x in range(width)]
    grain = [draw.randrange(-7, 8) for _ in range(4099)]
    rows, at = [], 0
    for y in range(height):
        down = sum(a * math.sin(y * f + p) for f, p, a in waves[4:])
        sky = 120 + 70 * (1 - y / height)
        row = bytearray(3 * width)
        for x in range(width):
            at = (at * 5 + 1 + x) % 4099
            light = sky + across[x] + down + grain[at]
            for c, tint in enumerate((0.95, 1.0, 1.08)):
                row[3 * x + c] = max(0, min(255, int(light * tint)))
        rows.append(bytes(row))
    return png(width, height, 3, rows)


def drawing(width, height, seed):
    """A disc and bars on nothing, as PNG with transparency: what lossless formats are good at."""
    draw = random.Random(seed)
    ink, paper = (bytes(draw.randrange(256) for _ in range(3)) + b"\xff" for _ in range(2))
    nothing = b"\0\0\0\0"
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            inside = (2 * x - width) ** 2 + (2 * y - height) ** 2 < (min(width, height) * 0.9) ** 2
            row += nothing if not inside else ink if (x * 8 // width + y * 8 // height) % 2 else paper
        rows.append(bytes(row))
    return png(width, height, 4, rows)

"""Images for the command-line tests, written byte by byte with Python's own library.

Every function returns the bytes of one file. What is drawn depends on the arguments alone; another `seed` gives
other pixels.
"""

import struct
import zlib

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
PNG_KINDS = [
    (GREY, 1), (GREY, 2), (GREY, 4), (GREY, 8), (GREY, 16), (RGB, 8), (RGB, 16),
    (PALETTE, 1), (PALETTE, 2), (PALETTE, 4), (PALETTE, 8), (GREY_ALPHA, 8), (GREY_ALPHA, 16), (RGBA, 8), (RGBA, 16),
]

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    b"size 12345\n"
)
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>\n'


def sample(x, y, channel, seed, depth):
    """A value of a soft gradient with a hard pattern in it, from 0 to 2**depth - 1."""
    soft = x * 3 + y * 5 + channel * 40 + seed * 17
    hard = 64 if (x // 4 + y // 4 + seed) % 3 == 0 else 0
    return ((soft + hard) * 263 % 65536) >> (16 - depth)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(values, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in values)
    if depth == 8:
        return bytes(values)
    row = bytearray((len(values) * depth + 7) // 8)
    for i, value in enumerate(values):
        bit = i * depth
        row[bit // 8] |= value << (8 - depth - bit % 8)
    return bytes(row)


def png_rows(width, height, color_type, depth, seed):
    rows = bytearray()
    for y in range(height):
        values = [sample(x, y, c, seed, depth) for x in range(width) for c in range(CHANNELS[color_type])]
        rows += b"\0" + pack_row(values, depth)
    return bytes(rows)


def png(width=24, height=16, seed=0, kind=(RGB, 8), extra=b"", level=6):
    """A PNG of one colour type and depth; `extra` are whole chunks put in front of the pixels."""
    color_type, depth = kind
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))
    if color_type == PALETTE:
        count = 1 << depth
        colours = b"".join(bytes(((i * 37 + seed) % 256, (i * 91) % 256, 255 - i % 256)) for i in range(count))
        header += chunk(b"PLTE", colours) + chunk(b"tRNS", bytes(min(255, 60 + 3 * i) for i in range(count)))
    pixels = zlib.compress(png_rows(width, height, color_type, depth, seed), level)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def fat_png(seed=0, width=24, height=16):
    """An RGB PNG stored without compression: there is always something to gain. Its size depends on its size in
    pixels alone."""
    return png(width, height, seed, level=0)


def noise_png(width, height, seed, color_type=RGB):
    """A PNG of noise, which takes encoders their time."""
    state, rows = seed * 2 + 1, bytearray()
    for _ in range(height):
        rows.append(0)
        for _ in range(CHANNELS[color_type] * width):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            rows.append(state >> 20 & 0x3F)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b"")


def apng(width=16, height=12, frames=3):
    def control(sequence):
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, 1, 10, 0, 0))

    parts = [
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, RGBA, 0, 0, 0)),
        chunk(b"acTL", struct.pack(">II", frames, 0)),
        control(0),
        chunk(b"IDAT", zlib.compress(png_rows(width, height, RGBA, 8, 0))),
    ]
    for frame in range(1, frames):
        data = zlib.compress(png_rows(width, height, RGBA, 8, frame))
        parts += [control(2 * frame - 1), chunk(b"fdAT", struct.pack(">I", 2 * frame) + data)]
    return b"".join(parts) + chunk(b"IEND", b"")


def gif(width=16, height=12, frames=1, seed=0):
    """A GIF of 128 colours whose LZW stream has only codes of 8 bits: a clear code stands before the table grows."""
    colours = b"".join(bytes((2 * i, 255 - 2 * i, (7 * i + seed) % 256)) for i in range(128))
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF6, 0, 0), colours]
    if frames > 1:
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")
    for frame in range(frames):
        pixels = [(x * 3 + y * 5 + 20 * frame + seed) % 128 for y in range(height) for x in range(width)]
        codes = bytearray()
        for i, value in enumerate(pixels):
            if i % 100 == 0:
                codes.append(128)
            codes.append(value)
        codes.append(129)
        parts += [b"\x21\xf9\x04\x04\x0a\0\0\0", b"\x2c", struct.pack("<HHHHB", 0, 0, width, height, 0), b"\x07"]
        parts += [bytes([len(codes[i:i + 255])]) + bytes(codes[i:i + 255]) for i in range(0, len(codes), 255)]
        parts.append(b"\0")
    return b"".join(parts) + b"\x3b"


def tiff(width=20, height=14, seed=0, depth=8):
    """A TIFF in one uncompressed strip of RGB."""
    layout = "<B" if depth == 8 else "<H"
    pixels = b"".join(
        struct.pack(layout, sample(x, y, c, seed, depth)) for y in range(height) for x in range(width) for c in range(3)
    )
    entries = 10
    after = 8 + 2 + 12 * entries + 4
    short, long = 3, 4
    fields = [
        (256, long, 1, width), (257, long, 1, height), (258, short, 3, after), (259, short, 1, 1), (262, short, 1, 2),
        (273, long, 1, after + 6), (277, short, 1, 3), (278, long, 1, height), (279, long, 1, len(pixels)),
        (284, short, 1, 1),
    ]
    directory = struct.pack("<H", entries) + b"".join(struct.pack("<HHII", *f) for f in fields) + b"\0\0\0\0"
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<HHH", depth, depth, depth) + pixels


def bmp(width=8, height=8):
    stride = (3 * width + 3) // 4 * 4
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, stride * height, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + stride * height, 0, 0, 54) + info + b"\x55" * (stride * height)


def broken_png():
    """A PNG whose header is whole and whose pixels are nonsense."""
    whole = png(40, 40, seed=3)
    at = whole.index(b"IDAT") + 4
    return whole[:at] + b"\xff" * 40 + whole[at + 40:]

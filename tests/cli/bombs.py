"""Small files that ask for much: made-up sizes, pixels that compress a thousandfold, endless scans, frames and pages.

bombs() gives every one that is written byte by byte; swollen_avif() makes one of a real AVIF file.
"""

import struct
import zlib

from images import GREY, RGB, RGBA, chunk, png

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def zeros(count):
    """`count` zero bytes, deflated; never all in memory."""
    packer, piece = zlib.compressobj(9), bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(count >> 20)]
    return b"".join(parts) + packer.compress(bytes(count & 0xFFFFF)) + packer.flush()


def png_header(width, height, color_type=RGB, depth=8):
    return PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))


def png_of_zeros(width, height, color_type=RGB, depth=8):
    bits = {GREY: 1, RGB: 3, RGBA: 4}[color_type] * depth * width
    pixels = zeros(height * (1 + (bits + 7) // 8))
    return png_header(width, height, color_type, depth) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def png_without_end(width, height):
    return png_header(width, height) + chunk(b"IDAT", zeros(1 << 20)[:700])


def apng_of_frames(frames):
    parts = [png_header(64, 64, RGBA), chunk(b"acTL", struct.pack(">II", frames, 0))]
    control = struct.pack(">IIIIHHBB", 64, 64, 0, 0, 1, 100, 0, 0)
    data = zlib.compress(bytes(64 * 257), 9)
    parts += [chunk(b"fcTL", struct.pack(">I", 0) + control), chunk(b"IDAT", data)]
    for frame in range(1, min(frames, 12_000)):
        parts.append(chunk(b"fcTL", struct.pack(">I", 2 * frame - 1) + control))
        parts.append(chunk(b"fdAT", struct.pack(">I", 2 * frame) + data))
    return b"".join(parts) + chunk(b"IEND", b"")


def jpeg(width, height, scans, progressive):
    """A grey JPEG whose scans hold next to nothing."""
    quantization = b"\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([1] * 64)
    frame = (b"\xff\xc2" if progressive else b"\xff\xc0") + struct.pack(">HBHHB3B", 11, 8, height, width, 1, 1, 0x11, 0)
    counts = bytes([0, 1] + [0] * 14)
    tables = b"".join(b"\xff\xc4" + struct.pack(">HB", 20, kind) + counts + b"\0" for kind in (0x00, 0x10))
    scan = b"".join(
        b"\xff\xda" + struct.pack(">HBBB3B", 8, 1, 1, 0, 0 if first else 1, 0 if first else 63, 0) + bytes(8)
        for first in [True] + [False] * (scans - 1)
    )
    if not progressive:
        scan = b"\xff\xda" + struct.pack(">HBBB3B", 8, 1, 1, 0, 0, 63, 0) + bytes(8)
    return b"\xff\xd8" + quantization + frame + tables + scan + b"\xff\xd9"


def jpeg_of_metadata(megabytes):
    segment = b"\xff\xe1" + struct.pack(">H", 65535) + b"Exif\0\0" + bytes(65527)
    return b"\xff\xd8" + segment * (16 * megabytes) + jpeg(8, 8, 1, False)[2:]


def vp8l(width, height):
    """A lossless WebP stream of one colour: every code has one symbol, so pixels take no bits."""
    bits = format(width - 1, "014b")[::-1] + format(height - 1, "014b")[::-1] + "1" + "000"
    bits += "0" + "0" + "0"  # no transform, no colour cache, no meta codes
    bits += "1000" * 5
    bits += "0" * (-len(bits) % 8)
    return b"\x2f" + bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, len(bits), 8)) + bytes(8)


def riff(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp(width, height):
    body = b"WEBP" + riff(b"VP8L", vp8l(width, height))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def three(number):
    return struct.pack("<I", number)[:3]


def webp_of_frames(width, height, frames):
    body = b"WEBP" + riff(b"VP8X", b"\x12\0\0\0" + three(width - 1) + three(height - 1))
    body += riff(b"ANIM", bytes(6))
    frame = three(0) * 2 + three(0) * 2 + three(10) + b"\0" + riff(b"VP8L", vp8l(1, 1))
    body += riff(b"ANMF", frame) * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_of_frames(width, height, frames):
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x21\xf9\x04\0\x01\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


def gif_of_size(width, height):
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0\x3b"


def tiff_page(width, height, after, data_at, data_bytes, compression, next_at):
    short, long = 3, 4
    fields = [
        (256, long, 1, width), (257, long, 1, height), (258, short, 1, 8), (259, short, 1, compression),
        (262, short, 1, 1), (273, long, 1, data_at), (277, short, 1, 1), (278, long, 1, height),
        (279, long, 1, data_bytes),
    ]
    return struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *f) for f in fields) + struct.pack("<I", next_at)


def tiff_of_zeros(width, height):
    data = zeros(width * height)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + tiff_page(width, height, 0, 8, len(data), 8, 0)


def tiff_of_size(width, height):
    return b"II*\0" + struct.pack("<I", 24) + bytes(16) + tiff_page(width, height, 0, 8, 16, 1, 0)


def tiff_in_a_circle():
    return b"II*\0" + struct.pack("<I", 24) + bytes(16) + tiff_page(4, 4, 0, 8, 16, 1, 24)


def tiff_of_pages(pages):
    size = 2 + 9 * 12 + 4
    parts = [b"II*\0", struct.pack("<I", 24), bytes(16)]
    for page in range(pages):
        parts.append(tiff_page(4, 4, 0, 8, 16, 1, 24 + (page + 1) * size if page + 1 < pages else 0))
    return b"".join(parts)


def jxl_of_size(side):
    """A JPEG XL codestream that goes little further than its size."""
    bits = "0" + "11" + format(side - 1, "030b")[::-1] + "100"
    bits += "1" + "0" * (-(len(bits) + 1) % 8)
    return b"\xff\x0a" + bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, len(bits), 8)) + bytes(64)


def swollen_avif(avif, width, height):
    """The file with another size in its image spatial extents property."""
    at = avif.index(b"ispe") + 8
    return avif[:at] + struct.pack(">II", width, height) + avif[at + 8:]


def bombs():
    """Name -> bytes. None takes more than a second to make, and none is larger than a few megabytes."""
    pixels = png(8, 8)
    first = pixels.index(b"IDAT") - 4
    text = chunk(b"zTXt", b"Comment\0\0" + zeros(256 << 20))
    profile = chunk(b"iCCP", b"profile\0\0" + zeros(256 << 20))
    return {
        "png-size.png": png_without_end(65_535, 65_535),
        "png-size-below-limit.png": png_without_end(15_000, 15_000),
        "png-zeros.png": png_of_zeros(3_000, 3_000),
        "png-zeros-grey-1.png": png_of_zeros(8_000, 2_000, GREY, 1),
        "png-text.png": pixels[:first] + text * 4 + pixels[first:],
        "png-profile.png": pixels[:first] + profile + pixels[first:],
        "png-frames.png": apng_of_frames(12_000),
        "png-frames-told.png": apng_of_frames(3)[:-12].replace(struct.pack(">II", 3, 0), struct.pack(">II", 1 << 31, 0)),
        "jpeg-size.jpg": jpeg(65_500, 65_500, 1, False),
        "jpeg-size-below-limit.jpg": jpeg(15_000, 15_000, 1, False),
        "jpeg-scans.jpg": jpeg(2_000, 2_000, 5_000, True),
        "jpeg-scans-below-limit.jpg": jpeg(1_500, 1_500, 190, True),
        "webp-size.webp": webp(16_383, 16_383),
        "webp-one-colour.webp": webp(3_000, 3_000),
        "webp-frames.webp": webp_of_frames(16_383, 16_383, 200),
        "webp-many-frames.webp": webp_of_frames(100, 100, 12_000),
        "gif-size.gif": gif_of_size(65_535, 65_535),
        "gif-frames.gif": gif_of_frames(2_000, 2_000, 4_000),
        "gif-many-frames.gif": gif_of_frames(10, 10, 30_000),
        "tiff-size.tif": tiff_of_size(1 << 31, 1 << 31),
        "tiff-size-below-limit.tif": tiff_of_size(15_000, 15_000),
        "tiff-zeros.tif": tiff_of_zeros(4_000, 4_000),
        "tiff-circle.tif": tiff_in_a_circle(),
        "tiff-pages.tif": tiff_of_pages(30_000),
        "jxl-size.jxl": jxl_of_size(1 << 29),
    }

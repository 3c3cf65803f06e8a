"""What an image file says of itself: format, size, frames, and the pixels of a PNG.

Written apart from the code under test: nothing here asks imgopt or libvips.
"""

import struct
import zlib
from collections import namedtuple

Facts = namedtuple("Facts", "format width height frames")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def png_chunks(data):
    """Type and data of every chunk, their check sums checked."""
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != check:
            raise ValueError(f"chunk {kind} is damaged")
        yield kind, body
        at += 12 + length
        if kind == b"IEND":
            return
    raise ValueError("IEND is missing")


def png_facts(data):
    width = height = depth = color_type = interlace = frames = 0
    pixels = bytearray()
    for kind, body in png_chunks(data):
        if kind == b"IHDR":
            width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", body)
        elif kind == b"acTL":
            (frames,) = struct.unpack_from(">I", body)
        elif kind == b"IDAT":
            pixels += body
    rows = zlib.decompress(bytes(pixels))
    stride = 1 + (width * CHANNELS[color_type] * depth + 7) // 8
    if not interlace and len(rows) != stride * height:
        raise ValueError("the pixels do not fill the image")
    return Facts("png", width, height, max(1, frames))


def jpeg_facts(data):
    if data[-2:] != b"\xff\xd9":
        raise ValueError("the end marker is missing")
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            raise ValueError("no marker where one must be")
        marker = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Facts("jpeg", width, height, 1)
        at += 2 + length
    raise ValueError("no frame header")


def webp_facts(data):
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 != len(data):
        raise ValueError("the file is not as long as it says")
    at, frames, width, height = 12, 0, 0, 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"VP8X":
            width = 1 + int.from_bytes(body[4:7], "little")
            height = 1 + int.from_bytes(body[7:10], "little")
        elif kind == b"ANMF":
            frames += 1
        elif kind == b"VP8 " and not width:
            width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", body, 6))
        elif kind == b"VP8L" and not width:
            (bits,) = struct.unpack_from("<I", body, 1)
            width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        at += 8 + length + length % 2
    return Facts("webp", width, height, max(1, frames))


def gif_facts(data):
    """Walks all blocks, so that a truncated file is found out."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames = 13, 0
    if flags & 0x80:
        at += 3 << (flags & 7) + 1

    def skip_blocks(position):
        while data[position]:
            position += 1 + data[position]
        return position + 1

    while data[at] != 0x3B:
        if data[at] == 0x21:
            at = skip_blocks(at + 2)
        elif data[at] == 0x2C:
            frames += 1
            local = data[at + 9]
            at += 10 + (3 << (local & 7) + 1 if local & 0x80 else 0)
            at = skip_blocks(at + 1)
        else:
            raise ValueError("no block where one must be")
    return Facts("gif", width, height, frames)


def tiff_facts(data):
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    size = {}
    for i in range(count):
        tag, kind, _ = struct.unpack_from(order + "HHI", data, at + 2 + 12 * i)
        if tag in (256, 257):
            (size[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, at + 10 + 12 * i)
    return Facts("tiff", size[256], size[257], 1)


def isobmff_facts(data):
    """Format by brand; the largest `ispe` property is the size of the picture."""
    sizes, at = [], data.find(b"ispe")
    while at >= 0:
        sizes.append(struct.unpack_from(">II", data, at + 8))
        at = data.find(b"ispe", at + 4)
    width, height = max(sizes, key=lambda s: s[0] * s[1])
    return Facts("avif", width, height, 1)


def image_facts(data):
    """Facts of an image; ValueError, struct.error, zlib.error or IndexError where it is damaged."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return png_facts(data)
    if data.startswith(b"\xff\xd8\xff"):
        return jpeg_facts(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp_facts(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return gif_facts(data)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return tiff_facts(data)
    if data[4:12] == b"ftypavif":
        return isobmff_facts(data)
    raise ValueError("no image that is known here")


def unfilter(kind, row, above, step):
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        up = above[i]
        if kind == 1:
            value += left
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (left + up) // 2
        elif kind == 4:
            corner = above[i - step] if i >= step else 0
            nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                          (abs(left + up - 2 * corner), 2, corner))
            value += nearest[2]
        row[i] = value & 0xFF


def png_pixels(data):
    """The first frame of a PNG without interlacing as a list of (r, g, b, a), 0 to 65535."""
    palette, transparency, pixels = b"", b"", bytearray()
    for kind, body in png_chunks(data):
        if kind == b"IHDR":
            width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", body)
        elif kind == b"PLTE":
            palette = body
        elif kind == b"tRNS":
            transparency = body
        elif kind == b"IDAT":
            pixels += body
    if interlace:
        raise ValueError("interlaced")
    rows = zlib.decompress(bytes(pixels))
    channels = CHANNELS[color_type]
    stride = (width * channels * depth + 7) // 8
    step = max(1, channels * depth // 8)
    above, result = bytearray(stride), []
    most = (1 << depth) - 1
    for y in range(height):
        row = bytearray(rows[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        unfilter(rows[y * (stride + 1)], row, above, step)
        above = row
        if depth == 16:
            values = [row[2 * i] << 8 | row[2 * i + 1] for i in range(width * channels)]
        else:
            values = [row[i * depth // 8] >> (8 - depth - i * depth % 8) & most for i in range(width * channels)]
        for x in range(width):
            result.append(one_pixel(values[x * channels:(x + 1) * channels], color_type, most, palette, transparency))
    return result


def one_pixel(values, color_type, most, palette, transparency):
    if color_type == 3:
        index = values[0]
        alpha = transparency[index] if index < len(transparency) else 255
        return tuple(257 * v for v in palette[3 * index:3 * index + 3]) + (257 * alpha,)
    scaled = [v * 65535 // most for v in values]
    if color_type in (0, 4):
        scaled = scaled[:1] * 3 + scaled[1:]
    if len(scaled) == 3:
        key = struct.unpack(f">{len(transparency) // 2}H", transparency)
        scaled.append(0 if key and tuple(values) == key else 65535)
    return tuple(scaled)

"""Damage, from a seed: every function gives the same bytes for the same arguments."""

import random
import struct


def truncate(draw, data, _):
    return data[:draw.randrange(len(data))]


def flip_bits(draw, data, _):
    out = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8, 64))):
        out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def flip_bits_of_the_header(draw, data, _):
    out = bytearray(data)
    for _ in range(draw.choice((1, 2, 4))):
        out[draw.randrange(min(len(out), 64))] ^= 1 << draw.randrange(8)
    return bytes(out)


def write_a_length(draw, data, _):
    """An extreme number over two or four bytes, either way round, where lengths, sizes and counts stand."""
    out = bytearray(data)
    layout = draw.choice((">H", "<H", ">I", "<I"))
    size = struct.calcsize(layout)
    most = (1 << 8 * size) - 1
    number = draw.choice((0, 1, most, most - 1, most >> 1, (most >> 1) + 1, draw.randint(0, most)))
    at = draw.randrange(max(1, min(len(out), draw.choice((40, 400, len(out)))) - size))
    out[at:at + size] = struct.pack(layout, number)
    return bytes(out)


def fill(draw, data, _):
    begin = draw.randrange(len(data))
    length = min(len(data) - begin, draw.choice((4, 32, 512)))
    return data[:begin] + bytes([draw.choice((0, 255, draw.randrange(256)))]) * length + data[begin + length:]


def repeat(draw, data, _):
    begin = draw.randrange(len(data))
    piece = data[begin:begin + draw.choice((8, 64, 1024))]
    return data[:begin] + piece * draw.choice((2, 5, 40)) + data[begin:]


def leave_out(draw, data, _):
    begin = draw.randrange(len(data))
    return data[:begin] + data[begin + draw.choice((1, 2, 12, 300)):]


def splice(draw, data, other):
    return data[:draw.randrange(len(data))] + other[draw.randrange(len(other)):]


def append(draw, data, other):
    return data + other[:draw.randrange(1, len(other))]


KINDS = (truncate, flip_bits, flip_bits_of_the_header, write_a_length, write_a_length, fill, repeat, leave_out, splice, append)


def mutations(good, count, seed):
    """`count` pairs of a name and bytes, made of `good` (name -> bytes); a name says what was done to what."""
    draw = random.Random(seed)
    names = sorted(good)
    for number in range(count):
        name, other, kind = draw.choice(names), draw.choice(names), draw.choice(KINDS)
        stem, _, ending = name.rpartition(".")
        yield f"{stem.replace('/', '-')}-{number}-{kind.__name__}.{ending}", kind(draw, good[name], good[other])

"""Rates of encoders at equal score."""

import math


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else math.nan


def bytes_at_score(points, score):
    """What a curve costs at `score`: `points` are (score, bytes) of one image; the logarithm of the bytes is taken as
    linear between neighbours. None beyond the ends of the curve."""
    ordered = sorted(points)
    for (low, low_bytes), (high, high_bytes) in zip(ordered, ordered[1:]):
        if low <= score <= high:
            share = (score - low) / (high - low) if high > low else 0
            return math.exp(math.log(low_bytes) + share * (math.log(high_bytes) - math.log(low_bytes)))
    return None


def ratios_at_equal_score(curves, points):
    """For each image, our bytes at the score of the peer's file over that file's bytes; None where our curve does not
    reach that score. `curves`: a list of Made an image; `points`: one Made an image."""
    ratios = []
    for curve, point in zip(curves, points):
        ours = None
        if point is not None and point.score is not None:
            ours = bytes_at_score([(m.score, m.bytes) for m in curve if m and m.score is not None], point.score)
        ratios.append(None if ours is None else ours / point.bytes)
    return ratios

"""Effort: what each step costs and saves in each format, and whether more patience ever makes files larger.

Of lossy formats, effort changes the score of a quality with the bytes. So their bytes are told at the score of effort
5: the logarithm of an image's bytes is taken as linear in the score, as steep as between two qualities at effort 5."""

import math
from dataclasses import dataclass

EFFORTS = range(10)
USUAL = 5
# Above, a larger file at more effort is no accident of rounding, nor of a line drawn through two scores.
TOLERANCE = 1.002
TOLERANCE_AT_EQUAL_SCORE = 1.01


@dataclass
class Case:
    """`quality`, where the format is lossy, with a lower one beside it for the steepness. The slow formats take the
    fewest images."""

    name: str
    options: tuple
    images: int = 4
    quality: tuple | None = None
    from_jpeg: bool = False


CASES = (
    Case("png, lossless", ("--format", "png")),
    Case("jpeg, lossless", ("--format", "jpeg", "--lossless"), from_jpeg=True),
    Case("jpeg 80", ("--format", "jpeg"), quality=(80, 70)),
    Case("webp 80", ("--format", "webp"), quality=(80, 70)),
    Case("webp, lossless", ("--format", "webp", "--lossless")),
    Case("avif 60", ("--format", "avif"), images=1, quality=(60, 50)),
    Case("jxl 80", ("--format", "jxl"), images=2, quality=(80, 70)),
    Case("gif", ("--format", "gif")),
)


def _sizes(bench, sources, options, quality, effort, tag):
    chosen = (*options, "--quality", str(quality)) if quality else options
    made = bench.optimize(f"{tag}-{quality}-{effort}", sources, *chosen, "--effort", str(effort))
    return bench.score(sources, made) if quality else made


def _at_usual_score(one, usual, lower):
    steepness = (math.log(usual.bytes) - math.log(lower.bytes)) / max(usual.score - lower.score, 1e-6)
    return one.bytes * math.exp(steepness * (usual.score - one.score))


def _measure(bench, case, sources):
    """CPU seconds a megapixel and bytes of each effort; None where this build does not write the format."""
    tag = "effort-" + case.name.replace(", ", "-").replace(" ", "-")
    quality, lower_quality = case.quality or (None, None)
    made = [_sizes(bench, sources, case.options, quality, effort, tag) for effort in EFFORTS]
    if not all(one for of_effort in made for one in of_effort):
        return None
    cpu = [sum(m.cpu for m in row) / (sum(m.facts["width"] * m.facts["height"] for m in row) / 1e6) for row in made]
    if not case.quality:
        return cpu, [sum(m.bytes for m in row) for row in made]
    lower = _sizes(bench, sources, case.options, lower_quality, USUAL, tag)
    return cpu, [sum(map(_at_usual_score, row, made[USUAL], lower)) for row in made]


def table(bench, findings, images):
    """A row for each format: CPU, and bytes relative to those of the usual effort."""
    rows = findings.table(f"Effort: CPU s/MP, and bytes relative to effort {USUAL}, of lossy formats at its score",
                          ["format"] + [f"{e}" for e in EFFORTS] + [f"b{e}" for e in EFFORTS])
    growing = []
    for case in CASES:
        sources = (images.photo_jpegs if case.from_jpeg else images.references)[:case.images]
        measured = _measure(bench, case, sources)
        if not measured:
            continue
        cpu, sizes = measured
        rows.rows.append([case.name] + cpu + [size / sizes[USUAL] for size in sizes])
        most = TOLERANCE_AT_EQUAL_SCORE if case.quality else TOLERANCE
        steps = [e for e in EFFORTS[1:] if sizes[e] > sizes[e - 1] * most]
        if steps:
            growing.append(f"{case.name} at {', '.join(map(str, steps))}")
    findings.point("7", "more effort never makes files larger, those of lossy formats at equal score", not growing,
                   "; ".join(growing) or "none grows")

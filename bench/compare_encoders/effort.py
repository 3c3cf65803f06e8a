"""Effort: what each step costs and saves in each format, and whether more patience ever makes files larger."""

EFFORTS = range(10)
# Format, options beside it, whether the sources are the JPEGs, and how many images: the slow ones take the fewest.
CASES = (
    ("png, lossless", ("--format", "png"), False, 4),
    ("png, palette", ("--format", "png", "--quality", "png=90"), False, 4),
    ("jpeg, lossless", ("--format", "jpeg", "--lossless"), True, 4),
    ("jpeg 80", ("--format", "jpeg", "--quality", "80"), False, 4),
    ("webp 80", ("--format", "webp", "--quality", "80"), False, 4),
    ("webp, lossless", ("--format", "webp", "--lossless"), False, 4),
    ("avif 60", ("--format", "avif", "--quality", "60"), False, 1),
    ("gif", ("--format", "gif"), False, 4),
)
# Above, a larger file at more effort is no accident of rounding.
TOLERANCE = 1.002


def table(bench, findings, images):
    """CPU seconds a megapixel and bytes relative to effort 5, a row for each format."""
    rows = findings.table("Effort: CPU s/MP, and bytes relative to effort 5",
                          ["format"] + [f"{e}" for e in EFFORTS] + [f"b{e}" for e in EFFORTS])
    growing, growing_lossless = [], []
    for name, options, from_jpeg, count in CASES:
        sources = (images.photo_jpegs if from_jpeg else images.references)[:count]
        cpu, sizes = [], []
        for effort in EFFORTS:
            made = bench.optimize(f"effort-{name.replace(', ', '-').replace(' ', '-')}-{effort}", sources, *options,
                                  "--effort", str(effort))
            done = [m for m in made if m]
            pixels = sum(m.facts["width"] * m.facts["height"] for m in done) / 1e6
            cpu.append(sum(m.cpu for m in done) / pixels)
            sizes.append(sum(m.bytes for m in done))
        rows.rows.append([name] + cpu + [size / sizes[5] for size in sizes])
        steps = [e for e in EFFORTS[1:] if sizes[e] > sizes[e - 1] * TOLERANCE]
        if steps:
            (growing_lossless if "lossless" in name else growing).append(f"{name} at {', '.join(map(str, steps))}")
    findings.point("7", "more effort never makes the files of lossless formats larger", not growing_lossless,
                   f"{'; '.join(growing_lossless) or 'none grows'}"
                   f" (at one quality, whose score differs with effort: {'; '.join(growing) or 'none grows'})")

"""Lossy formats at equal score: our files interpolated on our own curve at the score of each peer's file."""

from curves import geometric_mean, ratios_at_equal_score


def _pnm_of(source, cache):
    """The source as PNM, which cjpeg reads."""
    from measured_process import run
    if source not in cache:
        cache[source] = run(["pngtopam", source]).stdout
    return cache[source]


def _curves(bench, tag, references, format_name, qualities, *options):
    """Our encodings, scored: a list a reference, and all of them by quality."""
    by_quality = {}
    for quality in qualities:
        by_quality[quality] = bench.score(references, bench.optimize(
            f"{tag}-{quality}", references, "--format", format_name, "--quality", f"{format_name}={quality}", *options))
    return [[by_quality[q][i] for q in qualities] for i in range(len(references))], by_quality


def _mean(values):
    values = [v for v in values if v is not None]
    return sum(values) / len(values) if values else None


def _compare(findings, title, references, megapixels, by_quality, curves, peers):
    """A table of all; returns {peer: geometric mean of our bytes over its bytes at its score}, NaN where our curve
    reaches none of its scores."""
    table = findings.table(title, ["tool", "bits/px", "score", "CPU s/MP", "ours at its score / its bytes", "images"])

    def row(tool, made, ratios):
        done = [m for m in made if m]
        pixels = megapixels * 1e6
        reached = [r for r in ratios if r is not None]
        table.rows.append([tool, sum(m.bytes for m in done) * 8 / pixels, _mean(m.score for m in done),
                           sum(m.cpu for m in done) / megapixels, geometric_mean(reached),
                           len(reached) or len(done)])
        for source, one in zip(references, made):
            findings.image(source, tool, one)
        return geometric_mean(reached)

    for quality, made in by_quality.items():
        row(f"imgopt {quality}", made, [])
    return {tool: row(tool, made, ratios_at_equal_score(curves, made)) for tool, made in peers.items()}


def jpeg(bench, findings, references):
    curves, by_quality = _curves(bench, "lossy-jpeg", references, "jpeg", (60, 68, 75, 80, 85, 90, 95))
    pnm = {}
    peers = {}
    for quality in (75, 80, 85):
        plain = bench.score(references, bench.native(
            f"lossy-cjpeg-{quality}", references,
            lambda s, t, q=quality: (["cjpeg", "-quality", q, "-outfile", t], _pnm_of(s, pnm)), "jpg"))
        progressive = bench.native(
            f"lossy-cjpeg-p-{quality}", references,
            lambda s, t, q=quality: (["cjpeg", "-quality", q, "-progressive", "-outfile", t], _pnm_of(s, pnm)), "jpg")
        for a, b in zip(plain, progressive):
            if a and b:
                b.score = a.score  # the same coefficients in another order
        peers[f"cjpeg {quality}"] = plain
        peers[f"cjpeg -progressive {quality}"] = progressive
        peers[f"sharp mozjpeg {quality}"] = bench.score(references, bench.node(
            f"lossy-mozjpeg-{quality}", references, "sharp-jpeg", "jpg", quality=quality, mozjpeg=True))
    megapixels = _megapixels(by_quality[80])
    found = _compare(findings, f"Lossy JPEG, {len(references)} photographs, {megapixels:.1f} MP", references,
                     megapixels, by_quality, curves, peers)
    plain = [found[f"cjpeg {q}"] for q in (75, 80, 85)]
    mozjpeg = [found[f"sharp mozjpeg {q}"] for q in (75, 80, 85)]
    progressive = [found[f"cjpeg -progressive {q}"] for q in (75, 80, 85)]

    def told(ratios):
        return ", ".join(f"{r:.3f}" for r in ratios)

    findings.point("3a", "lossy JPEG at most 0.90 of libjpeg-turbo's bytes at its q75, 80, 85 and equal SSIMULACRA 2",
                   all(r <= 0.90 for r in plain),
                   f"{told(plain)} (of progressive libjpeg-turbo: {told(progressive)}; stretch 0.85)")
    findings.point("3b", "lossy JPEG no larger than sharp with mozjpeg at equal SSIMULACRA 2",
                   all(r <= 1.0 for r in mozjpeg),
                   told(mozjpeg))


def webp(bench, findings, references):
    curves, by_quality = _curves(bench, "lossy-webp", references, "webp", (60, 70, 75, 80, 85, 90))
    peers = {}
    for quality in (75, 85):
        peers[f"cwebp {quality}"] = bench.score(references, bench.native(
            f"lossy-cwebp-{quality}", references,
            lambda s, t, q=quality: ["cwebp", "-quiet", "-q", q, s, "-o", t], "webp"))
    peers["sharp webp 80"] = bench.score(references, bench.node("lossy-sharp-webp", references, "sharp-webp", "webp",
                                                                quality=80))
    megapixels = _megapixels(by_quality[80])
    _compare(findings, f"Lossy WebP, {len(references)} photographs, {megapixels:.1f} MP", references, megapixels,
             by_quality, curves, peers)


def avif(bench, findings, references):
    """A third of the photographs: an AVIF takes a hundred times a JPEG's time."""
    references = references[::3]
    curves, by_quality = _curves(bench, "lossy-avif", references, "avif", (45, 60, 75))
    peers = {
        "avifenc -s 6, q 28..32": bench.score(references, bench.native("lossy-avifenc", references, lambda s, t: [
            "avifenc", "-s", "6", "-j", "1", "--min", "28", "--max", "32", s, t], "avif")),
        "sharp avif 60": bench.score(references, bench.node("lossy-sharp-avif", references, "sharp-avif", "avif",
                                                            quality=60)),
    }
    megapixels = _megapixels(by_quality[60])
    _compare(findings, f"AVIF, {len(references)} photographs, {megapixels:.1f} MP", references, megapixels, by_quality,
             curves, peers)


def palette(bench, findings, references):
    """Lossy PNG: at one quality each, since a palette's size leaves no curve to speak of."""
    by_quality = {q: bench.score(references, bench.optimize(f"lossy-png-{q}", references, "--quality", f"png={q}"))
                  for q in (80, 95)}
    peers = {
        "pngquant": bench.score(references, bench.native("lossy-pngquant", references, lambda s, t: [
            "pngquant", "--force", "--output", t, s], "png")),
        "sharp palette": bench.score(references, bench.node("lossy-sharp-png", references, "sharp-palette", "png")),
    }
    megapixels = _megapixels(by_quality[80])
    _compare(findings, f"Lossy PNG, {len(references)} photographs, {megapixels:.1f} MP", references, megapixels,
             by_quality, [[] for _ in references], peers)


def _megapixels(made):
    return sum(m.facts["width"] * m.facts["height"] for m in made if m) / 1e6

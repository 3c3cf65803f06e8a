"""Target quality: how near the search comes, in how many encodings, and what one quality for all would cost."""

TARGETS = (70, 80)
# Of how many photographs one is taken: an AVIF takes a hundred times a JPEG's time.
FORMATS = {"jpeg": 1, "webp": 1, "avif": 4}
WITHIN = 1.0
MOST_ENCODINGS = 6
LEAST_SHARE = 0.95


def _best_single(bench, references, format_name, worst):
    """The lowest quality of which every image scores at least `worst`, and its encodings; halving, as the worst score
    rises with quality."""
    low, high, best = 1, 100, None
    while low <= high:
        quality = (low + high) // 2
        made = bench.score(references, bench.optimize(
            f"single-{format_name}-{quality}", references, "--format", format_name, "--quality", str(quality)))
        if all(m and m.score is not None and m.score >= worst for m in made):
            best, high = (quality, made), quality - 1
        else:
            low = quality + 1
    return best


def search(bench, findings, references):
    table = findings.table("Target quality",
                           ["format and target", "photographs", "bytes", "within 1 point", "worst", "highest", "most encodings",
                            "CPU s/MP", "single quality", "its bytes", "ours / its"])
    shares, most, smaller = [], [], []
    for format_name, step in FORMATS.items():
        sources = references[::step]
        for target in TARGETS:
            made = bench.score(sources, bench.optimize(
                f"auto-{format_name}-{target}", sources, "--format", format_name, "--quality", f"auto:{target}"))
            done = [m for m in made if m and m.score is not None]
            share = sum(abs(m.score - target) <= WITHIN for m in done) / len(sources)
            encodings = [m.facts["encodings"] for m in done if "encodings" in m.facts]
            worst = min(m.score for m in done)
            total = sum(m.bytes for m in done)
            single = _best_single(bench, sources, format_name, worst)
            single_bytes = sum(m.bytes for m in single[1]) if single else None
            megapixels = sum(m.facts["width"] * m.facts["height"] for m in done) / 1e6
            table.rows.append([f"{format_name} auto:{target}", len(sources), total, share, worst, max(m.score for m in done),
                               max(encodings, default=None), sum(m.cpu for m in done) / megapixels,
                               single[0] if single else None, single_bytes, total / single_bytes if single else None])
            for source, one in zip(sources, made):
                findings.image(source, f"imgopt {format_name} auto:{target}", one)
            shares.append(share)
            most += encodings
            smaller.append(single is None or total < single_bytes)
    ratios = ", ".join(f"{row[0]} {row[-1]:.3f}" for row in table.rows if row[-1] is not None)
    findings.point("4a", f"target quality within {WITHIN:g} point on {LEAST_SHARE:.0%}, smaller than the best single "
                         "quality of the same worst score", min(shares) >= LEAST_SHARE and all(smaller),
                   f"within on {', '.join(f'{s:.0%}' for s in shares)}; bytes over the single quality's: {ratios}")
    findings.point("4b", f"target quality in at most {MOST_ENCODINGS} encodings",
                   max(most) <= MOST_ENCODINGS if most else None,
                   f"at most {max(most)}" if most else "the report tells none")

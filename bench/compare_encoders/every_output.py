"""Checks on every file that ImgOpt wrote in the run."""

LIKE_SOURCE = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


def pixels_equal(bench, findings):
    """Lossless outputs against their sources, by two decoders."""
    lossless = sorted(((source, made) for source, made, is_lossless in bench.outputs if is_lossless),
                      key=lambda pair: pair[0])
    if not lossless:
        return
    # The role `color` may change the colour that nobody sees; where it was to be kept, the folder says so.
    pairs = [(s, m.path, "kept" if m.path.parent.name.endswith("-keep") else "any") for s, m in lossless]
    verdicts = bench.compare_pixels(pairs)
    wrong = [f"{m.path.parent.name}/{m.path.name}: {v}" for (_, m), v in zip(lossless, verdicts)
             if v != {"libvips": "equal", "second": "equal"}]
    by = {name: sum(v[name] == "equal" for v in verdicts) for name in ("libvips", "second")}
    findings.point("5", "every lossless output pixel-equal by two decoders", not wrong,
                   f"{by['libvips']} of {len(lossless)} by libvips, {by['second']} by libpng or libjpeg-turbo"
                   + "".join(f"\n           {w}" for w in wrong))


def none_larger(bench, findings):
    larger, flagged, unreadable = [], 0, []
    for source, made, _ in bench.outputs:
        if made.bytes > source.stat().st_size and LIKE_SOURCE.get(source.suffix) == made.facts["format"]:
            if made.facts["larger_than_source"]:
                flagged += 1
            else:
                larger.append(f"{made.path.parent.name}/{made.path.name}")
    # Lossless outputs were decoded for their pixels, lossy ones for their scores; what failed there is listed.
    unreadable += bench.failures
    findings.point("6", "no output larger than its source in the same format without saying so, none undecodable",
                   not larger and not unreadable,
                   f"{len(bench.outputs)} outputs, {len(larger)} larger, {flagged} larger and said so, "
                   f"{len(unreadable)} failures" + "".join(f"\n           {line}" for line in larger + unreadable))

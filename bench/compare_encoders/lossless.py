"""Lossless PNG and JPEG: sizes and CPU time beside the peers'."""

from curves import geometric_mean
from images import Images


def kept(source, made):
    """Bytes with the original in place of an encoding that failed or is no smaller, as any of these tools is used."""
    size = source.stat().st_size
    return size if made is None else min(size, made.bytes)


def _measure(findings, title, sources, megapixels, by_tool, ours):
    """A table of every tool; returns {tool: (geometric mean of output/input, CPU seconds a megapixel)}."""
    table = findings.table(title, ["tool", "bytes", "total", "geo. mean", "CPU s/MP", "failed"])
    before = sum(s.stat().st_size for s in sources)
    found = {}
    for tool, made in by_tool.items():
        sizes = [kept(s, m) for s, m in zip(sources, made)]
        mean = geometric_mean(size / s.stat().st_size for size, s in zip(sizes, sources))
        cpu = sum(m.cpu for m in made if m) / megapixels
        table.rows.append([tool, sum(sizes), sum(sizes) / before, mean, cpu, sum(m is None for m in made)])
        found[tool] = (mean, cpu)
        for source, one in zip(sources, made):
            findings.image(source, tool, one)
    peers = [tool for tool in by_tool if tool not in ours]
    best = [min(kept(s, by_tool[t][i]) for t in peers) for i, s in enumerate(sources)]
    mean = geometric_mean(size / s.stat().st_size for size, s in zip(best, sources))
    table.rows.append(["best peer of each file", sum(best), sum(best) / before, mean, None, None])
    found["best"] = (mean, None)
    return found, best


def _megapixels(made):
    return sum(m.facts["width"] * m.facts["height"] for m in made if m) / 1e6


def png(bench, findings, images: Images, quick):
    by_set = {}
    for name, sources in (("photographs", images.photo_pngs), ("UI and sprites", images.ui_pngs)):
        tag = "png-" + name.split()[0].lower()
        ours = {
            "imgopt": bench.optimize(f"{tag}-5", sources, lossless=True),
            "imgopt --transparent-color keep": bench.optimize(f"{tag}-keep", sources, "--transparent-color", "keep",
                                                              lossless=True),
            "imgopt --effort 2": bench.optimize(f"{tag}-2", sources, "--effort", "2", lossless=True),
            "imgopt --effort 9": bench.optimize(f"{tag}-9", sources, "--effort", "9", lossless=True),
        }
        peers = {
            "oxipng (@napi-rs/image)": bench.node(f"{tag}-oxipng", sources, "oxipng"),
            "optipng -o2": bench.native(f"{tag}-optipng2", sources,
                                        lambda s, t: ["optipng", "-quiet", "-o2", "-strip", "all", "-out", t, s]),
            "zopflipng -q": bench.native(f"{tag}-zopflipng", sources, lambda s, t: ["zopflipng", "-q", "-y", s, t]),
        }
        if not quick:
            peers["optipng -o5"] = bench.native(f"{tag}-optipng5", sources, lambda s, t: [
                "optipng", "-quiet", "-o5", "-strip", "all", "-out", t, s])
        megapixels = _megapixels(ours["imgopt"])
        title = f"Lossless PNG, {len(sources)} {name}, {megapixels:.1f} MP (output / input, the original where smaller)"
        found, best = _measure(findings, title, sources, megapixels, ours | peers, ours)
        at_nine = [kept(s, m) for s, m in zip(sources, ours["imgopt --effort 9"])]
        by_set[name] = (found, sum(a <= b for a, b in zip(at_nine, best)), len(sources), sum(at_nine), sum(best))

    numbers, holds = [], True
    for name, (found, *_) in by_set.items():
        (mean, cpu), (peer_mean, peer_cpu) = found["imgopt"], found["oxipng (@napi-rs/image)"]
        holds = holds and mean <= peer_mean and cpu <= peer_cpu
        numbers.append(f"{name} {mean:.4f} against {peer_mean:.4f} at {cpu:.3f} against {peer_cpu:.3f} CPU s/MP")
    findings.point("1a", "lossless PNG no larger than native oxipng at no more CPU", holds, "; ".join(numbers))

    numbers, holds = [], True
    for name, (found, wins, count, nine, best) in by_set.items():
        peers = {tool: mean for tool, (mean, _) in found.items() if not tool.startswith("imgopt")}
        mean = found["imgopt --effort 9"][0]
        holds = holds and mean < min(peers.values()) and nine < best
        numbers.append(f"{name} {mean:.4f} against {peers['best']:.4f} of the best peer a file "
                       f"({nine / best - 1:+.2%} in total; no larger on {wins} of {count} files)")
    findings.point("1b", "effort 9 smaller than every peer and the best of them per file", holds,
                   "; ".join(numbers))


def jpeg(bench, findings, images: Images):
    sources = images.photo_jpegs
    ours = {
        "imgopt": bench.optimize("jpeg-5", sources, "--lossless", lossless=True),
        "imgopt --effort 9": bench.optimize("jpeg-9", sources, "--lossless", "--effort", "9", lossless=True),
    }
    mozjpeg = "mozjpeg's jpegtran (@napi-rs/image)"
    peers = {
        mozjpeg: bench.node("jpeg-mozjpeg", sources, "mozjpeg-lossless"),
        "jpegtran -optimize": bench.native("jpeg-jpegtran-o", sources, lambda s, t: [
            "jpegtran", "-copy", "none", "-optimize", "-outfile", t, s]),
        "jpegtran -progressive": bench.native("jpeg-jpegtran-p", sources, lambda s, t: [
            "jpegtran", "-copy", "none", "-progressive", "-outfile", t, s]),
        "jpegoptim": bench.native("jpeg-jpegoptim", sources, lambda s, t: [
            "jpegoptim", "-q", "-f", "--strip-all", "--all-progressive", "-d", t.parent, s]),
    }
    megapixels = _megapixels(ours["imgopt"])
    found, _ = _measure(findings, f"Lossless JPEG, {len(sources)} photographs, {megapixels:.1f} MP", sources,
                        megapixels, ours | peers, ours)
    # That this peer's quality 100 is lossless is shown, not believed.
    verdicts = bench.compare_pixels([(s, m.path, "kept") for s, m in zip(sources, peers[mozjpeg]) if m])
    equal = sum(v == {"libvips": "equal", "second": "equal"} for v in verdicts)
    (mean, cpu), (peer_mean, peer_cpu) = found["imgopt"], found[mozjpeg]
    findings.point("2", "lossless JPEG no larger than mozjpeg's jpegtran at no more CPU",
                   mean <= peer_mean and cpu <= peer_cpu,
                   f"{mean:.4f} against {peer_mean:.4f} at {cpu:.4f} against {peer_cpu:.4f} CPU s/MP "
                   f"(the peer's pixels are equal on {equal} of {len(verdicts)})")

"""Measures the incremental build and prints each number beside its limit; see bench/README.md.

Nothing is deleted before the end: an ext4 without a journal looks through every inode that was freed in the last
minutes before it gives out a new one, which made each file cost ten times as much, ours and the bare programs' alike.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
from pathlib import Path

from measuring import CORES, clocked, machine_busy_s, peak_memory
from pictures import generate, take_sprites

HERE = Path(__file__).resolve().parent
REPEATS = 15


class Bench:
    """One set of sources with its own output folder, state and cache."""

    def __init__(self, name, sources, options, folder):
        self.name, self.sources, self.options = name, sources, options
        self.work = folder / "incremental" / name
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.out = self.work / "out"
        self.count = sum(1 for p in sources.rglob("*") if p.is_file())
        self.environment = dict(os.environ, IMGOPT_CACHE_DIR=str(self.work / "cache"), NO_COLOR="1",
                                XDG_STATE_HOME=str(self.work / "home"), XDG_CONFIG_HOME=str(self.work / "home"))

    def words(self, *more):
        return [options.imgopt, "build", self.sources, "--out", self.out, "--state", self.work / "state",
                 "--format", "webp", "--quiet", *self.options, *more]

    def build(self, *more):
        return clocked(self.words(*more), self.environment)

    def peak(self):
        return peak_memory(self.words(), self.environment)

    def summary(self, *more):
        """A build with a report: its summary, and how it was measured."""
        report = self.work / "report.json"
        measured = self.build("--report", report, *more)
        return json.loads(report.read_text())["summary"], measured

    def bare_stat(self):
        return clocked([options.folder / "bare_stat", self.sources, self.out], self.environment)

    def bare_copy(self, source, target):
        return clocked([options.folder / "bare_copy", source, target], self.environment)


def row(what, value, limit, note=""):
    rows.append({"what": what, "value": value, "limit": limit, "note": note})
    print(f"{what:58} {value:>22} {limit:>14}  {note}", flush=True)


def ms(seconds):
    return f"{seconds * 1e3:.1f} ms"


def own_start(bench):
    return statistics.median(clocked([options.imgopt, "help"], bench.environment).wall for _ in range(REPEATS))


def measure_cold(bench, label):
    """Everything is encoded. What other programs on the machine took is no time that workers could have had."""
    busy_before = machine_busy_s()
    summary, measured = bench.summary()
    busy = machine_busy_s() - busy_before
    assert summary["failed"] == 0, summary
    ours = measured.cpu
    available = max(ours, measured.wall * CORES - max(0.0, busy - ours))
    made = summary["outputs"]
    tool = summary["tool_cpu_ms"] / 1e3
    row(f"cold, {label}: time over work / cores", f"{available / ours:.3f}", "1.1",
        f"{measured.wall:.1f} s wall, {ours:.1f} s CPU on {CORES} cores")
    if label == "photographs":
        row(f"cold, {label}: the tool's CPU", f"{100 * tool / ours:.2f} %", "2 %")
    else:
        row(f"cold, {label}: the tool's CPU an output", f"{1e6 * tool / made:.0f} us", "200 us")
    busy = 1 - summary["workers_idle_ms"] / summary["workers_serving_ms"]
    row(f"cold, {label}: workers busy until the last record", f"{100 * busy:.2f} %", "97 %")
    return measured


def measure_unchanged(bench):
    """Interleaved, so that whatever else the machine does meets both alike."""
    bench.build()  # its racy entries are read again once
    start = own_start(bench)
    bare, ours, depfile = [], [], []
    for _ in range(REPEATS):
        bare.append(bench.bare_stat().wall)
        ours.append(bench.build().wall)
        depfile.append(bench.build("--depfile", bench.work / "d", "--stamp", bench.work / "stamp").wall)
    least = [statistics.median(times) for times in (bare, ours, depfile)]
    over = max(0.0, least[1] - min(start, 5e-3))
    row(f"nothing changed, {bench.name}: over a bare stat walk", f"{over / least[0]:.2f}", "1.5",
        f"{ms(least[1])}, of it {ms(start)} own start; bare {ms(least[0])}")
    row(f"nothing changed, {bench.name}: --depfile adds", ms(least[2] - least[1]), "")
    return least[1]


def measure_one_changed(bench):
    """With a report, which is of the size of the project, on both sides."""
    unchanged = statistics.median(bench.summary()[1].wall for _ in range(5))
    source = sorted(bench.sources.rglob("*.png"))[bench.count // 2]
    content, times = source.read_bytes(), []
    for i in range(5):
        # A comment chunk makes other bytes of the same picture.
        source.write_bytes(content[:-12] + bytes.fromhex("00000004") + b"tEXta\0" + b"%02d" % i + b"\0\0\0\0" + content[-12:])
        summary, measured = bench.summary()
        if summary["encoded"] != 1:
            summary, measured = {"encoded": 0, "worker_cpu_ms": 0}, measured
        times.append((measured.wall, summary["worker_cpu_ms"] / 1e3))
    source.write_bytes(content)
    bench.build()
    wall, encoding = (statistics.median(t[i] for t in times) for i in (0, 1))
    row(f"one file changed, {bench.name}: beyond nothing changed", ms(wall - unchanged), "encoding + 60 ms",
        f"{ms(wall)}; all workers' CPU, start included, {ms(encoding)}")


def measure_restore(bench):
    kept = bench.work / "kept"
    bench.bare_copy(bench.out, kept)
    bare, ours = [], []
    for i in range(5):
        bare.append(bench.bare_copy(kept, bench.work / f"copy {i}").wall)
        bench.out.rename(bench.work / f"away {i}")
        ours.append(bench.build().wall)
    bench.out.rename(bench.work / "away")
    summary, _ = bench.summary()
    assert summary["restored"] + summary["deduplicated"] == summary["outputs"], summary
    row(f"outputs deleted, {bench.name}: over a bare copy",
        f"{statistics.median(ours) / statistics.median(bare):.2f}", "1.5",
        f"{ms(statistics.median(ours))}; bare {ms(statistics.median(bare))}")


def measure_eleventy(bench, unchanged):
    modules = options.folder / "eleventy"
    if not (modules / "node_modules" / "@11ty" / "eleventy-img").exists():
        print("eleventy-img is not there: npm could not be reached")
        return
    words = ["node", HERE / "eleventy.mjs", modules, bench.sources, bench.work / "eleventy"]
    clocked(words, bench.environment)  # makes everything
    again = statistics.median(clocked(words, bench.environment).wall for _ in range(3))
    row(f"nothing changed, {bench.name}: faster than eleventy-img", f"{again / unchanged:.0f} x", "20 x",
        f"{ms(again)} for its disk cache")


def measure_memory(generated, counts):
    peaks = []
    for count in counts:
        subset = options.folder / "incremental" / f"first-{count}"
        shutil.rmtree(subset, ignore_errors=True)
        for i, source in enumerate(sorted(generated.rglob("*.png"))[:count]):
            target = subset / source.relative_to(generated)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)
        bench = Bench(f"{count} images", subset, [], options.folder)
        cold, again = bench.peak(), bench.peak()
        peaks.append((count, cold))
        row(f"peak memory of the tool, {count} images", f"{cold / 1e6:.1f} MB", "100 MB" if count == 100_000 else "",
            f"cold; nothing changed {again / 1e6:.1f} MB")
        if count == counts[-1]:
            return peaks, bench
    return peaks, None


def main():
    sprites = take_sprites(options.folder / "images" / "wesnoth", options.folder / "incremental" / "sprites", 3000)
    bench = Bench("3000 sprites", sprites, [], options.folder)
    measure_cold(bench, "3000 sprites")
    unchanged = measure_unchanged(bench)
    measure_eleventy(bench, unchanged)
    measure_one_changed(bench)
    measure_restore(bench)

    photographs = Bench("photographs", options.folder / "images" / "mate",
                        ["--include", "*.jpg", "--width", "1600"], options.folder)
    measure_cold(photographs, "photographs")

    counts = (3_000, 10_000) if options.quick else (10_000, 30_000, 100_000)
    generated = generate(options.folder / "incremental" / f"generated-{counts[-1]}", counts[-1])
    peaks, large = measure_memory(generated, counts)
    grown = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(peaks, peaks[1:])]
    row("peak memory an image", " ".join(f"{g:.0f} B" for g in grown), "linear", "between one count and the next")
    measure_unchanged(large)
    measure_one_changed(large)
    measure_restore(large)
    (options.folder / "incremental.json").write_text(json.dumps(rows, indent=1) + "\n")
    shutil.rmtree(options.folder / "incremental")


parser = argparse.ArgumentParser()
parser.add_argument("--imgopt", type=Path, required=True)
parser.add_argument("--folder", type=Path, required=True)
parser.add_argument("--quick", action="store_true")
options = parser.parse_args()
rows = []
print(f"{'':58} {'measured':>22} {'limit':>14}")
main()

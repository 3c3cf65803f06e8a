"""Measures what `imgopt watch` adds to the encoding of a changed image; see bench/README.md."""

import argparse
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

SPRITES = 1000
PHOTOS = 12
POLL_S = 0.0005
# Between two changes, as somebody who edits: the next build finds what the last one left to be found.
PAUSE_S = 0.5
LIMIT_S = 60


def changed_png(content, number):
    """The same picture with another text chunk: bytes that no cache knows."""
    text = b"Comment\0change %d" % number
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return content[:33] + chunk + content[33:]


def changed_jpeg(content, number):
    comment = b"change %d" % number
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + content[2:]


class Watched:
    """A running watch over a folder of images, and the lines of JSON that it prints."""

    def __init__(self, sources, words, work):
        self.sources, self.out = sources, work / "out"
        environment = dict(os.environ, IMGOPT_CACHE_DIR=str(work / "cache"), XDG_STATE_HOME=str(work / "home"),
                           XDG_CONFIG_HOME=str(work / "home"))
        arguments = [options.imgopt, "watch", sources, "--out", self.out, *words, "--json"]
        self.process = subprocess.Popen([str(word) for word in arguments], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE)
        self.line()
        time.sleep(2 * PAUSE_S)  # until it listens

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            sys.exit("imgopt watch has ended")
        return json.loads(text)

    def change(self, source, output, content):
        """Saves a source as editors do and waits for its output. Returns the seconds that took, and those of encoding."""
        target = self.out / output
        before = target.stat()
        beside = source.with_name(".being-saved")
        beside.write_bytes(content)
        begin = time.perf_counter()
        os.replace(beside, source)
        while True:
            standing = target.stat() if target.exists() else before
            if (standing.st_ino, standing.st_mtime_ns) != (before.st_ino, before.st_mtime_ns):
                break
            if time.perf_counter() - begin > LIMIT_S:
                self.end()
                sys.exit(f"{output} did not come")
            time.sleep(POLL_S)
        took = time.perf_counter() - begin
        line = self.line()
        encoding = sum(o["cpu_ms"] for image in line["images"] for o in image["outputs"]) / 1e3
        return took, encoding

    def end(self):
        self.process.terminate()
        self.process.wait()


def sprites(folder):
    target = folder / "src"
    seen = set()
    for path in sorted((options.folder / "images" / "wesnoth").rglob("*.png")):
        content = path.read_bytes()
        if content not in seen and len(seen) < SPRITES:
            seen.add(content)
            name = target / path.relative_to(options.folder / "images" / "wesnoth")
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_bytes(content)
    return target


def photos(folder):
    target = folder / "src"
    target.mkdir(parents=True)
    for path in sorted((options.folder / "images" / "mate" / "nature").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(path, target)
    return target


def measure(name, take, words, changed, extension):
    work = options.folder / "watch" / name
    shutil.rmtree(work, ignore_errors=True)
    watched = Watched(take(work), words, work)
    draw = random.Random(1)
    sources = sorted(p for p in watched.sources.rglob("*") if p.is_file())
    pictures = {source: source.read_bytes() for source in sources}
    shown = {source: source for source in sources}  # whose picture each has
    overheads, encodings = [], []
    for number in range(options.changes):
        # Another picture than the one before: an output that would be the same is not written.
        source = draw.choice(sources)
        picture = shown[source] = draw.choice([p for p in sources if p != shown[source]])
        output = source.relative_to(watched.sources).with_suffix(extension or source.suffix)
        took, encoding = watched.change(source, output, changed(pictures[picture], number))
        overheads.append((took - encoding) * 1e3)
        encodings.append(encoding * 1e3)
        time.sleep(PAUSE_S)
    watched.end()
    overheads.sort()
    row = {"images": name, "count": len(sources), "changes": len(overheads),
           "encoding_ms": round(statistics.median(encodings), 1), "overhead_ms": round(statistics.median(overheads), 1),
           "overhead_90_ms": round(overheads[len(overheads) * 9 // 10], 1)}
    print(f"{len(sources):5} {name:12} {row['encoding_ms']:10.1f} ms {row['overhead_ms']:10.1f} ms "
          f"{row['overhead_90_ms']:10.1f} ms", flush=True)
    return row


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--imgopt", type=Path, required=True)
parser.add_argument("--folder", type=Path, required=True)
parser.add_argument("--changes", type=int, default=100)
options = parser.parse_args()
print("                      encoding  overhead, median     of 9 in 10")
rows = [measure("sprites", sprites, [], changed_png, ""),
        measure("photographs", photos, ["--format", "webp"], changed_jpeg, ".webp")]
(options.folder / "watch.json").write_text(json.dumps(rows, indent=2) + "\n")

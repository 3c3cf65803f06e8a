"""Builds thousands of broken and odd images among good ones, and checks that none of them harms anything.

    hostile_images.py [FOLDER...]     images to take besides those that are made here

The environment names the programs: IMGOPT, IMGOPT_WORKER; IMGOPT_HOSTILE_COUNT is how many images are wanted at least
(2,000), IMGOPT_HOSTILE_JOBS the workers, IMGOPT_SANITIZED a build with sanitizers. Exit status 1: something was found.
"""

import collections
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bombs
import images
from mutations import mutations
from watched_workers import WatchedWorkers

COUNT = int(os.environ.get("IMGOPT_HOSTILE_COUNT", "2000"))
JOBS = os.environ.get("IMGOPT_HOSTILE_JOBS", str(os.cpu_count()))
SANITIZED = bool(os.environ.get("IMGOPT_SANITIZED"))
MEMORY_LIMIT = 1 << 30
TIMEOUT_S = 20 if SANITIZED else 5
# The wall clock's part of the deadline (k_wall_factor in tool/deadline.hpp), without what pixels add to it.
BACKSTOP_S = 10 * TIMEOUT_S + 0.5
# Workers are looked at a hundred times a second: one that computes for so long is seen, shorter ones may be missed.
# (That they are limited too is shown by worker_pool_memory_test.cpp, which asks them.) None starts as slowly.
LENGTHY_S = 0.5
# An image's time is its worker's; this is for the build to hang in.
BUILD_DEADLINE_S = 3 * 3600
SEED = 20231
FORMATS = ("keep", "jpeg", "webp", "avif", "jxl", "gif", "tiff")
REPORTED = re.compile(r"AddressSanitizer|runtime error:|ThreadSanitizer|LeakSanitizer|terminate called|Assertion")


class Check:
    def __init__(self, folder):
        self.folder = folder
        self.findings = []
        self.bombs = {}
        self.environment = {k: v for k, v in os.environ.items() if k.startswith(("PATH", "LD_", "ASAN_", "UBSAN_", "TSAN_"))}
        self.words = folder / "words of workers"
        self.words.mkdir()
        worker = self.heard_worker() if SANITIZED else os.environ["IMGOPT_WORKER"]
        self.environment.update(HOME=str(folder / "home"), IMGOPT_WORKER=worker, IMGOPT_CACHE_DIR=str(folder / "cache"))

    def heard_worker(self):
        """A program that is the worker and leaves in a file what it says: the tool keeps no more than its last words."""
        program = self.folder / "heard-worker"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(os.environ["IMGOPT_WORKER"])} "$@" '
                           f'2>>{shlex.quote(str(self.words))}/$$\n', encoding="utf-8")
        program.chmod(0o755)
        return str(program)

    def hear_workers(self):
        for path in self.words.iterdir():
            text = path.read_text(encoding="utf-8", errors="replace")
            path.unlink()
            if spoken := REPORTED.search(text):
                self.find(f"a worker died of: {text[spoken.start():][:3000]}")

    def find(self, text):
        self.findings.append(text)
        print("FINDING:", text, flush=True)

    def build(self, *arguments, allowed=(0, 1)):
        """Runs a build; returns its exit status, what it said, its report and its workers."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        words = [os.environ["IMGOPT"], "build", *map(str, arguments), "--report", str(report), "--jobs", JOBS, "--effort", "1",
                 "--memory-limit", str(MEMORY_LIMIT), "--timeout", str(TIMEOUT_S)]
        with open(self.folder / "said", "w+b") as said:
            process = subprocess.Popen(words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=said,
                                       stderr=said, start_new_session=True)
            workers, end = WatchedWorkers(process.pid), time.monotonic() + BUILD_DEADLINE_S
            while process.poll() is None:
                workers.look()
                time.sleep(0.01)
                if time.monotonic() > end:
                    os.killpg(process.pid, signal.SIGKILL)
                    self.find(f"the build hung: {' '.join(words)}")
                    break
            status = process.wait()
            said.seek(0)
            text = said.read().decode(errors="replace")
        if status not in allowed:
            self.find(f"exit status {status} of {' '.join(words)}: {text[-2000:]}")
        if REPORTED.search(text):
            self.find(f"a sanitizer or the library spoke: {text[-4000:]}")
        self.hear_workers()
        if not SANITIZED and workers.resident > MEMORY_LIMIT * 11 // 10:
            self.find(f"a worker had {workers.resident >> 20} MiB resident, with a limit of {MEMORY_LIMIT >> 20} MiB")
        if workers.alive():
            self.find(f"workers outlived the build: {workers.alive()}")
        left = [str(p) for p in self.folder.rglob(".imgopt-tmp*")]
        if left:
            self.find(f"temporaries are left: {left}")
        content = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
        return status, text, content, workers

    def contents(self, folder):
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def make_good(check):
    """Good images of every format: drawn here, and converted by the program under test."""
    good = {}
    for i, kind in enumerate(images.PNG_KINDS):
        good[f"drawn-{i}.png"] = images.png(37, 23, i, kind)
    good["drawn.apng.png"] = images.apng()
    for frames in (1, 4):
        good[f"drawn-gif-{frames}.gif"] = images.gif(frames=frames)
    for depth in (8, 16):
        good[f"drawn-tiff-{depth}.tif"] = images.tiff(depth=depth)
    source = check.folder / "drawn"
    for name, data in good.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    for form in FORMATS[1:]:
        out = check.folder / f"as-{form}"
        check.build(source, "--out", out, "--format", form, "--no-cache", "--state", check.folder / f"state-{form}",
                    allowed=(0, 1, 2))  # not every libvips writes every format, nor every format all of them
        for name, data in check.contents(out).items():
            good[f"{form}-{name}"] = data
    return good


def write(folder, files):
    for name, data in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def given_files(folders):
    for folder in folders:
        root = Path(folder)
        for number, path in enumerate(sorted(p for p in root.rglob("*") if p.is_file())):
            # Numbered, so that no two become one output where both change format.
            yield f"{root.name}/{path.parent.name}/{number:05}-{path.name}", path.read_bytes()


def check_report(check, report, odd, text):
    """Every odd image was optimized or kept, named with an error, or passed by as no image."""
    named = {i["source"]: i for i in report["images"]}
    kinds, reasons = collections.Counter(), collections.Counter()
    for name in odd:
        image = named.get(f"odd/{name}")
        if image is None:
            # What a folder's scan finds under a name that is no image's, and is none, is no source.
            kinds["not an image, by name and content"] += 1
        elif image["status"] == "failed" and not image["error"]:
            check.find(f"{name} failed without a word")
        elif image["status"] == "failed":
            kinds["failed by name"] += 1
            reasons[re.sub(r"[0-9]+", "N", image["error"])[:60]] += 1
            if "worker was lost" in image["error"] or "nonsense" in image["error"]:
                print(f"  a decoder died of {name}: {image['error']}")
        else:
            kinds[image["status"]] += 1
    for kind, count in kinds.most_common():
        print(f"  {count:5} {kind}")
    for reason, count in reasons.most_common(12):
        print(f"        {count:5} {reason}")


def check_bombs(check, good):
    """Every bomb alone with a good image: its worker stays below its own ceiling and backstop, the good one is made."""
    peak, longest = (0, ""), (0.0, "")
    seen = 0  # bombs
    for number, (name, data) in enumerate(check.bombs.items()):
        source, out = check.folder / f"bomb-{number}", check.folder / f"bomb-out-{number}"
        write(source, [("good.png", good), (name, data)])
        _, _, report, workers = check.build(source, "--out", out, "--no-cache", "--state", check.folder / f"bomb-state-{number}")
        for worker in workers.workers.values():
            peak = max(peak, (worker.resident, name))
            longest = max(longest, (worker.seconds, name))
            if worker.seconds > BACKSTOP_S:
                check.find(f"{name}: a worker lived for {worker.seconds:.1f} s, with a backstop of {BACKSTOP_S} s")
            if not SANITIZED and worker.ceiling and worker.resident > worker.ceiling * 11 // 10:
                check.find(f"{name}: {worker.resident >> 20} MiB resident, with a ceiling of {worker.ceiling >> 20} MiB")
            if not SANITIZED and worker.is_unlimited_at_work:
                check.find(f"{name}: a worker had an image and no limit of its address space")
        looks = sum(w.looks_at_work for w in workers.workers.values())
        seen += looks > 0
        if report and looks == 0:
            computed_s, started = report["summary"]["worker_cpu_ms"] / 1000, report["summary"]["workers"]
            if computed_s >= LENGTHY_S * (1 + started):
                check.find(f"{name}: {started} workers computed for {computed_s:.1f} s and were never seen with an image")
        made = out / "good.png"
        if not made.exists() or made.read_bytes() != (check.folder / "clean" / "good" / "drawn-5.png").read_bytes():
            check.find(f"{name}: the good image beside it was not made, or otherwise than without it")
        named = {i["source"]: i for i in report["images"]} if report else {}
        if name in named and named[name]["status"] == "failed" and not named[name]["error"]:
            check.find(f"{name} failed without a word")
    if seen == 0:
        check.find("no bomb's worker was ever seen with its image")
    print(f"{len(check.bombs)} bombs one by one: at most {peak[0] >> 20} MiB resident ({peak[1]}), "
          f"no worker longer than {longest[0]:.1f} s ({longest[1]}); {seen} seen at work", flush=True)


def make_bombs(check, good):
    """All bombs, those that are made from an encoded image among them."""
    made = bombs.bombs()
    avif = next((data for name, data in good.items() if name.startswith("avif-") and name.endswith(".avif")), None)
    if avif is not None:
        made["avif-size.avif"] = bombs.swollen_avif(avif, 65_535, 65_535)
        made["avif-size-below-limit.avif"] = bombs.swollen_avif(avif, 8_000, 8_000)
    check.bombs = made


def main(folders):
    folder = Path(tempfile.mkdtemp(prefix="imgopt hostile "))
    check = Check(folder)
    began = time.monotonic()
    good = make_good(check)
    print(f"{len(good)} good images of {len({n.rpartition('.')[2] for n in good})} kinds", flush=True)
    write(folder / "src" / "good", good.items())
    # Warnings of decoders replace workers, so no output may depend on which worker made it.
    check.build(folder / "src", "--out", folder / "clean", "--no-cache", "--state", folder / "clean-state")

    make_bombs(check, good)
    check_bombs(check, good["drawn-5.png"])
    given = dict(given_files(folders))
    odd = {**given, **{f"bombs/{n}": d for n, d in check.bombs.items()}}
    seeds = {**good, **{n: d for n, d in given.items() if 0 < len(d) < 200_000}}
    wanted = max(COUNT - len(odd), COUNT // 2)
    odd.update((f"mutated/{n}", d) for n, d in mutations(seeds, wanted, SEED))
    write(folder / "src" / "odd", odd.items())
    print(f"{len(odd)} odd ones: {len(given)} given, {len(check.bombs)} bombs, {wanted} mutations", flush=True)

    _, text, report, workers = check.build(folder / "src", "--out", folder / "out", "--state", folder / "state")
    if report is None:
        check.find("no report was written")
    else:
        check_report(check, report, odd, text)
        made = {n: d for n, d in check.contents(folder / "out").items() if n.startswith("good/")}
        if made != check.contents(folder / "clean"):
            check.find("good images came out otherwise than without the odd ones")
        summary = report["summary"]
        print(f"  {summary['workers']} workers started, {summary['worker_crashes']} ended badly, at most {workers.resident >> 20} MiB resident")
        # What failed cleanly is remembered, what hung on limits is tried again; nothing else is.
        _, _, again, _ = check.build(folder / "src", "--out", folder / "out", "--state", folder / "state")
        if again and again["summary"]["encoded"] > 0:
            check.find(f"the second run encoded again: {again['summary']}")
        if again and again["summary"]["failed"] != summary["failed"]:
            check.find(f"{summary['failed']} failed, and then {again['summary']['failed']}")
    # In other formats too: what decodes goes through every encoder.
    for form in ("webp", "png"):
        check.build(folder / "src", "--out", folder / f"out-{form}", "--format", form, "--width", "64",
                    "--state", folder / f"out-state-{form}")
    print(f"{len(odd) + len(good)} images, {len(check.findings)} findings, {time.monotonic() - began:.0f} s")
    if check.findings:
        print(f"what was built stands in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

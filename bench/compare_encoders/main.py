"""Measures ImgOpt beside its peers. Started by bench/compare-encoders, which brings images and peers."""

import argparse
import shutil
import sys
import time
from pathlib import Path

import effort
import every_output
import lossless
import lossy
import target
from findings import Findings
from images import lay_out
from workbench import Workbench

PARTS = {
    "lossless-png": lambda bench, findings, images, quick: lossless.png(bench, findings, images, quick),
    "lossless-jpeg": lambda bench, findings, images, quick: lossless.jpeg(bench, findings, images),
    "lossy": lambda bench, findings, images, quick: [part(bench, findings, images.references) for part in
                                                     (lossy.jpeg, lossy.webp, lossy.avif, lossy.palette)],
    "target": lambda bench, findings, images, quick: target.search(bench, findings, images.references),
    "effort": lambda bench, findings, images, quick: effort.table(bench, findings, images),
}


def main():
    parser = argparse.ArgumentParser(prog="bench/compare-encoders", description="Compares ImgOpt with its peers.")
    parser.add_argument("--quick", action="store_true", help="a third of the images, the slowest peers left out")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; may be repeated")
    parser.add_argument("--imgopt", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    shutil.rmtree(arguments.folder / "work", ignore_errors=True)
    bench = Workbench(arguments.imgopt, arguments.folder)
    findings = Findings()
    start = time.monotonic()

    def say(what):
        print(f"[{time.monotonic() - start:4.0f} s] {what}", file=sys.stderr, flush=True)

    say("images")
    images = lay_out(bench, arguments.quick)
    for name, part in PARTS.items():
        if not arguments.only or name in arguments.only:
            say(name)
            part(bench, findings, images, arguments.quick)
            # At once, so that a run that is interrupted has told something.
            print(findings.new_tables(), flush=True)
    say("every output")
    every_output.pixels_equal(bench, findings)
    every_output.none_larger(bench, findings)
    say("done")

    print(findings.targets())
    result = arguments.folder / "compare-encoders.json"
    result.write_text(findings.json() + "\n")
    print(f"\nAll numbers: {result}")


if __name__ == "__main__":
    main()

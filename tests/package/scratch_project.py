"""A small CMake project that uses an installed ImgOpt, made, built and looked at by one test.

The environment says what is tested: IMGOPT_PACKAGE_PREFIX, the (moved) install tree; IMGOPT_SOURCE_DIR, the
sources of ImgOpt. Nothing outside the test's own temporary folder is written, the cache of imgopt included.
"""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import zlib
from pathlib import Path


def png_bytes(seed, width=24, height=16):
    """A small RGB PNG; another seed gives other pixels."""
    rows = b"".join(
        b"\0" + bytes((x * 7 + y * 13 + seed * 31 + channel * 5) % 256 for x in range(width) for channel in range(3))
        for y in range(height)
    )

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class BuildResult:
    """Exit status and text of one run of a build program."""

    def __init__(self, completed):
        self.status = completed.returncode
        self.text = completed.stdout

    def runs_of(self, target):
        """How often the command of an imgopt_add_assets() target ran."""
        return self.text.count(f"Optimizing images: {target}\n")

    @property
    def nothing_to_do(self):
        return "ninja: no work to do." in self.text


class ScratchProject(unittest.TestCase):
    """One temporary project: `source` holds its files, `binary` is its build tree."""

    generator = "Ninja"

    def setUp(self):
        self.prefix = Path(os.environ["IMGOPT_PACKAGE_PREFIX"])
        self.root = Path(tempfile.mkdtemp(prefix="imgopt package "))
        self.addCleanup(shutil.rmtree, self.root)
        self.source = self.root / "source"
        self.binary = self.root / "binary"
        self.source.mkdir()
        self.environment = dict(os.environ)
        for name in ("IMGOPT_WORKER", "IMGOPT_EXECUTABLE", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR", "CMAKE_GENERATOR"):
            self.environment.pop(name, None)
        self.environment.update(
            IMGOPT_CACHE_DIR=str(self.root / "cache"),
            XDG_CACHE_HOME=str(self.root / "xdg-cache"),
            XDG_STATE_HOME=str(self.root / "xdg-state"),
            NINJA_STATUS="[%f/%t] ",
        )

    def write_image(self, name, seed, **size):
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_bytes(seed, **size))
        return path

    def write_project(self, text, languages="NONE"):
        (self.source / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.21)\nproject(Scratch LANGUAGES {languages})\n"
            f"find_package(ImgOpt REQUIRED)\n{text}\n",
            encoding="utf-8",
        )

    def run_program(self, *arguments, cwd=None):
        return BuildResult(
            subprocess.run(
                [str(a) for a in arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env=self.environment,
                cwd=cwd or self.root,
                check=False,
            )
        )

    def try_configure(self, *arguments):
        return self.run_program(
            "cmake", "-G", self.generator, "-S", self.source, "-B", self.binary,
            f"-DCMAKE_PREFIX_PATH={self.prefix}", *arguments,
        )

    def configure(self, *arguments):
        result = self.try_configure(*arguments)
        self.assertEqual(result.status, 0, result.text)
        return result

    def try_build(self, target=None):
        # Ninja 1.11 and Make compare times to the nanosecond, but the clock of a file system ticks in steps of
        # up to 10 ms: what a test does after a build must not share the tick of that build.
        time.sleep(0.02)
        select = ["--target", target] if target else []
        result = self.run_program("cmake", "--build", self.binary, *select)
        time.sleep(0.02)
        return result

    def build(self, target=None):
        result = self.try_build(target)
        self.assertEqual(result.status, 0, result.text)
        return result

    def path(self, name):
        return self.binary / name

    def outputs(self, target="photos"):
        """The files below the default output folder of a target, sorted, relative to it."""
        folder = self.binary / "imgopt" / target
        return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())

    def output(self, name, target="photos"):
        return self.binary / "imgopt" / target / name

    def summary(self, report="report.json"):
        return json.loads((self.binary / report).read_text(encoding="utf-8"))["summary"]

    def assert_runs_once_then_rests(self, target="photos"):
        """One build runs the command once; the next finds nothing to do."""
        first = self.build()
        self.assertEqual(first.runs_of(target), 1, first.text)
        second = self.build()
        self.assertTrue(second.nothing_to_do, second.text)


REPORT = 'OPTIONS --report "${CMAKE_CURRENT_BINARY_DIR}/report.json"'

# What a page generator would be: it depends on the manifest, and each of its runs leaves a line in page.log.
CONSUMER = """
add_custom_command(OUTPUT page.stamp
  COMMAND ${CMAKE_COMMAND} -E echo run >> page.log
  COMMAND ${CMAKE_COMMAND} -E touch page.stamp
  DEPENDS photos $<TARGET_PROPERTY:photos,IMGOPT_MANIFEST> VERBATIM)
add_custom_target(page ALL DEPENDS page.stamp)
"""


def consumer_runs(project):
    log = project.path("page.log")
    return len(log.read_text().splitlines()) if log.exists() else 0

"""Runs what a chapter of the manual shows, in an empty folder, and compares what is printed.

    manual_test.py CHAPTER.md          IMGOPT and IMGOPT_WORKER name the programs, IMGOPT_PREFIX an install tree
"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import drawing
from transcript import TranscriptError, output_matches, steps_of

SKIPPED = 77
PROGRESS = re.compile(r"imgopt: \d+ of \d+ images?(, |$)")
DEADLINE_S = 300


class Chapter:
    def __init__(self, path, root):
        self.path = path
        self.root = root
        self.folders = 0
        self.status = 0
        self.programs = root / "bin"
        self.programs.mkdir()
        for name, variable in (("imgopt", "IMGOPT"), ("imgopt-worker", "IMGOPT_WORKER")):
            (self.programs / name).symlink_to(os.environ[variable])
        kept = ("LD_LIBRARY_PATH", "CC", "CXX", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment.update(
            PATH=f"{self.programs}:{os.environ['PATH']}",
            HOME=str(root / "home"),
            IMGOPT_WORKER=os.environ["IMGOPT_WORKER"],
            # A terminal without colours and without a cursor: what is printed is lines in their true order.
            TERM="dumb",
            LANG="C.UTF-8",
            GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com",
            GIT_COMMITTER_NAME="Ada", GIT_COMMITTER_EMAIL="ada@example.com",
            GIT_CONFIG_NOSYSTEM="1",
        )
        if os.environ.get("IMGOPT_PREFIX"):
            self.environment["CMAKE_PREFIX_PATH"] = os.environ["IMGOPT_PREFIX"]
        (root / "home").mkdir()
        self.fresh_folder()

    def fresh_folder(self):
        self.folders += 1
        self.folder = self.root / f"project{self.folders}"
        self.folder.mkdir()
        self.here = self.folder

    def draw(self, step):
        name, size = step.words
        width, height = map(int, size.split("x"))
        content = getattr(drawing, step.kind)(width, height, zlib.crc32(name.encode()))
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            path.write_bytes(content)
            return
        with tempfile.TemporaryDirectory(dir=self.root) as scratch:
            source = Path(scratch) / (path.stem + ".png")
            source.write_bytes(content)
            made_as = {".jpg": "jpeg", ".jpeg": "jpeg"}.get(path.suffix, path.suffix[1:])
            subprocess.run(
                [os.environ["IMGOPT"], "build", source, "--out", f"{scratch}/out", "--format", made_as, "--quality",
                 "95", "--effort", "0", "--no-cache", "--quiet", "--state", f"{scratch}/state"],
                env=self.environment, check=True)
            shutil.move(next(Path(scratch, "out").iterdir()), path)

    def take_moment(self, words, command, process, printed):
        """Does `command` if `words` were printed; says whether it did."""
        if words not in printed.decode(errors="replace"):
            return False
        if command == "Ctrl-C":
            os.killpg(process.pid, signal.SIGINT)
        else:
            subprocess.run(["bash", "-c", command], cwd=self.here, env=self.environment, check=True)
        return True

    def run(self, text, moments=()):
        """Runs one command as on a terminal; returns its lines and remembers its exit status and folder."""
        moments, seen = list(moments), 0
        folder_file = self.root / "folder"
        script = f"(exit {self.status})\n{text}\nstatus=$?; pwd >'{folder_file}'; exit $status"
        terminal, other_end = pty.openpty()
        process = subprocess.Popen(["bash", "-c", script], cwd=self.here, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=other_end, stderr=other_end,
                                   start_new_session=True)
        os.close(other_end)
        end = time.monotonic() + DEADLINE_S
        printed = b""
        while time.monotonic() < end:
            readable, _, _ = select.select([terminal], [], [], 1)
            if not readable:
                continue
            try:
                piece = os.read(terminal, 1 << 16)
            except OSError:
                piece = b""
            if not piece:
                break
            printed += piece
            while moments and self.take_moment(*moments[0], process, printed[seen:]):
                moments.pop(0)
                seen = len(printed)
        else:
            os.killpg(process.pid, signal.SIGKILL)
        os.close(terminal)
        self.status = process.wait()
        if folder_file.exists():
            self.here = Path(folder_file.read_text().rstrip("\n"))
        lines = printed.decode(errors="replace").replace("\r\n", "\n").replace(str(self.root), "").split("\n")
        # On a slow machine a line of progress comes every ten seconds; chapters show a fast one.
        return [line.rstrip() for line in lines if not PROGRESS.match(line)]

    def play(self, command, following):
        lines = self.run(command.text, command.moments)
        if not command.shown:
            return None if self.status == 0 else "\n".join(lines)
        if not output_matches(command.expected, lines):
            shown = "\n".join("    " + line for line in command.expected)
            return f"shown:\n{shown}\nprinted:\n" + "\n".join("    " + line for line in lines)
        # A failure must be seen: by an error shown, or by asking for the status.
        is_seen = any("imgopt: " in line or "error" in line.lower() for line in command.expected)
        asks = following is not None and following.kind == "command" and "$?" in following.command.text
        if self.status != 0 and not is_seen and not asks:
            return f"exit status {self.status}, which the chapter does not show"
        return None


def main():
    path = Path(sys.argv[1])
    try:
        steps = steps_of(path.read_text(encoding="utf-8"))
    except TranscriptError as error:
        sys.exit(f"{path.name}: {error}")
    for step in steps:
        if step.kind == "needs" and any(shutil.which(program) is None for program in step.words):
            print(f"{path.name} needs {' '.join(step.words)}")
            sys.exit(SKIPPED)
    root = Path(tempfile.mkdtemp(prefix="imgopt-manual-"))
    failures = played = 0
    try:
        chapter = Chapter(path, root)
        for step, following in zip(steps, steps[1:] + [None]):
            if step.kind == "fresh":
                chapter.fresh_folder()
            elif step.kind in ("photo", "drawing"):
                chapter.draw(step)
            elif step.kind == "file":
                target = chapter.here / step.words[0]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.content, encoding="utf-8")
            elif step.kind == "command":
                played += 1
                trouble = chapter.play(step.command, following)
                if trouble is not None:
                    failures += 1
                    print(f"{path.name}:{step.line}: $ {step.command.text}\n{trouble}\n", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(f"{path.name}: {played} commands, {failures} not as shown")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

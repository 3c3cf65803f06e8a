"""Every message of the program stands in one place, and whoever uses the program can be shown it.

A message counts as reached where a command of this file prints it, where the manual or a test has its words (the manual is
run, so what stands there was printed), or where messages_unreached.txt says why neither is so. That file lists each such
message below its reason; a message that is reached after all, or gone, has to be taken out of it.
"""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(os.environ["IMGOPT_SOURCE_DIR"])
HERE = ROOT / "tests" / "docs"
sys.path.insert(0, str(ROOT / "tests" / "cli"))

import images  # noqa: E402
from command import CommandTest  # noqa: E402
from messages import PLACEHOLDER, messages, pattern  # noqa: E402

# Texts that stand in several places on purpose, and why.
SHARED = {
    "shorter than its header": "readers of formats say it, each with the format's name before it",
    "wrong magic number": "the same",
    "its size is not the one its header names": "the same",
    "reserved fields are used": "the same",
    "its content is not what was written": "the same",
    "would be encoded": "a status, in a summary and in an explanation",
    "up to date": "the same",
    "cannot make the folder": "an operation, told with its path and cause",
    "cannot rename into place": "the same",
    "cannot create the lock": "the same",
    ": it changed while it was read": "sources of a build and files in place are hashed by a function each",
}
FILLED = re.compile(r"\{[^{}]*\}|\n")


def words_of_tests():
    """What tests and manual say, with strings that follow each other joined."""
    joint = re.compile(r'["\']\s*\n\s*f?["\']')
    texts = []
    for folder, endings in (("tests", ("*.py", "*.cpp", "*.hpp")), ("docs/manual", ("*.md",))):
        for ending in endings:
            texts += [p.read_text(encoding="utf-8") for p in sorted((ROOT / folder).rglob(ending)) if p.name != "messages_test.py"]
    texts.append((ROOT / "README.md").read_text(encoding="utf-8"))
    return joint.sub("", "\n".join(texts)).replace('\\"', '"')


def is_said(message, words):
    """Whether the longest part of it that is not filled in at run time stands in `words`."""
    parts = [part.strip(" :;,.()") for part in FILLED.split(message.replace("{{", "{").replace("}}", "}"))]
    return max(parts, key=len) in words


def excused():
    """{message: reason}"""
    reasons, reason = {}, None
    for line in (HERE / "messages_unreached.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            reasons[line.replace("\\n", "\n")] = reason
    return reasons


class Messages(CommandTest):
    def provoke(self):
        """Everything that the commands below print, together."""
        self.write("src/a.png", images.fat_png())
        self.write("src/b.png", images.fat_png(1))
        said = []

        def run(*words, **options):
            done = self.finish(self.start(*words, **options))
            said.append(done.stdout + done.stderr)

        def config(text):
            self.write("wrong.json", text)
            run("build", "--config", "wrong.json", "--out", "o")

        for words in (
            ["build", "--config", "a", "--request", "b"], ["explain"], ["explain", "--all", "x", "--out", "out"],
            ["explain", "nowhere.png", "--out", "out"], ["build", "src", "--out", "out", "--depfile", "d"],
            ["build", "src", "--out", "out", "--embed", "e"], ["report"], ["compare", "src", "src"], ["help", "a", "b"],
            ["build", "src", "--out", "out", "--lossless=maybe"], ["cache", "stats", "more"], ["cache", "stats", "--fix"],
            ["check", "src", "--json", "--print", "sarif"], ["optimize", "src", "--backup=/x"], ["config", "--show", "src/none.png"],
            ["config", "--show", "src/a.png", "--exclude", "a.png"], ["build", "src", "--out", "out", "--quality", "tiff=3"],
            ["build", "src", "--out", "out", "--timeout", "x"], ["build", "src", "--out", "out", "--max-cache-size", "x"],
            ["cache", "gc", "--older-than", "x"], ["build", "src", "--out", "out", "--background", "x"],
            ["build", "src", "--out", "out", "--min-savings", "x"], ["build", "src", "--out", "out", "--name", "{stem"],
            ["build", "src", "--out", "out", "--name", "{stem}.{ext}x "], ["build", "src", "--out", "out", "--max-pixels", "x"],
            ["build", "src", "--out", "out", "--exclude", "a/../b"], ["build", "src", "--out", "out", "--exclude", "[[:x:]]"],
            ["build", "src", "--out", "out", "--exclude", "[z-a]"], ["build", "src", "--out", "out", "--exclude", "a\\"],
            ["build", "src", "--out", "out", "--name", "{stem}-{width}.{ext}"], ["build", "src", "--out", "out", "--memory-limit", "1k"],
            ["build", "src", "--out", "out", "--cache-dir", ""], ["optimize", "src", "--ledger", ""],
        ):
            run(*words)
        for text in (
            '{"sources": ["src"], "rules": {}}', '{"sources": ["src"], "rules": [3]}', '{"sources": ["src"], "rules": [{"match": 3}]}',
            '{"sources": ["src"], "rules": [{"match": []}]}', '{"sources": ["src"], "format": []}', '{"sources": ["src"], "quality": {}}',
            '{"sources": ["src"], "width": 3, "resize": "3x3"}', '{"sources": ["src"], "budgets": 3}', '{"sources": [3]}',
            '{"sources": ["src"], "budgets": [3]}', '{"sources": ["src"], "budgets": [{}]}', '{"sources": [""]}',
            '{"sources": ["src"], "budgets": [{"match": "*"}]}', '{"sources": ["src"], "budgets": [{"match": 3}]}',
            '{"sources": ["src"], "budgets": [{"match": "*", "max-file": []}]}',
            '{"sources": ["src"], "check-ignore": [{"match": "*"}]}',
            '{"sources": ["src"], "check-ignore": [{"match": "*", "reason": "r", "findings": ["stael"]}]}',
            '{"out": "x"}', "", "[" * 40, '{"sources": ["src"], "dry-run": true}', '{"sources": ["src"], "rules": [{"match": "*", "out": "x"}]}',
        ):
            config(text)
        self.write("home/.config/imgopt/imgopt.json", '{"sources": ["src"]}')
        run("build", "src", "--out", "out")
        (self.root / "home/.config/imgopt/imgopt.json").unlink()
        nowhere = {"HOME": "", "IMGOPT_CACHE_DIR": ""}
        run("build", "src", "--out", "out", environment=nowhere)
        run("build", "src", "--out", "out", "--no-cache", environment=nowhere)
        self.write("src/empty.png", "")
        self.write("src/other.png", b"BM" + bytes(60))
        self.write("src/words.png", "words")
        self.write("src/renamed.jpg", images.fat_png(2))
        run("build", "src", "--out", "out", "--report", "r.json")
        run("build", "src", "--out", "out", "--unsupported", "skip")
        run("explain", "src", "--out", "out", "--verbose")
        run("check", "src", "--verbose")
        for name in ("empty.png", "other.png", "words.png", "renamed.jpg"):
            (self.src / name).unlink()
        run("explain", "--all", "--out", "out")
        run("explain", "nowhere.png", "--report", "r.json")
        self.write("r2.json", '{"schema": 7}')
        run("explain", "x", "--report", "r2.json")
        run("report", "r2.json")
        self.write("imgopt.json", '{"sources": ["src"], "out": "made", "format": "webp"}')
        run("check")
        run("build")
        self.write("imgopt.json", '{"sources": ["src"], "out": "made", "format": ["webp", "png"], "effort": 2}')
        (self.src / "b.png").unlink()
        self.write("src/a.png", images.fat_png(5))
        self.write("src/c.png", images.broken_png())
        run("check")
        run("build")
        (self.root / "made" / "a.webp").unlink()
        run("check")
        run("build", "--dry-run")
        run("cache", "gc", "--max-size", "1", "--dry-run")
        run("cache", "gc", "--max-size", "1")
        run("cache", "stats")
        run("cache", "clear")
        run("optimize", "src", "--no-cache")
        run("check", "src")
        ledger = self.root / ".imgopt-ledger"
        whole = ledger.read_text() if ledger.exists() else ""
        for text in (whole + "cut off", "# imgopt-ledger 9\n", "# imgopt-ledger 1\nwords\n", "words\n",
                     whole + "<<<<<<< a\n=======\n>>>>>>> b\n"):
            ledger.write_text(text)
            run("check", "src")
            run("optimize", "src", "--no-cache")
        ledger.unlink(missing_ok=True)

        # Sources, names and places.
        os.mkfifo(self.root / "pipe")
        (self.root / "loop").mkdir()
        (self.root / "loop" / "dangling.png").symlink_to("nowhere")
        for i in range(50):
            (self.root / "loop" / f"l{i}").symlink_to("." if i == 0 else f"l{i - 1}")
        self.write("twin/a.png", images.fat_png(3))
        self.write("names/con.png", images.fat_png(3))
        self.write("names/end .png", images.fat_png(4))
        self.write("odd/new\nline.png", images.fat_png(3))
        self.write("case/a.png", images.fat_png(3))
        self.write("case/A.png", images.fat_png(4))
        self.write("fold/x.webp/b.png", images.fat_png(3))
        self.write("fold/x.png", images.fat_png(4))
        for words in (
            ["build", "pipe", "--out", "o1"], ["build", "loop", "--out", "o1"], ["build", "src/a.png", "twin/a.png", "--out", "o1"],
            ["build", "src", "--out", "o1", "--base", "twin"], ["build", "names", "--out", "o1"], ["build", "odd", "--out", "o1"],
            ["build", "odd", "--out", "o2", "--depfile", "d", "--stamp", "s"], ["build", "case", "--out", "o1"],
            ["build", "fold", "--out", "o1", "--format", "webp"], ["build", "src/a.png", "--out", "src2/../src", "--name", "a.png"],
            ["build", "twin", "--out", ".", "--name", "twin/a.png"], ["build", "src", "--out", "o1", "--name", "/x.{ext}"],
            ["build", "src", "--out", "o1", "--name", "x//{stem}.{ext}"], ["build", "src", "--out", "o1", "--name", "../{stem}.{ext}"],
            ["build", "src", "--out", "o1", "--name", "n" * 300 + "{stem}.{ext}"], ["build", "src", "--out", "o1", "--name", "nul.{ext}"],
            ["build", "src", "--out", "o1", "--name", ("n" * 200 + "/") * 30 + "{stem}.{ext}"], ["build", "src", "--out", "o1", "--name", "{stem}. "],
            ["build", "src", "--out", "o1", "--exclude", "{" * 20 + "a" + "}" * 20], ["build", "src", "--out", "o1", "--exclude", "x" * 5000],
            ["build", "src", "--out", "o1", "--header", "h.hpp", "--namespace", "a b"], ["build", "src", "--out", "o3", "--state", "s1"],
            ["build", "src", "--out", "o3", "--state", "s2"], ["build", "src", "--out", "o4", "--stamp=src/a.png"], ["doctor"],
            ["doctor", "--cache-dir", "none/yet"], ["doctor", "--cache-dir", "pipe"], ["compare", "pipe", "src/a.png"],
            ["compare", "src/a.png", "src/words.png"], ["init", "--profile", "game", "--dry-run"], ["init"],
            ["build", "--quality", "80", "src"], ["--quality", "80", "build"], ["config", "src/a.png"], ["explain", "--report", "src/a.png", "x"],
            ["explain", "src", "--out", "never"], ["explain", "src/a.png"], ["report", "src/a.png"], ["optimize", "pipe"],
            ["build", "src", "--out", "o5", "--max-input-size", "10"], ["build", "src", "--out", "o5", "--json", "--quiet=maybe"],
            ["build", "src", "--out", "o5", "--quiet=yes", "--json=3"], ["watch", "src", "--out", "o", "--dry-run"],
        ):
            run(*words)
        zero = '{"sources": ["src"], "exclude": "a\\u0000b", "out": "o"}'
        config(zero)
        config('{"sources": ["a\\u0000b"]}')
        for i in range(20):
            self.write(f"many/{i}/a.png", images.fat_png(i, width=8, height=8))
        (self.root / "imgopt.json").unlink()
        run("init", cwd=self.root / "many")
        (self.root / "bare").mkdir()
        run("init", cwd=self.root / "bare")
        run("explain", "x", cwd=self.root / "bare")
        run("check", cwd=self.root / "bare")

        # Several outputs of one encoding, copies, and what is gone.
        self.write("same/a.png", images.fat_png(9))
        self.write("same/b.png", images.fat_png(9))
        self.write("same/c.txt", "words")
        run("build", "same", "--out", "o6", "--unsupported", "copy", "--dry-run")
        run("explain", "same", "--out", "o6", "--unsupported", "copy")
        run("build", "same", "--out", "o6", "--unsupported", "copy", "--report", "r3.json")
        run("explain", "same", "--report", "r3.json")
        run("build", "same", "--out", "o6", "--unsupported", "copy", "--report", "r4.json")
        run("explain", "same/a.png", "--report", "r4.json", "--verbose")
        (self.root / "same" / "b.png").unlink()
        os.utime(self.root / "same" / "a.png", (1, 1))
        run("explain", "--all", "--verbose", "--out", "o6")
        shutil.rmtree(self.root / "o6")
        run("build", "same", "--out", "o6", "--cache-dir", "other", "--dry-run")
        run("build", "same", "--out", "o6", "--max-cache-size", "1")

        # The cache: damaged, cut, foreign, of others.
        run("build", "twin", "--out", "o7")
        entries = [p for p in (self.cache / "v1").rglob("*") if p.is_file()] if (self.cache / "v1").exists() else []
        entries = entries or [p for p in self.cache.rglob("*") if p.is_file() and len(p.name) > 20]
        for entry in entries:
            entry.write_bytes(entry.read_bytes()[:-1] + b"x")
            entry.with_name("stranger").write_bytes(b"x")
        run("cache", "verify")
        shutil.rmtree(self.root / "o7")
        run("build", "twin", "--out", "o7")
        run("cache", "stats")
        for entry in entries:
            if entry.exists():
                entry.write_bytes(b"x")
        run("cache", "verify", "--fix")
        run("build", "twin", "--out", "o8", "--recache")
        run("build", "src", "--out", "o8", "--retry-failed")
        run("cache", "stats")
        secret = next((p for p in self.cache.rglob("*secret*") if p.is_file()), None)
        if secret is not None:
            secret.write_bytes(b"x")
            run("build", "twin", "--out", "o9")
        self.cache.chmod(0o777)
        run("build", "twin", "--out", "o9")
        run("doctor")
        self.cache.chmod(0o755)
        shutil.rmtree(self.cache)

        # Workers that are none.
        for worker in ("nowhere", "src/a.png", "/bin/true"):
            run("build", "twin", "--out", "o10", environment={"IMGOPT_WORKER": str(self.root / worker) if worker[0] != "/" else worker})
            run("compare", "src/a.png", "twin/a.png", environment={"IMGOPT_WORKER": str(self.root / worker) if worker[0] != "/" else worker})
            run("doctor", environment={"IMGOPT_WORKER": str(self.root / worker) if worker[0] != "/" else worker})

        # A repository.
        repository = self.root / "repository"
        repository.mkdir()

        def git(*words):
            subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a", *words], cwd=repository, check=False, capture_output=True,
                           env=dict(self.environment))

        if shutil.which("git"):
            git("init", "-q")
            for name in ("committed", "staged", "edited", "both"):
                (repository / f"{name}.png").write_bytes(images.fat_png(len(name)))
            git("add", "committed.png", "edited.png", "both.png")
            git("commit", "-qm", "a")
            git("add", "staged.png")
            (repository / "new.png").write_bytes(images.fat_png(20))
            (repository / "edited.png").write_bytes(images.fat_png(21))
            (repository / "both.png").write_bytes(images.fat_png(22))
            git("add", "both.png")
            (repository / "both.png").write_bytes(images.fat_png(23))
            run("optimize", ".", cwd=repository)
            run("optimize", "--staged", ".", cwd=repository)
            run("check", ".", "--print", "github", cwd=repository)
            run("optimize", ".", cwd=repository, environment={"PATH": "/nowhere"})
            git("commit", "-qm", "b")
            git("checkout", "-qb", "other", "HEAD")
            (repository / "committed.png").write_bytes(images.fat_png(30))
            git("commit", "-qam", "c")
            git("checkout", "-q", "-")
            (repository / "committed.png").write_bytes(images.fat_png(31))
            git("commit", "-qam", "d")
            git("merge", "other")
            run("optimize", ".", cwd=repository)
            (repository / "imgopt.json").write_text(
                '{"sources": ["."], "budgets": [{"match": "*", "max-file": "1", "max-total": 1}],'
                ' "check-ignore": [{"match": "nothing*", "reason": "old"}]}')
            run("check", ".", cwd=repository)
            run("check", ".", "--print", "github", cwd=repository)
            run("optimize", "--force", ".", cwd=repository)
            run("check", ".", cwd=repository)
            (repository / "committed.png").unlink()
            run("check", ".", cwd=repository)
        plain = self.root / "plain"
        plain.mkdir()
        (plain / "a.png").write_bytes(images.fat_png(40))
        (plain / "out.png").symlink_to(self.root / "twin" / "a.png")
        os.link(plain / "a.png", plain / "b.png")
        run("optimize", ".", "--backup", cwd=plain)
        (plain / "c.png").write_bytes(images.fat_png(41))
        (plain / "c.png.orig").write_bytes(b"mine")
        run("optimize", ".", "--backup", cwd=plain)
        (plain / "out.png").unlink()
        run("check", "a.png", str(self.root / "twin" / "a.png"), cwd=plain)
        run("check", str(self.root / "twin"), "--ledger", str(plain / ".imgopt-ledger"), cwd=plain)
        return "\n".join(said)

    def test_no_text_stands_in_two_places(self):
        found = {text: places for text, places in messages(ROOT).items() if len(places) > 1}
        self.assertEqual({text: places for text, places in found.items() if text not in SHARED}, {})
        self.assertEqual([text for text in SHARED if text not in found], [], "no longer shared")

    def test_each_is_reached_or_excused(self):
        printed, words, reasons = self.provoke(), words_of_tests(), excused()
        known = messages(ROOT)
        unreached = [m for m in known if not pattern(m).search(printed) and not is_said(m, words)]
        self.assertEqual([m for m in unreached if m not in reasons], [], "neither printed here, nor in a test or the manual")
        self.assertEqual([m for m in reasons if m not in unreached], [], "excused, but reached or gone")


if __name__ == "__main__":
    unittest.main()

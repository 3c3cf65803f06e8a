"""The installed manual page and completions, in the programs that read them."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PREFIX = Path(os.environ["IMGOPT_PACKAGE_PREFIX"])
SHARE = PREFIX / "share"


def options_of(command):
    """Every long option that `imgopt COMMAND --help` names."""
    text = subprocess.run([PREFIX / "bin/imgopt", command, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.MULTILINE))


class ManPage(unittest.TestCase):
    page = SHARE / "man/man1/imgopt.1"

    @unittest.skipUnless(shutil.which("groff"), "needs groff")
    def test_FormatsWithoutAWarning(self):
        run = subprocess.run(
            ["groff", "-man", "-ww", "-z", "-Kutf8", "-Tutf8", self.page], capture_output=True, text=True, check=True
        )
        self.assertEqual(run.stderr, "")

    @unittest.skipUnless(shutil.which("man"), "needs man")
    def test_ManShowsEveryOption(self):
        run = subprocess.run(
            ["man", "--warnings", "-l", self.page], capture_output=True, text=True, check=True,
            env=dict(os.environ, MANWIDTH="100", MAN_KEEP_FORMATTING="", LC_ALL="C.UTF-8"),
        )
        self.assertEqual(run.stderr, "")
        for option in options_of("build"):
            self.assertIn(option, run.stdout)


class Bash(unittest.TestCase):
    script = SHARE / "bash-completion/completions/imgopt"

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="imgopt completion "))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "two words.png").write_bytes(b"")

    def complete(self, *words, raw=None):
        """What bash would offer for the last of the words."""
        line = raw or ["imgopt", *words]
        quoted = " ".join("'" + w.replace("'", "'\\''") + "'" for w in line)
        program = (
            f'source "$1"; COMP_WORDS=({quoted}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
            'compopt() { :; }; _imgopt; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        run = subprocess.run(
            ["bash", "--norc", "-c", program, "bash", self.script],
            capture_output=True, text=True, check=True, cwd=self.folder,
        )
        self.assertEqual(run.stderr, "")
        return [line for line in run.stdout.split("\n") if line]

    def test_CommandsComeFirst(self):
        self.assertIn("build", self.complete(""))
        self.assertEqual(self.complete("ver"), ["version"])

    def test_EveryOptionOfACommandIsOffered(self):
        for command in ("build", "compare", "cache", "doctor"):
            self.assertEqual(set(self.complete(command, "--")), options_of(command), command)

    def test_ValuesAreOffered(self):
        self.assertEqual(self.complete("build", "--format", "we"), ["webp"])
        self.assertIn("copyright", self.complete("build", "--metadata", ""))
        self.assertEqual(self.complete("cache", "cl"), ["clear"])
        self.assertIn("quality", self.complete("help", "q"))
        self.assertEqual(self.complete("build", "--quality", ""), [])

    def test_ValuesBehindAnEqualsSignAreOffered(self):
        self.assertEqual(self.complete("build", "--format", "=", "av"), ["avif"])
        self.assertIn("avif", self.complete("build", "--format", "="))

    def test_FilesWithSpacesStayOneWord(self):
        self.assertEqual(self.complete("build", "tw"), ["two words.png"])
        self.assertEqual(self.complete("build", "-o", "tw"), ["two words.png"])

    def test_InteractiveShellCompletes(self):
        """A real bash at a real terminal: a press of Tab."""
        import pty

        program = self.folder / "imgopt"
        program.write_text("#!/bin/sh\necho got:$*\n")
        program.chmod(0o755)
        leader, follower = pty.openpty()
        shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"], stdin=follower, stdout=follower, stderr=follower, cwd=self.folder,
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "$ "}, start_new_session=True,
        )
        os.close(follower)
        os.write(leader, f"source '{self.script}'\n".encode())
        os.write(leader, b"imgopt bui\t--unsup\tsk\t\nexit\n")
        text = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            text += part
        shell.wait(timeout=60)
        os.close(leader)
        self.assertIn("got:build --unsupported skip", text.decode())


class OtherShells(unittest.TestCase):
    def check(self, shell, script):
        if not shutil.which(shell):
            self.skipTest(f"needs {shell}")
        run = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_ZshReadsItsScript(self):
        self.check("zsh", SHARE / "zsh/vendor-completions/_imgopt")

    def test_FishReadsItsScript(self):
        self.check("fish", SHARE / "fish/vendor_completions.d/imgopt.fish")

    @unittest.skipUnless(shutil.which("fish"), "needs fish")
    def test_FishOffersEveryOption(self):
        script = SHARE / "fish/vendor_completions.d/imgopt.fish"
        with tempfile.TemporaryDirectory() as home:
            run = subprocess.run(
                ["fish", "--no-config", "-c", f"source '{script}'; complete -C 'imgopt build --'"],
                capture_output=True, text=True, check=True, env=dict(os.environ, HOME=home),
            )
        offered = {line.split("\t")[0] for line in run.stdout.splitlines()}
        self.assertLessEqual(options_of("build"), {o.rstrip("=") for o in offered})


if __name__ == "__main__":
    unittest.main()

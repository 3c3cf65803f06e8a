"""A scratch git repository, with imgopt in PATH and home, cache and state of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "cli"))

from command import CommandTest  # noqa: E402

LEDGER = ".imgopt-ledger"


class RepositoryTest(CommandTest):
    def setUp(self):
        super().setUp()
        programs = self.root / "bin"
        programs.mkdir()
        (programs / "imgopt").symlink_to(os.environ["IMGOPT"])
        self.environment["PATH"] = f"{programs}:{self.environment['PATH']}"
        for role in ("AUTHOR", "COMMITTER"):
            self.environment.update({f"GIT_{role}_NAME": "t", f"GIT_{role}_EMAIL": "t@example.com"})
        self.environment.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="init.defaultBranch",
                                GIT_CONFIG_VALUE_0="main")
        (self.root / "home").mkdir()
        self.tree = self.root / "tree"
        self.tree.mkdir()
        self.ledger = self.tree / LEDGER
        self.git("init", "-q")

    def run_program(self, *words, status=0, cwd=None, **environment):
        done = subprocess.run([str(w) for w in words], cwd=cwd or self.tree, env=dict(self.environment, **environment),
                              capture_output=True, text=True, timeout=self.deadline_s)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def git(self, *words, status=0):
        return self.run_program("git", *words, status=status).stdout

    def commit(self, message, status=0):
        """What the commit said."""
        done = self.run_program("git", "commit", "-qm", message, status=None)
        self.assertEqual(done.returncode != 0, status != 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def commits(self):
        return self.git("log", "--format=%s").split("\n")[:-1]

    def committed(self, name):
        done = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=self.tree, env=self.environment, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

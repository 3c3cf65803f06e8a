"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit in a scratch repository without network."""

import shutil
import unittest

from repository import LEDGER, SOURCE, RepositoryTest

import images


@unittest.skipUnless(shutil.which("pre-commit"), "pre-commit is not installed: scripts/setup does it")
class PreCommit(RepositoryTest):
    def setUp(self):
        super().setUp()
        # A repository with nothing but the hooks' definition stands for this one.
        self.hooks = self.root / "hooks"
        self.hooks.mkdir()
        shutil.copy(SOURCE / ".pre-commit-hooks.yaml", self.hooks)
        for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "hooks"), ("tag", "v1")):
            self.run_program("git", *words, cwd=self.hooks)

    def install(self, hook, arguments="[]"):
        self.write("tree/.pre-commit-config.yaml",
                   f"repos:\n- repo: file://{self.hooks}\n  rev: v1\n  hooks:\n  - id: {hook}\n    args: {arguments}\n")
        self.run_program("pre-commit", "install")
        self.git("add", ".pre-commit-config.yaml")
        self.commit("install")

    def test_optimize_stops_a_commit_mends_it_and_lets_it_pass(self):
        self.install("imgopt-optimize")
        original = self.write("tree/logo.png", images.fat_png(1)).read_bytes()
        self.git("add", "logo.png")
        said = self.commit("logo", status=1)
        self.assert_says(said, "git add logo.png .imgopt-ledger")
        self.assertEqual(self.commits(), ["install"])
        self.git("add", "logo.png", LEDGER)
        self.commit("logo")
        self.assertEqual(self.commits(), ["logo", "install"])
        self.assertLess(len(self.committed("logo.png")), len(original))
        self.assertIn(b"logo.png", self.committed(LEDGER))
        self.run_program("imgopt", "check", ".")

    def test_optimize_notices_that_the_ledger_was_not_staged(self):
        self.install("imgopt-optimize")
        self.write("tree/one.png", images.fat_png(1))
        self.git("add", "one.png")
        self.commit("one", status=1)
        self.git("add", "one.png", LEDGER)
        self.commit("one")
        # From now on the ledger is tracked, and pre-commit puts its new lines aside.
        self.write("tree/two.png", images.noise_png(40, 40, 2))
        self.git("add", "two.png")
        self.commit("two", status=1)
        made = (self.tree / "two.png").read_bytes()
        self.git("add", "two.png")
        self.commit("two", status=1)
        self.assertEqual((self.tree / "two.png").read_bytes(), made)
        self.git("add", LEDGER)
        self.commit("two")
        self.assertEqual(self.committed("two.png"), made)
        self.run_program("imgopt", "check", ".")

    def test_a_lossy_image_is_encoded_once(self):
        self.install("imgopt-optimize", '[--quality, "png=40"]')
        self.write("tree/photo.png", images.noise_png(60, 60, 1))
        self.git("add", "photo.png")
        self.commit("photo", status=1)
        made = (self.tree / "photo.png").read_bytes()
        self.git("add", "photo.png", LEDGER)
        self.commit("photo")
        self.run_program("pre-commit", "run", "--all-files")
        self.assertEqual((self.tree / "photo.png").read_bytes(), made)

    def test_check_stops_a_commit_until_the_command_it_names_was_run(self):
        self.install("imgopt-check")
        self.write("tree/logo.png", images.fat_png(1))
        self.write("tree/notes.txt", "no image")
        self.git("add", "logo.png", "notes.txt")
        said = self.commit("logo", status=1)
        self.assert_says(said, "logo.png: unoptimized", "To fix: imgopt optimize --staged logo.png")
        self.run_program("imgopt", "optimize", "--staged", "logo.png", status=1)
        self.git("add", "logo.png", LEDGER)
        self.commit("logo")

    def test_many_images_in_hooks_side_by_side_lose_no_line(self):
        self.install("imgopt-optimize")
        names = [f"{'x' * 60}-{i:04}.png" for i in range(40)]
        for i, name in enumerate(names):
            self.write("tree/" + name, images.fat_png(i))
        self.git("add", ".")
        self.commit("many", status=1)
        self.git("add", ".")
        self.commit("many")
        self.assertEqual(len(self.ledger.read_text().splitlines()), 1 + len(names))

    def test_changed_and_deleted_images_are_followed(self):
        self.install("imgopt-optimize")
        for name in "ab":
            self.write(f"tree/{name}.png", images.fat_png(ord(name)))
        self.git("add", ".")
        self.commit("images", status=1)
        self.git("add", ".")
        self.commit("images")
        before = self.committed("b.png")
        self.write("tree/a.png", images.fat_png(3))
        self.git("add", "a.png")
        self.commit("changed", status=1)
        self.git("add", "a.png", LEDGER)
        self.commit("changed")
        self.assertEqual(self.committed("b.png"), before)

        self.git("rm", "-q", "a.png")
        self.assert_says(self.commit("gone", status=1), "git add .imgopt-ledger")
        # Not staged, it is put aside by pre-commit, and the hook insists.
        self.commit("gone", status=1)
        self.git("add", LEDGER)
        self.commit("gone")
        self.assertEqual([line.split(" ", 3)[3] for line in self.ledger.read_text().splitlines()[1:]], ["b.png"])
        self.run_program("imgopt", "check", ".")

        self.write("tree/notes.txt", "no image")
        self.git("add", "notes.txt")
        self.commit("notes")

    def test_a_broken_image_stops_the_commit_and_is_named(self):
        self.install("imgopt-optimize")
        self.write("tree/broken.png", images.broken_png())
        self.git("add", "broken.png")
        self.assert_says(self.commit("broken", status=1), "imgopt: broken.png:")


if __name__ == "__main__":
    unittest.main()

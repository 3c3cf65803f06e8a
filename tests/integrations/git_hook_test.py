"""integrations/git-hook/pre-commit as the hook of real commits."""

import shutil
import unittest

from repository import LEDGER, SOURCE, RepositoryTest

import images


class GitHook(RepositoryTest):
    def setUp(self):
        super().setUp()
        shutil.copy(SOURCE / "integrations/git-hook/pre-commit", self.tree / ".git/hooks/pre-commit")

    def test_stops_a_commit_mends_it_and_lets_it_pass(self):
        self.write("tree/a folder/lo go.PNG", images.fat_png(1))
        self.git("add", ".")
        self.assert_says(self.commit("logo", status=1), "git add 'a folder/lo go.PNG' .imgopt-ledger")
        self.git("add", ".")
        self.commit("logo")
        self.assertIn(b"lo go.PNG", self.committed(LEDGER))
        self.assertLess(len(self.committed("a folder/lo go.PNG")), len(images.fat_png(1)))

    def test_does_not_let_the_ledger_be_forgotten(self):
        self.write("tree/a.png", images.fat_png(1))
        self.git("add", "a.png")
        self.commit("a", status=1)
        self.git("add", "a.png")
        self.assert_says(self.commit("a", status=1), "git add .imgopt-ledger")
        self.git("add", LEDGER)
        self.commit("a")

    def test_works_from_a_folder_below_and_leaves_other_commits_alone(self):
        self.write("tree/docs/notes.txt", "no image")
        self.git("add", ".")
        self.commit("notes")
        self.assertFalse(self.ledger.exists())
        self.write("tree/docs/a.png", images.fat_png(1))
        self.git("add", ".")
        done = self.run_program("git", "commit", "-qm", "a", cwd=self.tree / "docs", status=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(self.ledger.exists())

    def test_stages_by_itself_where_it_is_told_to(self):
        self.git("config", "imgopt.stage", "true")
        self.write("tree/a.png", images.fat_png(1))
        self.git("add", "a.png")
        self.commit("a")
        self.assertLess(len(self.committed("a.png")), len(images.fat_png(1)))
        self.assertIn(b"a.png", self.committed(LEDGER))
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_never_stages_what_was_left_out_on_purpose(self):
        self.git("config", "imgopt.stage", "true")
        self.write("tree/a.png", images.fat_png(1))
        self.git("add", "a.png")
        later = self.write("tree/a.png", images.fat_png(2)).read_bytes()
        self.assert_says(self.commit("a", status=1), "a.png: it was changed after it was staged")
        self.assertEqual((self.tree / "a.png").read_bytes(), later)
        self.assertEqual(self.git("status", "--porcelain", "a.png"), "AM a.png\n")

    def test_only_checks_where_it_is_told_to(self):
        self.git("config", "imgopt.hook", "check")
        before = self.write("tree/a.png", images.fat_png(1)).read_bytes()
        self.git("add", "a.png")
        self.assert_says(self.commit("a", status=1), "a.png: unoptimized")
        self.assertEqual((self.tree / "a.png").read_bytes(), before)


if __name__ == "__main__":
    unittest.main()

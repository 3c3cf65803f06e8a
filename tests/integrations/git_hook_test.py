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

    def committed_images(self, **seeds):
        """Commits optimized images, and their ledger."""
        for name, seed in seeds.items():
            self.write(f"tree/{name}.png", images.noise_png(40, 40, seed))
        self.run_program("imgopt", "optimize", "--force", "--quality", "png=50", ".")
        self.git("add", ".")
        self.commit("images")

    def paths_in_ledger(self):
        return [line.split(" ", 3)[3] for line in self.ledger.read_text().splitlines()[1:]]

    def test_one_changed_image_is_encoded_alone(self):
        self.committed_images(a=1, b=2)
        before = self.committed("b.png")
        self.write("tree/a.png", images.fat_png(3))
        self.git("add", ".")
        said = self.commit("a", status=1)
        self.assert_says(said, "1 image, 1 output: 1 encoded", "git add a.png .imgopt-ledger")
        self.git("add", ".")
        self.commit("a")
        self.assertEqual(self.committed("b.png"), before)
        self.commit("nothing", status=1)

    def test_a_deleted_image_leaves_the_ledger_in_the_same_commit(self):
        self.committed_images(a=1, b=2)
        self.git("rm", "-q", "a.png")
        self.assert_says(self.commit("a goes", status=1), "git add .imgopt-ledger")
        self.assertEqual(self.paths_in_ledger(), ["b.png"])
        self.assert_says(self.commit("a goes", status=1), "git add .imgopt-ledger")
        self.git("add", LEDGER)
        self.commit("a goes")
        self.run_program("imgopt", "check", ".")

    def test_a_moved_image_takes_its_line_along(self):
        self.git("config", "imgopt.stage", "true")
        self.committed_images(a=1, b=2)
        made = self.committed("a.png")
        (self.tree / "sub").mkdir()
        self.git("mv", "a.png", "sub/c.png")
        self.commit("a moves")
        self.assertEqual(self.committed("sub/c.png"), made)
        self.assertEqual(self.paths_in_ledger(), ["b.png", "sub/c.png"])
        self.assertEqual(self.git("status", "--porcelain"), "")
        self.run_program("imgopt", "check", ".")

    def test_an_image_that_is_only_gone_from_the_work_tree_keeps_its_line(self):
        self.committed_images(a=1, b=2)
        (self.tree / "a.png").unlink()
        self.git("rm", "-q", "--cached", "b.png")
        self.git("add", "b.png")
        self.write("tree/c.png", images.fat_png(3))
        self.git("add", "c.png")
        self.commit("c", status=1)
        self.assertEqual(self.paths_in_ledger(), ["a.png", "b.png", "c.png"])

    def test_a_broken_image_stops_the_commit_and_is_named(self):
        self.write("tree/broken.png", images.broken_png())
        self.git("add", ".")
        self.assert_says(self.commit("broken", status=1), "imgopt: broken.png: ")

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

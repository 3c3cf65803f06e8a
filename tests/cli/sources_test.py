"""Which files become sources, and what is said of those that cannot."""

import os
import unittest

import images
from command import CommandTest


class Sources(CommandTest):
    def write_images(self, *names):
        for i, name in enumerate(names):
            self.write(name, images.fat_png(i))

    def test_a_folder_is_mirrored_without_its_own_name_and_a_file_lands_by_its_name(self):
        self.write_images("art/a.png", "art/deep/er/b.png", "else/c.png")
        self.build("art", "else/c.png")
        self.assertEqual(self.files(), ["a.png", "c.png", "deep/er/b.png"])

    def test_base_names_outputs_relative_to_it(self):
        self.write_images("art/a.png", "art/deep/b.png")
        self.build("art/deep", "art/a.png", "--base", ".")
        self.assertEqual(self.files(), ["art/a.png", "art/deep/b.png"])

    def test_hidden_and_ignored_files_are_left_out(self):
        names = ["a.png", ".hidden.png", ".cache/b.png", "tmp/c.png", "tmp/keep.png", "draft-d.png", "deep/draft-e.png"]
        self.write_images(*(f"src/{n}" for n in names))
        self.write("src/.gitignore", "draft-*\n/tmp/*\n!keep.png\n")
        self.build("src")
        self.assertEqual(self.files(), ["a.png", "tmp/keep.png"])
        self.build("src", "--hidden", "--out", "with-hidden")
        self.assertEqual(self.files(self.root / "with-hidden"), [".cache/b.png", ".hidden.png", "a.png", "tmp/keep.png"])
        self.build("src", "--hidden", "--no-ignore", "--out", "all", "--unsupported", "skip")
        self.assertEqual(self.files(self.root / "all"), sorted(names))

    def test_ignore_file_of_our_own_counts_too(self):
        self.write_images("src/a.png", "src/b.png")
        self.write("src/.imgoptignore", "b.png\n")
        self.build("src")
        self.assertEqual(self.files(), ["a.png"])

    def test_include_and_exclude_select(self):
        self.write_images("src/a.png", "src/icons/b.png", "src/icons/raw/c.png", "src/photos/d.png")
        self.build("src", "--include", "icons/**", "--exclude", "raw")
        self.assertEqual(self.files(), ["icons/b.png"])
        self.build("src", "--include", "{a,d}.png", "--out", "two")
        self.assertEqual(self.files(self.root / "two"), ["a.png", "photos/d.png"])

    def test_links_that_go_round_in_circles_are_survived(self):
        self.write_images("src/a/b.png", "elsewhere/c.png")
        os.symlink("..", self.src / "a" / "up")
        os.symlink(".", self.src / "self")
        os.symlink("../elsewhere", self.src / "linked")
        os.symlink("a/b.png", self.src / "alias.png")
        run = self.build("src")
        self.assertEqual(self.files(), ["a/b.png", "alias.png", "linked/c.png"])
        self.assertEqual(run.counts(), {"encoded": 2, "deduplicated": 1})

    def test_output_folder_below_a_source_is_not_read(self):
        self.write_images("src/a.png")
        self.build("src", "--out", "src/built")
        self.assertEqual(self.files(self.root / "src/built"), ["a.png"])
        again = self.build("src", "--out", "src/built")
        self.assertEqual(again.counts(), {"up_to_date": 1})

    def test_output_folder_that_is_a_source_is_refused(self):
        self.write_images("src/a.png", "src/b.png")
        os.symlink("src", self.root / "alias")
        before = self.standing(self.src)
        for out in ("src", "./src/", "alias"):
            self.assert_says(self.build("src", "--out", out, status=2).stderr, "src", "--out")
        self.assertEqual(self.standing(self.src), before)

    def test_output_that_would_overwrite_a_source_is_refused(self):
        self.write_images("src/a.png", "src/b.png", "src/src/c.png")
        before = self.standing(self.src)
        self.assert_says(self.build("src/a.png", "--out", "src", status=2).stderr, "src/a.png", "--out")
        self.assert_says(self.build("src", "--out", ".", "--base", ".", status=2).stderr, "src/a.png", "--out")
        self.assertEqual(self.standing(self.src), before)
        self.build("src/a.png", "--out", "src", "--format", "webp")
        self.assertEqual(self.files(self.src), ["a.png", "a.webp", "b.png", "src/c.png"])

    def test_type_is_told_by_content_and_a_wrong_extension_is_named(self):
        self.write("src/a.jpg", images.fat_png(1))
        self.write("src/b.png", images.gif())
        self.write("src/noext", images.fat_png(2))
        run = self.build("src")
        self.assertEqual({p: o["format"] for p, o in run.outputs().items()}, {"a.jpg": "png", "b.png": "gif", "noext": "png"})
        for name in ("a.jpg", "b.png"):
            self.assertTrue(any(w.startswith(name) for w in run.report["warnings"]), run.report["warnings"])
        self.assertEqual(len(run.report["warnings"]), 2)

    def test_unsupported_files_of_folders_are_skipped(self):
        self.write("src/a.png", images.fat_png())
        self.write("src/b.txt", "words")
        run = self.build("src")
        self.assertEqual(run.summary["skipped"], 1)
        self.assertEqual(run.image("b.txt")["status"], "skipped")
        self.assertEqual(self.files(), ["a.png"])

    def test_unsupported_files_named_by_themselves_fail(self):
        self.write("b.txt", "words")
        run = self.build("b.txt", status=1)
        self.assertEqual(run.image("b.txt")["status"], "failed")
        self.assert_says(run.stderr, "b.txt", "--unsupported")

    def test_unsupported_policies(self):
        self.write("src/a.png", images.fat_png())
        for name, content in {"b.svg": images.SVG, "c.bmp": images.bmp(), "d.txt": "words"}.items():
            self.write(f"src/{name}", content)
        refused = self.build("src", "--unsupported", "error", status=1)
        self.assertEqual([i["source"] for i in refused.report["images"] if i["status"] == "failed"],
                         ["b.svg", "c.bmp", "d.txt"])
        self.assertEqual(self.files(), ["a.png"])
        copied = self.build("src", "--unsupported", "copy")
        self.assertEqual(copied.counts(), {"restored": 3, "up_to_date": 1})
        for name in ("b.svg", "c.bmp", "d.txt"):
            self.assertEqual((self.out / name).read_bytes(), (self.src / name).read_bytes())
        standing = self.standing()
        self.assertEqual(self.build("src", "--unsupported", "copy").counts(), {"up_to_date": 4})
        self.assertEqual(self.standing(), standing)
        skipped = self.build("src", "--unsupported", "skip")
        self.assertEqual((skipped.summary["skipped"], skipped.summary["removed"]), (3, 3))
        self.assertEqual(self.files(), ["a.png"])

    def test_lfs_pointer_and_empty_file_are_named_before_anything_is_encoded(self):
        self.write("src/a.png", images.fat_png())
        self.write("src/empty.png", b"")
        self.write("src/pointer.png", images.LFS_POINTER)
        run = self.build("src", status=1)
        self.assertEqual(run.counts(), {"encoded": 1, "failed": 2})
        self.assertEqual(run.image("pointer.png")["error"], "it is a Git LFS pointer, not the image: run git lfs pull")
        self.assert_says(run.image("empty.png")["error"], "empty")
        self.assert_says(run.stderr, "pointer.png", "empty.png")
        self.assertEqual(self.files(), ["a.png"])
        self.write("src/pointer.png", images.fat_png(1))
        self.write("src/empty.png", images.fat_png(2))
        self.assertEqual(self.build("src").counts(), {"encoded": 2, "up_to_date": 1})

    def test_two_sources_for_one_output_are_an_error_and_nothing_is_written(self):
        self.write_images("src/a.png", "src/b.png")
        self.write("src/a.gif", images.gif())
        run = self.build("src", "--format", "webp", status=2)
        self.assert_says(run.stderr, "a.png", "a.gif", "a.webp")
        self.assertFalse(self.out.exists())
        self.assertFalse((self.cache / "v1" / "entries").exists() and any((self.cache / "v1" / "entries").iterdir()))

    def test_outputs_that_differ_only_in_case_are_an_error(self):
        self.write_images("src/Logo.png", "src/logo.png")
        self.assert_says(self.build("src", status=2).stderr, "Logo.png", "logo.png", "case")

    def test_new_source_that_takes_a_known_output_is_an_error(self):
        self.write_images("src/a.png")
        self.build("src", "--format", "webp")
        before = self.contents()
        self.write("src/a.gif", images.gif())
        self.assert_says(self.build("src", "--format", "webp", status=2).stderr, "a.webp", "a.gif", "a.png")
        self.assertEqual(self.contents(), before)

    def test_name_that_no_system_takes_is_refused(self):
        self.write_images("src/con.png")
        self.assert_says(self.build("src", status=2).stderr, "con.png")

    def test_odd_names_pass_through(self):
        names = ["with space.png", "ünïcödé.png", "a'b\"c.png", "$HOME #1.png", "[x]{y}.png", "-dash.png", "per%cent.png"]
        self.write_images(*(f"src/{n}" for n in names))
        run = self.build("src")
        self.assertEqual(self.files(), sorted(names))
        self.assertEqual(sorted(run.outputs()), sorted(names))
        self.assertEqual(self.build("src").counts(), {"up_to_date": len(names)})

    def test_missing_source_fails_and_the_rest_is_done(self):
        self.write_images("src/a.png")
        run = self.build("src", "nowhere.png", status=4)
        self.assert_says(run.stderr, "nowhere.png", "no such file")
        self.assertEqual(self.files(), ["a.png"])

    def test_missing_source_removes_nothing(self):
        self.write_images("src/a.png", "other/b.png")
        self.build("src", "other")
        os.rename(self.root / "other", self.root / "moved")
        self.build("src", "other", status=4)
        self.assertEqual(self.files(), ["a.png", "b.png"])


if __name__ == "__main__":
    unittest.main()

"""Never a stale output: whatever is done to sources and outputs between two builds, the next build sees it.

Every test ends with the same question: is what stands what a first build into an empty folder makes?
"""

import os
import shutil
import subprocess
import unittest

import images
from command import CommandTest

ARGUMENTS = ("src", "--format", "webp", "--lossless", "--effort", "0")


def same_size_images(count):
    """Images of one size in bytes and different pixels."""
    made = {}
    seed = 0
    while len(made) < count:
        content = images.fat_png(seed)
        if len(content) == len(images.fat_png(0)):
            made.setdefault(content, seed)
        seed += 1
    return list(made)


class Truth(CommandTest):
    def setUp(self):
        super().setUp()
        self.one, self.other, self.third = same_size_images(3)

    def rebuild(self):
        return self.build(*ARGUMENTS)

    def assert_fresh(self):
        """The outputs are those of the sources as they are, by a build that remembers nothing."""
        expected = self.root / "expected"
        shutil.rmtree(expected, ignore_errors=True)
        self.run_imgopt("build", *ARGUMENTS, "--out", "expected", "--no-cache", "--state", "expected.state")
        (self.root / "expected.state").unlink()
        self.assertEqual(self.contents(), self.contents(expected))

    def put_times(self, path, like):
        os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_branches_swapped_by_a_checkout(self):
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=one"]

        def run(*words):
            subprocess.run([*git, *words], cwd=self.src, check=True, capture_output=True)

        for i in range(4):
            self.write(f"src/{i}.png", self.one if i % 2 else self.other)
        run("init")
        run("add", ".")
        run("commit", "-m", "one")
        run("checkout", "-b", "two")
        for i in range(4):
            self.write(f"src/{i}.png", self.other if i % 2 else self.third)
        self.write("src/new.png", self.one)
        run("add", ".")
        run("commit", "-m", "two")
        for i in range(6):
            run("checkout", "one" if i % 2 else "two")
            again = self.rebuild()
            self.assert_fresh()
            if i >= 2:
                self.assertEqual(again.summary["encoded"], 0, "each branch was built before")

    def test_two_files_swapped_by_renames(self):
        a, b = self.write("src/a.png", self.one), self.write("src/b.png", self.other)
        self.put_times(b, a.stat())
        self.rebuild()
        self.rebuild()
        os.rename(a, self.root / "between")
        os.rename(b, a)
        os.rename(self.root / "between", b)
        self.rebuild()
        self.assert_fresh()

    def test_edited_through_another_hard_link(self):
        self.write("src/a.png", self.one)
        path = self.write("elsewhere.png", self.other)
        os.link(path, self.src / "linked.png")
        self.rebuild()
        before = path.stat()
        with path.open("r+b") as file:
            file.write(self.third)
        self.put_times(path, before)
        self.rebuild()
        self.assert_fresh()

    def test_a_link_that_leads_elsewhere_now(self):
        first, second = self.write("pool/first.png", self.one), self.write("pool/second.png", self.other)
        self.put_times(second, first.stat())
        self.src.mkdir()
        link = self.src / "a.png"
        link.symlink_to(first)
        self.rebuild()
        link.unlink()
        link.symlink_to(second)
        self.rebuild()
        self.assert_fresh()
        # What a link leads to is edited behind it.
        before = second.stat()
        second.write_bytes(self.third)
        self.put_times(second, before)
        self.rebuild()
        self.assert_fresh()

    def test_a_folder_link_that_leads_elsewhere_now(self):
        for name, content in (("one", self.one), ("two", self.other)):
            self.write(f"pool/{name}/a.png", content)
        self.put_times(self.root / "pool/two/a.png", (self.root / "pool/one/a.png").stat())
        self.src.mkdir()
        link = self.src / "art"
        link.symlink_to(self.root / "pool" / "one")
        self.rebuild()
        link.unlink()
        link.symlink_to(self.root / "pool" / "two")
        self.rebuild()
        self.assert_fresh()

    def test_times_in_the_future_hide_no_edit(self):
        """As after a clock that was set back: the file seems to be younger than the build that read it."""
        path = self.write("src/a.png", self.one)
        ahead = (4_000_000_000, 4_000_000_000)
        os.utime(path, ahead)
        self.rebuild()
        self.rebuild()
        path.write_bytes(self.other)
        os.utime(path, ahead)
        self.rebuild()
        self.assert_fresh()

    def test_older_files_restored_with_their_times(self):
        path = self.write("src/a.png", self.one)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        shutil.copy2(path, self.root / "backup.png")
        self.rebuild()
        path.write_bytes(self.other)
        self.rebuild()
        shutil.copy2(self.root / "backup.png", path)
        again = self.rebuild()
        self.assertEqual(again.counts(), {"restored": 1})
        self.assert_fresh()

    def test_edits_right_after_one_another(self):
        """Within one step of the clock, sizes and modification times equal: only the content can tell."""
        path = self.write("src/a.png", self.one)
        before = path.stat()
        for content in (self.other, self.third, self.one, self.other):
            self.rebuild()
            path.write_bytes(content)
            self.put_times(path, before)
        self.rebuild()
        self.assert_fresh()

    def test_outputs_edited_through_hard_links_and_replaced_by_links(self):
        for name, content in (("a", self.one), ("b", self.other), ("c", self.third)):
            self.write(f"src/{name}.png", content)
        self.rebuild()
        os.link(self.out / "a.webp", self.root / "stolen.webp")
        before = (self.root / "stolen.webp").stat()
        with (self.root / "stolen.webp").open("r+b") as file:
            file.seek(20)
            file.write(b"XXXX")
        self.put_times(self.root / "stolen.webp", before)
        target = self.write("target.webp", (self.out / "b.webp").read_bytes())
        (self.out / "b.webp").unlink()
        (self.out / "b.webp").symlink_to(target)
        os.rename(self.out / "c.webp", self.out / "d.webp")
        self.rebuild()
        self.assertFalse((self.out / "b.webp").is_symlink())
        (self.out / "d.webp").unlink()
        self.assert_fresh()

    def test_edited_while_the_build_runs(self):
        """Whatever moment the edit meets, one more build makes it right. A half-written image may fail."""
        for i in range(12):
            self.write(f"src/{i}.png", images.png(120, 120, i))
        edits = [images.png(120, 120, seed) for seed in range(100, 106)]
        for round_, content in enumerate(edits):
            words, report = self.build_arguments(ARGUMENTS)
            process = self.start(*words)
            for i in range(0, 12, 3):
                self.write(f"src/{(i + round_) % 12}.png", content)
            self.assertIn(self.finish(process, report).status, (0, 1))
        self.rebuild()
        self.assert_fresh()
        self.assertEqual(self.rebuild().summary["encoded"], 0)


if __name__ == "__main__":
    unittest.main()

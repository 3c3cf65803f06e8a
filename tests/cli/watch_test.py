"""`imgopt watch`: edits of every kind lead to builds. Events and outputs are waited for, never times."""

import os
import shutil
import signal
import subprocess
import threading
import unittest

import images
from command import CommandTest, wait_until


class Watch(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png(0))
        self.write("src/deep/b.png", images.fat_png(1))
        self.lines = []

    def watch(self, *arguments):
        self.process = self.start("watch", *arguments)
        self.addCleanup(self.stop)
        # Read all the time, or the pipe would fill.
        self.readers = [threading.Thread(target=self.read, args=(stream,), daemon=True)
                        for stream in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()
        self.wait_for_line("watching")

    def read(self, stream):
        with stream:
            for line in stream:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()

    def wait_for_line(self, text):
        return wait_until(lambda: next((line for line in self.lines if text in line), None), f"a line with {text}: {self.lines}")

    def wait_for_file(self, name, content=None):
        path = self.out / name
        wait_until(lambda: path.exists() and (content is None or content(path.read_bytes())), f"{name}: {self.lines}")

    def wait_for_no_file(self, name):
        wait_until(lambda: not (self.out / name).exists(), f"{name} to go: {self.lines}")

    def test_edited_new_and_removed_images_are_followed_with_a_line_each(self):
        self.watch("src", "--out", "out")
        self.assertEqual(self.files(), ["a.png", "deep/b.png"])
        before = (self.out / "a.png").read_bytes()
        self.write("src/a.png", images.fat_png(7))
        self.wait_for_file("a.png", lambda content: content != before)
        self.wait_for_line("a.png: 1 output, ")
        self.write("src/new.png", images.fat_png(8))
        self.wait_for_file("new.png")
        self.wait_for_line("new.png: 1 output, ")
        (self.src / "new.png").unlink()
        self.wait_for_no_file("new.png")
        self.wait_for_line("1 stale output removed")

    def test_failure_is_told_once_while_its_image_stays_as_it_is(self):
        self.write("src/bad.png", images.broken_png())
        self.watch("src", "--out", "out")

        def told():
            return sum("bad.png: " in line for line in self.lines)

        self.assertEqual(told(), 1)
        for i in range(2):
            self.write("src/a.png", images.fat_png(7 + i))
            wait_until(lambda: sum("a.png: 1 output" in line for line in self.lines) == i + 1, f"{self.lines}")
        self.assertEqual(told(), 1)
        self.write("src/bad.png", images.broken_png() + b"edited")
        wait_until(lambda: told() == 2, f"the new failure: {self.lines}")

    def test_editor_that_replaces_the_file_is_heard(self):
        self.watch("src", "--out", "out")
        before = (self.out / "a.png").read_bytes()
        self.write("src/.a.png.swp", images.fat_png(7))
        os.replace(self.src / ".a.png.swp", self.src / "a.png")
        self.wait_for_file("a.png", lambda content: content != before)

    def test_new_folders_are_heard_however_deep_and_their_images_too(self):
        self.watch("src", "--out", "out")
        for i in range(3):
            self.write(f"src/x{i}/y/z/c.png", images.fat_png(i))
            self.wait_for_file(f"x{i}/y/z/c.png")
        self.write("src/x0/y/z/d.png", images.fat_png(9))
        self.wait_for_file("x0/y/z/d.png")

    def test_folder_deleted_and_made_again_is_heard(self):
        self.watch("src", "--out", "out")
        shutil.rmtree(self.src / "deep")
        self.wait_for_no_file("deep/b.png")
        self.write("src/deep/b.png", images.fat_png(5))
        self.wait_for_file("deep/b.png")
        self.write("src/deep/c.png", images.fat_png(6))
        self.wait_for_file("deep/c.png")

    def test_source_folder_itself_deleted_and_made_again_is_heard(self):
        self.watch("src", "--out", "out")
        # In one step: files that go one by one before their folder are gone, and so are their outputs.
        self.src.rename(self.root / "away")
        self.wait_for_line("no such file or folder")
        # What is gone with its whole source is kept: it may be a mount that is missing.
        self.assertIn("a.png", self.files())
        self.write("src/back.png", images.fat_png(3))
        self.wait_for_file("back.png")
        self.write("src/again.png", images.fat_png(4))
        self.wait_for_file("again.png")

    def test_other_branch_is_one_burst(self):
        self.write("other/a.png", images.fat_png(20))
        for i in range(60):
            self.write(f"other/many/{i}.png", images.fat_png(i, width=8, height=8))
        self.watch("src", "--out", "out")
        os.rename(self.src, self.root / "old")
        os.rename(self.root / "other", self.src)
        self.wait_for_file("many/59.png")
        self.wait_for_no_file("deep/b.png")

        def is_all_there():
            try:
                return len(self.files()) == 61
            except FileNotFoundError:  # a temporary folder that went while it was looked into
                return False

        wait_until(is_all_there, f"61 files: {self.lines}")

    def test_configuration_is_followed_and_its_mistake_is_no_end(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": "png"}')
        self.watch()
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "fromat": "webp"}')
        self.wait_for_line("did you mean format?")
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": "webp"}')
        self.wait_for_file("a.webp")
        self.wait_for_no_file("a.png")

    def test_image_that_fails_is_named_and_mended_by_the_next_edit(self):
        self.watch("src", "--out", "out")
        self.write("src/bad.png", images.broken_png())
        self.wait_for_line("imgopt: bad.png: ")
        self.write("src/bad.png", images.fat_png(3))
        self.wait_for_file("bad.png")

    def test_what_a_build_writes_beside_the_sources_is_no_change(self):
        self.watch("src", "--out", "src/out", "--report", "src/r.json", "--manifest", "src/m.json", "--json=no")
        self.write("src/c.png", images.fat_png(3))
        self.wait_for_line("c.png: 1 output, ")
        inode = (self.src / "r.json").stat().st_ino
        # Another edit, so that there is something to wait for; a loop would have written the report again and again.
        self.write("src/d.png", images.fat_png(4))
        self.wait_for_line("d.png: 1 output, ")
        self.assertLessEqual(sum("1 output" in line for line in self.lines), 2)
        self.assertNotEqual(inode, 0)

    def test_interrupt_ends_it_with_130_and_termination_with_143(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number=number):
                self.lines = []
                self.watch("src", "--out", "out")
                self.process.send_signal(number)
                self.assertEqual(self.process.wait(timeout=self.deadline_s), status)
        self.assertEqual(self.temporaries(), [])

    def test_limits_of_the_system_are_named(self):
        cases = {
            "max_inotify_instances": "cannot watch folders: too many programs watch already; raise fs.inotify.max_user_instances",
            "max_inotify_watches": f"{self.root}: cannot watch: the system watches no more folders for this user; raise "
                                   "fs.inotify.max_user_watches",
        }
        for limit, says in cases.items():
            # A user namespace has limits of its own.
            run = subprocess.run(["unshare", "-U", "-r", "sh", "-c",
                                  f'echo 0 > /proc/sys/user/{limit} || exit 77; exec "$0" watch src --out out',
                                  os.environ["IMGOPT"]],
                                 cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=self.deadline_s)
            if run.returncode == 77 or "unshare" in run.stderr:
                self.skipTest("no user namespace can be made here")
            self.assertEqual((run.returncode, run.stderr), (4, f"imgopt: {says}\n"))

    def test_wrong_use_is_refused_at_once(self):
        self.assert_says(self.run_imgopt("watch", "src", status=2).stderr, "--out")
        self.assert_says(self.run_imgopt("watch", "src", "--out", "o", "--dry-run", status=2).stderr, "--dry-run")


if __name__ == "__main__":
    unittest.main()

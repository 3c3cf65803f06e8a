"""One cache for many builds: other checkouts, other homes, other numbers of jobs, several builds at once."""

import fcntl
import os
import shutil
import signal
import unittest
from pathlib import Path

import images
from command import CommandTest, children_of, wait_until


class Sharing(CommandTest):
    def write_images(self, folder="src", count=8):
        for i in range(count):
            self.write(f"{folder}/{i}.png", images.fat_png(i))

    def entries(self):
        return sorted(p for p in (self.cache / "v1" / "entries").rglob("*") if p.is_file())

    def test_second_checkout_is_restored(self):
        self.write_images("first/art")
        self.write_images("second/deep/art")
        self.build("first/art", "--out", "first/out", "--format", "keep", "--format", "webp")
        second = self.build("second/deep/art", "--out", "second/out", "--format", "keep", "--format", "webp")
        self.assertEqual(second.counts(), {"restored": 16})
        self.assertEqual(second.summary["workers"], 0)
        self.assertEqual(self.contents(self.root / "second/out"), self.contents(self.root / "first/out"))

    def test_outputs_are_the_same_for_any_jobs_home_cache_and_sandbox(self):
        self.write_images(count=10)
        self.write("src/moving.gif", images.gif(frames=3))
        self.write("src/print.tif", images.tiff())
        formats = [w for f in ("keep", "jpeg", "webp", "avif") for w in ("--format", f)]
        ways = {
            "one job": (["--jobs", "1"], {}),
            "three jobs": (["--jobs", "3"], {}),
            "another home": ([], {"HOME": str(self.root / "elsewhere"), "LC_ALL": "C", "TZ": "Asia/Tokyo"}),
            "isolated": (["--isolate"], {}),
            "no cache": (["--no-cache"], {}),
            "no sandbox": (["--no-sandbox"], {}),
        }
        found = {}
        for name, (arguments, environment) in ways.items():
            out = name.replace(" ", "-")
            self.build("src", "--out", out, "--exclude", "moving.gif", "--cache-dir", f"cache {out}", *formats,
                       *arguments, environment=environment)
            found[name] = self.digests(self.root / out)
        self.assertEqual(len(found["one job"]), 44)
        for name, digests in found.items():
            self.assertEqual(digests, found["one job"], name)

    def test_without_cache_nothing_is_read_or_written(self):
        self.write_images()
        run = self.build("src", "--no-cache")
        self.assertEqual(run.counts(), {"encoded": 8})
        self.assertFalse(self.cache.exists())
        self.assertEqual(self.build("src", "--no-cache").counts(), {"up_to_date": 8})
        shutil.rmtree(self.out)
        self.assertEqual(self.build("src", "--no-cache").counts(), {"encoded": 8})

    def test_recache_encodes_again_and_keeps_equal_outputs(self):
        self.write_images()
        self.build("src")
        standing, entries = self.standing(), [p.stat().st_ino for p in self.entries()]
        again = self.build("src", "--recache")
        self.assertEqual(again.counts(), {"encoded": 8})
        self.assertEqual(self.standing(), standing)
        self.assertTrue(set(entries).isdisjoint(p.stat().st_ino for p in self.entries()))
        self.assertEqual(self.build("src").counts(), {"up_to_date": 8})

    def test_read_only_cache_is_read_and_not_written(self):
        self.write_images()
        self.build("src")
        before = self.standing(self.cache)
        shutil.rmtree(self.out)
        self.write("src/new.png", images.fat_png(50))
        again = self.build("src", "--read-only-cache")
        self.assertEqual(again.counts(), {"restored": 8, "encoded": 1})
        self.assertEqual(self.standing(self.cache), before)

    def test_read_only_cache_that_is_not_there_is_empty(self):
        self.write_images()
        self.assertEqual(self.build("src", "--read-only-cache").counts(), {"encoded": 8})
        self.assertFalse(self.cache.exists())

    def test_damaged_entries_are_made_again(self):
        self.write_images()
        self.build("src")
        before = self.contents()
        damage = [
            lambda data: b"",
            lambda data: data[:len(data) // 2],
            lambda data: data[:-1],
            lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:],
            lambda data: data[:-40] + bytes([data[-40] ^ 0x80]) + data[-39:],
            lambda data: b"\0" * len(data),
            lambda data: data + b"more",
        ]
        entries = self.entries()
        self.assertEqual(len(entries), 8)
        for entry, harm in zip(entries, damage):
            data = harm(entry.read_bytes())
            entry.unlink()
            entry.write_bytes(data)
        shutil.rmtree(self.out)
        healed = self.build("src")
        self.assertEqual(healed.counts(), {"restored": 1, "encoded": 7})
        self.assertEqual(healed.summary["damaged_entries"], 7)
        self.assertEqual(self.contents(), before)
        shutil.rmtree(self.out)
        after = self.build("src")
        self.assertEqual(after.counts(), {"restored": 8})
        self.assertEqual(after.summary["damaged_entries"], 0)

    def test_entry_of_another_key_is_not_served(self):
        self.write_images()
        self.build("src")
        before = self.contents()
        first, second = self.entries()[:2]
        content = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(content)
        shutil.rmtree(self.out)
        healed = self.build("src")
        self.assertEqual(healed.counts(), {"restored": 6, "encoded": 2})
        self.assertEqual(self.contents(), before)

    def test_cleared_cache_leaves_outputs_and_state(self):
        self.write_images()
        self.build("src")
        standing = self.standing()
        self.run_imgopt("cache", "clear")
        self.assertEqual(self.entries(), [])
        self.assertEqual(self.build("src").counts(), {"up_to_date": 8})
        self.assertEqual(self.standing(), standing)

    def test_builds_at_once_share_one_cache(self):
        self.write_images(count=12)
        started = []
        for i in range(4):
            words, report = self.build_arguments(["src", "--out", f"out{i}", "--format", "keep", "--format", "webp"])
            started.append((self.start(*words), report))
        runs = [self.finish(process, report) for process, report in started]
        first = self.contents(self.root / "out0")
        self.assertEqual(len(first), 24)
        for i, run in enumerate(runs):
            self.assertEqual(run.status, 0, run.stderr)
            self.assert_adds_up(run)
            self.assertEqual(run.summary["outputs"], 24)
            self.assertEqual(self.contents(self.root / f"out{i}"), first)
        self.assertEqual(self.temporaries(), [])
        late = self.build("src", "--out", "late", "--format", "keep", "--format", "webp")
        self.assertEqual(late.counts(), {"restored": 24})
        self.assertEqual(late.summary["damaged_entries"], 0)

    def test_builds_of_one_state_wait_for_each_other(self):
        self.write_images()
        with open(self.root / "state.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            words, report = self.build_arguments(["src", "--state", "state"])
            waiting = self.start(*words)
            self.assertEqual(waiting.stderr.readline().decode(),
                             f"imgopt: waiting for another build with the state {self.root}/state\n")
            self.assertIsNone(waiting.poll())
            self.assertFalse(self.out.exists())
        run = self.finish(waiting, report)
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(run.counts(), {"encoded": 8})
        self.assertFalse((self.root / "state").stat().st_size == 0)

    def test_build_that_waits_for_another_or_a_program_ends_with_a_signal(self):
        self.write_images()
        deaf = self.write("deaf-worker", "#!/bin/sh\nexec sleep 1000\n")
        deaf.chmod(0o755)
        with open(self.root / "state.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = self.start("build", "src", "--out", "out", "--state", "state")
            waiting.stderr.readline()
            waiting.send_signal(signal.SIGTERM)
            self.assertEqual(self.finish(waiting).status, 143)
        waiting = self.start("build", "src", "--out", "out", "--state", "state", environment={"IMGOPT_WORKER": str(deaf)})
        wait_until(lambda: children_of(waiting.pid), "the worker to be asked what it is")
        waiting.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(waiting).status, 143)

    def test_builds_of_two_names_share_an_output_folder(self):
        self.write_images("one", 3)
        for i in range(3):
            self.write(f"two/other{i}.png", images.fat_png(20 + i))
        self.build("one", "--build-name", "one")
        self.build("two", "--build-name", "two")
        (self.root / "one" / "0.png").unlink()
        again = self.build("one", "--build-name", "one")
        self.assertEqual(again.summary["removed"], 1)
        self.assertEqual(self.files(), ["1.png", "2.png", "other0.png", "other1.png", "other2.png"])

    def test_cache_that_others_may_write_is_refused(self):
        self.write_images()
        self.cache.mkdir()
        os.chmod(self.cache, 0o777)
        run = self.build("src", status=4)
        self.assert_says(run.stderr, str(self.cache), "others may write")

    def test_outputs_get_the_mode_of_umask_and_the_cache_is_private(self):
        self.write_images(count=1)
        os.chmod(self.src / "0.png", 0o600)
        self.build("src", umask=0o022)
        self.assertEqual((self.out / "0.png").stat().st_mode & 0o777, 0o644)
        self.assertEqual((self.cache / "v1").stat().st_mode & 0o777, 0o700)
        self.assertTrue(all(p.stat().st_mode & 0o077 == 0 for p in self.entries()))


if __name__ == "__main__":
    unittest.main()

"""The cache: within its bounds, checked, counted, shared by builds that run at once, and in trouble."""

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

import images
from command import CommandTest, wait_until

HOUR_S = 3600


class CacheCase(CommandTest):
    def write_images(self, folder="src", count=8, first=0):
        for i in range(first, first + count):
            self.write(f"{folder}/{i}.png", images.fat_png(i))

    def entries(self):
        return sorted(p for p in (self.cache / "v1" / "entries").rglob("*") if p.is_file())

    def stats(self):
        return json.loads(self.run_imgopt("cache", "stats", "--json").stdout)

    def age(self, entries, hours):
        then = time.time() - hours * HOUR_S
        for entry in entries:
            os.utime(entry, (then, then))


class Descriptors(CacheCase):
    def test_a_low_soft_limit_is_raised(self):
        self.write_images(count=200)

        def lower_it():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

        self.assertEqual(self.build("src", "--jobs", "4", preexec_fn=lower_it).stderr, "")
        self.assertEqual(len(self.entries()), 200)


class Bounds(CacheCase):
    def test_build_evicts_what_was_used_least_recently(self):
        self.write_images()
        self.build("src")
        old = self.entries()
        self.age(old, 30)
        self.write_images("more", 3, first=50)
        run = self.build("more", "--out", "more-out", "--max-cache-size", "1")
        self.assertEqual(run.counts(), {"encoded": 3})
        self.assert_says(run.stderr, "--max-cache-size")
        left = self.entries()
        self.assertEqual(len(left), 3)
        self.assertTrue(set(left).isdisjoint(old))
        stats = self.stats()
        self.assertEqual((stats["entries"], stats["evicted_entries"], stats["stored"]), (3, 8, 11))
        self.assertEqual(stats["bytes"], sum(p.stat().st_size for p in left))

    def test_build_keeps_what_it_uses(self):
        self.write_images()
        self.build("src", "--max-cache-size", "1")
        shutil.rmtree(self.out)
        self.age(self.entries(), 100)
        self.assertEqual(self.build("src", "--max-cache-size", "1").counts(), {"restored": 8})
        shutil.rmtree(self.out)
        self.assertEqual(self.build("src").counts(), {"restored": 8})

    def test_bound_may_stand_in_the_configuration(self):
        self.write_images()
        self.build("src")
        self.age(self.entries(), 30)
        self.write_images("more", 1, first=50)
        config = self.write("imgopt.json", json.dumps(
            {"sources": ["more"], "out": "more-out", "max-cache-size": "1"}))
        self.build("--config", config)
        self.assertEqual(len(self.entries()), 1)

    def test_gc_beside_another_says_to_try_again(self):
        self.write_images(count=2)
        self.build("src")
        with open(self.cache / "v1" / "upkeep", "r+b") as upkeep:
            fcntl.lockf(upkeep, fcntl.LOCK_EX, 1, 1)  # who evicts
            run = self.run_imgopt("cache", "gc", "--max-size", "0", status=4)
        self.assertEqual(run.stderr, f"imgopt: {self.cache}: cannot evict: another process is at it; try again\n")
        self.assertEqual(len(self.entries()), 2)

    def test_build_that_changes_nothing_touches_nothing(self):
        self.write_images()
        self.build("src")
        before = self.standing(self.cache)
        self.assertEqual(self.build("src", "--max-cache-size", "1").counts(), {"up_to_date": 8})
        self.assertEqual(self.standing(self.cache), before)

    def test_gc_by_age_and_size(self):
        self.write_images()
        self.build("src")
        entries = self.entries()
        self.age(entries[:5], 48)
        dry = self.run_imgopt("cache", "gc", "--older-than", "1d", "--dry-run", "--json")
        self.assertEqual(json.loads(dry.stdout)["evicted_entries"], 5)
        self.assertEqual(self.entries(), entries)
        real = json.loads(self.run_imgopt("cache", "gc", "--older-than", "1d", "--json").stdout)
        self.assertEqual((real["evicted_entries"], real["entries"], real["dry_run"]), (5, 3, False))
        self.assertEqual(self.entries(), entries[5:])
        self.assertEqual(json.loads(self.run_imgopt("cache", "gc", "--json").stdout)["evicted_entries"], 0)
        self.run_imgopt("cache", "gc", "--max-size", "0")
        self.assertEqual(self.entries(), [])
        shutil.rmtree(self.out)
        self.assertEqual(self.build("src").counts(), {"encoded": 8})


class Checks(CacheCase):
    def test_verify_finds_and_fixes(self):
        self.write_images()
        self.build("src")
        self.run_imgopt("cache", "verify")
        first, second = self.entries()[:2]
        first.write_bytes(first.read_bytes()[:-1])
        data = bytearray(second.read_bytes())
        data[10] ^= 4
        second.write_bytes(data)
        found = json.loads(self.run_imgopt("cache", "verify", "--json", status=1).stdout)
        self.assertEqual(found["good_entries"], 6)
        self.assertEqual([f["path"] for f in found["findings"]], [str(first), str(second)])
        for content, what in ((bytes(data), "cache entry: its payload is not what was written"), (b"x", "cache entry: shorter than its footer"),
                              (None, "cache entry: it is no file")):
            second.unlink()
            if content is None:
                second.mkdir()
            else:
                second.write_bytes(content)
            self.assertIn(f"{second}: {what}\n", self.run_imgopt("cache", "verify", status=1).stdout)
        self.assertTrue(first.exists())
        self.run_imgopt("cache", "verify", "--fix", status=1)
        self.assertFalse(first.exists())
        self.run_imgopt("cache", "verify")
        shutil.rmtree(self.out)
        self.assertEqual(self.build("src").counts(), {"restored": 6, "encoded": 2})

    def test_cache_that_is_not_there_is_empty_and_good(self):
        self.run_imgopt("cache", "verify")
        self.run_imgopt("cache", "gc")
        self.assertFalse(self.cache.exists())

    def test_stats_tell_hits_misses_and_what_healed(self):
        self.write_images()
        self.build("src")
        shutil.rmtree(self.out)
        self.entries()[0].write_bytes(b"")
        self.build("src")
        self.build("src", "--recache")
        stats = self.stats()
        self.assertEqual((stats["hits"], stats["misses"], stats["healed"]), (7, 17, 1))
        reasons = {name: n for name, n in stats["misses_by_reason"].items() if n}
        self.assertEqual(reasons, {"absent": 8, "damaged": 1, "recached": 8})
        self.assertEqual((stats["entries"], stats["stored"]), (8, 17))
        self.write("src/broken.png", images.broken_png())
        self.build("src", status=1)
        self.build("src", "--retry-failed", status=1)
        self.assert_says(self.run_imgopt("cache", "stats").stdout, "  1 damaged\n", "  8 not looked for (--recache)\n",
                         "  1 failures tried again (--retry-failed)\n")

    def test_builds_tell_what_healed(self):
        self.write_images()
        self.build("src")
        for count, says in ((1, "  1 damaged cache entry removed\n"), (2, "  2 damaged cache entries removed\n")):
            shutil.rmtree(self.out)
            for entry in self.entries()[:count]:
                entry.write_bytes(b"")
            self.assert_says(self.build("src").stdout, says)

    def test_folder_is_marked_as_a_cache_for_backups(self):
        self.write_images(count=1)
        self.build("src")
        self.assertEqual((self.cache / "CACHEDIR.TAG").read_text(),
                         "Signature: 8a477f597d28d172789f06886806bc55\n"
                         "# This file marks a cache folder of ImgOpt (https://bford.info/cachedir/).\n")


class AtOnce(CacheCase):
    def start_builds(self, number, *arguments):
        for i in range(number):
            yield self.start("build", "src", "--out", f"out {i}", "--jobs", "2", "--report", f"r{i}.json", *arguments)

    def finish_builds(self, processes):
        for i, process in enumerate(processes):
            run = self.finish(process, self.root / f"r{i}.json")
            self.assertEqual(run.status, 0, run.stderr)
            yield run

    def test_builds_at_once_encode_an_image_once(self):
        self.write_images(count=30)
        runs = list(self.finish_builds(list(self.start_builds(4))))
        self.assertEqual(sum(run.summary["encoded"] for run in runs), 30)
        self.assertEqual(sum(run.summary["restored"] for run in runs), 90)
        for i in range(1, 4):
            self.assertEqual(self.contents(self.root / f"out {i}"), self.contents(self.root / "out 0"))
        self.assertEqual(self.stats()["stored"], 30)
        self.assertEqual(self.temporaries(), [])

    def test_damaged_images_fail_once_for_all(self):
        for i in range(6):
            self.write(f"src/{i}.png", images.fat_png(i)[:-30])
        for i, process in enumerate(list(self.start_builds(3))):
            run = self.finish(process, self.root / f"r{i}.json")
            self.assertEqual(run.status, 1, run.stderr)
            self.assertEqual(run.summary["failed"], 6)
        self.assertEqual(self.stats()["stored"], 6)

    def test_dead_build_holds_nobody_up(self):
        self.write_images(count=12)
        first, second = self.start_builds(2, "--format", "avif", "--effort", "9")
        in_flight = self.cache / "v1" / "in-flight"
        wait_until(in_flight.exists, "a claim")
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        run = self.finish(second, self.root / "r1.json")
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(run.summary["encoded"] + run.summary["restored"], 12)


class Trouble(CacheCase):
    def test_is_told_once(self):
        self.write_images("one", count=1)
        self.build("one", "--out", "one-out")
        for number in range(256):
            fan = self.cache / "v1" / "entries" / f"{number:02x}"
            shutil.rmtree(fan, ignore_errors=True)
            fan.write_text("in the way of entries")
        self.write_images(count=200, first=1)
        run = self.build("src")
        self.assertEqual(run.counts(), {"encoded": 200})
        self.assertEqual(run.stderr.count("not cached"), 1, run.stderr)

    def test_full_disk_is_told_and_leaves_no_wrong_output(self):
        if os.geteuid() != 0:
            self.skipTest("mounting needs the superuser")
        small = self.root / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", small])
        for i in range(12):
            self.write(f"src/{i}.png", images.noise_png(120, 100, i))
        self.build("src", "--out", "reference", "--no-cache")
        reference = self.contents(self.root / "reference")
        self.assertGreater(sum(map(len, reference.values())), 256 * 1024)

        # The cache alone is on the full disk: the outputs are all right.
        run = self.build("src", "--cache-dir", small / "cache")
        self.assert_says(run.stderr, "not cached", "No space left")
        self.assertEqual(self.contents(), reference)
        self.run_imgopt("cache", "verify", "--cache-dir", small / "cache")
        shutil.rmtree(self.out)
        self.build("src", "--cache-dir", small / "cache")
        self.assertEqual(self.contents(), reference)
        shutil.rmtree(small / "cache")

        # The outputs are: what stands is right, and the status says that not all does.
        run = self.build("src", "--out", small / "out", status=4)
        for name, data in self.contents(small / "out").items():
            self.assertEqual(data, reference[name], name)
        self.assertEqual([str(p) for p in small.rglob(".imgopt-tmp*")], [])
        shutil.rmtree(small / "out")
        (self.root / "out").rename(self.root / "away")
        self.build("src")
        self.assertEqual(self.contents(), reference)

    def test_cache_that_vanishes_during_the_run(self):
        for i in range(8):
            self.write(f"src/{i}.png", images.noise_png(64, 64, i))
        process = self.start("build", "src", "--out", "out", "--jobs", "1", "--format", "avif", "--effort", "4")
        wait_until(lambda: list(self.out.rglob("*.avif")), "an output")
        shutil.rmtree(self.cache, ignore_errors=True)
        run = self.finish(process)
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(len(list(self.out.rglob("*.avif"))), 8)
        outputs = self.contents()
        # The new cache has another secret, so everything is looked at anew and comes out the same.
        self.build("src", "--format", "avif", "--effort", "4")
        self.assertEqual(self.contents(), outputs)
        self.run_imgopt("cache", "verify")

    def test_cache_folder_that_cannot_be_made_is_told(self):
        self.write_images(count=1)
        self.write("cache", "a file")
        run = self.build("src", status=4)
        self.assert_says(run.stderr, "cache")
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()

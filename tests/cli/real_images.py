"""The main job on thousands of real images: scripts/check-real-images runs it and says where they come from.

IMGOPT_REAL_IMAGES is a folder of images, which is only read; IMGOPT_REAL_COUNT says how many of them to take, evenly
spread (3000 unless given).
"""

import os
import shutil
import time
import unittest
from pathlib import Path

import images
from command import CommandTest, kill_workers
from decoding import image_facts

CONFIG = """{
  "sources": ["src"],
  "out": "out",
  "rules": [{"match": "webp/**", "format": "webp", "quality": %d}]
}"""
# Every so many images also become WebP, by a rule.
WEBP_STEP = 10
KILLS = 30
KILLS_END = 0.3  # of all outputs


def png_of_size(size):
    """A small PNG made as long as is asked for by a text chunk."""
    small = images.fat_png(1234, 4, 4)
    return small[:-12] + images.chunk(b"tEXt", b"Comment\0" + b"x" * (size - len(small) - 20)) + small[-12:]


class RealImages(CommandTest):
    deadline_s = 3600

    def setUp(self):
        super().setUp()
        folder = Path(os.environ["IMGOPT_REAL_IMAGES"])
        found = sorted(p for p in folder.rglob("*") if p.suffix in (".png", ".jpg", ".webp", ".gif") and p.is_file())
        count = int(os.environ.get("IMGOPT_REAL_COUNT", "3000"))
        self.assertGreaterEqual(len(found), count, f"{folder} holds too few images")
        step = len(found) / count
        for i in range(count):
            path = found[int(i * step)]
            kind = "webp" if i % WEBP_STEP == 0 else "kept"
            self.copy(path, self.src / kind / path.relative_to(folder))
        self.count = count
        self.write("imgopt.json", CONFIG % 70)

    @staticmethod
    def copy(path, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def say(self, what, run):
        counts = ", ".join(f"{number} {name}" for name, number in run.counts().items())
        summary = run.summary
        print(f"{what:34} {counts}; {summary['workers']} workers, {summary['worker_crashes']} lost, "
              f"{summary['wall_ms'] / 1000:.3f} s", flush=True)

    def run_config(self, what, *arguments, **options):
        run = self.build("--config", options.pop("config", "imgopt.json"), *arguments, **options)
        self.say(what, run)
        return run

    def check_first_run(self):
        run = self.run_config("first run")
        total = run.summary["outputs"]
        self.assertEqual(run.summary["encoded"] + run.summary["deduplicated"], total)
        self.assertEqual(total, self.count)
        print(f"{'':34} {run.summary['bytes_in']} bytes -> {run.summary['bytes_out']} bytes, "
              f"{run.summary['kept_original']} kept")
        for name, content in self.contents().items():
            facts = image_facts(content)
            told = run.outputs()[name]
            self.assertEqual((facts.format, facts.width, facts.height), (told["format"], told["width"], told["height"]), name)
        thumbs = self.build("out", "--out", "thumbs", "--width", "8", "--effort", "0", "--no-cache")
        self.say("every output decodes", thumbs)
        return total

    def check_nothing_to_do(self, total):
        standing = self.standing()
        start = time.monotonic()
        run = self.run_config("second run")
        print(f"{'':34} with report and start {time.monotonic() - start:.3f} s")
        self.assertEqual(run.counts(), {"up_to_date": total})
        self.assertEqual(run.summary["workers"], 0)
        os.utime(sorted(self.src.rglob("*.png"))[0])
        run = self.run_config("one touched")
        self.assertEqual((run.counts(), run.summary["workers"]), ({"up_to_date": total}, 0))
        self.assertEqual(self.standing(), standing)

    def check_one_edited(self, total):
        path = next(p for p in sorted(self.src.rglob("*.png")) if p.stat().st_size > 600)
        before, standing = path.stat(), self.standing()
        path.write_bytes(png_of_size(before.st_size))
        self.assertEqual(path.stat().st_size, before.st_size)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        run = self.run_config("one edited, size and time as before")
        self.assertEqual(run.counts(), {"encoded": 1, "up_to_date": total - 1})
        now = self.standing()
        self.assertEqual(len([n for n in now if now[n] != standing.get(n)]), 1)

    def check_outputs_deleted(self, total):
        before = self.digests()
        shutil.rmtree(self.out)
        run = self.run_config("outputs deleted")
        self.assertEqual((run.counts(), run.summary["workers"]), ({"restored": total}, 0))
        self.assertEqual(self.digests(), before)

    def check_quality(self, total):
        affected = [n for n in self.files() if n.startswith("webp/")]
        before = self.digests()
        self.write("imgopt.json", CONFIG % 60)
        run = self.run_config("another quality for some")
        self.assertEqual(run.summary["up_to_date"], total - len(affected))
        self.assertEqual(run.summary["encoded"] + run.summary["deduplicated"], len(affected))
        self.write("imgopt.json", CONFIG % 70)
        run = self.run_config("the old quality again")
        self.assertEqual(run.counts(), {"restored": len(affected), "up_to_date": total - len(affected)})
        self.assertEqual(self.digests(), before)

    def check_source_deleted(self, total):
        foreign = self.write("out/kept/somebody's own.txt", "words")
        gone = next(iter(sorted(self.src.glob("kept/**/*.png"))))
        content, before = gone.read_bytes(), set(self.files())
        gone.unlink()
        run = self.run_config("one source deleted")
        self.assertEqual((run.counts(), run.summary["removed"]), ({"up_to_date": total - 1}, 1))
        self.assertEqual(before - set(self.files()), {str(gone.relative_to(self.src))})
        self.assertEqual(foreign.read_text(), "words")
        foreign.unlink()
        gone.write_bytes(content)
        self.run_config("put back")

    def check_second_checkout(self, total):
        other = self.root / "another" / "checkout"
        shutil.copytree(self.src, other / "src")
        shutil.copyfile(self.root / "imgopt.json", other / "imgopt.json")
        run = self.run_config("second checkout", config=other / "imgopt.json")
        self.assertEqual((run.counts(), run.summary["workers"]), ({"restored": total}, 0))
        self.assertEqual(self.digests(other / "out"), self.digests())

    def check_killed_workers(self, total):
        out = self.root / "out-killed"
        words, report = self.build_arguments(["--config", "imgopt.json", "--out", "out-killed", "--cache-dir", "cache-killed"])
        process = self.start(*words, environment={"HOME": str(self.root / "other home")})
        kills = kill_workers(process, lambda: len(self.files(out)) if out.exists() else 0, KILLS_END * total, KILLS,
                             pause_s=0.1)
        run = self.finish(process, report)
        self.assertEqual(run.status, 0, run.stderr)
        self.assert_adds_up(run)
        self.say(f"{kills} workers killed, another home", run)
        self.assertGreaterEqual(kills, 5)
        self.assertGreaterEqual(run.summary["worker_crashes"], 1)
        self.assertEqual(self.digests(out), self.digests())

    def check_one_job(self):
        self.run_config("one job", "--out", "out-one", "--cache-dir", "cache-one", "--jobs", "1")
        self.assertEqual(self.digests(self.root / "out-one"), self.digests())

    def test_main_job(self):
        total = self.check_first_run()
        self.check_nothing_to_do(total)
        self.check_one_edited(total)
        self.check_outputs_deleted(total)
        self.check_quality(total)
        self.check_source_deleted(total)
        self.check_second_checkout(total)
        self.check_killed_workers(total)
        self.check_one_job()
        self.assertEqual(self.temporaries(), [])


if __name__ == "__main__":
    unittest.main()

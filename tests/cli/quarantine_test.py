"""Images that kill, hang, fill or fool their worker: the others do not notice, and each is named with its kind."""

import os
import unittest

import images
from command import CommandTest, children_of

GOOD = 300
POISON = {"crash": 7, "exit": 6, "memory": 6, "garbage": 6, "hang": 5}
# What the message about each kind says.
TOLD = {
    "crash": "worker was lost: killed by SIG",
    "exit": "worker was lost: exit status 0",
    "memory": "memory",
    "garbage": "nonsense",
    "hang": "CPU time",
}


def poison_png(kind, seed):
    text = images.chunk(b"tEXt", b"Comment\0poison:" + kind.encode() + b".")
    return images.png(20, 20, seed, extra=text, level=0)


class Quarantine(CommandTest):
    def setUp(self):
        super().setUp()
        poison = os.environ.get("IMGOPT_POISON", "")
        if not poison:
            self.skipTest("sanitizers want no library preloaded before theirs")
        worker = f'#!/bin/sh\nLD_PRELOAD="{poison}" exec "{os.environ["IMGOPT_WORKER"]}" "$@"\n'
        self.write("poisoned-worker", worker).chmod(0o755)
        self.poisoned = {"IMGOPT_WORKER": str(self.root / "poisoned-worker")}

    def write_good(self):
        for i in range(GOOD):
            self.write(f"src/{i % 7}/{i:03}.png", images.fat_png(i, 40, 30))

    def write_poison(self):
        names = {}
        for kind, count in POISON.items():
            for i in range(count):
                name = f"{i % 7}/{kind}-{i}.png"
                names[name] = kind
                self.write(f"src/{name}", poison_png(kind, i))
        return names

    def build_small(self, *arguments, **options):
        return self.build("src", "--jobs", "2", "--timeout", "1", "--memory-limit", "600M", *arguments, **options)

    def test_thirty_poison_images_harm_none_of_three_hundred_good_ones(self):
        self.write_good()
        self.build_small("--out", "clean", "--no-cache", "--state", "clean-state")
        poison = self.write_poison()
        self.assertEqual(len(poison), 30)

        run = self.build_small(status=1, environment=self.poisoned)
        self.assertEqual(run.counts(), {"encoded": GOOD, "failed": len(poison)})
        self.assertEqual(self.contents(), self.contents(self.root / "clean"))
        self.assertEqual(self.temporaries(), [])
        for name, kind in poison.items():
            error = run.image(name)["error"]
            self.assertIn(TOLD[kind], error, name)
            self.assertTrue(any(name in line for line in run.stderr.splitlines()), name)
        self.assert_says(run.stderr, "imgopt build")
        # Each is tried twice, each try costs a worker, and those that want to run alone cost one more.
        self.assertEqual(run.summary["worker_crashes"], 2 * len(poison))
        self.assertLessEqual(run.summary["workers"], 2 + 4 * len(poison))

        # None of it was the images' own fault: with a worker that bears them they are made.
        healed = self.build_small()
        self.assertEqual(healed.counts(), {"encoded": len(poison), "up_to_date": GOOD})

    def test_isolated_images_have_a_worker_each(self):
        for i in range(6):
            self.write(f"src/{i}.png", images.fat_png(i))
        self.write("src/bad.png", poison_png("crash", 1))
        run = self.build_small("--isolate", status=1, environment=self.poisoned)
        self.assertEqual(run.counts(), {"encoded": 6, "failed": 1})
        self.assertGreaterEqual(run.summary["workers"], 8)

    def test_no_worker_outlives_the_build(self):
        self.write("src/hang.png", poison_png("hang", 1))
        process = self.start("build", "src", "--out", "out", "--timeout", "1", environment=self.poisoned)
        workers = set()
        while process.poll() is None:
            workers.update(children_of(process.pid))
        self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertFalse([w for w in workers if os.path.exists(f"/proc/{w}")])


if __name__ == "__main__":
    unittest.main()

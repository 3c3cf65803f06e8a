"""What a build does again and what it leaves: the incremental decision, on files of every kind."""

import os
import shutil
import time
import unittest

import images
from command import CommandTest
from decoding import image_facts


def same_size_edit(path):
    """Changes a file's content, and puts its size and times back."""
    before = path.stat()
    content = path.read_bytes()
    other = images.fat_png(seed=1000)
    assert len(other) == len(content) and other != content
    path.write_bytes(other)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


class Incremental(CommandTest):
    def write_tree(self):
        """146 images of all kinds and two that are not images; six share their bytes with another."""
        for seed in range(8):
            for kind in images.PNG_KINDS:
                self.write(f"src/kinds/{seed}/{kind[0]}-{kind[1]}.png", images.png(16 + seed, 9, seed, kind))
        for seed in range(4):
            self.write(f"src/still/{seed}.gif", images.gif(seed=seed))
            self.write(f"src/moving/{seed}.gif", images.gif(seed=seed, frames=3))
            self.write(f"src/print/{seed}.tif", images.tiff(seed=seed, depth=8 if seed % 2 else 16))
            self.write(f"src/fat/{seed}.png", images.fat_png(seed))
        self.write("src/moving/a.png", images.apng())
        for i in range(6):
            self.write(f"src/same/{i}.png", images.fat_png(0))
        for i in range(3):
            self.write(f"src/wide/{i}.png", images.noise_png(64, 48, i))
        self.write("src/readme.txt", "words")
        self.write("src/page.html", "<html></html>")

    def write_few(self, count=12):
        for i in range(count):
            self.write(f"src/{'abc'[i % 3]}/{i}.png", images.fat_png(i))

    def test_makes_every_output_once_and_then_rests(self):
        self.write_tree()
        first = self.build("src")
        summary = first.summary
        self.assertEqual(summary["encoded"] + summary["deduplicated"], summary["outputs"])
        self.assertEqual(summary["outputs"], 146)
        self.assertEqual(summary["deduplicated"], 6)
        self.assertEqual(summary["skipped"], 2)
        self.assertGreater(summary["workers"], 0)
        told = first.outputs()
        self.assertEqual(sorted(told), self.files())
        for name, data in self.contents().items():
            facts, source = image_facts(data), image_facts((self.src / name).read_bytes())
            self.assertEqual(facts, source, name)
            self.assertEqual((told[name]["width"], told[name]["height"]), (facts.width, facts.height), name)
            self.assertEqual(told[name]["format"], facts.format, name)
            self.assertEqual(told[name]["bytes"], len(data))
            self.assertLessEqual(len(data), (self.src / name).stat().st_size, name)

        standing = self.standing()
        second = self.build("src")
        self.assertEqual(second.counts(), {"up_to_date": 146})
        self.assertEqual(second.summary["workers"], 0)
        self.assertEqual(self.standing(), standing)
        print(f"second run over 146 images: {second.summary['wall_ms']:.1f} ms")

    def test_touched_source_is_not_encoded_again(self):
        self.write_few()
        self.build("src")
        standing = self.standing()
        os.utime(self.src / "a" / "0.png")
        again = self.build("src")
        self.assertEqual(again.counts(), {"up_to_date": 12})
        self.assertEqual(again.summary["workers"], 0)
        self.assertEqual(self.standing(), standing)

    def test_edit_of_same_size_and_time_is_seen(self):
        self.write_few()
        self.build("src")
        before, standing = self.contents(), self.standing()
        same_size_edit(self.src / "b" / "4.png")
        again = self.build("src")
        self.assertEqual(again.counts(), {"encoded": 1, "up_to_date": 11})
        after = self.contents()
        self.assertEqual([n for n in after if after[n] != before[n]], ["b/4.png"])
        now = self.standing()
        self.assertEqual([n for n in now if now[n] != standing[n]], ["b/4.png"])
        self.assertEqual(self.build("src").counts(), {"up_to_date": 12})

    def test_replaced_by_another_file_of_same_time_is_seen(self):
        self.write_few()
        self.build("src")
        path, old = self.src / "a" / "3.png", (self.src / "a" / "3.png").stat()
        other = self.write("other.png", images.fat_png(77))
        os.utime(other, ns=(old.st_atime_ns, old.st_mtime_ns))
        os.replace(other, path)
        self.assertEqual(self.build("src").counts(), {"encoded": 1, "up_to_date": 11})

    def test_file_set_back_in_time_is_seen(self):
        self.write_few()
        self.build("src")
        path = self.write("src/a/0.png", images.fat_png(500))
        os.utime(path, (1_000_000_000, 1_000_000_000))
        self.assertEqual(self.build("src").counts(), {"encoded": 1, "up_to_date": 11})

    def test_deleted_outputs_come_back_from_the_cache(self):
        self.write_few()
        self.build("src")
        before = self.contents()
        shutil.rmtree(self.out)
        again = self.build("src")
        self.assertEqual(again.counts(), {"restored": 12})
        self.assertEqual(again.summary["workers"], 0)
        self.assertEqual(self.contents(), before)

    def test_one_deleted_and_one_altered_output_come_back(self):
        self.write_few()
        self.build("src")
        before = self.contents()
        (self.out / "a" / "0.png").unlink()
        altered = self.out / "c" / "2.png"
        altered.write_bytes(b"x" * altered.stat().st_size)
        again = self.build("src")
        self.assertEqual(again.counts(), {"restored": 2, "up_to_date": 10})
        self.assertEqual(self.contents(), before)

    def test_output_rewritten_with_its_own_content_is_up_to_date(self):
        self.write_few()
        self.build("src")
        path = self.out / "a" / "0.png"
        path.write_bytes(path.read_bytes())
        standing = self.standing()
        self.assertEqual(self.build("src").counts(), {"up_to_date": 12})
        self.assertEqual(self.standing(), standing)

    def test_outputs_with_other_times_are_read_once(self):
        self.write_few()
        time.sleep(0.1)
        self.build("src", "--state", "state")
        for name in self.files():
            os.utime(self.out / name)
        time.sleep(0.1)
        state = self.root / "state"
        states = [state.read_bytes()]
        for _ in range(2):
            self.assertEqual(self.build("src", "--state", "state").counts(), {"up_to_date": 12})
            states.append(state.read_bytes())
        self.assertNotEqual(states[1], states[0], "the times are not remembered")
        self.assertEqual(states[2], states[1])

    def test_lost_state_rewrites_no_output(self):
        self.write_few()
        self.build("src", "--state", "s/state")
        standing = self.standing()
        shutil.rmtree(self.root / "s")
        again = self.build("src", "--state", "s/state")
        self.assertEqual(again.counts(), {"up_to_date": 12})
        self.assertEqual(self.standing(), standing)

    def test_damaged_state_rewrites_no_output(self):
        self.write_few()
        self.build("src", "--state", "state")
        standing = self.standing()
        state = self.root / "state"
        state.write_bytes(state.read_bytes()[:100])
        again = self.build("src", "--state", "state")
        self.assertEqual(again.counts(), {"up_to_date": 12})
        self.assertEqual(self.standing(), standing)
        self.assertEqual(self.build("src", "--state", "state").report["warnings"], [])

    def test_one_changed_of_many_leaves_the_state_as_it_is(self):
        self.write_few(24)
        time.sleep(0.1)  # so that the stat data of all prove something
        self.build("src", "--state", "state")
        state, changes = self.root / "state", self.root / "state.changes"
        whole = state.read_bytes()
        for round in range(3):
            images_before = self.contents()
            self.write("src/b/4.png", images.fat_png(100 + round))
            self.assertEqual(self.build("src", "--state", "state").counts(), {"encoded": 1, "up_to_date": 23})
            self.assertEqual([n for n, data in self.contents().items() if data != images_before[n]], ["b/4.png"])
            self.assertEqual(state.read_bytes(), whole)
            told = changes.read_bytes()
            self.assertEqual(self.build("src", "--state", "state").counts(), {"up_to_date": 24})
        # What is lost of them is seen again, and nothing is made anew.
        standing = self.standing()
        changes.unlink()
        self.assertEqual(self.build("src", "--state", "state").counts(), {"up_to_date": 24})
        changes.write_bytes(told[:-1])
        again = self.build("src", "--state", "state")
        self.assertEqual(again.counts(), {"up_to_date": 24})
        self.assert_says(again.report["warnings"][0], "state: changes of the build state", "looked up by content")
        self.assertFalse(changes.exists())
        self.assertEqual(self.standing(), standing)
        # One more source is another state.
        self.write("src/new.png", images.fat_png(200))
        self.assertEqual(self.build("src", "--state", "state").counts(), {"encoded": 1, "up_to_date": 24})
        self.assertNotEqual(state.read_bytes(), whole)
        self.assertFalse(changes.exists())
        (self.src / "b" / "4.png").unlink()
        self.assertEqual(self.build("src", "--state", "state").summary["removed"], 1)

    def test_quality_changed_and_changed_back(self):
        self.write_few()
        formats = ("--format", "webp", "--format", "png")
        self.build("src", *formats)
        first = self.contents()
        other = self.build("src", *formats, "--quality", "40")
        self.assertEqual(other.counts(), {"encoded": 12, "up_to_date": 12})
        self.assertEqual({o["format"] for o in other.outputs().values() if o["status"] == "encoded"}, {"webp"})
        back = self.build("src", *formats)
        self.assertEqual(back.counts(), {"restored": 12, "up_to_date": 12})
        self.assertEqual(self.contents(), first)

    def test_quality_of_one_rule_touches_its_images_alone(self):
        self.write_few()
        config = '{"sources": ["src"], "out": "out", "format": "webp", "rules": [{"match": "b/**", "quality": %d}]}'
        self.write("imgopt.json", config % 50)
        self.build("--config", "imgopt.json")
        self.write("imgopt.json", config % 60)
        again = self.build("--config", "imgopt.json")
        self.assertEqual(again.counts(), {"encoded": 4, "up_to_date": 8})

    def test_outputs_of_a_deleted_source_go_and_nothing_else(self):
        self.write_few()
        self.build("src", "--format", "png", "--format", "webp")
        before = self.contents()
        foreign = self.write("out/a/mine.txt", "somebody's own")
        (self.src / "a" / "0.png").unlink()
        shutil.rmtree(self.src / "c")
        again = self.build("src", "--format", "png", "--format", "webp")
        self.assertEqual(again.summary["removed"], 10)
        self.assertEqual(again.counts(), {"up_to_date": 14})
        gone = {"a/0.png", "a/0.webp"} | {n for n in before if n.startswith("c/")}
        self.assertEqual(self.files(), sorted(before.keys() - gone | {"a/mine.txt"}))
        self.assertFalse((self.out / "c").exists(), "an empty folder is left")
        self.assertEqual(foreign.read_text(), "somebody's own")

    def test_dropped_format_removes_its_outputs(self):
        self.write_few()
        self.build("src", "--format", "png", "--format", "webp")
        again = self.build("src", "--format", "png")
        self.assertEqual(again.summary["removed"], 12)
        self.assertTrue(all(n.endswith(".png") for n in self.files()))

    def test_stale_output_that_somebody_changed_stays(self):
        self.write_few()
        self.build("src")
        changed = self.write("out/a/0.png", "retouched by hand")
        (self.src / "a" / "0.png").unlink()
        again = self.build("src")
        self.assertEqual(again.summary["removed"], 0)
        self.assertEqual(changed.read_text(), "retouched by hand")

    def test_renamed_source_is_restored_under_its_new_name(self):
        self.write_few()
        self.build("src")
        os.rename(self.src / "a" / "0.png", self.src / "a" / "zero.png")
        again = self.build("src")
        self.assertEqual(again.counts(), {"restored": 1, "up_to_date": 11})
        self.assertEqual(again.summary["removed"], 1)
        self.assertNotIn("a/0.png", self.files())

    def test_new_source_is_encoded_alone(self):
        self.write_few()
        self.build("src")
        self.write("src/a/new.png", images.fat_png(99))
        self.assertEqual(self.build("src").counts(), {"encoded": 1, "up_to_date": 12})

    def test_source_equal_to_an_older_one_is_restored(self):
        self.write_few()
        self.build("src")
        self.write("src/a/twin.png", images.fat_png(0))
        self.assertEqual(self.build("src").counts(), {"restored": 1, "up_to_date": 12})

    def test_kept_original_is_remembered(self):
        # What imgopt wrote is as small as it gets.
        self.write("src/a.png", images.fat_png(1))
        self.build("src", "--out", "best")
        best = self.build("best")
        self.assertTrue(best.outputs()["a.png"]["kept_original"])
        self.assertEqual(self.contents(), self.contents(self.root / "best"))
        shutil.rmtree(self.out)
        again = self.build("best")
        self.assertEqual(again.counts(), {"restored": 1})
        self.assertEqual(again.summary["workers"], 0)
        self.assertTrue(again.outputs()["a.png"]["kept_original"])


if __name__ == "__main__":
    unittest.main()

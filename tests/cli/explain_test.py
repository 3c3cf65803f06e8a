"""imgopt explain: why an output is or is not up to date, for files, folders and whole builds, now and after the fact."""

import json
import os
import shutil
import unittest

import images
from command import CommandTest

CONFIG = """{
  "sources": ["src"],
  "out": "out",
  "state": "state",
  "format": "webp",
  "quality": %d
}
"""


class Explain(CommandTest):
    def setUp(self):
        super().setUp()
        for i in range(3):
            self.write(f"src/{'ab'[i % 2]}/{i}.png", images.fat_png(i))

    def configure(self, quality=80):
        self.write("imgopt.json", CONFIG % quality)

    def explain(self, *arguments, **options):
        run = self.run_imgopt("explain", *arguments, "--json", **options)
        told = json.loads(run.stdout)
        self.assertEqual(told["schema"], 1)
        return told["outputs"]

    def explain_one(self, *arguments, **options):
        outputs = self.explain(*arguments, **options)
        self.assertEqual(len(outputs), 1, outputs)
        return outputs[0]

    def changes(self, output):
        return {change["part"]: change for change in output["why"]["changes"]}

    def build_by_config(self, **options):
        return self.build("--config", "imgopt.json", **options)

    def test_is_up_to_date_after_a_build(self):
        self.configure()
        before = self.explain_one("src/a/0.png")
        self.assertEqual((before["would"], before["why"]["standing"]), ("encode", "never_built"))
        self.build_by_config()
        for path in ("src/a/0.png", "out/a/0.webp", str(self.src / "a" / "0.png")):
            told = self.explain_one(path)
            self.assertEqual((told["source"], told["path"], told["would"]), ("a/0.png", "a/0.webp", "up_to_date"))
            self.assertNotIn("why", told)
        self.assertEqual(len(self.explain("--all")), 3)
        self.assertEqual(len(self.explain("src/a")), 2)
        self.assertEqual(len(self.explain("out/b")), 1)
        self.assertEqual(len(self.explain("out")), 3)

    def test_writes_nothing_and_agrees_with_the_next_build(self):
        self.configure()
        self.build_by_config()
        self.write("src/a/0.png", images.fat_png(50))
        (self.out / "b" / "1.webp").unlink()
        state, standing = (self.root / "state").read_bytes(), self.standing()
        would = {o["path"]: o["would"] for o in self.explain("--all")}
        self.assertEqual((self.root / "state").read_bytes(), state)
        self.assertEqual(self.standing(), standing)
        did = {path: o["status"] for path, o in self.build_by_config().outputs().items()}
        words = {"encode": "encoded", "restore": "restored", "up_to_date": "up_to_date"}
        self.assertEqual({path: words[w] for path, w in would.items()}, did)
        self.assertEqual(sorted(did.values()), ["encoded", "restored", "up_to_date"])

    def test_names_the_bytes_that_changed(self):
        self.configure()
        self.build_by_config()
        path = self.write("src/a/0.png", images.png(40, 40, 9))
        told = self.explain_one("src/a/0.png")
        self.assertEqual((told["would"], told["why"]["cause"]), ("encode", "source"))
        change = self.changes(told)["source"]
        self.assertNotEqual(change["before"], change["now"])
        self.assertIn(f"({path.stat().st_size} bytes)", change["now"])
        self.assertEqual(list(self.changes(told)), ["source"])

    def test_names_the_setting_its_values_and_its_places(self):
        self.configure()
        self.build_by_config()
        self.configure(60)
        told = self.explain_one("src/a/0.png")
        self.assertEqual(told["why"]["cause"], "settings")
        change = self.changes(told)["quality"]
        self.assertEqual((change["before"], change["now"]), ("80", "60"))
        self.assertIn("imgopt.json:6", change["from"])
        self.assertIn("imgopt.json:6", change["from_before"])
        # What the command line would change can be tried.
        change = self.changes(self.explain_one("src/a/0.png", "--quality", "70"))["quality"]
        self.assertEqual((change["now"], change["from"]), ("70", "--quality"))
        text = self.run_imgopt("explain", "src/a/0.png").stdout
        self.assert_says(text, "a/0.webp", "quality: 80 -> 60")

    def test_names_missing_and_altered_outputs(self):
        self.configure()
        self.build_by_config()
        (self.out / "a" / "0.webp").unlink()
        (self.out / "b" / "1.webp").write_bytes(b"somebody's")
        missing, altered = self.explain_one("out/a/0.webp"), self.explain_one("out/b/1.webp")
        self.assertEqual((missing["would"], missing["why"]["cause"]), ("restore", "missing"))
        self.assertEqual((altered["would"], altered["why"]["cause"]), ("restore", "altered"))

    def test_says_that_only_times_changed(self):
        self.configure()
        self.build_by_config()
        os.utime(self.src / "a" / "0.png", (1_000_000_000, 1_000_000_000))
        told = self.explain_one("src/a/0.png")
        self.assertEqual(told["would"], "up_to_date")
        self.assertIn("times changed", told["note"])

    def test_says_what_becomes_of_gone_sources(self):
        self.configure()
        self.build_by_config()
        shutil.rmtree(self.src / "b")
        told = self.explain_one("src/b/1.png")
        self.assertEqual((told["path"], told["would"]), ("b/1.webp", "remove"))
        self.assertEqual(self.explain_one("out/b/1.webp")["would"], "remove")
        self.assertEqual([o["would"] for o in self.explain("--all")], ["up_to_date", "up_to_date", "remove"])

    def test_repeats_the_command_line_of_the_last_build(self):
        self.build("src", "--format", "webp", "--quality", "60")
        self.assertEqual(self.explain_one("src/a/0.png", "--out", "out")["would"], "up_to_date")
        (self.src / "a").joinpath("0.png").write_bytes(images.fat_png(70))
        inner = {"cwd": self.src / "a"}
        told = self.explain_one("0.png", "--out", "../../out", **inner)
        self.assertEqual((told["path"], told["why"]["cause"]), ("a/0.webp", "source"))

    def test_counts_what_is_up_to_date_in_folders(self):
        self.configure()
        self.build_by_config()
        (self.out / "a" / "0.webp").unlink()
        text = self.run_imgopt("explain", "--all").stdout
        self.assert_says(text, "a/0.webp", "2 outputs up to date")
        self.assertNotIn("b/1.webp", text)
        self.assertIn("b/1.webp", self.run_imgopt("explain", "--all", "--verbose").stdout)

    def test_tells_after_the_fact_from_a_report(self):
        self.configure()
        self.build_by_config()
        self.configure(60)
        self.run_imgopt("build", "--config", "imgopt.json", "--report", "last.json")
        told = self.explain_one("src/a/0.png", "--report", "last.json")
        self.assertEqual((told["did"], told["why"]["cause"]), ("encoded", "settings"))
        self.assertEqual(self.changes(told)["quality"]["before"], "80")
        self.assertEqual(len(self.explain("--all", "--report", "last.json")), 3)
        text = self.run_imgopt("explain", "out/a/0.webp", "--report", "last.json").stdout
        self.assert_says(text, "was encoded", "quality: 80 -> 60")

    def test_source_folder_and_current_folder_mean_what_is_below_them(self):
        self.configure()
        self.run_imgopt("build", "--config", "imgopt.json", "--report", "last.json")
        everything = [e["path"] for e in self.explain("--all")]
        self.assertEqual(len(everything), 3)
        for given in ("src", "./src/", ".", str(self.root), "out"):
            for more in ([], ["--report", "last.json"]):
                with self.subTest(given=given, more=more):
                    self.assertEqual([e["path"] for e in self.explain(given, *more)], everything)
        for more in ([], ["--report", "../../last.json"]):
            with self.subTest(more=more):
                told = json.loads(self.run_imgopt("explain", ".", "--config", "../../imgopt.json", "--json", *more, cwd=self.src / "b").stdout)
                self.assertEqual([e["path"] for e in told["outputs"]], ["b/1.webp"])

    def test_refuses_what_it_cannot_answer(self):
        self.configure()
        self.build_by_config()
        self.write("elsewhere.png", images.fat_png(1))
        cases = [
            (["explain"], ["--all"]),
            (["explain", "--all", "src"], ["--all"]),
            (["explain", "elsewhere.png"], ["elsewhere.png", "neither"]),
            (["explain", "src/none.png"], ["src/none.png"]),
            (["explain", "src", "--out", "nowhere"], ["nowhere", "no build"]),
            (["explain", "src", "--report", "imgopt.json"], ["imgopt.json", "no report"]),
            (["explain", "src", "--out", "out", "--quality", "3"],
             ["imgopt: --quality: other settings can be tried with --config alone\n"]),
        ]
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                run = self.run_imgopt(*arguments, status=2)
                self.assertEqual(run.stdout, "")
                self.assert_says(run.stderr, *says)
        run = self.run_imgopt("explain", "src", cwd=self.src, status=2)
        self.assert_says(run.stderr, "which build")

    def test_failing_and_skipped_sources_are_told(self):
        self.configure()
        self.write("src/bad.png", images.fat_png(8)[:60])
        self.write("src/words.txt", "words")
        self.write("src/c/lfs.png", images.LFS_POINTER)
        self.build_by_config(status=1)
        told = {o["source"]: o for o in self.explain("--all")}
        self.assertEqual(told["words.txt"]["would"], "skip")
        self.assertEqual(told["c/lfs.png"]["would"], "fail")
        self.assertIn("LFS", told["c/lfs.png"]["note"])
        self.assertEqual(told["bad.png"]["would"], "fail")
        self.assert_says(self.run_imgopt("explain", "src/bad.png").stdout,
                         "bad.webp (from bad.png): would fail again, as the cache remembers (--retry-failed tries it)\n")

    def test_what_a_build_would_do_and_did_is_said_in_words(self):
        self.write("src/a/same.png", images.fat_png(0))
        self.write("src/words.txt", "words")
        self.write("imgopt.json", CONFIG.replace("}", ', "unsupported": "copy"}') % 80)
        before = self.run_imgopt("explain", "--all").stdout
        self.assert_says(before, "a/0.webp (from a/0.png): would be encoded\n", "a/same.webp (from a/same.png): would be made once for several outputs\n",
                         "words.txt: would be copied\n")
        self.build("--config", "imgopt.json", "--dry-run")
        self.build_by_config()
        shutil.rmtree(self.out)
        self.build_by_config()
        reports = [self.run_imgopt("explain", "src/a", "--report", f"report-{i}.json").stdout for i in (1, 2, 3)]
        self.assert_says(reports[0], "a/0.webp (from a/0.png): would have been encoded\n")
        self.assert_says(reports[1], "a/0.webp (from a/0.png): was encoded\n", "a/same.webp (from a/same.png): was made once for several outputs\n")
        self.assert_says(reports[2], "a/0.webp (from a/0.png): was restored from the cache\n")

    def test_output_of_an_older_encoder_that_is_kept_is_named(self):
        self.configure()
        self.build_by_config()
        real = self.environment["IMGOPT_WORKER"]
        updated = self.write("updated-worker", f'#!/bin/sh\ntest "$1" = --fingerprint || exec "{real}" "$@"\n"{real}" "$@" | '
                             "sed '/\"webp\": {/,/}/s/\"digest\": \"...../\"digest\": \"00000/'\n")
        updated.chmod(0o755)
        keep = ("--on-encoder-change", "keep-until-source-changes")
        told = self.run_imgopt("explain", "src/a/0.png", "--config", "imgopt.json", *keep,
                               environment={"IMGOPT_WORKER": str(updated)}).stdout
        self.assert_says(told, "a/0.webp (from a/0.png): kept as it is, though its encoder changed (--on-encoder-change)\n")

    def test_another_cache_and_a_folder_that_is_gone_are_named(self):
        self.configure()
        self.build_by_config()
        told = self.run_imgopt("explain", "src/a/0.png", "--cache-dir", "another").stdout
        self.assert_says(told, "  the last build used another cache, whose digests say nothing here\n")
        gone = self.root / "gone"
        gone.mkdir()
        self.build("../src", "--out", "../other", cwd=gone)
        gone.rmdir()
        run = self.run_imgopt("explain", "src", "--out", "other", status=4)
        self.assertEqual(run.stderr, f"imgopt: {gone}: the build ran there: No such file or directory\n")


if __name__ == "__main__":
    unittest.main()

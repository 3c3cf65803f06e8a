"""imgopt check: says what is to be done, encodes nothing, and names the command that does it."""

import json
import os
import shlex
import shutil
import subprocess
import unittest

import images
from optimize_test import InPlaceTest


class CheckTest(InPlaceTest):
    def check(self, *arguments, status=1, **options):
        """`imgopt check --json`; returns what it printed. No worker may be started."""
        options.setdefault("cwd", self.tree)
        environment = dict(options.pop("environment", {}), IMGOPT_WORKER="/nonexistent")
        run = self.run_imgopt("check", *arguments, "--json", status=status, environment=environment, **options)
        report = json.loads(run.stdout)
        self.assertEqual(report["summary"]["findings"], len(report["findings"]))
        return report

    @staticmethod
    def found(report):
        return sorted((f["kind"], f["path"]) for f in report["findings"])

    def run_fix(self, report):
        """Runs the command that the report names, as a person would."""
        for fix in report["fix"]:
            command = fix.replace("imgopt ", shlex.quote(self.environment["IMGOPT"]) + " ", 1)
            subprocess.run(["sh", "-c", command], cwd=self.tree, env=self.environment, capture_output=True)

    def setUp(self):
        super().setUp()
        self.environment["IMGOPT"] = os.environ["IMGOPT"]


class Images(CheckTest):
    def test_finds_what_is_not_optimized_and_its_command_mends_that(self):
        self.write("tree/a b.png", images.fat_png(1))
        self.write("tree/c.gif", images.gif())
        self.write("tree/notes.txt", "no image")
        report = self.check(".")
        self.assertEqual(self.found(report), [("unoptimized", "a b.png"), ("unoptimized", "c.gif")])
        self.run_fix(report)
        report = self.check(".", status=0)
        self.assertEqual(report["summary"]["images"], 2)
        self.assertGreater(report["summary"]["bytes_saved"], 0)
        self.assertEqual(report["fix"], [])

    def test_the_command_survives_names_that_no_terminal_shows(self):
        for i, name in enumerate(("it's $(x).png", "-n.png", "new\nline.png")):
            self.write("tree/" + name, images.fat_png(i))
        report = self.check(".")
        command = report["fix"][0].replace("imgopt ", shlex.quote(self.environment["IMGOPT"]) + " ", 1)
        subprocess.run(["bash", "-c", command], cwd=self.tree, env=self.environment, check=True, capture_output=True)
        self.check(".", status=0)

    def test_an_edited_image_is_unoptimized_again(self):
        self.write("tree/a.png", images.fat_png(1))
        self.optimize(".")
        self.write("tree/a.png", images.fat_png(2))
        self.assertEqual(self.found(self.check(".")), [("unoptimized", "a.png")])

    def test_knows_by_content_on_a_machine_that_has_only_the_ledger(self):
        self.write("tree/a.png", images.fat_png(1))
        self.optimize(".")
        self.check(".", status=0, environment={"HOME": str(self.root / "nobody"), "IMGOPT_CACHE_DIR": "/nonexistent"})

    def test_what_this_machine_alone_remembers_does_not_count(self):
        self.write("tree/a.png", images.fat_png(1))
        self.optimize(".")
        self.ledger.unlink()
        self.assertEqual(self.found(self.check(".")), [("unoptimized", "a.png")])

    def test_names_lines_whose_image_is_gone(self):
        self.write("tree/a.png", images.fat_png(1))
        self.write("tree/b.png", images.fat_png(2))
        self.optimize(".")
        (self.tree / "a.png").unlink()
        report = self.check(".")
        self.assertEqual(self.found(report), [("orphaned", "a.png")])
        self.run_fix(report)
        self.check(".", status=0)

    def test_names_the_command_that_git_lets_pass(self):
        self.git("init", "-q")
        for name in ("committed", "staged", "untracked"):
            self.write(f"tree/{name}.png", images.fat_png(len(name)))
        self.git("add", "committed.png")
        self.git("commit", "-qm", "one")
        self.git("add", "staged.png")
        self.assertEqual(self.check("committed.png")["fix"], ["imgopt optimize committed.png"])
        self.assertEqual(self.check("staged.png")["fix"], ["imgopt optimize --staged staged.png"])
        report = self.check(".")
        self.run_fix(report)
        self.check(".", status=0)

    def test_the_command_stages_no_more_than_the_images_it_is_about(self):
        self.git("init", "-q")
        self.write("tree/gone.png", images.fat_png(1))
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        self.optimize(".")
        self.git("add", ".")
        self.git("commit", "-qm", "optimized")
        (self.tree / "gone.png").unlink()
        self.write("tree/new.png", images.fat_png(2))
        self.write("tree/unfinished.txt", "not to be committed yet")
        report = self.check(".")
        self.assertEqual(self.found(report), [("orphaned", "gone.png"), ("unoptimized", "new.png")])
        self.assertEqual(report["fix"], ["git add new.png && imgopt optimize --staged ."])
        self.run_fix(report)
        self.check(".", status=0)
        self.assertIn("?? unfinished.txt", self.git("status", "--porcelain"))

    def test_a_file_called_like_an_image_that_is_none_is_named(self):
        self.write("tree/a.png", images.LFS_POINTER)
        report = self.check(".")
        self.assertEqual(self.found(report), [("unusable", "a.png")])
        self.assert_says(report["findings"][0]["message"], "git lfs pull")

    def test_budgets_count_each_file_and_all_that_match(self):
        self.write("tree/ui/a.png", images.fat_png(1))
        self.write("tree/ui/b.png", images.fat_png(2, 48, 32))
        self.write("tree/imgopt.json", json.dumps({
            "budgets": [{"match": "ui/**", "max-file": "2k", "max-total": 500}]}))
        self.optimize("ui", "--min-savings", "99.9")
        report = self.check("ui")
        self.assertEqual(self.found(report), [("over-budget", "ui/b.png"), ("over-budget", "ui/b.png")])
        self.assert_says(report["findings"][0]["message"] + report["findings"][1]["message"], "2 files", "ui/b.png 4")

    def test_the_ignore_list_passes_over_with_a_reason_and_names_what_it_does_not_need(self):
        self.write("tree/logo.png", images.fat_png(1))
        self.write("tree/imgopt.json", json.dumps({"check-ignore": [
            {"match": "logo.png", "reason": "signed by its maker", "findings": ["unoptimized"]},
            {"match": "old.png", "reason": "was kept for a test"}]}))
        report = self.check(".", status=0)
        self.assertEqual(report["ignored"][0]["reason"], "signed by its maker")
        self.assert_says(report["warnings"][0], "was kept for a test")

    def test_an_entry_without_a_reason_is_an_error(self):
        self.write("tree/imgopt.json", '{"check-ignore": [\n{"match": "logo.png"}]}')
        run = self.run_imgopt("check", ".", status=2, cwd=self.tree)
        self.assert_says(run.stderr, "imgopt.json:2: check-ignore[0].reason")

    def test_prints_sarif_and_annotations(self):
        self.write("tree/a,b.png", images.fat_png(1))
        sarif = json.loads(self.run_imgopt("check", ".", "--print", "sarif", status=1, cwd=self.tree).stdout)
        result = sarif["runs"][0]["results"][0]
        self.assertEqual((sarif["version"], result["ruleId"]), ("2.1.0", "unoptimized"))
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        self.assertEqual(place, {"uri": "a%2Cb.png", "uriBaseId": "%SRCROOT%"})
        rules = {r["id"]: r["shortDescription"]["text"] for r in sarif["runs"][0]["tool"]["driver"]["rules"]}
        self.assertEqual(rules, {
            "unoptimized": "The ledger does not know the image: it was never optimized, or was edited since.",
            "stale": "An output is not what a build would make now.",
            "orphaned": "An output or a line of the ledger has lost its image.",
            "colliding": "Two images want the same output.",
            "over-budget": "Images are larger than the configuration allows.",
            "unusable": "A file with the name of an image is none that can be optimized.",
            "conflict": "The ledger holds the marks of a merge conflict.",
        })
        run = self.run_imgopt("check", ".", "--print", "github", status=1, cwd=self.tree)
        self.assert_says(run.stdout, "::error file=a%2Cb.png,title=ImgOpt unoptimized::a,b.png: ")

    def test_text_is_one_line_a_finding_and_the_fix(self):
        self.write("tree/a.png", images.fat_png(1))
        run = self.run_imgopt("check", "a.png", status=1, cwd=self.tree)
        lines = run.stdout.splitlines()
        self.assertTrue(lines[0].startswith("a.png: unoptimized: "), lines)
        self.assertEqual(lines[-1], "To fix: imgopt optimize a.png")

    def test_text_names_so_many_alike_and_counts_the_rest(self):
        for i in range(22):
            self.write(f"tree/{i:02}.png", images.fat_png(1))
        lines = self.run_imgopt("check", ".", status=1, cwd=self.tree).stdout.splitlines()
        said = lines[0].removeprefix("00.png: unoptimized: ")
        self.assertEqual(lines[20], f"... and 2 more, unoptimized: {said} (--verbose names them)")
        lines = self.run_imgopt("check", ".", "--verbose", status=1, cwd=self.tree).stdout.splitlines()
        self.assertEqual(lines[21], "21.png: unoptimized: " + said)

    def test_a_folder_that_is_not_there_is_no_success(self):
        self.run_imgopt("check", "nowhere", status=4, cwd=self.tree)


class Builds(CheckTest):
    """What imgopt.json builds, against the last build."""

    def setUp(self):
        super().setUp()
        self.config = {"sources": ["src"], "out": "out", "format": ["webp", "keep"]}
        self.configure()
        for name in ("a", "b"):
            self.write(f"tree/src/{name}.png", images.fat_png(ord(name)))

    def configure(self, **changes):
        self.config.update(changes)
        self.write("tree/imgopt.json", json.dumps(self.config))

    def check(self, *arguments, **options):
        """The worker is there, so that its build can be compared."""
        run = self.run_imgopt("check", *arguments, "--json", cwd=self.tree, **dict({"status": 1}, **options))
        return json.loads(run.stdout)

    def build(self):
        return self.run_imgopt("build", cwd=self.tree)

    def test_what_was_never_built_is_stale_until_it_is(self):
        report = self.check()
        self.assertEqual(self.found(report), [("stale", "src/a.png"), ("stale", "src/b.png")])
        self.assertEqual(report["fix"], ["imgopt build"])
        self.run_fix(report)
        self.check(status=0)

    def test_says_what_changed(self):
        self.build()
        self.write("tree/src/a.png", images.fat_png(9))
        (self.tree / "out/b.webp").unlink()
        report = self.check()
        self.assertEqual(self.found(report), [("stale", "out/b.webp"), ("stale", "src/a.png")])
        self.build()
        self.configure(quality=33)
        report = self.check()
        self.assertEqual(self.found(report), [("stale", f"out/{n}") for n in ("a.webp", "b.webp")])
        self.assertEqual({f["message"] for f in report["findings"]}, {"its settings were changed since it was made"})
        self.build()
        self.check(status=0)

    def test_names_outputs_whose_source_is_gone(self):
        self.build()
        (self.tree / "src/a.png").unlink()
        report = self.check()
        self.assertEqual(self.found(report), [("orphaned", "out/a.png"), ("orphaned", "out/a.webp")])
        self.run_fix(report)
        self.check(status=0)

    def test_names_outputs_that_no_rule_makes_any_more(self):
        self.build()
        self.configure(format=["keep"])
        report = self.check()
        self.assertEqual(self.found(report), [("orphaned", "out/a.webp"), ("orphaned", "out/b.webp")])
        self.assertEqual(report["findings"][0]["message"], "the configuration makes it of a.png no more")

    def test_names_outputs_that_a_rule_makes_now(self):
        self.build()
        self.configure(format=["keep", "webp", "gif"])
        self.assertEqual({(f["path"], f["message"]) for f in self.check()["findings"]},
                         {(f"out/{n}.gif", "the configuration asks for it since the last build") for n in "ab"})

    def test_names_a_copy_that_is_gone(self):
        self.configure(unsupported="copy")
        self.write("tree/src/words.txt", "words")
        self.build()
        self.check(status=0)
        (self.tree / "out/words.txt").unlink()
        self.assertEqual([(f["path"], f["message"]) for f in self.check()["findings"]],
                         [("src/words.txt", "its copy is not what it should be")])

    def test_names_an_update_of_the_encoders(self):
        self.build()
        updated = self.root / "updated-worker"
        shutil.copy(self.environment["IMGOPT_WORKER"], updated)
        self.assertIn("the encoders were updated since the last build",
                      [f["message"] for f in self.check(environment={"IMGOPT_WORKER": str(updated)})["findings"]])

    def test_outputs_of_another_build_are_no_images_of_this_one(self):
        self.run_imgopt("build", "src", "--out", "src/thumbs", "--width", "8", cwd=self.tree)
        self.build()
        self.assertEqual(self.check(status=0)["summary"]["images"], 2)

    def test_names_all_collisions(self):
        self.build()
        self.write("tree/src/a.gif", images.gif())
        report = self.check()
        kinds = dict((path, kind) for kind, path in self.found(report) if kind == "colliding")
        self.assertEqual(list(kinds), ["src/a.png"])
        # No command mends that: a build refuses it, and a person has to say which one keeps the name.
        self.assertEqual(report["fix"], [])
        self.assert_says(next(f["message"] for f in report["findings"] if f["kind"] == "colliding"), "rename one of them")
        (self.tree / "src/a.gif").rename(self.tree / "src/moving.gif")
        report = self.check()
        self.assertEqual(report["fix"], ["imgopt build"])
        self.run_fix(report)
        self.check(status=0)

    def test_budgets_count_outputs(self):
        self.configure(budgets=[{"match": "*.webp", "max-file": 1}])
        self.build()
        self.assertEqual(self.found(self.check()), [("over-budget", "out/a.webp"), ("over-budget", "out/b.webp")])

    def test_starts_no_worker(self):
        starts = self.root / "starts"
        worker = self.write("worker.sh", f"#!/bin/sh\necho x >> '{starts}'\n"
                                         f"exec '{self.environment['IMGOPT_WORKER']}' \"$@\"\n")
        worker.chmod(0o755)
        self.environment["IMGOPT_WORKER"] = str(worker)
        self.build()
        before = starts.read_text()
        self.check(status=0)
        self.write("tree/src/a.png", images.fat_png(9))
        self.check()
        self.assertEqual(starts.read_text(), before)

    def test_writes_nothing(self):
        self.build()
        self.write("tree/src/a.png", images.fat_png(9))
        before = self.standing(self.root)
        self.check()
        self.assertEqual(self.standing(self.root), before)


if __name__ == "__main__":
    unittest.main()

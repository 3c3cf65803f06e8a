"""imgopt optimize: in place, each image once, nothing lost."""

import json
import os
import signal
import stat
import subprocess
import unittest

import images
from command import CommandTest, wait_until

LEDGER = ".imgopt-ledger"


class InPlaceTest(CommandTest):
    """`root/tree` is the folder of images; the ledger stands in it."""

    def setUp(self):
        super().setUp()
        self.tree = self.root / "tree"
        self.tree.mkdir()
        self.ledger = self.tree / LEDGER

    def optimize(self, *arguments, status=0, **options):
        self.reports += 1
        report = self.root / f"report-{self.reports}.json"
        options.setdefault("cwd", self.tree)
        run = self.finish(self.start("optimize", *arguments, "--report", report, **options), report)
        self.assertEqual(run.status, status, run.stdout + run.stderr)
        if run.report is not None:
            self.assert_adds_up(run)
        return run

    def lines(self):
        """The ledger's lines as (hash, result, before, path)."""
        text = self.ledger.read_text().splitlines()
        self.assertEqual(text[0], "# imgopt-ledger 1")
        return [tuple(line.split(" ", 3)) for line in text[1:]]

    def git(self, *arguments):
        names = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *names, *map(str, arguments)], cwd=self.tree, env=self.environment,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Optimizing(InPlaceTest):
    def test_replaces_what_gets_smaller_and_encodes_it_once(self):
        before = images.fat_png(1)
        path = self.write("tree/a/one.png", before)
        self.write("tree/two.gif", images.gif())
        run = self.optimize(".")
        self.assertEqual(run.summary["images"], 2)
        self.assertLess(path.stat().st_size, len(before))
        self.assertEqual([line[3] for line in self.lines()], ["a/one.png", "two.gif"])
        self.assertEqual(self.lines()[0][1:3], ("lossless", str(len(before))))
        run = self.optimize(".")
        self.assertEqual(run.counts(), {"up_to_date": 2})
        self.assertEqual(run.summary["workers"], 0)

    def test_a_lossy_output_is_never_encoded_again_wherever_it_goes(self):
        self.write("tree/a.png", images.noise_png(40, 40, 1))
        self.optimize("a.png", "--quality", "png=50")
        made = (self.tree / "a.png").read_bytes()
        self.assertEqual(self.lines()[0][1], "lossy")
        # Moved, and on a machine that remembers nothing.
        (self.tree / "a.png").rename(self.tree / "b.png")
        run = self.optimize(".", "--quality", "png=50", environment={"HOME": str(self.root / "other")})
        self.assertEqual(run.counts(), {"up_to_date": 1})
        self.assertEqual((self.tree / "b.png").read_bytes(), made)
        self.assertEqual([line[3] for line in self.lines()], ["b.png"])

    def test_an_output_whose_ledger_line_was_lost_is_known_on_this_machine(self):
        self.write("tree/a.png", images.noise_png(40, 40, 1))
        self.optimize("a.png", "--quality", "png=50")
        made = (self.tree / "a.png").read_bytes()
        line = self.lines()
        self.ledger.unlink()
        run = self.optimize("a.png", "--quality", "png=50")
        self.assertEqual(run.counts(), {"up_to_date": 1})
        self.assertEqual((self.tree / "a.png").read_bytes(), made)
        self.assertEqual(self.lines(), line)

    def test_what_saves_too_little_is_left_and_noted(self):
        before = images.png(60, 60, 3, level=9)
        path = self.write("tree/a.png", before)
        self.optimize("a.png", "--min-savings", "99")
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(self.lines()[0][1], "kept")
        self.assertEqual(self.optimize("a.png").counts(), {"up_to_date": 1})

    def test_keeps_the_mode_and_follows_a_link_to_its_file(self):
        path = self.write("tree/a.png", images.fat_png(1))
        path.chmod(0o640)
        link = self.tree / "link.png"
        link.symlink_to("a.png")
        before = path.stat().st_size
        self.optimize("link.png")
        self.assertTrue(link.is_symlink())
        self.assertLess(path.stat().st_size, before)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o640)

    def test_a_file_and_a_link_to_it_are_encoded_once(self):
        self.write("tree/a.png", images.fat_png(1))
        (self.tree / "b.png").symlink_to("a.png")
        run = self.optimize(".")
        self.assertEqual(run.summary["encoded"], 1)
        self.assertEqual(run.summary["failed"], 0)

    def test_refuses_a_link_that_leads_out(self):
        outside = self.write("outside.png", images.fat_png(1))
        before = outside.read_bytes()
        (self.tree / "a.png").symlink_to(outside)
        self.write(f"tree/{LEDGER}", "# imgopt-ledger 1\n")
        run = self.optimize("a.png", status=1)
        self.assert_says(run.stderr, "a.png", "symbolic link")
        self.assertEqual(outside.read_bytes(), before)

    def test_names_hard_links(self):
        path = self.write("tree/a.png", images.fat_png(1))
        other = self.root / "other.png"
        os.link(path, other)
        before = other.read_bytes()
        run = self.optimize("a.png")
        self.assert_says(run.stderr, "a.png", "hard links")
        self.assertEqual(other.read_bytes(), before)

    def test_equal_files_are_all_replaced(self):
        for name in "abc":
            self.write(f"tree/{name}.png", images.fat_png(1))
        run = self.optimize(".")
        self.assertEqual(run.counts(), {"encoded": 1, "deduplicated": 2})
        self.assertEqual(len({(self.tree / f"{n}.png").read_bytes() for n in "abc"}), 1)
        self.assertLess((self.tree / "c.png").stat().st_size, len(images.fat_png(1)))

    def test_backup_keeps_the_original_and_is_no_image_of_the_next_run(self):
        before = images.fat_png(1)
        self.write("tree/a.png", before)
        self.optimize("--backup", ".")
        self.assertEqual((self.tree / "a.png.orig").read_bytes(), before)
        self.assertEqual(self.optimize(".").summary["images"], 1)
        self.write("tree/b.png", before)
        self.optimize("--backup=.bak", "b.png")
        self.assertEqual((self.tree / "b.png.bak").read_bytes(), before)

    def test_a_backup_is_never_overwritten(self):
        before = self.write("tree/a.png", images.fat_png(1)).read_bytes()
        self.write("tree/a.png.orig", b"precious")
        run = self.optimize("a.png", "--backup", status=4)
        self.assert_says(run.stderr, "a.png.orig")
        self.assertEqual((self.tree / "a.png.orig").read_bytes(), b"precious")
        self.assertEqual((self.tree / "a.png").read_bytes(), before)

    def test_a_dry_run_changes_nothing(self):
        before = self.write("tree/a.png", images.fat_png(1)).read_bytes()
        run = self.optimize(".", "--dry-run")
        self.assertEqual(run.summary["would_encode"], 1)
        self.assertEqual((self.tree / "a.png").read_bytes(), before)
        self.assertFalse(self.ledger.exists())

    def test_a_broken_image_is_named_and_the_others_are_done(self):
        broken = self.write("tree/broken.png", images.broken_png()).read_bytes()
        self.write("tree/good.png", images.fat_png(1))
        run = self.optimize(".", status=1)
        self.assert_says(run.stderr, "broken.png")
        self.assertEqual((self.tree / "broken.png").read_bytes(), broken)
        self.assertEqual([line[3] for line in self.lines()], ["good.png"])

    def test_rules_speak_of_the_names_that_a_build_gives(self):
        self.write("tree/assets/photos/a.png", images.noise_png(40, 40, 1))
        self.write("tree/assets/icons/b.png", images.noise_png(40, 40, 2))
        self.write("tree/imgopt.json", json.dumps({
            "sources": ["assets"], "out": "out", "format": ["webp"], "width": [16],
            "rules": [{"match": "photos/**", "quality": {"png": 40}}]}))
        self.optimize("assets")
        self.assertEqual({line[3]: line[1] for line in self.lines()},
                         {"assets/photos/a.png": "lossy", "assets/icons/b.png": "lossless"})

    def photo(self, name, seed):
        """A JPEG of the tree, from which a lossy encoding takes much."""
        self.write("made/a.png", images.noise_png(64, 64, seed))
        self.run_imgopt("build", "made", "--out", "made/out", "--format", "jpeg", "--quality", "98", "--no-cache",
                        "--state", "made/state")
        return self.write("tree/" + name, (self.root / "made/out/a.jpg").read_bytes())

    def test_what_a_configuration_says_of_builds_costs_no_pixel_in_place(self):
        for name, settings in {
            "quality": {"quality": 50}, "default": {"quality": {"default": 50, "webp": 40}}, "bytes": {"max-bytes": "1k"},
            "profile": {"profile": "web"}, "rule": {"rules": [{"match": "**", "quality": 50}]},
        }.items():
            with self.subTest(name):
                self.write("tree/imgopt.json", json.dumps({"sources": ["."], "out": "../out", **settings}))
                self.photo(name + ".jpg", len(name))
                dry = self.optimize(name + ".jpg", "--dry-run")
                self.assertEqual(dry.stdout.splitlines()[1:], [])
                run = self.optimize(name + ".jpg")
                self.assertNotIn("lossy", run.stdout)
                self.assertIn({line[3]: line[1] for line in self.lines()}[name + ".jpg"], ("lossless", "kept"))

    def test_what_was_asked_for_in_place_is_lossy_once_and_said(self):
        for name, settings, words in (
            ("format", {"quality": {"jpeg": 50}}, []), ("words", {"quality": 98}, ["--quality", "50"]),
            ("bytes", {}, ["--max-bytes", "2k"]),
        ):
            with self.subTest(name):
                self.write("tree/imgopt.json", json.dumps({"sources": ["."], "out": "../out", **settings}))
                path = self.photo(name + ".jpg", len(name))
                dry = self.optimize(name + ".jpg", "--dry-run", *words)
                self.assertEqual(dry.stdout.splitlines()[1:], ["  1 image lossy"])
                run = self.optimize(name + ".jpg", *words)
                self.assertEqual(run.stdout.splitlines()[2:], ["  1 image lossy"])
                self.assertEqual({line[3]: line[1] for line in self.lines()}[name + ".jpg"], "lossy")
                made = path.read_bytes()
                self.assertEqual(self.optimize(name + ".jpg", "--quality", "20").counts(), {"up_to_date": 1})
                self.assertEqual(path.read_bytes(), made)

    def test_formats_and_sizes_are_not_to_be_changed_in_place(self):
        self.write("tree/a.png", images.fat_png(1))
        run = self.run_imgopt("optimize", "a.png", "--format", "webp", status=2, cwd=self.tree)
        self.assert_says(run.stderr, "optimize does not take --format")

    def test_lines_of_images_that_are_gone_go_where_their_folder_was_looked_at(self):
        for name in ("a/one.png", "b/two.png"):
            self.write("tree/" + name, images.fat_png(len(name)))
        self.optimize(".")
        (self.tree / "a/one.png").unlink()
        (self.tree / "b/two.png").unlink()
        self.write("tree/a/three.png", images.fat_png(9))
        self.optimize("a")
        self.assertEqual([line[3] for line in self.lines()], ["a/three.png", "b/two.png"])

    def test_a_merge_conflict_in_the_ledger_is_healed(self):
        for name in ("a.png", "b.png"):
            self.write("tree/" + name, images.fat_png(ord(name[0])))
        self.optimize(".")
        one, two = self.ledger.read_text().splitlines()[1:]
        self.ledger.write_text(f"# imgopt-ledger 1\n<<<<<<< ours\n{two}\n=======\n{one}\n>>>>>>> theirs\n")
        run = self.optimize(".")
        self.assert_says(run.stderr, "merge conflict")
        self.assertEqual(run.counts(), {"up_to_date": 2})
        self.assertEqual(self.ledger.read_text(), f"# imgopt-ledger 1\n{one}\n{two}\n")

    def test_a_ledger_that_cannot_be_read_is_an_error_that_names_the_line(self):
        before = self.write("tree/a.png", images.fat_png(1)).read_bytes()
        self.ledger.write_text("# imgopt-ledger 1\nnonsense\n")
        run = self.run_imgopt("optimize", ".", status=2, cwd=self.tree)
        self.assert_says(run.stderr, f"{LEDGER}:2:")
        self.assertEqual((self.tree / "a.png").read_bytes(), before)

    def test_runs_side_by_side_lose_no_line(self):
        names = [f"{i}.png" for i in range(12)]
        for i, name in enumerate(names):
            self.write("tree/" + name, images.fat_png(i))
        self.git("init", "-q")
        runs = [self.start("optimize", "--force", *names[i::4], cwd=self.tree) for i in range(4)]
        for run in runs:
            self.assertEqual(self.finish(run).status, 0)
        self.assertEqual(sorted(line[3] for line in self.lines()), sorted(names))

    def test_an_interrupt_leaves_whole_files_and_a_true_ledger(self):
        originals = {}
        for i in range(24):
            originals[f"{i}.png"] = images.noise_png(120, 120, i)
            self.write(f"tree/{i}.png", originals[f"{i}.png"])
        process = self.start("optimize", ".", "--jobs", "1", "--effort", "7", cwd=self.tree)

        def some_are_done():
            done = [n for n, b in originals.items() if (self.tree / n).read_bytes() != b]
            return done or process.poll() is not None

        wait_until(some_are_done, "the first image")
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertIn(run.status, (0, 130))
        known = {line[3]: line[0] for line in self.lines()}
        for name, hash_now in self.digests(self.tree).items():
            if name in originals and (self.tree / name).read_bytes() != originals[name]:
                self.assertEqual(known[name], hash_now)
        self.assertEqual(self.temporaries(), [])
        self.optimize(".")
        self.assertEqual(len(self.lines()), 24)

    def test_a_killed_run_is_not_done_again_for_what_it_replaced(self):
        originals = {}
        for i in range(24):
            originals[f"{i}.png"] = images.noise_png(120, 120, i)
            self.write(f"tree/{i}.png", originals[f"{i}.png"])
        arguments = (".", "--jobs", "1", "--quality", "png=60")
        process = self.start("optimize", *arguments, cwd=self.tree)
        wait_until(lambda: process.poll() is not None or any(
            (self.tree / n).read_bytes() != b for n, b in originals.items()), "the first image")
        process.kill()
        self.finish(process)
        replaced = {n: (self.tree / n).read_bytes() for n, b in originals.items()
                    if (self.tree / n).read_bytes() != b}
        self.optimize(*arguments)
        for name, content in replaced.items():
            self.assertEqual((self.tree / name).read_bytes(), content, name)
        self.assertEqual(len(self.lines()), 24)
        self.assertEqual(self.temporaries(), [])


class InAWorkTree(InPlaceTest):
    def setUp(self):
        super().setUp()
        self.git("init", "-q")

    def commit(self, name, content):
        path = self.write("tree/" + name, content)
        self.git("add", name)
        self.git("commit", "-qm", name)
        return path

    def test_the_ledger_stands_at_the_root(self):
        self.commit("sub/a.png", images.fat_png(1))
        self.optimize("a.png", cwd=self.tree / "sub")
        self.assertEqual([line[3] for line in self.lines()], ["sub/a.png"])

    def test_refuses_what_git_could_not_give_back(self):
        changed = self.commit("changed.png", images.fat_png(1))
        changed.write_bytes(images.fat_png(2))
        self.commit("committed.png", images.fat_png(3))
        self.write("tree/staged.png", images.fat_png(4))
        self.git("add", "staged.png")
        self.write("tree/new/untracked.png", images.fat_png(5))
        before = self.contents(self.tree)
        run = self.optimize(".", status=1)
        after = self.contents(self.tree)
        for name in ("changed.png", "staged.png", "new/untracked.png"):
            self.assertEqual(after[name], before[name])
            self.assert_says(run.stderr, f"imgopt: {name}: it")
        self.assertNotEqual(after["committed.png"], before["committed.png"])
        run = self.optimize(".", "--force")
        self.assertEqual(run.summary["encoded"], 3)

    def test_a_hook_may_take_what_is_staged_and_not_changed_since(self):
        self.commit("old.png", images.fat_png(1))
        self.write("tree/old.png", images.fat_png(2))
        self.write("tree/new.png", images.fat_png(3))
        self.git("add", ".")
        before = self.write("tree/new.png", images.fat_png(4)).read_bytes()
        run = self.optimize("old.png", "new.png", "--staged", status=1)
        self.assert_says(run.stderr, "new.png: it was changed after it was staged", "git add old.png .imgopt-ledger")
        self.assertEqual((self.tree / "new.png").read_bytes(), before)
        self.git("add", ".")
        self.optimize("old.png", "new.png", "--staged", status=1)
        self.git("add", ".")
        self.optimize("old.png", "new.png", "--staged")

    def test_a_hook_does_not_let_the_ledger_be_forgotten(self):
        self.write("tree/a.png", images.fat_png(1))
        self.git("add", "a.png")
        self.optimize("a.png", "--staged", status=1)
        self.git("add", "a.png")
        run = self.optimize("a.png", "--staged", status=1)
        self.assert_says(run.stderr, "git add .imgopt-ledger")
        self.git("add", LEDGER)
        self.optimize("a.png", "--staged")

    def two_branches_that_optimized(self):
        """main and `other` each added and optimized images of their own, and both optimized an equal one."""
        self.commit("base.png", images.fat_png(1))
        self.optimize(".")
        self.git("add", ".")
        self.git("commit", "-qm", "base")
        self.git("checkout", "-qb", "other")
        for branch, names in (("other", "bdf"), ("main", "aceg")):
            self.git("checkout", "-q", branch)
            for name in names:
                self.write(f"tree/{name}.png", images.noise_png(30, 30, ord(name)))
            self.write("tree/both.png", images.noise_png(30, 30, 0))
            self.git("add", ".")
            self.git("commit", "-qm", "images")
            self.optimize(".", "--quality", "png=50")
            self.git("add", ".")
            self.git("commit", "-qm", "optimized")

    def assert_all_known(self):
        before = self.contents(self.tree)
        run = self.optimize(".", "--quality", "png=50", "--force")
        self.assertEqual(run.counts(), {"up_to_date": 9})
        names = ["a.png", "b.png", "base.png", "both.png", "c.png", "d.png", "e.png", "f.png", "g.png"]
        self.assertEqual(sorted({line[3] for line in self.lines()}), names)
        after = self.contents(self.tree)
        self.assertEqual({n: after[n] for n in before if n.endswith(".png")},
                         {n: before[n] for n in before if n.endswith(".png")})

    def test_branches_that_both_optimized_merge_by_themselves(self):
        self.commit(".gitattributes", f"{LEDGER} merge=union\n")
        self.two_branches_that_optimized()
        self.git("merge", "-q", "other", "-m", "merged")
        self.run_imgopt("check", ".", cwd=self.tree)
        self.assert_all_known()
        # A union's order is no matter, and the next line that is written puts it right.
        self.write("tree/z.png", images.fat_png(9))
        self.optimize(".", "--force")
        self.assertEqual([line[3] for line in self.lines()], sorted({line[3] for line in self.lines()}))

    def test_a_merge_that_git_leaves_to_a_person_is_finished_by_optimize(self):
        self.two_branches_that_optimized()
        merged = subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", "merge", "other"],
                                cwd=self.tree, env=self.environment, capture_output=True)
        self.assertNotEqual(merged.returncode, 0)
        self.assertIn("<<<<<<<", self.ledger.read_text())
        check = self.run_imgopt("check", ".", "--json", status=1, cwd=self.tree)
        report = json.loads(check.stdout)
        self.assertEqual([f["kind"] for f in report["findings"]], ["conflict"])
        self.assertEqual(report["fix"], ["imgopt optimize ."])
        self.assert_all_known()

    def test_a_git_that_fails_is_told_and_nothing_is_touched(self):
        before = self.commit("a.png", images.fat_png(1)).read_bytes()
        for script, says in (
            ("exit 7", f"{self.tree}: cannot ask git what is committed: git status ended with exit status 7"),
            ("echo what", "git status said something that is not understood"),
        ):
            self.write("programs/git", f"#!/bin/sh\n{script}\n").chmod(0o755)
            run = self.optimize("a.png", status=4, environment={"PATH": f"{self.root}/programs:{self.environment['PATH']}"})
            self.assertEqual(run.stderr, f"imgopt: {says}\n")
        self.assertEqual((self.tree / "a.png").read_bytes(), before)

    def test_ignored_files_are_not_gits_affair(self):
        self.write("tree/.gitignore", "generated/\n")
        self.write("tree/generated/a.png", images.fat_png(1))
        self.assertEqual(self.optimize("generated/a.png").summary["encoded"], 1)


if __name__ == "__main__":
    unittest.main()

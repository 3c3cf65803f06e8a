"""The command line and the configuration: what is wrong is named with its place and what to do, and costs nothing."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import images
from command import CommandTest, wait_until


NOBODY = 65534


def has_open(pid, path):
    """Whether a process has a file open."""
    try:
        return any(os.readlink(file) == str(path) for file in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # something was closed in between: look again


class CommandLine(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png())

    def refuse(self, *arguments, says):
        run = self.run_imgopt(*arguments, status=2)
        self.assertEqual(run.stdout, "")
        self.assertTrue(run.stderr.startswith("imgopt: "), run.stderr)
        self.assert_says(run.stderr, *says)
        self.assertFalse(self.out.exists())

    def test_wrong_use_is_refused_with_what_would_be_right(self):
        cases = [
            ([], ["command", "--help"]),
            (["biuld", "src"], ["biuld", "build"]),
            (["frobnicate"], ["frobnicate"]),
            (["build", "src", "--out", "out", "--qualty", "80"], ["--qualty", "--quality"]),
            (["build", "src", "--out", "out", "--quality", "101"], ["--quality", "101"]),
            (["build", "src", "--out", "out", "--quality", "high"], ["--quality", "high"]),
            (["build", "src", "--out", "out", "--quality"], ["--quality"]),
            (["build", "src", "--out", "out", "--format", "wepb"], ["--format", "wepb", "webp"]),
            (["build", "src", "--out", "out", "--effort", "10"], ["--effort", "10"]),
            (["build", "src", "--out", "out", "--width", "0"], ["--width", "0"]),
            (["build", "src", "--out", "out", "--resize", "big"], ["--resize", "big"]),
            (["build", "src", "--out", "out", "--jobs", "0"], ["--jobs", "0"]),
            (["build", "src", "--out", "out", "--lossless=maybe"], ["--lossless", "maybe"]),
            (["build", "src", "--out", "out", "--name", "{stm}.{ext}"], ["--name", "{stm}"]),
            (["build", "src", "--out", "out", "--width", "9", "--resize", "9x9"], ["--width", "--resize"]),
            (["build", "src", "--out", "out", "--no-cache", "--recache"], ["--no-cache", "--recache"]),
            (["build", "src", "--out", "out", "--quiet", "--verbose"], ["--quiet", "--verbose"]),
            (["build", "src", "--out", "out", "--include", "[a"], ["--include"]),
            (["build", "src", "--out", "out", "--role", "data", "--transparent-color", "rewrite"], ["data"]),
            (["build", "src", "--out", "--quiet"], ["--out"]),
            (["build", "src"], ["--out"]),
            (["build", "--out", "out"], ["imgopt.json"]),
            (["build", "src", "--out", "out", "--base", "elsewhere"], ["src", "elsewhere"]),
            (["compare", "src/a.png"], ["two images"]),
            (["cache"], ["stats", "clear"]),
            (["cache", "claer"], ["claer", "clear"]),
            (["cache", "stats", "--quality", "3"], ["--quality"]),
            (["help", "qualty"], ["qualty", "quality"]),
            (["doctor", "now"], ["now"]),
        ]
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                self.refuse(*arguments, says=says)

    def test_answers_are_whole_sentences_that_say_what_to_do(self):
        cases = [
            (["compare", "src/a.png"], "compare needs two images, not 1"),
            (["optimize", "src", "--ledger", "src/"], "--ledger: expected a file, not src/"),
            (["build", "src", "--out", "out", "--no-lossless=yes"], "--no-lossless takes no value"),
        ]
        for arguments, says in cases:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_imgopt(*arguments, status=2).stderr, f"imgopt: {says}\n")

    def test_source_beyond_the_limit_names_the_option(self):
        size = (self.src / "a.png").stat().st_size
        run = self.build("src", "--max-input-size", "10", status=1)
        self.assertEqual(run.stderr.split(" (to see")[0].rstrip(), f"imgopt: a.png: {size} bytes are more than the limit of 10; "
                                                                   "raise it with --max-input-size")

    def sparse(self, name, head=b""):
        """A file of a tebibyte that takes no room."""
        path = self.write(name, head)
        try:
            os.truncate(path, 1 << 40)
        except OSError as error:
            self.skipTest(f"no sparse files of a tebibyte here: {error}")
        return path

    def test_source_beyond_the_limit_is_not_read(self):
        self.sparse("src/huge.png", (self.src / "a.png").read_bytes())
        self.sparse("src/movie.bin")
        run = self.build("src", status=1)
        self.assertEqual(run.counts(), {"encoded": 1, "failed": 1})
        self.assertEqual(run.image("huge.png")["error"], f"{1 << 40} bytes are more than the limit of {2 << 30}; "
                                                         "raise it with --max-input-size")
        self.assertEqual(run.summary["skipped"], 1)
        run = self.run_imgopt("optimize", "src", "--ledger", "ledger", status=1)
        self.assert_says(run.stderr, f"huge.png: {1 << 40} bytes are more than the limit")

    def test_configuration_that_is_no_text_of_a_person_is_refused(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        for name in ("src/imgopt.json", "imgopt.json"):
            config = self.sparse(name)
            self.assertEqual(self.run_imgopt("build", status=2).stderr, f"imgopt: {name}: cannot read: it is larger than {1 << 20} bytes\n")
            config.unlink()
        self.sparse(".imgopt-ledger")
        self.assert_says(self.run_imgopt("check", "src", status=4).stderr, f".imgopt-ledger: cannot read: it is larger than {1 << 30} bytes")

    def test_signal_ends_the_reading_of_a_source(self):
        huge = self.sparse("src/huge.png")
        for command in (["build", "src", "--out", "out", "--max-input-size", "2000G"], ["check", "src"]):
            for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                with self.subTest(command=command[0], signal=number):
                    process = self.start(*command)
                    wait_until(lambda: has_open(process.pid, huge), "the source to be read")
                    process.send_signal(number)
                    self.assertEqual(self.finish(process).status, status)

    def test_worker_that_is_nowhere_is_asked_for(self):
        alone = self.root / "bin" / "imgopt"
        alone.parent.mkdir()
        shutil.copy(os.environ["IMGOPT"], alone)
        run = subprocess.run([alone, "build", "src", "--out", "out"], cwd=self.root, capture_output=True, text=True,
                             env={k: v for k, v in self.environment.items() if k != "IMGOPT_WORKER"})
        self.assertEqual((run.returncode, run.stderr), (4, f"imgopt: imgopt-worker: cannot find it beside {alone} or in "
                                                           "../libexec/imgopt; set IMGOPT_WORKER to its path\n"))

    def test_without_a_home_the_cache_asks_for_a_folder(self):
        run = self.build("src", "--state", "state", status=4, environment={"HOME": "", "IMGOPT_CACHE_DIR": ""})
        self.assertEqual(run.stderr, "imgopt: the cache has no folder: neither XDG_CACHE_HOME nor HOME holds an absolute "
                                     "path; set IMGOPT_CACHE_DIR or give --cache-dir or --no-cache\n")

    def test_current_folder_that_is_gone_is_told(self):
        run = subprocess.run(["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$0" build ../src --out ../out',
                              os.environ["IMGOPT"]], cwd=self.root, env=self.environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 4)
        self.assertEqual(run.stderr, "imgopt: ../out: cannot make it absolute: No such file or directory\n")

    def worker_that(self, script):
        """A worker whose own answers a shell script gives; `real` is the true one."""
        path = self.write("worker", f'#!/bin/sh\nreal="{self.environment["IMGOPT_WORKER"]}"\n{script}\nexec "$real" "$@"\n')
        path.chmod(0o755)
        return {"IMGOPT_WORKER": str(path)}

    def test_compare_tells_what_became_of_its_worker(self):
        self.write("src/b.png", images.fat_png(1))
        for script, says in (
            ("head -c 20000000 /dev/zero >&2; echo >&2; echo ouch >&2; exit 3", "the worker gave no answer: exit status 3: ouch"),
            ("kill -XCPU $$", "it took too much CPU time; give more with --timeout"),
            ("kill -KILL $$", "the worker gave no answer: killed by SIGKILL"),
            ("echo '{}'; exit 0", "the worker's answer makes no sense"),
            ("""echo '{"identical": true}'; echo ouch >&2; exit 3""", "the worker failed after its answer: exit status 3: ouch"),
        ):
            with self.subTest(script):
                run = self.run_imgopt("compare", "src/a.png", "src/b.png", status=4, environment=self.worker_that(script))
                self.assertEqual(run.stderr, f"imgopt: src/a.png, src/b.png: cannot compare: {says}\n")
        run = self.run_imgopt("compare", "src/a.png", "src/b.png", status=4,
                              environment=self.worker_that("""echo '{"identical": true}'; exit 0"""))
        self.assert_says(run.stderr, "src/a.png, src/b.png: cannot compare: the worker's answer makes no sense: [json.exc")
        os.mkfifo(self.root / "pipe")
        run = self.run_imgopt("compare", "pipe", "src/b.png", status=4)
        self.assertEqual(run.stderr, "imgopt: pipe: cannot compare: it is not a regular file\n")

    def lacking(self, *abilities):
        """A worker whose libvips lacks abilities: pairs of a format and `loads` or `saves`."""
        lines = " ".join(f"-e '/\"{name}\": {{/,/}}/s/\"{ability}\": true/\"{ability}\": false/'" for name, ability in abilities)
        return self.worker_that(f'test "$1" = --fingerprint && {{ "$real" --fingerprint | sed {lines}; exit 0; }}')

    def test_formats_that_libvips_lacks_are_told(self):
        lacking = self.lacking(("webp", "saves"), ("gif", "loads"), ("tiff", "loads"), ("tiff", "saves"))
        lines = [line.split(None, 3)[2:] for line in self.run_imgopt("doctor", environment=lacking).stdout.splitlines()[1:]]
        self.assertIn(["webp", "read, but not written"], lines)
        self.assertIn(["gif", "written, but not read"], lines)
        self.assertIn(["tiff", "neither read nor written: this libvips has no support for it"], lines)
        run = self.build("src", "--format", "webp", status=2, environment=lacking)
        self.assertEqual(run.stderr, "imgopt: a.png: webp cannot be written by this build of libvips\n")
        self.write("src/b.gif", images.gif())
        run = self.build("src", status=1, environment=lacking)
        self.assert_says(run.stderr, "imgopt: b.gif: gif images cannot be read by this build of libvips")

    def test_doctor_tells_of_a_sandbox_trial_that_went_wrong(self):
        for script, says in (("echo '{}'; exit 0", "its answer makes no sense: "),
                             ("exit 0", "the trial gave no answer: exit status 0")):
            with self.subTest(script):
                run = self.run_imgopt("doctor", status=1,
                                      environment=self.worker_that(f'test "$1" = --try-sandbox && {{ {script}; }}'))
                self.assert_says(run.stdout, says)

    def test_doctor_tells_of_folders_that_an_ordinary_user_cannot_use(self):
        options = {}
        if os.geteuid() == 0:  # to root all is open
            options = {"user": NOBODY, "group": NOBODY, "cwd": "/"}
        locked = Path(tempfile.mkdtemp(prefix="imgopt locked "))
        self.addCleanup(shutil.rmtree, locked)
        locked.chmod(0o555)
        if options:
            os.chown(locked, NOBODY, NOBODY)
        for folder, says in ((locked, "cannot be written to"), (locked / "cache", "is not there and cannot be made")):
            try:
                run = self.run_imgopt("doctor", "--cache-dir", folder, status=1, environment={"HOME": "/nowhere"},
                                      **options)
            except PermissionError as error:
                self.skipTest(f"an ordinary user cannot reach the program: {error}")
            self.assert_says(run.stdout, f"{folder}: {says}\n")

    def test_help_and_version_go_to_standard_output(self):
        for arguments in (["--help"], ["help"], ["build", "--help"], ["compare", "-h"], ["cache", "--help"],
                          ["doctor", "--help"], ["help", "quality"], ["help", "exit-status"], ["--version"]):
            with self.subTest(arguments=arguments):
                run = self.run_imgopt(*arguments)
                self.assertTrue(run.stdout.strip())
                self.assertEqual(run.stderr, "")

    def test_every_option_of_the_contract_is_in_the_help(self):
        text = self.run_imgopt("build", "--help").stdout
        for option in (
            "format quality lossless effort width resize max-bytes min-savings metadata role background jobs config "
            "state cache-dir no-cache recache read-only-cache memory-limit timeout max-pixels require-sandbox no-sandbox "
            "isolate retry-failed unsupported dry-run depfile stamp manifest report progress quiet verbose json"
        ).split():
            self.assertIn(f"--{option}", text)

    def test_quiet_says_nothing_where_all_is_well(self):
        run = self.build("src", "--quiet")
        self.assertEqual((run.stdout, run.stderr), ("", ""))

    def test_json_on_standard_output_is_the_report(self):
        run = self.build("src", "--json")
        self.assertEqual(json.loads(run.stdout), run.report)

    def test_doctor_and_cache_stats_speak_json(self):
        self.build("src")
        stats = json.loads(self.run_imgopt("cache", "stats", "--json").stdout)
        self.assertEqual((stats["entries"], stats["folder"]), (1, str(self.cache)))
        doctor = self.start("doctor", "--json")
        run = self.finish(doctor)
        self.assertIn(run.status, (0, 1))
        self.assertIsInstance(json.loads(run.stdout), dict)

    def test_compare_tells_equal_from_different(self):
        self.write("b.png", images.png(level=9))
        self.write("c.png", images.png(seed=4))
        same = json.loads(self.run_imgopt("compare", "src/a.png", "b.png", "--json").stdout)
        self.assertEqual((same["identical"], same["psnr"]), (True, None))
        other = json.loads(self.run_imgopt("compare", "src/a.png", "c.png", "--json", status=1).stdout)
        self.assertFalse(other["identical"])
        self.assertLess(other["psnr"], 40)
        self.write("broken.png", images.broken_png())
        self.assert_says(self.run_imgopt("compare", "src/a.png", "broken.png", status=4).stderr, "broken.png")
        self.assert_says(self.run_imgopt("compare", "src/a.png", "nowhere.png", status=4).stderr, "nowhere.png")


class Configuration(CommandTest):
    def setUp(self):
        super().setUp()
        for i in range(3):
            self.write(f"src/{i}.png", images.fat_png(i))

    def test_mistakes_are_named_by_line_and_key(self):
        cases = [
            ('{\n  "sources": ["src"],\n  "qualty": 80\n}', ["imgopt.json:3", "qualty", "quality"]),
            ('{\n  "sources": ["src"],\n\n  "quality": "high"\n}', ["imgopt.json:4", "quality", "high"]),
            ('{\n  "sources": ["src"],\n  "lossless": 1\n}', ["imgopt.json:3", "lossless", "true or false"]),
            ('{\n  "sources": "src",\n  "format": ["png", 3]\n}', ["imgopt.json:3", "format[1]"]),
            ('{\n  "sources": ["src"],\n  "rules": [\n    {"match": "a/**"},\n    {"match": "b/**",\n     "effort": 12}\n  ]\n}',
             ["imgopt.json:6", "rules[1].effort"]),
            ('{\n  "sources": ["src"],\n  "rules": [{"quality": 3}]\n}', ["imgopt.json:3", "rules[0]", "match"]),
            ('{\n  "sources": ["src"],\n  "rules": [{"match": "*", "out": "x"}]\n}', ["imgopt.json:3", "rules[0].out"]),
            ('{\n  "sources": ["src"],\n  "effort": 3,\n  "effort": 4\n}', ["imgopt.json:4", "effort"]),
            ('{\n  "sources": ["src"]\n  "effort": 3\n}', ["imgopt.json:3"]),
            ('{\n  "sources": ["src"],\n  "dry-run": true\n}', ["imgopt.json:3", "dry-run"]),
            ('{\n  "sources": []\n}', ["imgopt.json", "sources"]),
            ('{}', ["imgopt.json", "sources"]),
            ('', ["imgopt.json"]),
            ('[]', ["imgopt.json:1"]),
        ]
        for text, says in cases:
            with self.subTest(text=text):
                self.write("imgopt.json", text)
                run = self.run_imgopt("build", "--config", "imgopt.json", "--out", "out", status=2)
                self.assert_says(run.stderr, *says)
                self.assertFalse(self.out.exists())

    def test_missing_configuration_is_named(self):
        self.assert_says(self.run_imgopt("build", "--config", "no.json", status=2).stderr, "no.json")

    def test_configuration_in_the_current_folder_is_found(self):
        self.write("imgopt.json", '{\n  // what to make\n  "sources": ["src"], "out": "out", "format": "webp"\n}')
        run = self.finish(self.start("build", "--report", "r.json"), self.root / "r.json")
        self.assertEqual(run.status, 0, run.stderr)
        self.assertEqual(self.files(), ["0.webp", "1.webp", "2.webp"])

    def test_paths_are_relative_to_the_configuration(self):
        self.write("sub/imgopt.json", '{"sources": ["../src"], "out": "made", "report": "r.json"}')
        self.run_imgopt("build", "--config", "sub/imgopt.json")
        self.assertEqual(self.files(self.root / "sub" / "made"), ["0.png", "1.png", "2.png"])
        self.assertTrue((self.root / "sub" / "r.json").exists())

    def test_command_line_wins_over_configuration(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": "webp", "width": 8}')
        self.build("--config", "imgopt.json", "--format", "png", "--resize", "none")
        self.assertEqual(self.files(), ["0.png", "1.png", "2.png"])

    def test_request_must_say_its_version(self):
        self.write("request.json", '{"sources": ["src"], "out": "out"}')
        run = self.run_imgopt("build", "--request", "request.json", status=2)
        self.assert_says(run.stderr, "request.json", "version")
        self.write("request.json", '{"version": 1, "sources": ["src"], "out": "out"}')
        self.build("--request", "request.json")
        self.assertEqual(self.files(), ["0.png", "1.png", "2.png"])

    def test_change_of_the_configuration_alone_is_seen(self):
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": "png"}')
        self.build("--config", "imgopt.json")
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": ["png", "webp"]}')
        self.assertEqual(self.build("--config", "imgopt.json").counts(), {"encoded": 3, "up_to_date": 3})
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "format": ["png", "webp"], "effort": 5}')
        self.assertEqual(self.build("--config", "imgopt.json").counts(), {"up_to_date": 6})


if __name__ == "__main__":
    unittest.main()

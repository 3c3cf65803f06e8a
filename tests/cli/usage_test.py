"""The command line and the configuration: what is wrong is named with its place and what to do, and costs nothing."""

import json
import unittest

import images
from command import CommandTest


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

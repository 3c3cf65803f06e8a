"""Layers of the configuration, profiles, `imgopt config`, and the JSON Schema against the parser."""

import json
import re
import unittest

import images
from command import CommandTest

try:
    import jsonschema
except ImportError:
    jsonschema = None


class Layers(CommandTest):
    def setUp(self):
        super().setUp()
        for name in ("src/a.png", "src/deep/b.png", "src/deep/deeper/c.png"):
            self.write(name, images.fat_png())
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "effort": 2}')

    def shown(self, path, *arguments):
        run = self.run_imgopt("config", "--show", path, "--json", *arguments)
        return json.loads(run.stdout)["settings"]

    def test_each_layer_wins_over_the_one_below_it_and_is_named(self):
        def effort(*arguments):
            setting = self.shown("src/deep/b.png", *arguments)["effort"]
            return setting["value"], setting["layer"]

        self.write("imgopt.json", '{"sources": ["src"], "out": "out"}')
        self.assertEqual(effort(), ("5", "default"))
        user = self.write("home/.config/imgopt/imgopt.json", '{"effort": 1}')
        self.assertEqual(effort(), ("1", str(user)))
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "profile": "game"}')
        self.assertEqual(effort(), ("7", "profile game, imgopt.json"))
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "profile": "game", "effort": 2}')
        self.assertEqual(effort(), ("2", "imgopt.json"))
        self.write("src/deep/imgopt.json", '{"effort": 3}')
        self.assertEqual(effort(), ("3", "src/deep/imgopt.json"))
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "effort": 2,\n'
                                  '"rules": [{"match": "*.png", "effort": 4}]}')
        self.assertEqual(effort(), ("4", "imgopt.json:2 rule '*.png'"))
        self.assertEqual(effort("--profile", "archive"), ("9", "profile archive, command line"))
        self.assertEqual(effort("--profile", "archive", "--effort", "6"), ("6", "command line"))

    def test_folders_file_holds_for_what_lies_below_it_and_its_edit_is_seen(self):
        self.write("src/deep/imgopt.json", '{"format": "webp", "rules": [{"match": "deeper/*", "format": "gif"}]}')
        self.assertEqual(self.build("--config", "imgopt.json").counts(), {"encoded": 3})
        self.assertEqual(self.files(), ["a.png", "deep/b.webp", "deep/deeper/c.gif"])
        self.assertEqual(self.build("--config", "imgopt.json").counts(), {"up_to_date": 3})
        self.write("src/deep/imgopt.json", '{"format": "png"}')
        run = self.build("--config", "imgopt.json")
        self.assertEqual(self.files(), ["a.png", "deep/b.png", "deep/deeper/c.png"])
        self.assertEqual(run.summary["removed"], 2)
        (self.src / "deep" / "imgopt.json").unlink()
        self.build("--config", "imgopt.json")
        self.assertEqual(self.files(), ["a.png", "deep/b.png", "deep/deeper/c.png"])

    def test_folders_file_is_a_prerequisite_and_its_mistake_an_error(self):
        self.write("src/deep/imgopt.json", '{"effort": 3}')
        self.build("--config", "imgopt.json", "--stamp", "s", "--depfile", "d")
        self.assertIn("src/deep/imgopt.json", (self.root / "d").read_text())
        self.write("src/deep/imgopt.json", '{\n"efort": 3}')
        run = self.run_imgopt("build", status=2)
        self.assert_says(run.stderr, "src/deep/imgopt.json:2: efort", "effort")

    def test_projects_own_file_in_a_source_folder_counts_once(self):
        self.write("src/imgopt.json", '{"sources": ["."], "out": "../out", "format": "webp",'
                                      ' "rules": [{"match": "a.png", "format": "png"}]}')
        self.build("--config", "src/imgopt.json")
        self.assertEqual(self.files(), ["a.png", "deep/b.webp", "deep/deeper/c.webp"])

    def test_users_file_gives_cache_folder_to_every_command(self):
        del self.environment["IMGOPT_CACHE_DIR"]
        self.write("home/.config/imgopt/imgopt.json", '{"cache-dir": "my cache"}')
        self.build("--config", "imgopt.json")
        stats = json.loads(self.run_imgopt("cache", "stats", "--json").stdout)
        self.assertEqual(stats["folder"], str(self.root / "home/.config/imgopt/my cache"))
        self.assertGreater(stats["entries"], 0)

    def test_mistake_in_the_users_file_is_named(self):
        self.write("home/.config/imgopt/imgopt.json", '{"out": "x"}')
        self.assert_says(self.run_imgopt("build", status=2).stderr, "imgopt/imgopt.json:1: out", "project's")

    def test_configured_flag_is_undone_on_the_command_line(self):
        self.write("src/.hidden.png", images.fat_png(7))
        self.write("imgopt.json", '{"sources": ["src"], "out": "out", "hidden": true}')
        self.build("--config", "imgopt.json")
        self.assertIn(".hidden.png", self.files())
        for undone in ("--no-hidden", "--hidden=no"):
            self.build("--config", "imgopt.json", undone)
            self.assertNotIn(".hidden.png", self.files())
            self.build("--config", "imgopt.json")

    def test_show_says_why_a_path_is_no_source(self):
        self.write("elsewhere.png", images.fat_png())
        self.assert_says(self.run_imgopt("config", "--show", "elsewhere.png", status=2).stderr, "none of the sources")
        self.run_imgopt("config", "--show", "nowhere.png", status=4)

    def test_show_needs_no_configuration(self):
        (self.root / "imgopt.json").unlink()
        self.assertEqual(self.shown("src/a.png", "--quality", "33")["quality"]["place"], "--quality")
        run = json.loads(self.run_imgopt("config", "--json", "-j3").stdout)
        self.assertEqual(run["settings"]["jobs"], {"value": "3", "layer": "command line", "place": "--jobs"})


@unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
class Schema(CommandTest):
    """The same documents are taken and refused by the schema and by the parser."""

    TAKEN = [
        '{}',
        '{"version": 1, "$schema": "x", "sources": [], "rules": []}',
        '{"sources": "src", "out": "o", "format": "webp", "quality": 80}',
        '{"format": ["avif", "jpg", "keep"], "quality": {"default": "auto:70", "avif": 60}}',
        '{"quality": "auto", "width": [640, 1280], "lossless": false}',
        '{"width": 640, "effort": 0, "max-bytes": "200k", "min-savings": "2.5%", "role": "pixel-art"}',
        '{"resize": "longest:1600", "background": "#FFF", "metadata": "copyright", "subsampling": "444"}',
        '{"resize": 1600, "background": "White", "max-bytes": 4000, "min-savings": 2, "progressive": "no"}',
        '{"width": [], "resize": "none", "name": "{stem}-{width}w.{ext}", "transparent-color": "keep"}',
        '{"jobs": 4, "memory-limit": "2GiB", "max-pixels": "100M", "timeout": 0.5, "isolate": true}',
        '{"include": ["*.png"], "exclude": "old/**", "hidden": true, "no-ignore": true, "unsupported": "skip"}',
        '{"profile": "web", "cache-dir": "c", "state": "s", "build-name": "b", "report": "r.json"}',
        '{"rules": [{"match": "a/**"}, {"match": ["b", "c"], "quality": 3, "profile": "game"}]}',
        '{"exclude": ["./a", "/b/", "**/c", "a\\\\*", "[.]x/.y", "...", "a/..b/*.{png,jpg}", "a\\\\\\\\", "a\\\\/"]}',
        '{"budgets": [{"match": "**", "max-total": "2M"}, {"match": ["a", "b"], "max-file": 3}]}',
        '{"memory-limit": 67108864, "max-pixels": 1, "base": "b", "manifest": "m", "stamp": "s", "depfile": "d"}',
    ]
    REFUSED = [
        '[]', '3', '{"version": 2}', '{"version": "1"}', '{"$schema": 1}', '{"qualty": 80}', '{"source": []}',
        '{"sources": 3}', '{"sources": [""]}', '{"rules": {}}', '{"rules": [3]}', '{"rules": [{"quality": 3}]}',
        '{"rules": [{"match": []}]}', '{"rules": [{"match": [3]}]}', '{"rules": [{"match": "a", "out": "x"}]}',
        '{"rules": [{"match": "a", "jobs": 1}]}', '{"rules": [{"match": "a", "width": 3, "resize": 3}]}',
        '{"width": 640, "resize": "9x9"}', '{"width": "640"}', '{"width": [0]}', '{"width": 65536}', '{"effort": 10}',
        '{"effort": -1}', '{"effort": "5"}', '{"effort": null}', '{"effort": 1.5}', '{"quality": 0}',
        '{"quality": 101}', '{"quality": "high"}', '{"quality": "avif=50"}', '{"quality": {}}', '{"quality": [80]}',
        '{"quality": {"avfi": 3}}', '{"quality": {"tiff": 80}}', '{"quality": {"avif": {}}}', '{"quality": true}',
        '{"format": "wepb"}', '{"format": []}', '{"format": 3}', '{"lossless": "yes"}', '{"lossless": 1}',
        '{"no-sandbox": true}', '{"dry-run": true}', '{"config": "x"}', '{"json": true}', '{"background": "#ffff"}',
        '{"background": 255}', '{"resize": "big"}', '{"resize": 0}', '{"resize": "0x3"}', '{"max-bytes": "2 bytes"}',
        '{"max-bytes": -1}', '{"min-savings": 101}', '{"min-savings": "x%"}', '{"timeout": 0}', '{"timeout": "3"}',
        '{"jobs": 0}', '{"jobs": 1025}', '{"memory-limit": 1}', '{"max-pixels": 0}', '{"include": [true]}',
        '{"out": ""}', '{"out": 3}', '{"name": "{stm}.{ext}"}', '{"name": 3}', '{"build-name": ""}',
        '{"exclude": "a//b"}', '{"exclude": ["../a"]}', '{"include": "a/./b"}', '{"exclude": "a\\\\"}', '{"exclude": "/"}',
        '{"rules": [{"match": "a/.."}]}', '{"rules": [{"match": "."}]}', '{"exclude": ""}',
        '{"budgets": [{"match": "*"}]}', '{"budgets": [{"match": "a//b", "max-file": 1}]}', '{"budgets": 3}',
        '{"role": "colour"}', '{"profile": "wbe"}', '{"unsupported": "ignore"}', '{"subsampling": 444}',
        '{"progressive": true}', '{"metadata": "some"}', '{"hidden": null}', '{"rules": [{"match": "a", "matc": "b"}]}',
    ]

    def setUp(self):
        super().setUp()
        self.write("src/a.png", images.fat_png())
        self.schema = json.loads(self.run_imgopt("config", "--schema").stdout)
        self.validator = jsonschema.Draft7Validator(self.schema)
        jsonschema.Draft7Validator.check_schema(self.schema)

    def parser_takes(self, text):
        self.write("imgopt.json", text)
        run = self.finish(self.start("config", "--config", "imgopt.json"))
        is_of_the_file = run.status == 2 and re.search(r"imgopt\.json:\d+:", run.stderr)
        self.assertTrue(run.status == 0 or is_of_the_file or "exclude each other" in run.stderr, text + run.stderr)
        return run.status == 0

    def test_schema_and_parser_agree(self):
        for expected, documents in ((True, self.TAKEN), (False, self.REFUSED)):
            for text in documents:
                with self.subTest(text=text):
                    self.assertEqual(self.parser_takes(text), expected)
                    self.assertEqual(self.validator.is_valid(json.loads(text)), expected)

    def test_every_key_of_the_schema_is_taken_with_its_default(self):
        for name, schema in self.schema["properties"].items():
            if "default" in schema:
                with self.subTest(name=name):
                    self.assertTrue(self.parser_takes(json.dumps({name: schema["default"]})))
                    self.assertTrue(self.validator.is_valid({name: schema["default"]}))


if __name__ == "__main__":
    unittest.main()

"""What `imgopt check` prints for programs: SARIF as its standard wants it, annotations as GitHub reads them."""

import copy
import json
import os
import re
import unittest

import images
import sarif
from check_test import CheckTest

# Names that mean something in a URI, in an annotation, on a terminal, or that are no UTF-8.
ODD_NAMES = [b"a,b: 100%.png", b"new\nline.png", "gr\u00f6\u00dfe #1?.png".encode(), b"no utf-8 \xff.png", b"%2e%2E.png"]


class MachineFormats(CheckTest):
    def repository(self):
        """Findings of every kind that images in place can have, one of them passed over."""
        self.write("tree/imgopt.json", json.dumps({
            "budgets": [{"match": "done/*.png", "max-file": 100}],
            "check-ignore": [{"match": "done/agreed.png", "reason": "a \"photo\"\nof two lines"}]}))
        for seed, name in enumerate(ODD_NAMES):
            with open(os.path.join(os.fsencode(self.tree), name), "wb") as file:
                file.write(images.fat_png(seed))
        self.write("tree/done/gone.png", images.fat_png(20))
        self.write("tree/done/large.png", images.noise_png(60, 60, 1))
        self.write("tree/done/agreed.png", images.noise_png(60, 60, 2))
        self.optimize("done")
        (self.tree / "done/gone.png").unlink()
        lines = self.ledger.read_text().splitlines()
        self.ledger.write_text("\n".join([lines[0], "<<<<<<< ours", *lines[1:], "=======", ">>>>>>> theirs"]) + "\n")
        self.write("tree/pointer.png", images.LFS_POINTER)
        report = self.check(".")
        self.assertEqual({f["kind"] for f in report["findings"]},
                         {"unoptimized", "orphaned", "over-budget", "unusable", "conflict"})
        self.assertEqual([f["kind"] for f in report["ignored"]], ["over-budget"])
        return report

    def printed(self, form, *paths):
        return self.run_imgopt("check", *paths, "--print", form, status=1, cwd=self.tree).stdout

    def assert_valid(self, text, report):
        log = json.loads(text)
        self.assertEqual(sarif.problems(log), [])
        results = log["runs"][0]["results"]
        self.assertEqual([r["ruleId"] for r in results], [f["kind"] for f in report["findings"] + report["ignored"]])
        self.assertEqual([bool(r.get("suppressions")) for r in results],
                         [False] * len(report["findings"]) + [True] * len(report["ignored"]))
        schema = os.environ.get("IMGOPT_SARIF_SCHEMA")
        if schema:
            import jsonschema
            with open(schema, encoding="utf-8") as file:
                jsonschema.validate(log, json.load(file))
        return log

    def test_sarif_of_a_repository_is_valid(self):
        report = self.repository()
        self.assert_valid(self.printed("sarif", "."), report)

    def test_sarif_of_a_build_is_valid(self):
        self.write("tree/imgopt.json", json.dumps({"sources": ["src"], "out": "out", "format": ["webp"]}))
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/src/b.png", images.fat_png(2))
        self.run_imgopt("build", cwd=self.tree)
        (self.tree / "src/b.png").unlink()
        self.write("tree/src/a.gif", images.gif())
        self.write("tree/src/c.png", images.fat_png(3))
        report = json.loads(self.run_imgopt("check", "--json", status=1, cwd=self.tree).stdout)
        self.assertEqual({f["kind"] for f in report["findings"]} & {"stale", "orphaned", "colliding"},
                         {"stale", "orphaned", "colliding"})
        self.assert_valid(self.printed("sarif"), report)

    def test_sarif_without_findings_is_valid(self):
        self.write("tree/a.png", images.fat_png(1))
        self.optimize(".")
        text = self.run_imgopt("check", ".", "--print", "sarif", cwd=self.tree).stdout
        self.assertEqual(self.assert_valid(text, {"findings": [], "ignored": []})["runs"][0]["results"], [])

    def test_what_is_not_valid_would_be_noticed(self):
        self.write("tree/a.png", images.fat_png(1))
        log = json.loads(self.printed("sarif", "."))
        self.assertEqual(sarif.problems(log), [])
        result = ("runs", 0, "results", 0)
        for path, value in ((("version",), "2.0"), (("runs",), {}), ((*result, "message"), {}), ((*result, "level"), "bad"),
                            ((*result, "kindd"), "fail"), ((*result, "ruleId"), "nothing"), (("runs", 0, "tool"), {}),
                            ((*result, "suppressions"), [{"justification": "x"}])):
            with self.subTest(path=path):
                wrong = copy.deepcopy(log)
                inner = wrong
                for step in path[:-1]:
                    inner = inner[step]
                inner[path[-1]] = value
                self.assertNotEqual(sarif.problems(wrong), [])

    def test_annotations_are_read_as_they_were_meant(self):
        report = self.repository()
        read = []
        for line in self.printed("github", ".").split("\n")[:-1]:
            command, properties, message = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line).groups()
            fields = dict(p.split("=", 1) for p in properties.split(","))
            read.append((command, {n: self.unescaped(v, "%3A :", "%2C ,") for n, v in fields.items()}, self.unescaped(message)))
        errors = [(f["file"], f["title"], text) for command, f, text in read if command == "error"]
        # A byte that is no UTF-8 stands as itself in an annotation; JSON cannot hold it, and says which one it was.
        path = [re.sub("\ufffd[0-9a-f]{2}", "\ufffd", f["path"]) for f in report["findings"]]
        self.assertEqual(errors, [(p, f"ImgOpt {f['kind']}", f"{p}: {f['message']}")
                                  for p, f in zip(path, report["findings"])])
        self.assertEqual(len([t for c, _, t in read if c == "notice" and t.startswith("To fix: imgopt ")]), len(report["fix"]))

    @staticmethod
    def unescaped(text, *more):
        """As GitHub's runner does it: percent last."""
        for pair in (*more, "%0D \r", "%0A \n", "%25 %"):
            code, character = pair.split(" ", 1)
            text = text.replace(code, character)
        return text


if __name__ == "__main__":
    unittest.main()

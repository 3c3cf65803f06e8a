"""The shell steps of integrations/github-action/action.yml and integrations/gitlab-ci/imgopt.yml, taken from there and
run with files in place of the service's."""

import json
import re
import unittest

import yaml
from repository import SOURCE, RepositoryTest

import images

ACTION = yaml.safe_load((SOURCE / "integrations/github-action/action.yml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((SOURCE / "integrations/gitlab-ci/imgopt.yml").read_text(encoding="utf-8"))


class GithubAction(RepositoryTest):
    """Runs each `run:` step as GitHub does, expressions filled in; returns the outputs of the step `run`."""

    def run_action(self, status=0, **inputs):
        values = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()}
        values.update({name.replace("_", "-"): value for name, value in inputs.items()})
        outputs = {}
        self.summary = self.root / "summary.md"
        self.summary.write_text("")
        self.printed = ""

        def fill(text):
            def value(match):
                word = match.group(1)
                if word.startswith("inputs."):
                    return values[word[len("inputs."):]]
                step, name = re.fullmatch(r"steps\.(\w+)\.outputs\.([\w-]+)", word).groups()
                return outputs[step][name]
            return re.sub(r"\$\{\{ *([^ }]+) *\}\}", value, text)

        for step in ACTION["runs"]["steps"]:
            if "run" not in step:
                self.assertIn("uses", step)
                continue
            self.assertEqual(step["shell"], "bash")
            self.assertNotIn("${{", step["run"], "an expression in a script is an injection")
            file = self.root / "output.txt"
            file.write_text("")
            environment = {name: fill(text) for name, text in step.get("env", {}).items()}
            script = self.write("step.sh", step["run"])
            last = step.get("id") == "run"
            done = self.run_program(
                "bash", "--noprofile", "--norc", "-eo", "pipefail", script, status=status if last else 0,
                cwd=self.tree / fill(step.get("working-directory", ".")), GITHUB_OUTPUT=str(file),
                GITHUB_STEP_SUMMARY=str(self.summary), RUNNER_TEMP=str(self.root), **environment)
            self.printed += done.stdout + done.stderr
            outputs[step["id"]] = dict(line.split("=", 1) for line in file.read_text().splitlines())
        return outputs["run"]

    def test_an_unoptimized_image_fails_and_is_annotated_until_it_is_mended(self):
        self.write("tree/assets/a.png", images.fat_png(1))
        outputs = self.run_action(status=1, paths="assets\n\n")
        self.assertEqual(outputs["findings"], "1")
        self.assert_says(self.printed, "::error file=assets/a.png,title=ImgOpt unoptimized::")
        self.assert_says(self.summary.read_text(), "| Findings | 1 |", "assets/a.png", "To fix: `")
        self.run_program("imgopt", "optimize", "--force", "assets")
        outputs = self.run_action(paths="assets")
        self.assertEqual(outputs["findings"], "0")
        self.assertGreater(int(outputs["bytes-saved"]), 0)
        self.assert_says(self.summary.read_text(), "| Bytes saved |")

    def test_writes_sarif_where_asked(self):
        self.write("tree/a.png", images.fat_png(1))
        self.run_action(status=1, sarif="images.sarif")
        sarif = json.loads((self.tree / "images.sarif").read_text())
        self.assertEqual(len(sarif["runs"][0]["results"]), 1)

    def test_a_build_is_restored_from_the_cache_the_next_time(self):
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/imgopt.json", '{"sources": ["src"], "out": "out"}')
        outputs = self.run_action(command="build")
        self.assertGreater(int(outputs["bytes-saved"]), 0)
        self.assert_says(self.summary.read_text(), "| Encoded | 1 |")
        (self.tree / "out/a.png").unlink()
        self.run_action(command="build")
        self.assert_says(self.summary.read_text(), "| Encoded | 0 |", "| Restored | 1 |")

    def test_a_wrong_configuration_fails_with_its_own_words(self):
        self.write("tree/imgopt.json", "{")
        self.run_action(status=2)
        self.assert_says(self.printed, "imgopt.json:1")

    def test_says_that_imgopt_is_missing(self):
        (self.root / "bin/imgopt").unlink()
        self.run_action(status=1)
        self.assert_says(self.printed, "imgopt is not installed on this runner")


class GitlabTemplate(RepositoryTest):
    def run_job(self, name, status=0, **variables):
        job = TEMPLATE[name]
        base = TEMPLATE[job["extends"]]
        environment = {k: str(v) for k, v in dict(base["variables"], **variables).items()}
        script = "set -e\n" + "\n".join(base["before_script"] + job["script"]) + "\n"
        return self.run_program("sh", self.write("job.sh", script), status=status, CI_PROJECT_DIR=str(self.tree),
                                **environment)

    def test_check_fails_until_the_image_is_optimized(self):
        self.write("tree/assets/a.png", images.fat_png(1))
        done = self.run_job(".imgopt-check", status=1, IMGOPT_PATHS="assets")
        self.assert_says(done.stdout, "assets/a.png: unoptimized", "To fix: ")
        self.assertEqual(json.loads((self.tree / "imgopt-check.json").read_text())["summary"]["findings"], 1)
        self.run_program("imgopt", "optimize", "--force", "assets")
        self.run_job(".imgopt-check", IMGOPT_PATHS="assets")
        self.assertEqual(json.loads((self.tree / "imgopt.sarif").read_text())["runs"][0]["results"], [])

    def test_build_is_restored_from_the_cache_the_next_time(self):
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/imgopt.json", '{"sources": ["src"], "out": "out"}')
        self.run_job(".imgopt-build")
        (self.tree / "out/a.png").unlink()
        self.run_job(".imgopt-build")
        summary = json.loads((self.tree / "imgopt-report.json").read_text())["summary"]
        self.assertEqual((summary["encoded"], summary["restored"]), (0, 1))

    def test_everything_that_is_cached_is_in_the_folder_that_the_template_names(self):
        self.assertEqual(TEMPLATE[".imgopt"]["cache"]["paths"], [".imgopt-ci/"])
        self.run_job(".imgopt-check")
        self.assertTrue((self.tree / ".imgopt-ci/cache").is_dir())


if __name__ == "__main__":
    unittest.main()

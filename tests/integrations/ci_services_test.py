"""The shell steps of integrations/github-action/action.yml and integrations/gitlab-ci/imgopt.yml, taken from there and
run with files in place of the service's."""

import json
import re
import shutil
import unittest

import yaml
from repository import SOURCE, RepositoryTest

import images

ACTION = yaml.safe_load((SOURCE / "integrations/github-action/action.yml").read_text(encoding="utf-8"))
TEMPLATE = yaml.safe_load((SOURCE / "integrations/gitlab-ci/imgopt.yml").read_text(encoding="utf-8"))


class ServiceTest(RepositoryTest):
    """What both services' builds do: subclasses say how they run one, and where they keep the cache between runs."""

    def summary_of(self, status=0):
        """Runs a build; the counters of its report."""
        raise NotImplementedError

    def check_five_steps(self):
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/src/b.png", images.fat_png(2))
        self.write("tree/imgopt.json", '{"sources": ["src"], "out": "out", "format": ["webp"]}')
        self.assertEqual(self.summary_of()["encoded"], 2)
        second = self.summary_of()
        self.assertEqual((second["encoded"], second["up_to_date"]), (0, 2))
        self.write("tree/src/a.png", images.fat_png(3))
        self.assertEqual(self.summary_of()["encoded"], 1)
        (self.tree / "src/b.png").unlink()
        self.assertEqual(self.summary_of()["removed"], 1)
        self.assertEqual(self.files(self.tree / "out"), ["a.webp"])
        self.write("tree/src/broken.png", images.broken_png())
        failed = self.summary_of(status=1)
        self.assertEqual((failed["failed"], failed["up_to_date"]), (1, 1))

    def check_fresh_machine(self, cache_folder):
        """What a service does between two runs: it packs the cache's folder, and unpacks it on a new machine."""
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/imgopt.json", '{"sources": ["src"], "out": "out", "format": ["webp"]}')
        self.assertEqual(self.summary_of()["encoded"], 1)
        made = self.contents(self.tree / "out")
        self.run_program("tar", "-cf", self.root / "kept.tar", "-C", cache_folder.parent, cache_folder.name)
        shutil.rmtree(cache_folder)
        shutil.rmtree(self.tree / "out")
        source = self.tree / "src/a.png"
        source.write_bytes(source.read_bytes())
        self.run_program("tar", "-xf", self.root / "kept.tar", "-C", cache_folder.parent)
        summary = self.summary_of()
        self.assertEqual((summary["encoded"], summary["restored"]), (0, 1))
        self.assertEqual(self.contents(self.tree / "out"), made)


class GithubAction(ServiceTest):
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


    def summary_of(self, status=0):
        self.outputs = self.run_action(status=status, command="build")
        # The action's report is a temporary file; what the run did is in its summary.
        rows = dict(re.findall(r"^\| ([A-Z][a-z ]+) \| ([\d,-]+) \|$", self.summary.read_text(), re.MULTILINE))
        return {name.lower().replace(" ", "_"): int(value.replace(",", "")) for name, value in rows.items()}

    def test_a_build_takes_the_five_steps(self):
        self.check_five_steps()
        self.assertEqual(self.outputs["findings"], "1")
        self.assert_says(self.printed, "::error title=ImgOpt failed::broken.png: ")
        self.assert_says(self.summary.read_text(), "- broken.png: ")

    def test_a_cache_that_went_through_the_service_is_used(self):
        self.check_fresh_machine(self.root / "home/.cache/imgopt-action")

    def test_a_check_takes_the_five_steps(self):
        self.write("tree/a.png", images.fat_png(1))
        self.write("tree/b.png", images.fat_png(2))
        self.run_program("imgopt", "optimize", "--force", ".")
        self.assertEqual(self.run_action()["findings"], "0")
        self.write("tree/a.png", images.fat_png(3))
        self.assertEqual(self.run_action(status=1)["findings"], "1")
        self.assert_says(self.printed, "::error file=a.png,title=ImgOpt unoptimized::")
        self.run_program("imgopt", "optimize", "--force", ".")
        (self.tree / "b.png").unlink()
        self.assertEqual(self.run_action(status=1)["findings"], "1")
        self.assert_says(self.printed, "::error file=b.png,title=ImgOpt orphaned::")
        self.run_program("imgopt", "optimize", "--force", ".")
        self.write("tree/c.png", images.broken_png())
        self.run_action(status=1)
        self.assert_says(self.printed, "::error file=c.png,")

    def test_only_the_cache_comes_from_elsewhere(self):
        """Every other step is a script that runs here."""
        self.assertEqual([s["uses"].split("@")[0] for s in ACTION["runs"]["steps"] if "uses" in s], ["actions/cache"])


class GitlabTemplate(ServiceTest):
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

    def summary_of(self, status=0):
        self.done = self.run_job(".imgopt-build", status=status)
        return json.loads((self.tree / "imgopt-report.json").read_text())["summary"]

    def test_a_build_takes_the_five_steps(self):
        self.check_five_steps()
        self.assert_says(self.done.stdout + self.done.stderr, "imgopt: broken.png: ")

    def test_a_cache_that_went_through_the_service_is_used(self):
        self.check_fresh_machine(self.tree / ".imgopt-ci")

    def test_the_log_says_what_was_saved(self):
        self.write("tree/src/a.png", images.fat_png(1))
        self.write("tree/imgopt.json", '{"sources": ["src"], "out": "out", "format": ["webp"]}')
        self.summary_of()
        self.assert_says(self.done.stdout + self.done.stderr, "% smaller)")

    def test_everything_that_is_cached_is_in_the_folder_that_the_template_names(self):
        self.assertEqual(TEMPLATE[".imgopt"]["cache"]["paths"], [".imgopt-ci/"])
        self.run_job(".imgopt-check")
        self.assertTrue((self.tree / ".imgopt-ci/cache").is_dir())


if __name__ == "__main__":
    unittest.main()

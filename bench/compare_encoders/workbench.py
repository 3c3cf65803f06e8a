"""The programs and folders that one run of the benchmark works with."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from measured_process import CORES, on_all_cores, run

HERE = Path(__file__).resolve().parent


@dataclass
class Made:
    """One encoding of one image. `score` is SSIMULACRA 2 where it was asked for."""

    path: Path
    bytes: int
    cpu: float
    score: float | None = None
    facts: dict | None = None  # the report's entry, for ImgOpt


class Workbench:
    """Runs ImgOpt, the Node peers and the decoders; results of each are in the order of the sources."""

    def __init__(self, imgopt, folder):
        self.imgopt = imgopt
        self.folder = folder
        self.node_modules = folder / "node_modules"
        self.work = folder / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self.outputs = []  # (source, Made, lossless) of all that ImgOpt wrote, for the checks of every output
        self.failures = []
        private = self.work / "home"
        self.environment = dict(os.environ, XDG_STATE_HOME=str(private), XDG_CACHE_HOME=str(private), NO_COLOR="1")

    def target(self, name, source, suffix=None):
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (source.name if suffix is None else f"{source.stem}.{suffix}")

    def optimize(self, name, sources, *options, lossless=False):
        """`imgopt build` of all sources in one run. CPU time of the run, tool and workers, is shared out by pixels."""
        out = self.work / name
        report_path = self.work / f"{name}.json"
        report_path.unlink(missing_ok=True)
        done = run([self.imgopt, "build", *sources, "--out", out, "--no-cache", "--quiet", "--state",
                    self.work / f"{name}.state", "--report", report_path, *options],
                   environment=self.environment)
        if not report_path.exists():
            raise RuntimeError(f"imgopt build {name} {' '.join(options)}: {done.stderr.decode()}")
        report = json.loads(report_path.read_text())
        images = {image["source"]: image for image in report["images"]}
        pixels = sum(o["width"] * o["height"] for image in images.values() for o in image["outputs"]) or 1
        made = []
        for source in sources:
            image = images[source.name]
            if image["status"] != "ok" or not image["outputs"]:
                self.failures.append(f"{name}: {source.name}: {image['error']}")
                made.append(None)
                continue
            fact = image["outputs"][0]
            one = Made(out / fact["path"], fact["bytes"], done.cpu * fact["width"] * fact["height"] / pixels,
                       facts=fact)
            made.append(one)
            self.outputs.append((source, one, lossless))
        return made

    def native(self, name, sources, command, suffix=None):
        """`command(source, target)` gives the arguments of a program, or (arguments, bytes for its standard input)."""

        def one(source):
            target = self.target(name, source, suffix)
            target.unlink(missing_ok=True)
            given = command(source, target)
            arguments, stdin = given if isinstance(given, tuple) else (given, None)
            done = run(arguments, stdin=stdin)
            if done.status != 0 or not target.exists() or target.stat().st_size == 0:
                return None
            return Made(target, target.stat().st_size, done.cpu)

        return on_all_cores(one, sources)

    def node(self, name, sources, task, suffix=None, **options):
        """`task` is one of node_peers.mjs."""
        jobs = [{"task": task, "source": str(s), "target": str(self.target(name, s, suffix)), "options": options}
                for s in sources]
        made = []
        for job, result in zip(jobs, self._in_node("node_peers.mjs", jobs)):
            if "error" in result:
                made.append(None)
            else:
                path = Path(job["target"])
                made.append(Made(path, path.stat().st_size, result["cpu"]))
        return made

    def compare_pixels(self, pairs):
        """`pairs`: (source, output, "kept" or "any" for hidden colour), those of one source together. A dictionary a
        pair, as two_decoders.mjs says."""
        jobs = [{"source": str(s), "output": str(o), "hidden": hidden} for s, o, hidden in pairs]
        size = -(-len(jobs) // CORES)
        parts = [jobs[i:i + size] for i in range(0, len(jobs), size)]
        answers = on_all_cores(lambda part: self._run_node("two_decoders.mjs", part), parts)
        return [verdict for answer in answers for verdict in answer]

    def _in_node(self, script, jobs):
        """Shares the jobs out evenly; neighbours, which are alike, go to different processes."""
        results = [None] * len(jobs)
        parts = [jobs[i::CORES] for i in range(CORES)]
        for i, part in enumerate(on_all_cores(lambda p: self._run_node(script, p), parts)):
            results[i::CORES] = part
        return results

    def _run_node(self, script, jobs):
        done = run(["node", HERE / script, self.node_modules], stdin=json.dumps(jobs).encode())
        if done.status != 0:
            raise RuntimeError(f"{script}: {done.stderr.decode()}")
        return json.loads(done.stdout)

    def score(self, references, made):
        """Gives each encoding its SSIMULACRA 2 against its reference; None where a comparison fails."""

        def one(pair):
            reference, encoding = pair
            if encoding is None or encoding.score is not None:
                return
            done = run([self.imgopt, "compare", "--json", reference, encoding.path], environment=self.environment)
            if done.status not in (0, 1):
                self.failures.append(f"compare {reference} {encoding.path}: {done.stderr.decode().strip()}")
                return
            answer = json.loads(done.stdout)
            encoding.score = 100.0 if answer["identical"] else answer["ssimulacra2"]

        on_all_cores(one, list(zip(references, made)))
        return made

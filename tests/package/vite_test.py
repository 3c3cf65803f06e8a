"""The Vite plugin in a real Vite project, opened in a real browser. Needs npm, its registry, and Chromium."""

import functools
import http.server
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

from scratch_project import ScratchProject, png_bytes

# What the page says when all images are there: put into a copy of the page that is opened.
REPORTER = """<script type="module">
addEventListener('load', async () => {
  const say = document.createElement('p');
  const images = [...document.images];
  await Promise.all(images.map((i) => i.decode().catch(() => {})));
  say.id = 'said';
  say.textContent = images.map((i) => `${i.id}:${i.naturalWidth}:${i.currentSrc.split('/').pop()}`).join(' ');
  document.body.append(say);
});
</script></body>"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@unittest.skipUnless(shutil.which("npm") and shutil.which("chromium"), "needs npm and chromium")
class Vite(ScratchProject):
    @classmethod
    def setUpClass(cls):
        # One installation for all tests: the project is copied, its packages are not.
        cls.home = Path(os.environ["IMGOPT_VITE_FOLDER"])
        source = Path(os.environ["IMGOPT_SOURCE_DIR"]) / "integrations/npm"
        shutil.rmtree(cls.home, ignore_errors=True)
        shutil.copytree(source, cls.home, ignore=shutil.ignore_patterns("node_modules", "dist"))
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=cls.home / "example", check=True)

    def setUp(self):
        super().setUp()
        self.project = self.root / "npm/example"
        shutil.copytree(self.home, self.root / "npm", symlinks=True, ignore=shutil.ignore_patterns("node_modules"))
        os.symlink(self.home / "example/node_modules", self.project / "node_modules")
        self.environment["IMGOPT"] = str(self.prefix / "bin/imgopt")
        # Vite's cacheDir is below node_modules, which the tests share.
        config = self.project / "vite.config.js"
        config.write_text(config.read_text().replace("base: './',", "base: './', cacheDir: './.vite',"))
        self.dist = self.project / "dist"

    def try_build(self, target=None):
        return self.run_program("npx", "vite", "build", cwd=self.project)

    def build(self, target=None):
        result = self.try_build()
        self.assertEqual(result.status, 0, result.text)
        return result

    def counts(self, result):
        return [int(n) for n in re.search(r"imgopt: (\d+) images, (\d+) outputs, (\d+) encoded", result.text).groups()]

    def shipped(self):
        return {str(p.relative_to(self.dist)): p.read_bytes() for p in self.dist.rglob("*") if p.is_file()}

    def open_in_browser(self, url):
        """id -> (natural width, file name) of each image of the page."""
        run = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={self.root}/browser-{time.monotonic_ns()}", "--virtual-time-budget=20000", "--dump-dom", url],
            capture_output=True, text=True, timeout=180, check=True, env=self.environment,
        )
        said = re.search(r'<p id="said">(.*?)</p>', run.stdout)
        self.assertTrue(said, run.stdout)
        images = [line.split(":") for line in said.group(1).split()]
        return {name: (int(width), file) for name, width, file in images}

    def serve_and_open(self):
        page = self.dist / "index.html"
        text = page.read_text()
        (self.dist / "looked-at.html").write_text(text.replace("</body>", REPORTER))
        handler = functools.partial(QuietHandler, directory=self.dist)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                return self.open_in_browser(f"http://127.0.0.1:{server.server_port}/looked-at.html")
            finally:
                server.shutdown()
                (self.dist / "looked-at.html").unlink()

    def assert_all_load(self, images):
        self.assertEqual(set(images), {"picture", "public", "imported-image"})
        for name, (width, file) in images.items():
            self.assertGreater(width, 0, name)
        self.assertRegex(images["imported-image"][1], r"\.avif(\?|$)")
        self.assertRegex(images["picture"][1], r"\.webp(\?|$)")

    def test_BuildShipsImagesThatLoadAndRests(self):
        first = self.build()
        self.assertGreater(self.counts(first)[2], 0)
        self.assert_all_load(self.serve_and_open())
        before = self.shipped()
        hashed = [name for name in before if re.search(r"-[\w-]{8}\.(avif|webp|png)$", name)]
        self.assertGreaterEqual(len(hashed), 8, sorted(before))
        self.assertLess(len(before["badge.png"]), (self.project / "public/badge.png").stat().st_size)
        page = before["index.html"].decode()
        self.assertEqual(page.count("<picture>"), 1)
        self.assertIn('width="64"', page)

        second = self.build()
        self.assertEqual(self.counts(second)[2], 0)
        self.assertEqual(self.shipped(), before)

    def test_ChangedAndRemovedImagesAreFollowed(self):
        self.build()
        before = self.shipped()
        (self.project / "public/badge.png").write_bytes(png_bytes(3, 40, 30))
        self.assertEqual(self.counts(self.build())[2], 1)
        after = self.shipped()
        self.assertEqual({n for n in after if after[n] != before.get(n)}, {"badge.png"})

        (self.project / "src/ball.png").write_bytes(png_bytes(4, 64, 64))
        self.build()
        changed = {n for n in self.shipped() if self.shipped()[n] != after.get(n)}
        self.assertTrue(any("ball" in n for n in changed))
        self.assertFalse(any("sunrise" in n for n in changed))
        self.assert_all_load(self.serve_and_open())

        (self.project / "public/badge.png").unlink()
        self.build()
        self.assertNotIn("badge.png", self.shipped())

    def test_BrokenImageFailsTheBuildByName(self):
        for name in ("src/sunrise.png", "src/ball.png", "public/badge.png"):
            with self.subTest(name=name):
                path = self.project / name
                good = path.read_bytes()
                path.write_bytes(good[:60])
                result = self.try_build()
                self.assertNotEqual(result.status, 0)
                self.assertIn(os.path.basename(name), result.text)
                path.write_bytes(good)
                self.build()

    def test_MissingProgramIsSaid(self):
        self.environment["IMGOPT"] = "/nowhere/imgopt"
        result = self.try_build()
        self.assertNotEqual(result.status, 0)
        self.assertIn("cannot find the program /nowhere/imgopt", result.text)

    def test_DevelopmentServerShowsTheSameImages(self):
        page = self.project / "index.html"
        page.write_text(page.read_text().replace("</body>", REPORTER))
        server = subprocess.Popen(
            ["npx", "vite", "--host", "127.0.0.1", "--port", "0"], cwd=self.project, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True,
        )
        try:
            url = None
            while url is None:
                line = server.stdout.readline()
                self.assertTrue(line, "the server ended")
                found = re.search(r"http://127\.0\.0\.1:\d+/", re.sub(r"\x1b\[[0-9;]*m", "", line))
                url = found.group(0) if found else None
            self.assert_all_load(self.open_in_browser(url))
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.communicate(timeout=60)


if __name__ == "__main__":
    unittest.main()

"""Makes reports and looks at their pages in Chromium; ends with 77 (skipped) where that is not possible.

    ctest --test-dir build/dev -L browser          needs chromium, node and npm (for playwright-core, fetched once)

IMGOPT, IMGOPT_WORKER name the programs, IMGOPT_NODE a folder for what npm fetches, IMGOPT_SCREENSHOTS one for pictures.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "docs"), str(HERE.parent / "cli")]

import drawing  # noqa: E402
import images  # noqa: E402

SKIPPED = 77
MANY = 5000
MOST_BYTES = 20_000_000


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def playwright():
    folder = Path(os.environ["IMGOPT_NODE"])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "playwright-core").exists():
        fetched = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--no-save", "playwright-core@1"],
                                 cwd=folder, capture_output=True, text=True)
        if fetched.returncode != 0:
            skip("npm cannot fetch playwright-core")
    return folder / "node_modules"


def imgopt(root, *arguments, statuses=(0,)):
    done = subprocess.run([os.environ["IMGOPT"], *map(str, arguments)], cwd=root, capture_output=True, text=True,
                          env=dict(os.environ, HOME=str(root / "home"), IMGOPT_CACHE_DIR=str(root / "cache")))
    if done.returncode not in statuses:
        sys.exit(done.stdout + done.stderr)
    return done


def few(root):
    """Photographs, drawings, a failure, hostile names, and an earlier report."""
    for i in range(6):
        name = root / "src" / "photos" / f"photo {i}.png"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_bytes(drawing.photo(240 + 40 * i, 180, i))
    for i, name in enumerate(("logo", "<img src=x onerror=alert(1)>", "k\u00fc\u0301hl & schn'ell\"", "100%25 #1?")):
        path = root / "src" / "icons" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(drawing.drawing(64, 64, i))
    (root / "src" / "broken.png").write_bytes(images.broken_png())
    imgopt(root, "build", "src", "--out", "out", "--format", "webp", "--quality", "30", "--report", "old.json", statuses=(1,))
    imgopt(root, "build", "src", "--out", "out", "--format", "webp", "--format", "avif", "--quality", "80", "--effort", "1",
           "--report", "r.json", statuses=(1,))
    imgopt(root, "report", "r.json", "--against", "old.json", "--html", "page.html")


def many(root):
    for i in range(MANY):
        path = root / "src" / f"{i % 40:02}" / f"sprite-{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.png(40, 30, i, level=1))
    imgopt(root, "build", "src", "--out", "out", "--effort", "0", "--report", "r.json")
    imgopt(root, "report", "r.json", "--html", "page.html")
    size = (root / "page.html").stat().st_size
    print(f"{MANY} images: {size} bytes")
    if size > MOST_BYTES:
        sys.exit(f"the page of {MANY} images is larger than {MOST_BYTES} bytes")


def main():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    for program, found in (("chromium", chromium), ("node", shutil.which("node")), ("npm", shutil.which("npm"))):
        if not found:
            skip(f"{program} is missing")
    modules = playwright()
    make = {"few": few, "many": many}[sys.argv[1]]
    shots = Path(os.environ.get("IMGOPT_SCREENSHOTS", tempfile.gettempdir())) / sys.argv[1]
    shots.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="imgopt browser "))
    try:
        make(root)
        looked = subprocess.run(["node", str(HERE / "report_browser.mjs"), str(root / "page.html"), str(shots)],
                                env=dict(os.environ, IMGOPT_NODE_MODULES=str(modules), IMGOPT_CHROMIUM=chromium))
        sys.exit(looked.returncode)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()

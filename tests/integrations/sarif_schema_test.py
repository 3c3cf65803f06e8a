"""SARIF logs against the schema of the standard, which an npm package has: tests/cli/machine_formats_test.py once more,
with the schema. IMGOPT_SCHEMA_FOLDER is where it is kept. Ends with 77 (skipped) where it cannot be had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SCHEMA = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def main():
    if not shutil.which("npm"):
        skip("npm is missing")
    folder = Path(os.environ["IMGOPT_SCHEMA_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / SCHEMA).exists():
        fetched = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--omit=peer",
                                  "--legacy-peer-deps", PACKAGE], cwd=folder, capture_output=True, text=True)
        if fetched.returncode != 0:
            skip(f"npm cannot fetch {PACKAGE}: {fetched.stderr[-500:]}")
    tests = Path(__file__).resolve().parent.parent / "cli/machine_formats_test.py"
    done = subprocess.run([sys.executable, str(tests), "-v", "MachineFormats"],
                          env=dict(os.environ, IMGOPT_SARIF_SCHEMA=str(folder / SCHEMA)))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()

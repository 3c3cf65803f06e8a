"""The Debian package: built by cpack, looked at by lintian, installed and run in a clean root.

Needs root, lintian, debootstrap and a Debian mirror: the system's own, unless IMGOPT_DEBIAN_MIRROR names another.
IMGOPT_BUILD_DIR is the build tree to package. Ends with 77 (skipped) where something is missing.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from scratch_project import png_bytes


def run(*arguments, **options):
    return subprocess.run([str(a) for a in arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", **options)


def mirror():
    named = os.environ.get("IMGOPT_DEBIAN_MIRROR")
    if named:
        return named
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm",
                 "Origin: Debian")
    found = next(iter(listed.stdout.split()), None)
    assert found, "apt knows no mirror of Debian 12: name one by IMGOPT_DEBIAN_MIRROR"
    return found


class DebianPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="imgopt-debian-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        # debootstrap and the packages' own scripts need others to be able to look in.
        cls.folder.chmod(0o755)
        made = run("cpack", "--config", Path(os.environ["IMGOPT_BUILD_DIR"]) / "CPackConfig.cmake", "-B", cls.folder)
        assert made.returncode == 0, made.stdout
        cls.package = next(cls.folder.glob("*.deb"))

    def test_LintianFindsNoErrors(self):
        found = run("lintian", "--allow-root", "--fail-on", "error", self.package)
        self.assertEqual(found.returncode, 0, found.stdout)
        self.assertNotIn("E:", found.stdout)
        print(found.stdout)

    def test_SaysWhoAnswersForIt(self):
        told = run("dpkg-deb", "--field", self.package, "Maintainer").stdout.strip()
        changes = self.folder / "changes"
        self.assertEqual(run("dpkg-deb", "--extract", self.package, changes).returncode, 0)
        with gzip.open(changes / "usr/share/doc/imgopt/changelog.gz", "rt") as text:
            self.assertIn(f" -- {told}  ", text.read())

    def test_InstallsAndRunsInACleanRoot(self):
        root = self.folder / "root"
        made = run("debootstrap", "--variant=minbase", "bookworm", root, mirror())
        self.assertEqual(made.returncode, 0, made.stdout[-2000:])
        # How this machine reaches its mirror.
        for source in ("/etc/apt/apt.conf.d", "/etc/resolv.conf"):
            target = root / source[1:]
            if Path(source).is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif Path(source).exists():
                shutil.copyfile(source, target)
        shutil.copy(self.package, root / "tmp/imgopt.deb")
        # With a /proc, as every system has it, mounted for each of these programs alone.
        within = ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', root, "env",
                  "DEBIAN_FRONTEND=noninteractive", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        updated = run(*within, "apt-get", "-q", "update")
        self.assertEqual(updated.returncode, 0, updated.stdout[-2000:])
        installed = run(*within, "apt-get", "-q", "install", "--yes", "--no-install-recommends", "/tmp/imgopt.deb")
        self.assertEqual(installed.returncode, 0, installed.stdout[-2000:])

        (root / "tmp/images").mkdir()
        (root / "tmp/images/one.png").write_bytes(png_bytes(1))
        built = run(*within, "imgopt", "build", "/tmp/images", "--out", "/tmp/out", "--format", "webp", "--format", "avif",
                    "--report", "/tmp/report.json")
        self.assertEqual(built.returncode, 0, built.stdout)
        self.assertEqual(sorted(p.name for p in (root / "tmp/out").iterdir()), ["one.avif", "one.webp"])
        self.assertEqual(json.loads((root / "tmp/report.json").read_text())["summary"]["encoded"], 2)

        removed = run(*within, "dpkg", "--purge", "imgopt")
        self.assertEqual(removed.returncode, 0, removed.stdout)
        self.assertFalse((root / "usr/bin/imgopt").exists())


if __name__ == "__main__":
    missing = [name for name in ("lintian", "debootstrap", "dpkg-shlibdeps") if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        print(f"skipped: without {', '.join(missing)}")
        sys.exit(77)
    unittest.main()

"""What the system refuses is told by path, operation and cause, whichever call it was.

IMGOPT_FAULT_SHIM (fault_shim.c) lets single calls fail. Each case looks for the call by itself: the first, the second, and so
on is refused until the message is printed.
"""

import errno
import os
import resource
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
import images  # noqa: E402
from command import CommandTest  # noqa: E402

MOST_CALLS = 120
EVERY = -1
WATCH_S = 1  # longer than a watch needs to begin


class Refusals(CommandTest):
    def setUp(self):
        super().setUp()
        self.write("src/sub/a.png", images.fat_png(1))

    def shimmed(self, call, error, at):
        return {"LD_PRELOAD": os.environ["IMGOPT_FAULT_SHIM"], "IMGOPT_FAULT_CALL": call, "IMGOPT_FAULT_AT": str(at),
                "IMGOPT_FAULT_ERRNO": str(error), "IMGOPT_FAULT_COUNT": str(self.root / "calls")}

    def forget(self):
        for name in ("out", "state", "cache", "home", "p.html"):
            path = self.root / name
            shutil.rmtree(path, ignore_errors=True)
            if path.is_file():
                path.unlink()

    def assert_told(self, message, call, error, *arguments, statuses=(4,), before=None, **options):
        """Some call of the function being refused, the command says so and ends as it should."""
        said = []
        for at in range(1, MOST_CALLS):
            self.forget()
            if before:
                before()
            run = self.finish(self.start(*arguments, environment=self.shimmed(call, error, at), **options))
            said.append(run.stderr)
            if message in run.stdout + run.stderr:
                self.assertIn(run.status, statuses, run.stderr)
                return
            if int((self.root / "calls").read_text()) < at:
                break
        self.fail(f"{message!r} was never told; the refused calls of {call} gave {said}")

    def build(self, *options):
        return ["build", "src", "--out", "out", "--state", "state", "--jobs", "1", *options]

    def test_folders(self):
        self.assert_told("src/sub/: cannot open folder: Permission denied", "opendir", errno.EACCES, *self.build())
        self.assert_told("src/: cannot read folder: Input/output error", "readdir", errno.EIO, *self.build())
        self.assert_told("/out: cannot open the output folder: Permission denied", "open", errno.EACCES, *self.build())

    def test_times(self):
        self.assert_told(": cannot set the time: Operation not permitted", "futimens", errno.EPERM, *self.build())

    def fresh(self):
        self.write("src/sub/a.png", images.fat_png(1))
        (self.src / ".imgopt-ledger").unlink(missing_ok=True)
        shutil.rmtree(self.src / ".imgopt-tmp", ignore_errors=True)

    def test_locks(self):
        self.assert_told("/state.lock: cannot create the lock: Permission denied", "open", errno.EACCES, *self.build())
        self.assert_told("/src: cannot lock: Input/output error", "flock", errno.EIO, "optimize", "src")
        self.assert_told(": cannot open the ledger's folder: Permission denied", "open", errno.EACCES, "optimize", "src",
                         before=self.fresh)

    def test_memory_files(self):
        self.assert_told("cannot create a memory file: Too many open files", "memfd_create", errno.EMFILE, *self.build())
        self.assert_told("cannot allocate shared memory: No space left on device", "posix_fallocate", errno.ENOSPC, *self.build())

    def test_processes(self):
        self.assert_told("imgopt-worker: cannot create a pipe: Too many open files", "pipe2", errno.EMFILE, *self.build())
        self.assert_told("imgopt-worker: cannot start a process: Resource temporarily unavailable", "fork", errno.EAGAIN, *self.build())
        self.assert_told("imgopt-worker: cannot watch the process: Too many open files", "pidfd_open", errno.EMFILE, *self.build())
        self.assert_told("worker: cannot limit its memory: Operation not permitted", "prlimit", errno.EPERM, *self.build(), statuses=(1, 4))
        self.assert_told("worker: cannot wait for the process: No child processes", "wait4", errno.ECHILD, *self.build(), statuses=(1, 4))
        self.assert_told("imgopt-worker: cannot read its output: Input/output error", "read", errno.EIO, *self.build())
        self.assert_told("batch manifest: cannot duplicate its descriptor: Too many open files", "dup", errno.EMFILE, *self.build())

    def test_temporary_folders(self):
        # Where there are no unnamed files, outputs begin in a folder of the run's own.
        def told(message, call, error):
            self.assert_told(message, call, error, *self.build(), statuses=(0, 1, 4))

        self.environment["IMGOPT_FAULT_NAMED"] = "1"
        told(": cannot make a folder in it: Permission denied", "mkdirat", errno.EACCES)
        told(": cannot open the folder, which must be no link: Too many levels of symbolic links", "open", errno.ELOOP)
        self.forget()
        run = self.finish(self.start(*self.build(), environment=self.shimmed("mkdirat", errno.EEXIST, EVERY)))
        self.assert_says(run.stderr, ": cannot make a folder of our own: File exists")

    def test_worker_is_not_found_without_proc(self):
        environment = self.shimmed("readlink", errno.ENOENT, EVERY)
        run = self.finish(self.start(*self.build(), environment={**environment, "IMGOPT_WORKER": ""}))
        self.assertEqual((run.status, run.stderr),
                         (4, "imgopt: imgopt-worker: cannot find it: /proc is not there; set IMGOPT_WORKER to its path\n"))

    def test_small_pictures_of_a_page(self):
        self.run_imgopt(*self.build("--report", "r.json"))
        self.assert_told(": cannot make links: Operation not permitted", "symlink", errno.EPERM, "report", "r.json", "--html", "p.html",
                         statuses=(0,))

    def test_file_in_place(self):
        self.assert_told("src/sub/a.png: cannot write beside it: Permission denied", "openat", errno.EACCES, "optimize", "src",
                         statuses=(1, 4), before=self.fresh)

    def test_cache_that_cannot_be_kept_small(self):
        self.write("cache/v1/upkeep/in the lock's place", "")
        run = self.run_imgopt(*self.build())
        self.assert_says(run.stderr, f"warning: the cache was not kept within its bounds: {self.cache}/v1/upkeep: "
                                     "cannot create the lock: Is a directory\n")

    def test_entry_that_cannot_be_removed(self):
        def damage():
            self.run_imgopt(*self.build())
            for entry in (self.cache / "v1" / "entries").glob("*/*"):
                entry.write_bytes(entry.read_bytes()[:-1] + b"x")

        self.assert_told(": cache entry: another version: cannot be removed", "unlink", errno.EPERM, "cache", "verify", "--fix",
                         statuses=(1,), before=damage)

    def test_watch(self):
        for message, call, error in (("cannot wait for changes: Cannot allocate memory", "poll", errno.ENOMEM),
                                     ("cannot read changes: Input/output error", "read", errno.EIO)):
            self.forget()
            self.run_imgopt(*self.build())
            for at in range(1, MOST_CALLS):
                process = self.start("watch", "src", "--out", "out", "--state", "state", environment=self.shimmed(call, error, at))
                try:
                    process.wait(timeout=WATCH_S)
                except subprocess.TimeoutExpired:
                    process.terminate()
                if message in self.finish(process).stderr:
                    break
            else:
                self.fail(message)

    def test_doctor_names_how_files_are_copied(self):
        for call, at, words in (("reflink", 0, "reflink: outputs share their blocks with the cache"),
                                ("copy_file_range", EVERY, "read and write: neither reflink nor copy_file_range on this file system")):
            run = self.finish(self.start("doctor", environment=self.shimmed(call, errno.ENOSYS, at)))
            self.assert_says(run.stdout, words)

    def edits(self, kind, call, at):
        return {**self.shimmed(call, 0, at), f"IMGOPT_FAULT_{kind}": str(self.src / "sub" / "a.png")}

    def test_sources_that_are_edited_meanwhile(self):
        for message, kind, call, words in (("sub/a.png: it changed while it was read", "APPEND", "pread", ["check", "src"]),
                                     ("sub/a.png: it was replaced by something else during the run", "REPLACE", "open", self.build())):
            said = []
            for at in range(1, MOST_CALLS):
                self.forget()
                self.fresh()
                said.append(self.finish(self.start(*words, environment=self.edits(kind, call, at))).stderr)
                if message in said[-1] or int((self.root / "calls").read_text()) < at:
                    break
            self.assertIn(message, said[-1], said)

    def test_equal_sources_that_never_stand_still(self):
        # Equal images are encoded once, the first for all; here it is another image by then, each time.
        for i in range(6):
            os.link(self.src / "sub" / "a.png", self.src / "sub" / f"b{i}.png")
        run = self.finish(self.start(*self.build(), environment=self.edits("APPEND", "open", EVERY)))
        self.assertEqual((run.status, run.stderr), (0, ""))
        self.assertEqual(len(self.files()), 7)

    # A source is read into a memory file of its own once it is known what to do with it: the last moment to edit it.
    def test_source_that_grows_while_the_build_runs(self):
        for at in range(1, MOST_CALLS):
            self.forget()
            self.fresh()
            run = self.finish(self.start(*self.build(), environment=self.edits("APPEND", "memfd_create", at)))
            self.assertEqual((run.status, run.stderr), (0, ""), at)
            self.assertEqual(self.files(), ["sub/a.png"])
            if int((self.root / "calls").read_text()) < at:
                return
        self.fail("too many calls")

    def test_source_that_grows_beyond_its_limit(self):
        size = (self.src / "sub" / "a.png").stat().st_size
        self.assertNotIn("more than the limit", self.finish(self.start(*self.build("--max-input-size", str(size)))).stderr)
        said = []
        for at in range(1, MOST_CALLS):
            self.forget()
            self.fresh()
            said.append(self.finish(self.start(*self.build("--max-input-size", str(size)), environment=self.edits("APPEND", "memfd_create", at))).stderr)
            if int((self.root / "calls").read_text()) < at:
                break
        self.assertEqual(set(said) - {""}, {f"imgopt: sub/a.png: {size + 5} bytes are more than the limit of {size}; raise it with --max-input-size\n"})

    def test_disk_that_is_full_is_not_tried_again(self):
        for i in range(4):
            self.write(f"src/{i}.png", images.fat_png(i + 10))
        self.assert_told(": not tried, since ", "write", errno.ENOSPC, *self.build())

    def test_memory_that_runs_out(self):
        with open(self.root / "large.json", "wb") as large:
            large.truncate(1 << 30)
        limit = 200 << 20
        run = self.finish(self.start("report", "large.json", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))))
        self.assertEqual((run.status, run.stderr), (3, "imgopt: internal error: std::bad_alloc\n"))

    def test_folder_that_may_be_listed_and_not_entered(self):
        # Root may enter every folder.
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        self.root.chmod(0o755)
        (self.src / "sub").chmod(0o744)
        self.addCleanup((self.src / "sub").chmod, 0o755)
        if not other:
            (self.src / "sub").chmod(0o600)
        try:
            run = self.finish(self.start("check", "src", **other))
        except PermissionError:
            self.skipTest("another user may not run the program")
        self.assertEqual((run.status, run.stderr), (4, "imgopt: src/sub/: cannot search folder: Permission denied\n"))

    def test_folder_that_is_gone(self):
        gone = self.root / "gone"
        gone.mkdir()
        run = subprocess.run(["sh", "-c", 'rmdir "$PWD"; exec "$0" "$@"', os.environ["IMGOPT"], *self.build()], cwd=gone,
                             env=self.environment, capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (4, "imgopt: out: cannot make it absolute: No such file or directory\n"))

    def test_path_that_leads_round_in_circles(self):
        (self.root / "circle").symlink_to("circle")
        self.assert_says(self.run_imgopt("optimize", "circle/a.png", status=4).stderr,
                         "cannot find its real place: Too many levels of symbolic links")


if __name__ == "__main__":
    unittest.main()

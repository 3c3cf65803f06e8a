"""The ways a project gets at ImgOpt: a moved install tree, its sources, another program, a cross build."""

import os
import stat
import unittest
from pathlib import Path

from scratch_project import ScratchProject

USE = "imgopt_add_assets(photos DIRECTORY photos FORMATS webp)"


class FindPackage(ScratchProject):
    def setUp(self):
        super().setUp()
        self.write_image("photos/one.png", 1)

    def test_MovedInstallTreeGivesBothPrograms(self):
        self.write_project(
            USE + """
            foreach(program IN ITEMS imgopt worker)
              get_target_property(location imgopt::${program} LOCATION)
              if(NOT EXISTS "${location}")
                message(FATAL_ERROR "imgopt::${program} is at ${location}")
              endif()
              message(STATUS "found ${location}")
            endforeach()"""
        )
        text = self.configure().text
        self.assertIn(f"found {self.prefix}/bin/imgopt\n", text)
        self.assertIn(f"found {self.prefix}/libexec/imgopt/imgopt-worker\n", text)
        self.build()
        self.assertEqual(self.outputs(), ["one.webp"])

    def test_PackageNamesNoAbsolutePath(self):
        for file in (self.prefix / "share/cmake/ImgOpt").glob("*.cmake"):
            text = file.read_text()
            self.assertNotIn(os.environ["IMGOPT_SOURCE_DIR"], text, file.name)
            self.assertNotIn(str(self.prefix), text, file.name)

    def test_UpdatedWorkerRunsTheCommandOnce(self):
        tree = self.root / "tree"
        tree.mkdir()
        for part in ("bin", "libexec", "share"):
            self.run_program("cp", "-a", self.prefix / part, tree)
        self.prefix = tree
        self.write_project(USE)
        self.configure()
        self.assert_runs_once_then_rests()
        os.utime(tree / "libexec/imgopt/imgopt-worker")
        self.assert_runs_once_then_rests()
        os.utime(tree / "bin/imgopt")
        self.assert_runs_once_then_rests()

    def test_OtherVersionIsRefused(self):
        self.write_project("find_package(ImgOpt 99.0 REQUIRED)")
        self.assertNotEqual(self.try_configure().status, 0)

    def program_elsewhere(self):
        program = self.root / "host/bin/imgopt"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\necho ran-elsewhere\nexec "{self.prefix}/bin/imgopt" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def test_ExecutableOverrideIsUsed(self):
        program = self.program_elsewhere()
        self.write_project(USE)
        self.configure(f"-DIMGOPT_EXECUTABLE={program}")
        self.assertIn("ran-elsewhere", self.build().text)
        self.assertTrue(self.build().nothing_to_do)

    def test_MissingOverrideIsRefused(self):
        self.write_project(USE)
        result = self.try_configure("-DIMGOPT_EXECUTABLE=/nowhere/imgopt")
        self.assertNotEqual(result.status, 0)
        self.assertIn("there is no such file", " ".join(result.text.split()))

    def test_CrossBuildTakesTheHostsProgram(self):
        program = self.program_elsewhere()
        self.write_project(USE)
        self.configure("-DCMAKE_SYSTEM_NAME=Generic", f"-DIMGOPT_HOST_PATH={self.root}/host")
        self.assertIn("ran-elsewhere", self.build().text)
        self.assertTrue(program.exists())

    def test_CrossBuildWithoutHostProgramSaysWhatToDo(self):
        self.environment["PATH"] = "/usr/bin:/bin"
        self.write_project(USE)
        result = self.try_configure("-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_PREFIX_PATH=", f"-DImgOpt_DIR={self.prefix}/share/cmake/ImgOpt")
        self.assertNotEqual(result.status, 0)
        self.assertIn("IMGOPT_HOST_PATH", result.text)


class InTree(ScratchProject):
    """Sources inside another project: same names, and the command waits for the programs of this very build."""

    def check(self, how):
        self.write_image("photos/one.png", 1)
        sources = Path(os.environ["IMGOPT_SOURCE_DIR"])
        (self.source / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.21)\nproject(Scratch LANGUAGES CXX)\n"
            + how.format(sources=sources)
            + f"\nfind_package(ImgOpt REQUIRED)\n{USE}\n"
        )
        self.configure(f"-DImgOpt_DIR={self.prefix}/share/cmake/ImgOpt")
        inputs = self.run_program("ninja", "-C", self.binary, "-t", "inputs", "imgopt/photos.stamp").text.split("\n")
        programs = {os.path.basename(line) for line in inputs}
        self.assertIn("imgopt", programs)
        self.assertIn("imgopt-worker", programs)
        self.assertFalse([line for line in inputs if line.startswith(str(self.prefix))])
        # A guest brings no tests and no install rules of its own.
        targets = self.run_program("ninja", "-C", self.binary, "-t", "targets", "all").text
        self.assertNotIn("_test:", targets)
        result = self.run_program("cmake", "--install", self.binary, "--prefix", self.root / "installed")
        self.assertEqual(result.status, 0, result.text)
        self.assertFalse((self.root / "installed").exists())

    def test_SubfolderGivesTheSameTargets(self):
        self.check('add_subdirectory("{sources}" imgopt-build EXCLUDE_FROM_ALL)')

    def test_FetchedContentGivesTheSameTargets(self):
        self.check(
            'include(FetchContent)\nFetchContent_Declare(ImgOpt SOURCE_DIR "{sources}")\nFetchContent_MakeAvailable(ImgOpt)'
        )


if __name__ == "__main__":
    unittest.main()

"""HEADER, EMBED and BUDGET: what a C++ program of the same project gets, and what a project may not exceed."""

import hashlib
import unittest

from scratch_project import REPORT, ScratchProject

# Prints each asset, with the hash of its bytes where they are compiled in.
GAME = r"""
#include "art.hpp"
#include <cstdio>
static_assert(art::find_asset("nowhere.webp") == nullptr);
int main() {
  for (const art::Asset& a : art::assets) {
    if (art::find_asset(a.path) != &a)
      return 1;
    std::printf("%.*s %ux%u %llu %.*s", int(a.path.size()), a.path.data(), a.width, a.height,
                static_cast<unsigned long long>(a.bytes), int(a.hash.size()), a.hash.data());
#ifdef EMBEDDED
    std::printf(" ");
    for (unsigned long long i = 0; i < a.bytes; ++i)
      std::printf("%02x", a.data[i]);
#endif
    std::printf("\n");
  }
}
"""
NAMES = ["one.webp", "sub/größe.webp", "two words (2).webp"]


class Header(ScratchProject):
    def setUp(self):
        super().setUp()
        self.write_image("photos/one.png", 1, width=30, height=20)
        self.write_image("photos/sub/größe.png", 2)
        self.write_image("photos/two words (2).png", 3)
        (self.source / "main.cpp").write_text(GAME)

    def project(self, arguments, attached="game", more=""):
        self.write_project(
            f"""
            add_executable(game main.cpp)
            target_compile_features(game PRIVATE cxx_std_17)
            target_compile_options(game PRIVATE -Wall -Wextra -Wpedantic -Werror)
            {more}
            imgopt_add_assets(photos DIRECTORY photos FORMATS webp HEADER gen/art.hpp NAMESPACE art
              {arguments} ATTACH_TO {attached} {REPORT})""",
            languages="CXX",
        )

    def game(self):
        run = self.run_program(self.path("game"))
        self.assertEqual(run.status, 0, run.text)
        return run.text.splitlines()

    def assert_rests(self):
        self.assertTrue(self.build().nothing_to_do)

    def assert_right(self):
        lines = self.game()
        self.assertEqual(len(lines), len(self.outputs()))
        for line in lines:
            path, size, count, digest, data = line.rsplit(" ", 4)
            content = self.output(path).read_bytes()
            self.assertEqual((int(count), digest), (len(content), hashlib.sha256(content).hexdigest()))
            self.assertEqual(bytes.fromhex(data), content, path)
        return lines

    def test_TableNamesWhatWasMade(self):
        self.project("")
        self.configure()
        self.build()
        lines = self.game()
        self.assertEqual([line.rsplit(" ", 3)[0] for line in lines], NAMES)
        self.assertIn(" 30x20 ", lines[0])
        for line in lines:
            path, _, count, digest = line.rsplit(" ", 3)
            content = self.output(path).read_bytes()
            self.assertEqual((int(count), digest), (len(content), hashlib.sha256(content).hexdigest()))
        self.assert_rests()

    def test_ChangedImageCompilesOnceAndTouchedOneNothing(self):
        self.project("EMBED", more="target_compile_definitions(game PRIVATE EMBEDDED)")
        self.configure()
        self.build()
        first = self.assert_right()
        self.write_image("photos/one.png", 9)
        self.build()
        self.assertNotEqual(self.assert_right(), first)
        self.assert_rests()
        (self.source / "photos/one.png").touch()
        self.assertNotIn("Building CXX", self.build().text)
        (self.source / "photos/one.png").unlink()
        self.build()
        self.assertEqual(len(self.assert_right()), 2)

    def test_TwoLibrariesThatEmbedTheSameLinkTogether(self):
        self.write_image('photos/quo"te %d ??/.png', 4)
        (self.source / "extra.cpp").write_text('#include "art.hpp"\nconst void* NAME() { return art::assets[0].data; }\n')
        self.project(
            "EMBED",
            attached="game extra shared",
            more="""
            add_library(extra STATIC extra.cpp)
            add_library(shared SHARED extra.cpp)
            set_target_properties(extra shared PROPERTIES CXX_STANDARD 17)
            target_compile_definitions(extra PRIVATE NAME=extra)
            target_compile_definitions(shared PRIVATE NAME=shared)
            target_compile_definitions(game PRIVATE EMBEDDED)
            target_link_libraries(game PRIVATE extra shared)""",
        )
        self.configure("-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON")
        self.build()
        self.assert_right()


class MakefileHeader(Header):
    generator = "Unix Makefiles"

    def assert_rests(self):
        # Make looks at the folder in every build; what it must not do is compile.
        self.assertNotIn("Building CXX", self.build().text)


class MultiConfigHeader(ScratchProject):
    generator = "Ninja Multi-Config"

    def test_EveryConfigurationEmbedsTheSame(self):
        self.write_image("photos/one.png", 1)
        (self.source / "main.cpp").write_text(GAME)
        self.write_project(
            """
            add_executable(game main.cpp)
            target_compile_features(game PRIVATE cxx_std_17)
            target_compile_definitions(game PRIVATE EMBEDDED)
            imgopt_add_assets(photos DIRECTORY photos FORMATS webp HEADER art.hpp NAMESPACE art EMBED ATTACH_TO game)""",
            languages="CXX",
        )
        self.configure()
        for config in ("Debug", "Release"):
            result = self.run_program("cmake", "--build", self.binary, "--config", config)
            self.assertEqual(result.status, 0, result.text)
            run = self.run_program(self.path(f"{config}/game"))
            self.assertEqual(run.text.split()[-1], self.output("one.webp").read_bytes().hex())


class Budget(ScratchProject):
    def test_ExceededBudgetFailsAndNamesTheHeaviest(self):
        self.write_image("photos/heavy.png", 1, width=200, height=200)
        self.write_image("photos/light.png", 2, width=8, height=8)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos BUDGET 100 {REPORT})")
        self.configure()
        failed = self.try_build()
        self.assertNotEqual(failed.status, 0)
        self.assertRegex(failed.text, r"more than the budget of 100; the heaviest: heavy.png \(\d+ bytes\), light.png")
        summary = self.summary()
        self.assertEqual(summary["over_budget"], summary["bytes_out"] - 100)
        # It goes on to fail, and encodes nothing for that.
        self.assertNotEqual(self.try_build().status, 0)
        self.assertEqual(self.summary()["encoded"], 0)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY photos BUDGET 1M {REPORT})")
        self.build()
        self.assertTrue(self.build().nothing_to_do)


if __name__ == "__main__":
    unittest.main()

"""What an imgopt_add_assets() target is: its properties, install rules, job pool, failures and file names."""

import json
import os
import unittest

from scratch_project import CONSUMER, REPORT, ScratchProject, consumer_runs, png_bytes

# Right in a depfile and in a Makefile alike.
TRACKABLE_NAMES = ["two words.png", "b[1].png", "(round).png", "100% ~x=y.png", "größe.png", "東京.png"]


class Names(ScratchProject):
    beyond_build_files = "a|b.png"

    def make_images(self, names):
        for seed, name in enumerate(names):
            self.write_image(f"photos/{name}", seed)

    def expected(self, names):
        return sorted(name.replace(".png", ".webp") for name in names)

    def test_TrackableNamesRunOnceInAFolder(self):
        self.make_images(TRACKABLE_NAMES)
        self.write_project("imgopt_add_assets(photos DIRECTORY photos FORMATS webp)")
        self.configure()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), self.expected(TRACKABLE_NAMES))
        for seed, name in enumerate(TRACKABLE_NAMES):
            self.write_image(f"photos/{name}", 40 + seed)
            self.assert_runs_once_then_rests()

    def test_TrackableNamesRunOnceAsFiles(self):
        self.make_images(TRACKABLE_NAMES)
        files = " ".join(f'"photos/{name}"' for name in TRACKABLE_NAMES)
        self.write_project(f"imgopt_add_assets(photos FILES {files} FORMATS webp)")
        self.configure()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), self.expected(TRACKABLE_NAMES))

    def test_NamesBeyondDepfilesRunOnceAsFiles(self):
        names = ["it's.png", "a&b.png", "c#.png", "d$e.png", "f*.png", "g^`!.png"]
        self.make_images(names)
        files = " ".join(f"[==[photos/{name}]==]" for name in names)
        self.write_project(f"imgopt_add_assets(photos FILES {files} FORMATS webp)")
        self.configure()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), self.expected(names))
        for seed, name in enumerate(names):
            self.write_image(f"photos/{name}", 40 + seed)
            self.assert_runs_once_then_rests()

    def test_NameBeyondBuildFilesIsLookedAtInEveryBuild(self):
        self.make_images([self.beyond_build_files])
        self.write_project(f'imgopt_add_assets(photos FILES "photos/{self.beyond_build_files}" FORMATS webp {REPORT}){CONSUMER}')
        self.assertIn("cannot track the name", self.configure().text)
        for encoded in (1, 0):
            self.assertEqual(self.build().runs_of("photos"), 1)
            self.assertEqual(self.summary()["encoded"], encoded)
        self.write_image(f"photos/{self.beyond_build_files}", 9)
        self.build()
        self.assertEqual(self.summary()["encoded"], 1)
        self.assertEqual(consumer_runs(self), 2)
        self.assertEqual(self.outputs(), self.expected([self.beyond_build_files]))

    def test_FolderBeyondDepfilesIsLookedAtInEveryBuild(self):
        self.write_image("it's here/one.png", 1)
        self.write_project(f"imgopt_add_assets(photos DIRECTORY \"it's here\" FORMATS webp {REPORT})")
        self.configure()
        self.build()
        self.assertEqual(self.build().runs_of("photos"), 1)
        self.assertEqual(self.summary()["up_to_date"], 1)


class MakefileNames(Names):
    generator = "Unix Makefiles"
    beyond_build_files = "16:9.png"

    def assert_runs_once_then_rests(self, target="photos"):
        # A folder is looked at in every build here; what must not go on is the work.
        self.build()
        stamp = self.path(f"imgopt/{target}.stamp")
        self.assertTrue(stamp.exists())
        before = [self.output(name).stat().st_mtime_ns for name in self.outputs()]
        self.build()
        self.assertEqual([self.output(name).stat().st_mtime_ns for name in self.outputs()], before)


class Failure(ScratchProject):
    def test_BrokenImageFailsTheBuildByNameAndLeavesNoStamp(self):
        self.write_image("photos/fine.png", 1)
        broken = self.write_image("photos/broken.png", 2)
        good = broken.read_bytes()
        broken.write_bytes(good[:60])
        self.write_project("imgopt_add_assets(photos DIRECTORY photos FORMATS webp)")
        self.configure()
        for _ in range(2):
            result = self.try_build()
            self.assertNotEqual(result.status, 0)
            self.assertIn("broken.png", result.text)
            self.assertEqual(result.runs_of("photos"), 1, result.text)
            self.assertFalse(self.path("imgopt/photos.stamp").exists())
        self.assertEqual(self.outputs(), ["fine.webp"])
        broken.write_bytes(good)
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["broken.webp", "fine.webp"])

    def test_BreakingAnImageLaterFailsUntilItIsMended(self):
        image = self.write_image("photos/one.png", 1)
        good = image.read_bytes()
        self.write_project("imgopt_add_assets(photos DIRECTORY photos FORMATS webp)")
        self.configure()
        self.build()
        earlier = self.output("one.webp").read_bytes()
        image.write_bytes(good[:60])
        for _ in range(2):
            self.assertNotEqual(self.try_build().status, 0)
        self.assertEqual(self.output("one.webp").read_bytes(), earlier)
        image.write_bytes(good)
        self.assert_runs_once_then_rests()


class Targets(ScratchProject):
    def setUp(self):
        super().setUp()
        self.write_image("photos/one.png", 1)
        self.write_image("photos/sub/two.png", 2)
        self.write_image("icons/three.png", 3)

    def test_TwoTargetsRebuildApart(self):
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp)\n"
            "imgopt_add_assets(icons DIRECTORY icons LOSSLESS)"
        )
        self.configure()
        first = self.build()
        self.assertEqual((first.runs_of("photos"), first.runs_of("icons")), (1, 1))
        self.write_image("icons/three.png", 9)
        second = self.build()
        self.assertEqual((second.runs_of("photos"), second.runs_of("icons")), (0, 1))
        self.assertTrue(self.build().nothing_to_do)

    def test_TwoTargetsShareAnOutputFolder(self):
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp OUTPUT_DIR www)\n"
            "imgopt_add_assets(icons DIRECTORY icons FORMATS webp OUTPUT_DIR www)"
        )
        self.configure()
        self.build()
        self.assertTrue(self.build().nothing_to_do)
        (self.source / "icons/three.png").unlink()
        self.write_image("icons/four.png", 4)
        self.build()
        self.assertEqual(
            sorted(p.name for p in self.path("www").rglob("*.webp")), ["four.webp", "one.webp", "two.webp"]
        )

    def test_TwoFoldersThatWantOneOutputFailTheBuildByName(self):
        # No name is known while configuring: the second target to run finds the first one's claim.
        self.write_image("icons/one.png", 9)
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp OUTPUT_DIR www)\n"
            "imgopt_add_assets(icons DIRECTORY icons FORMATS webp OUTPUT_DIR www)"
        )
        for generator in ("Ninja", "Ninja Multi-Config", "Unix Makefiles"):
            with self.subTest(generator=generator):
                self.generator = generator
                self.binary = self.root / generator
                self.configure()
                self.build("photos")
                first = self.path("www/one.webp").read_bytes()
                for _ in range(2):
                    result = self.try_build("icons")
                    self.assertNotEqual(result.status, 0)
                    self.assertRegex(result.text, r"imgopt: .*www/one\.webp: it belongs to another build, .*/photos\.state")
                    self.assertEqual(self.path("www/one.webp").read_bytes(), first)
                self.build("photos")
                (self.source / "icons/one.png").rename(self.source / "icons/first.png")
                self.build()
                self.assertEqual(sorted(p.name for p in self.path("www").glob("*.webp")),
                                 ["first.webp", "one.webp", "three.webp"])
                (self.source / "icons/first.png").rename(self.source / "icons/one.png")

    def test_JobPoolsOfTheProjectAndOursStandTogether(self):
        for before, after, pool in (
            ("", "", ""),
            ("set_property(GLOBAL PROPERTY JOB_POOLS imgopt=2 link=1)", "", ""),
            ("", "set_property(GLOBAL APPEND PROPERTY JOB_POOLS imgopt=2)", ""),
            ("", "set_property(GLOBAL PROPERTY JOB_POOLS link=1)", ""),
            ("set(CMAKE_JOB_POOLS link=1 heavy=3)", "", "JOB_POOL heavy"),
            ("", "set_property(GLOBAL APPEND PROPERTY JOB_POOLS heavy=3)", "JOB_POOL heavy"),
            ("", "", "JOB_POOL undeclared"),
        ):
            with self.subTest(before=before, after=after, pool=pool):
                user = "add_custom_target(user ALL COMMAND ${CMAKE_COMMAND} -E true JOB_POOL link)" if "link" in before + after else ""
                self.write_project(
                    f"{before}\nimgopt_add_assets(photos DIRECTORY photos FORMATS webp {pool})\n"
                    f"imgopt_add_assets(icons DIRECTORY icons FORMATS webp {pool})\n{user}\n{after}"
                )
                self.configure()
                self.build()

    def test_PropertiesSayWhereThingsAre(self):
        self.write_project(
            """
            imgopt_add_assets(photos FILES photos/one.png photos/sub/two.png BASE_DIR photos FORMATS keep jpeg WIDTHS 8
              OUTPUT_DIR www MANIFEST www/assets.json OUTPUTS_VARIABLE outputs FOLDER assets EXCLUDE_FROM_ALL)
            get_target_property(properties photos IMGOPT_OUTPUTS)
            if(NOT "${properties}" STREQUAL "${outputs}")
              message(FATAL_ERROR "property and variable differ")
            endif()
            file(WRITE ${CMAKE_BINARY_DIR}/said.txt "${outputs}\n")
            foreach(property IN ITEMS IMGOPT_OUTPUT_DIR IMGOPT_MANIFEST IMGOPT_STAMP FOLDER)
              get_target_property(value photos ${property})
              file(APPEND ${CMAKE_BINARY_DIR}/said.txt "${value}\n")
            endforeach()"""
        )
        self.configure()
        outputs, folder, manifest, stamp, ide_folder = self.path("said.txt").read_text().splitlines()
        self.assertEqual(ide_folder, "assets")
        self.assertEqual(self.build().runs_of("photos"), 0)
        self.build("photos")
        self.assertEqual(folder, str(self.binary / "www"))
        self.assertTrue(os.path.exists(stamp))
        made = [str(p) for p in self.path("www").rglob("*-8w.*")]
        self.assertEqual(sorted(outputs.split(";")), sorted(made))
        with open(manifest, encoding="utf-8") as text:
            listed = [o["path"] for i in json.load(text)["images"].values() for o in i["outputs"]]
        self.assertEqual(sorted(os.path.join(folder, path) for path in listed), sorted(made))

    def test_AttachedTargetBringsItsAssets(self):
        self.write_project(
            "add_custom_target(game)\n"
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp EXCLUDE_FROM_ALL ATTACH_TO game)"
        )
        self.configure()
        self.assertEqual(self.build().runs_of("photos"), 0)
        self.assertEqual(self.build("game").runs_of("photos"), 1)

    def test_PatternsSelectFromAFolder(self):
        self.write_image("photos/draft.png", 5)
        self.write_project('imgopt_add_assets(photos DIRECTORY photos PATTERN "**/*.png" EXCLUDE "draft*" FORMATS webp)')
        self.configure()
        self.build()
        self.assertEqual(self.outputs(), ["one.webp", "sub/two.webp"])

    def test_ConfigurationLiesBelowTheArguments(self):
        config = self.source / "imgopt.json"
        config.write_text('{"format": ["gif"], "rules": [{"match": "sub/**", "width": [8]}]}')
        self.write_project("imgopt_add_assets(photos DIRECTORY photos CONFIG imgopt.json FORMATS webp)")
        self.configure()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one.webp", "sub/two-8w.webp"])
        config.write_text('{"rules": [{"match": "sub/**", "width": [16]}]}')
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["one.webp", "sub/two-16w.webp"])

    def test_ProfileDecidesTheFormats(self):
        self.write_project("imgopt_add_assets(photos DIRECTORY icons PROFILE web)")
        self.configure()
        self.assert_runs_once_then_rests()
        self.assertEqual(self.outputs(), ["three.avif", "three.png", "three.webp"])

    def test_CleanRemovesWhatWasMade(self):
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp)\n"
            "imgopt_add_assets(icons FILES icons/three.png FORMATS webp OUTPUT_DIR www)"
        )
        self.configure()
        self.build()
        self.path("www/by-hand.txt").write_text("mine")
        self.build("clean")
        self.assertFalse(self.path("imgopt/photos").exists())
        self.assertEqual([p.name for p in self.path("www").iterdir()], ["by-hand.txt"])
        self.build()
        self.assertEqual(self.outputs(), ["one.webp", "sub/two.webp"])
        self.assertTrue(self.path("www/three.webp").exists())

    def test_InstallTakesImagesAndNothingElse(self):
        self.write_image('photos/quo"te [x; y.png', 7)
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS webp OUTPUT_DIR www MANIFEST photos.json\n"
            "  INSTALL_DESTINATION share/game/art)\n"
            "imgopt_add_assets(icons FILES icons/three.png BASE_DIR . FORMATS webp INSTALL_DESTINATION share/icons)\n"
            "imgopt_add_assets(extra DIRECTORY icons FORMATS webp EXCLUDE_FROM_ALL INSTALL_DESTINATION share/extra\n"
            "  COMPONENT extra)"
        )
        self.configure()
        self.build()
        self.path("www/by-hand.txt").write_text("mine")
        target = self.root / "installed"
        result = self.run_program("cmake", "--install", self.binary, "--prefix", target)
        self.assertEqual(result.status, 0, result.text)
        self.assertEqual(
            sorted(str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()),
            ["share/game/art/one.webp", "share/game/art/photos.json", 'share/game/art/quo"te [x; y.webp',
             "share/game/art/sub/two.webp", "share/icons/icons/three.webp"],
        )

    def test_InstallBeforeTheBuildSaysSo(self):
        self.write_project("imgopt_add_assets(photos DIRECTORY photos FORMATS webp INSTALL_DESTINATION share)")
        self.configure()
        result = self.run_program("cmake", "--install", self.binary, "--prefix", self.root / "installed")
        self.assertNotEqual(result.status, 0)
        self.assertIn("photos is not built", result.text)


class MultiConfig(ScratchProject):
    generator = "Ninja Multi-Config"

    def test_FolderByConfigurationHoldsItsOwnImages(self):
        self.write_image("photos/one.png", 1)
        self.write_project("imgopt_add_assets(photos DIRECTORY photos FORMATS webp OUTPUT_DIR out/$<CONFIG>)")
        self.configure()
        for config in ("Debug", "Release"):
            result = self.run_program("cmake", "--build", self.binary, "--config", config)
            self.assertEqual(result.status, 0, result.text)
            self.assertTrue(self.path(f"out/{config}/one.webp").exists())
            result = self.run_program("cmake", "--build", self.binary, "--config", config)
            self.assertTrue(result.nothing_to_do, result.text)


class CheckTest(ScratchProject):
    def ctest(self, *arguments):
        return self.run_program("ctest", "--test-dir", self.binary, "--output-on-failure", *arguments)

    def imgopt(self, *arguments, cwd):
        result = self.run_program(self.prefix / "bin/imgopt", *arguments, cwd=cwd)
        self.assertEqual(result.status, 0, result.text)

    def test_FailsWhileAnImageIsNotOptimized(self):
        self.write_image("photos/one.png", 1)
        self.write_project("enable_testing()\nimgopt_add_check_test(images_are_optimized PATHS photos)")
        self.configure()
        failed = self.ctest()
        self.assertNotEqual(failed.status, 0)
        self.assertIn("one.png", failed.text)
        result = self.run_program(self.prefix / "bin/imgopt", "optimize", "photos", cwd=self.source)
        self.assertEqual(result.status, 0, result.text)
        passed = self.ctest()
        self.assertEqual(passed.status, 0, passed.text)

    def test_LooksAtWhatAConfigurationBuilds(self):
        image = self.write_image("photos/one.png", 1)
        (self.source / "imgopt.json").write_text('{"sources": ["photos"], "out": "made", "format": ["webp"]}')
        self.write_project("enable_testing()\nimgopt_add_check_test(images_are_built CONFIG imgopt.json)")
        self.configure()
        never = self.ctest()
        self.assertNotEqual(never.status, 0)
        self.assertIn("one.png: stale", never.text)
        self.assertIn("To fix: imgopt build --config imgopt.json", never.text)
        self.imgopt("build", "--config", "imgopt.json", cwd=self.source)
        self.assertEqual(self.ctest().status, 0)
        image.write_bytes(png_bytes(2))
        self.assertNotEqual(self.ctest().status, 0)
        image.unlink()
        gone = self.ctest()
        self.assertNotEqual(gone.status, 0)
        self.assertIn("one.webp: orphaned", gone.text)
        self.imgopt("build", "--config", "imgopt.json", cwd=self.source)
        self.assertEqual(self.ctest().status, 0)

    def test_WorksInASubfolderWithOptionsInEveryConfiguration(self):
        self.generator = "Ninja Multi-Config"
        self.write_image("sub dir/art/one.png", 1)
        self.write_image("sub dir/art/drafts/two.png", 2)
        (self.source / "sub dir/CMakeLists.txt").write_text(
            'imgopt_add_check_test(art_is_optimized PATHS art "$<$<CONFIG:Nothing>:nowhere>" OPTIONS --exclude "drafts/**")')
        self.write_project('enable_testing()\nadd_subdirectory("sub dir")')
        self.configure()
        for config in ("Debug", "Release"):
            failed = self.ctest("-C", config)
            self.assertNotEqual(failed.status, 0)
            self.assertIn("art/one.png: unoptimized", failed.text)
            self.assertNotIn("two.png", failed.text)
        self.imgopt("optimize", "art/one.png", "--ledger", "art/.imgopt-ledger", cwd=self.source / "sub dir")
        passed = self.ctest("-C", "Debug")
        self.assertEqual(passed.status, 0, passed.text)

    def test_WrongArgumentsAreNamed(self):
        for arguments, sentence in (
            ("t", "give PATHS or CONFIG"),
            ("t PATHS nowhere", "there is nothing at"),
            ("t PATHS . CONFIG c.json", "exclude each other"),
            ("t WARN", "unknown arguments: WARN"),
        ):
            with self.subTest(arguments=arguments):
                self.write_project(f"imgopt_add_check_test({arguments})")
                result = self.try_configure()
                self.assertNotEqual(result.status, 0)
                self.assertIn(sentence, " ".join(result.text.split()))


class ConfigureErrors(ScratchProject):
    def test_WrongArgumentsAreNamed(self):
        self.write_image("photos/one.png", 1)
        self.write_image("photos/one.jpg", 1)
        (self.source / "imgopt.json").write_text("{}")
        for arguments, sentence in (
            ("", "name of the target"),
            ("FILES photos/one.png", "name of the target"),
            ("photos", "no images"),
            ("photos FORMAT webp DIRECTORY photos", "unknown arguments: FORMAT webp"),
            ("photos DIRECTORY photos FORMAT webp", "unknown argument: FORMAT"),
            ("photos FILES [==[a[1.png]==] b.png", "use DIRECTORY"),
            ("photos DIRECTORY photos FORMATS webm", "webm"),
            ("photos DIRECTORY photos QUALITY 101", "101"),
            ("photos DIRECTORY photos QUALITY auto:x", "auto:x"),
            ("photos DIRECTORY photos WIDTHS 0", "WIDTHS"),
            ("photos DIRECTORY photos JOBS many", "many"),
            ("photos DIRECTORY photos CHECK NEVER", "NEVER"),
            ("photos DIRECTORY photos MANIFEST", "MANIFEST needs a value"),
            ("photos DIRECTORY nowhere", "no folder"),
            ("photos DIRECTORY photos OUTPUT_DIR ${CMAKE_CURRENT_SOURCE_DIR}/photos/out", "inside of DIRECTORY"),
            ("photos DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}", "inside of DIRECTORY"),
            ("photos DIRECTORY photos CONFIG nowhere.json", "no file"),
            ("photos FILES photos/one.png PATTERN *.png", "PATTERN"),
            ("photos DIRECTORY photos CACHE_DIR c NO_CACHE", "exclude each other"),
            ("photos DIRECTORY photos COMPONENT c", "INSTALL_DESTINATION"),
            ("photos DIRECTORY photos ATTACH_TO nobody", "no target nobody"),
            ("photos DIRECTORY photos EMBED", "EMBED needs HEADER"),
            ("photos DIRECTORY photos HEADER a.hpp EMBED", "enable the language CXX"),
            ("photos DIRECTORY photos NAMESPACE a", "NAMESPACE needs HEADER"),
            ("photos DIRECTORY photos HEADER a.hpp NAMESPACE 1a", "no C++ namespace"),
            ("photos DIRECTORY photos BUDGET lots", "no number of bytes"),
            ("photos DIRECTORY photos ATTACH_TO imgopt::imgopt", "is imported or an alias"),
            ("photos DIRECTORY photos MANIFEST m.json)\nimgopt_add_assets(more DIRECTORY photos MANIFEST m.json", "is written by photos already"),
            ("photos DIRECTORY photos OUTPUTS_VARIABLE v", "OUTPUTS_VARIABLE"),
            ("photos FILES photos/one.png CONFIG imgopt.json OUTPUTS_VARIABLE v", "OUTPUTS_VARIABLE"),
            ("photos FILES photos/one.png photos/one.jpg FORMATS webp", "would both become"),
            ("photos FILES photos/one.png BASE_DIR elsewhere", "not in BASE_DIR"),
        ):
            with self.subTest(arguments=arguments):
                self.write_project(f"imgopt_add_assets({arguments})")
                result = self.try_configure()
                self.assertNotEqual(result.status, 0)
                # CMake wraps messages.
                self.assertIn(sentence, " ".join(result.text.split()))


if __name__ == "__main__":
    unittest.main()

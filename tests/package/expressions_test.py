"""Generator expressions in the arguments of imgopt_add_assets()."""

import json
import unittest

from scratch_project import ScratchProject


class Expressions(ScratchProject):
    def setUp(self):
        super().setUp()
        for seed, name in enumerate(("one", "two", "three")):
            self.write_image(f"photos/{name}.png", seed)

    def test_FilesOfATargetsPropertyAreTaken(self):
        self.write_project(
            """
            add_custom_target(list)
            set_target_properties(list PROPERTIES ART
              "${CMAKE_CURRENT_SOURCE_DIR}/photos/one.png;${CMAKE_CURRENT_SOURCE_DIR}/photos/two.png")
            imgopt_add_assets(photos FILES $<TARGET_PROPERTY:list,ART> photos/three.png FORMATS webp)
            imgopt_add_assets(more FILES $<TARGET_PROPERTY:list,ART> FORMATS webp)"""
        )
        self.configure()
        self.build()
        self.assertEqual(self.outputs(), ["one.webp", "three.webp", "two.webp"])
        self.assertEqual(self.outputs("more"), ["one.webp", "two.webp"])
        self.assertTrue(self.build().nothing_to_do)
        self.write_image("photos/two.png", 9)
        self.assert_runs_once_then_rests()

    def test_EmptyExpressionsGiveNothing(self):
        self.write_project(
            """imgopt_add_assets(photos FILES photos/one.png $<$<BOOL:0>:/nowhere.png>
              FORMATS webp $<$<BOOL:0>:avif> WIDTHS $<$<BOOL:1>:8> 16 QUALITY $<IF:$<BOOL:1>,70,50>
              OPTIONS $<$<BOOL:0>:--no-such-option> $<$<BOOL:1>:--effort=0>)"""
        )
        self.configure()
        self.build()
        self.assertEqual(self.outputs(), ["one-16w.webp", "one-8w.webp"])
        request = json.loads(self.path("imgopt/photos.request.json").read_text())
        self.assertEqual((request["format"], sorted(request["width"])), (["webp"], [8, 16]))
        self.assertEqual(str(request["quality"]), "70")

    def test_ImagesStandBesideTheProgram(self):
        (self.source / "main.cpp").write_text("int main() {}\n")
        self.write_project(
            """
            add_executable(game main.cpp)
            set_target_properties(game PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/run here")
            imgopt_add_assets(photos DIRECTORY photos FORMATS webp OUTPUT_DIR $<TARGET_FILE_DIR:game>/art
              ATTACH_TO game EXCLUDE_FROM_ALL)""",
            languages="CXX",
        )
        self.configure()
        self.build("game")
        self.assertEqual(sorted(p.name for p in self.path("run here/art").iterdir()), ["one.webp", "three.webp", "two.webp"])
        self.assertTrue(self.build().nothing_to_do)


class MultiConfigExpressions(ScratchProject):
    generator = "Ninja Multi-Config"

    def test_ConfigurationsHaveTheirOwnSettings(self):
        self.write_image("photos/one.png", 1)
        self.write_project(
            "imgopt_add_assets(photos DIRECTORY photos FORMATS $<IF:$<CONFIG:Debug>,png,webp> OUTPUT_DIR $<CONFIG>/art)"
        )
        self.configure()
        for config, name in (("Debug", "one.png"), ("Release", "one.webp"), ("Debug", "one.png")):
            result = self.run_program("cmake", "--build", self.binary, "--config", config)
            self.assertEqual(result.status, 0, result.text)
            self.assertEqual([p.name for p in self.path(f"{config}/art").iterdir()], [name])
            result = self.run_program("cmake", "--build", self.binary, "--config", config)
            self.assertTrue(result.nothing_to_do, result.text)


if __name__ == "__main__":
    unittest.main()

"""`imgopt init`: looks, says, writes a configuration that fits, and never over another."""

import json
import unittest

import images
from command import CommandTest


class Init(CommandTest):
    def test_configuration_is_written_that_build_takes(self):
        for i in range(3):
            self.write(f"photos/{i}.png", images.fat_png(i))
        self.write("index.html", "<html></html>")
        run = self.run_imgopt("init")
        self.assert_says(run.stdout, "Found 3 images", "3 png", "photos", "Profile web: there is index.html", "imgopt build")
        self.assertIn("//", (self.root / "imgopt.json").read_text())
        self.run_imgopt("build")
        self.assertEqual(len(self.files(self.root / "optimized")), 9)
        self.assertIn("all up to date", self.run_imgopt("build").stdout)

    def test_configuration_that_is_there_is_not_written_over(self):
        self.write("photos/a.png", images.fat_png())
        self.write("imgopt.json", "mine")
        run = self.run_imgopt("init", status=2)
        self.assert_says(run.stderr, "imgopt.json", "not written over", "--dry-run")
        self.assertEqual((self.root / "imgopt.json").read_text(), "mine")
        self.assertIn('"profile"', self.run_imgopt("init", "--dry-run").stdout)
        self.assertEqual((self.root / "imgopt.json").read_text(), "mine")

    def test_images_that_lie_here_are_taken_and_what_programs_made_is_not(self):
        self.write("a.png", images.fat_png())
        self.write("sprites/b.png", images.fat_png(1))
        self.write("node_modules/x/c.png", images.fat_png(2))
        run = json.loads(self.run_imgopt("init", "--json", "--out", "made").stdout)
        self.assertEqual((run["images"], run["profile"], run["out"]), (2, "game", "made"))
        self.run_imgopt("build")
        self.assertEqual(self.files(self.root / "made"), ["a.png", "sprites/b.png"])
        self.assertIn("all up to date", self.run_imgopt("build").stdout)

    def test_several_folders_keep_their_names(self):
        self.write("icons/a.png", images.fat_png())
        self.write("photos/a.png", images.fat_png(1))
        self.write("notes/readme.txt", "no image")
        self.run_imgopt("init", "--quiet")
        self.run_imgopt("build")
        self.assertEqual(self.files(self.root / "optimized"), ["icons/a.png", "photos/a.png"])

    def test_normal_maps_get_their_rule(self):
        self.write("textures/wall_normal.png", images.fat_png())
        self.write("textures/wall.png", images.fat_png(1))
        self.assert_says(self.run_imgopt("init").stdout, "*_normal.*", "role normal", "Profile game")
        shown = json.loads(self.run_imgopt("config", "--show", "textures/wall_normal.png", "--json").stdout)
        self.assertEqual(shown["settings"]["role"]["value"], "normal")

    def test_profile_is_the_users_to_choose(self):
        self.write("a.png", images.fat_png())
        self.assertEqual(json.loads(self.run_imgopt("init", "--json", "--profile", "archive").stdout)["profile"], "archive")
        self.assertIn('"profile": "archive"', (self.root / "imgopt.json").read_text())

    def test_the_choice_of_a_profile_has_its_reason(self):
        self.write("shots/a.jpg", bytes(5000))
        self.write("b.png", images.fat_png())
        self.assert_says(self.run_imgopt("init", "--json").stdout, "web")
        (self.root / "imgopt.json").unlink()
        self.assert_says(self.run_imgopt("init").stdout, "Profile web: most of the bytes are photographs.\n")
        (self.root / "imgopt.json").unlink()
        self.assert_says(self.run_imgopt("init", "--profile", "game").stdout, "Profile game: as you said.\n")

    def test_folder_without_images_says_what_to_do(self):
        run = self.run_imgopt("init", status=2)
        self.assert_says(run.stderr, "no images here")
        self.assertFalse((self.root / "imgopt.json").exists())

    def test_odd_names_stay_whole(self):
        self.write('a "quoted" folder/b.png', images.fat_png())
        self.run_imgopt("init")
        self.run_imgopt("build")
        self.assertEqual(len(self.files(self.root / "optimized")), 1)


if __name__ == "__main__":
    unittest.main()

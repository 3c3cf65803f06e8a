"""The reader of the manual's transcripts: what it takes as equal and what it refuses."""

import unittest

from transcript import TranscriptError, blurred, output_matches, steps_of


class Comparison(unittest.TestCase):
    def test_sizes_times_and_shares_are_blurred_but_counts_are_not(self):
        self.assertEqual(blurred("3 images, 1.24 MB -> 310 kB (75.1% smaller) in 0.31 s"),
                         blurred("3 images, 980 kB -> 51 B (5% smaller) in 12 ms"))
        self.assertNotEqual(blurred("3 images"), blurred("4 images"))
        self.assertEqual(blurred("a-640w.webp"), "a-640w.webp")

    def test_three_dots_stand_for_any_lines(self):
        self.assertTrue(output_matches(["a", "...", "z"], ["a", "b", "c", "z", ""]))
        self.assertTrue(output_matches(["a", "...", "z"], ["a", "z"]))
        self.assertFalse(output_matches(["a", "...", "z"], ["a", "b"]))
        self.assertTrue(output_matches(["worker: ... is there"], ["worker: this or that is there"]))

    def test_missing_and_additional_lines_differ(self):
        self.assertFalse(output_matches(["a"], ["a", "b"]))
        self.assertFalse(output_matches(["a", "b"], ["a"]))
        self.assertFalse(output_matches([], ["a"]))
        self.assertTrue(output_matches([], []))


class Reading(unittest.TestCase):
    def test_commands_files_and_images_are_steps_in_their_order(self):
        steps = steps_of(
            "<!-- run: photo a.jpg 8x8 -->\n<!-- run: file x.json -->\n```json\n{}\n```\n"
            "```console\n$ imgopt build \\\n    --out o\nimgopt: done\n$ echo $?\n0\n```\n```sh\nimgopt --help\n```\n")
        self.assertEqual([s.kind for s in steps], ["photo", "file", "command", "command"])
        self.assertEqual(steps[1].content, "{}\n")
        self.assertEqual(steps[2].command.text, "imgopt build \\\n    --out o")
        self.assertEqual(steps[2].command.expected, ["imgopt: done"])

    def test_moments_belong_to_the_next_command_alone(self):
        steps = steps_of("<!-- run: once watching: touch a -->\n<!-- run: once a: b: Ctrl-C -->\n```console\n$ one\n$ two\n```\n")
        self.assertEqual([s.command.moments for s in steps], [[("watching", "touch a"), ("a", "b: Ctrl-C")], []])

    def test_output_outside_of_console_blocks_is_refused(self):
        for text in ("```sh\n$ imgopt build\n```\n", "```console\nno command\n```\n", "```console\n$ a\n",
                     "<!-- run: dance -->\n"):
            with self.subTest(text=text), self.assertRaises(TranscriptError):
                steps_of(text)


if __name__ == "__main__":
    unittest.main()

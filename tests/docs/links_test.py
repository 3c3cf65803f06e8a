"""The manual's links lead somewhere, its index names every chapter, and every option it shows exists."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

from transcript import Block, split_blocks

SOURCE = Path(os.environ["IMGOPT_SOURCE_DIR"])
MANUAL = SOURCE / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*.md")) + [SOURCE / "README.md"]


def anchors_of(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def told(*arguments):
    return subprocess.run([os.environ["IMGOPT"], *arguments], check=True, capture_output=True, text=True).stdout


class Manual(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
                if "://" in target:
                    continue
                name, _, anchor = target.partition("#")
                with self.subTest(page=page.name, target=target):
                    there = (page.parent / name).resolve() if name else page
                    self.assertTrue(there.exists())
                    if anchor and there.suffix == ".md":
                        self.assertIn(anchor, anchors_of(there))

    def test_index_names_every_chapter(self):
        index = (MANUAL / "README.md").read_text(encoding="utf-8")
        for page in MANUAL.glob("*.md"):
            if page.name != "README.md":
                self.assertIn(f"]({page.name})", index)

    def test_commands_and_options_shown_exist(self):
        table = json.loads(told("help", "--json"))
        commands = [command["name"] for command in table["commands"]]
        options = {command: set() for command in commands}
        for option in table["options"]:
            for command in option["commands"]:
                options[command].add(f"--{option['name']}")
                if option["flag"]:
                    options[command].add(f"--no-{option['name']}")
        for page in PAGES:
            for block in split_blocks(page.read_text(encoding="utf-8")):
                if not isinstance(block, Block) or block.language not in ("sh", "console", "bash"):
                    continue
                for line in "\n".join(block.lines).replace("\\\n", " ").splitlines():
                    words = re.split(r"\s#\s|[|;&>]", line.removeprefix("$ "))[0].split()
                    if len(words) < 2 or words[0] != "imgopt" or not words[1][0].isalpha():
                        continue
                    with self.subTest(page=page.name, command=line):
                        # A chapter may show what happens with a word that does not exist.
                        shows_mistake = "did you mean" in "\n".join(block.lines)
                        if not shows_mistake:
                            self.assertIn(words[1], commands)
                        for word in words[2:]:
                            if word.startswith("--") and len(word) > 2 and not shows_mistake:
                                self.assertIn(word.split("=")[0], options[words[1]])


if __name__ == "__main__":
    unittest.main()

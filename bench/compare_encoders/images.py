"""Chooses the images of a run, the same ones every time, and lays them out for it."""

import hashlib
import math
import shutil
from dataclasses import dataclass

MATE_PHOTOS = ("abstract/Elephants.jpg nature/Aqua.jpg nature/Blinds.jpg nature/Dune.jpg nature/FreshFlower.jpg "
               "nature/Garden.jpg nature/GreenMeadow.jpg nature/LadyBird.jpg nature/RainDrops.jpg nature/Storm.jpg "
               "nature/TwoWings.jpg nature/Wood.jpg nature/YellowFlower.jpg desktop/GreenTraditional.jpg").split()
SKIMAGE_JPEGS = "hubble_deep_field.jpg retina.jpg rocket.jpg".split()
SKIMAGE_PNGS = ("astronaut.png brick.png camera.png cell.png chelsea.png coffee.png coins.png grass.png gravel.png "
                "ihc.png moon.png motorcycle_left.png").split()
# Colour photographs that no lossy encoder has touched, or that lose its traces when scaled down.
SKIMAGE_COLOUR = "astronaut.png chelsea.png coffee.png ihc.png motorcycle_left.png".split()
GNOME_PHOTOS = ["wood-l.webp"]

LONGEST_SIDE = 800
SPRITES = (("wesnoth", 36), ("supertux", 26), ("tango", 18))
# Below, a file's fixed parts are what is measured; above, a few sheets and backdrops would be most of the pixels.
SPRITE_BYTES = range(700, 250_000)


@dataclass
class Images:
    photo_pngs: list
    ui_pngs: list
    photo_jpegs: list
    references: list  # PNG photographs that lossy encoders start from


def _spread(paths, count):
    """`count` of the files, at equal steps of the logarithm of the size, no content twice: as many large images, which
    most of the time goes to, as small ones, which most of the files are."""
    files = [p for p in paths if p.is_file() and not p.is_symlink() and p.stat().st_size in SPRITE_BYTES]
    left = {p: math.log(p.stat().st_size) for p in sorted(files)}
    least, most = min(left.values()), max(left.values())
    chosen, seen = [], set()
    for i in range(count):
        wanted = least + (most - least) * i / (count - 1)
        path = min(left, key=lambda p: abs(left[p] - wanted))
        del left[path]
        digest = hashlib.sha256(path.read_bytes()).digest()
        if digest not in seen:
            seen.add(digest)
            chosen.append(path)
    return chosen


def lay_out(bench, quick):
    """Copies the chosen images into the workbench under names of their own; makes the references."""
    root = bench.folder / "images"
    step = 3 if quick else 1

    def copied(name, paths):
        folder = bench.work / name
        folder.mkdir(parents=True)
        targets = []
        for i, path in enumerate(paths):
            target = folder / f"{i:02}-{path.name}"
            shutil.copyfile(path, target)
            targets.append(target)
        return targets

    jpegs = [root / "mate" / p for p in MATE_PHOTOS] + [root / "skimage" / p for p in SKIMAGE_JPEGS]
    photo_jpegs = copied("photo-jpegs", jpegs[::step])
    sources = copied("originals", (jpegs + [root / "gnome" / p for p in GNOME_PHOTOS] +
                                   [root / "skimage" / p for p in SKIMAGE_COLOUR])[::step])
    made = bench.node("references", sources, "reference", "png", longest=LONGEST_SIDE)
    references = [one.path for one in made]
    # A quarter of the references again, as photographic PNGs that have been a JPEG once.
    photo_pngs = copied("photo-pngs", [root / "skimage" / p for p in SKIMAGE_PNGS[::step]] + references[:16:4])
    sprites = [p for name, count in SPRITES for p in _spread((root / name).rglob("*.png"), count)]
    return Images(photo_pngs, copied("ui-pngs", sprites[::step]), photo_jpegs, references)

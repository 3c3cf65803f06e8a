"""Unpacks what looks like an image from source packages' archives: unpack_images.py PACKAGES FOLDER"""

import sys
import tarfile
from pathlib import Path

ENDINGS = (
    ".png .apng .jpg .jpeg .jpe .jfif .mpo .webp .gif .tif .tiff .avif .heic .heif .jxl .jp2 .j2k .svg .svgz .bmp .ico .icns "
    ".cur .ppm .pgm .pbm .pfm .exr .hdr .psd .tga .dds .im .pcx .dcx .eps .pdf .fits .fli .sgi .xbm .xpm .wmf .emf .msp .blp "
    ".gbr .spider .ftc .ftu .mat .dcm .nii .bin"
).split()
LARGEST = 8 << 20


def is_wanted(member):
    name = member.name.lower()
    return member.isfile() and 0 < member.size <= LARGEST and (name.endswith(tuple(ENDINGS)) or "crash" in name)


def main(packages, folder):
    count = 0
    for archive in sorted(Path(packages).glob("*.tar.*")):
        if archive.suffix == ".asc":
            continue
        with tarfile.open(archive) as members:
            for member in filter(is_wanted, members):
                # Names are flat, so that none leads anywhere.
                place = Path(folder, archive.name.split("_")[0], member.name.partition("/")[2].replace("/", "--"))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(members.extractfile(member).read())
                count += 1
    print(f"{count} images from source packages")


if __name__ == "__main__":
    main(*sys.argv[1:])

// The sprites of a game, as the asset manifest of the build lists them.
//
// A game knows a sprite by the name of its source; the manifest says which file that became, how large it is
// on screen and how many bytes it must have. Loading checks each of these, so that a stale or half-copied
// folder is found at the start of the game and not in its third level.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

namespace sprites {

struct Sprite {
  std::filesystem::path file;
  std::uint32_t width = 0;   // pixels
  std::uint32_t height = 0;  // pixels
  std::uint64_t bytes = 0;   // of the file
};

// Says which file or field is wrong, and why.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// By source name, for example "units/elves/archer.png".
using SpriteTable = std::map<std::string, Sprite>;

// Reads `manifest` and checks every listed file below `folder`: it is there, has the listed number of bytes,
// is a PNG, and its header has the listed width and height. Throws LoadError at the first that is not so.
SpriteTable load_sprites(const std::filesystem::path& manifest, const std::filesystem::path& folder);

}  // namespace sprites

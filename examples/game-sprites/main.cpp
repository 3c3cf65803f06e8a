// `sprites MANIFEST FOLDER`: loads all sprites of the game and says what they are, or what is wrong with one.
#include <algorithm>
#include <cstdio>

#include "sprite_table.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: sprites MANIFEST FOLDER\n");
    return 2;
  }
  try {
    const sprites::SpriteTable table = sprites::load_sprites(argv[1], argv[2]);
    std::uint64_t bytes = 0;
    std::uint64_t pixels = 0;
    for (const auto& [name, sprite] : table) {
      bytes += sprite.bytes;
      pixels += std::uint64_t{sprite.width} * sprite.height;
    }
    std::printf("%zu sprites, %.1f megapixels in %.2f MB: all as the manifest says\n", table.size(),
                static_cast<double>(pixels) / 1e6, static_cast<double>(bytes) / 1e6);
    const auto largest = std::max_element(table.begin(), table.end(), [](const auto& a, const auto& b) {
      return a.second.bytes < b.second.bytes;
    });
    if (largest != table.end())
      std::printf("largest: %s, %ux%u, %.1f kB\n", largest->first.c_str(), largest->second.width,
                  largest->second.height, static_cast<double>(largest->second.bytes) / 1e3);
    return 0;
  } catch (const sprites::LoadError& error) {
    std::fprintf(stderr, "sprites: %s\n", error.what());
    return 1;
  }
}

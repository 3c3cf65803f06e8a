#include "sprite_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace sprites {

namespace {

// Bytes of a PNG up to the end of the size in its IHDR chunk (PNG specification, 11.2.2).
constexpr std::size_t k_head_size = 24;

std::uint32_t big_endian(const std::array<unsigned char, k_head_size>& head, std::size_t at) {
  return std::uint32_t{head[at]} << 24 | std::uint32_t{head[at + 1]} << 16 |
         std::uint32_t{head[at + 2]} << 8 | std::uint32_t{head[at + 3]};
}

void check(const Sprite& sprite) {
  const std::string name = sprite.file.string();
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(sprite.file, error);
  if (error)
    throw LoadError(name + ": " + error.message());
  if (size != sprite.bytes)
    throw LoadError(name + ": has " + std::to_string(size) + " bytes, the manifest says " +
                    std::to_string(sprite.bytes));

  std::array<unsigned char, k_head_size> head{};
  std::ifstream file(sprite.file, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), k_head_size);
  constexpr std::array<unsigned char, 8> k_signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (!file || !std::equal(k_signature.begin(), k_signature.end(), head.begin()))
    throw LoadError(name + ": is no PNG");
  if (big_endian(head, 16) != sprite.width || big_endian(head, 20) != sprite.height)
    throw LoadError(name + ": is " + std::to_string(big_endian(head, 16)) + "x" +
                    std::to_string(big_endian(head, 20)) + ", the manifest says " +
                    std::to_string(sprite.width) + "x" + std::to_string(sprite.height));
}

}  // namespace

SpriteTable load_sprites(const std::filesystem::path& manifest, const std::filesystem::path& folder) {
  SpriteTable table;
  try {
    std::ifstream text(manifest);
    if (!text)
      throw LoadError(manifest.string() + ": cannot be read");
    const nlohmann::json document = nlohmann::json::parse(text);
    if (document.at("schema") != 1)
      throw LoadError(manifest.string() + ": has a schema that this program does not know");
    for (const auto& [name, image] : document.at("images").items()) {
      // One format, one width: one output a sprite.
      const nlohmann::json& output = image.at("outputs").at(0);
      Sprite sprite;
      // The manifest is UTF-8 whatever the locale.
      const std::string path = output.at("path");
      sprite.file = folder / std::u8string(path.begin(), path.end());
      sprite.width = output.at("width");
      sprite.height = output.at("height");
      sprite.bytes = output.at("bytes");
      check(sprite);
      table.emplace(name, std::move(sprite));
    }
  } catch (const nlohmann::json::exception& error) {
    throw LoadError(manifest.string() + ": " + error.what());
  }
  return table;
}

}  // namespace sprites

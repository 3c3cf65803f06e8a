// PNG files for the tests, made and read by libpng, so that our own reader and writer are checked by another.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::png::test {

// A file to be written: `samples` are unpacked, row by row, in the range of `depth`.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  ColorType type = ColorType::rgb;
  int depth = 8;
  bool interlaced = false;
  std::vector<std::uint16_t> samples;
  std::vector<std::array<std::uint8_t, 3>> palette;
  std::vector<std::uint8_t> palette_alpha;
  std::vector<std::uint16_t> key;  // one or three samples
};

using Pixel = std::array<std::uint16_t, 4>;

// A picture whose pixel (x, y) is paint(x, y), of which as many samples are used as the type has channels:
// {grey}, {grey, alpha}, {r, g, b}, {r, g, b, a}, {index}.
[[nodiscard]] Picture paint(std::uint32_t width, std::uint32_t height, ColorType type, int depth,
                            const std::function<Pixel(std::uint32_t, std::uint32_t)>& paint_pixel);

// A photograph-like picture: gradients and noise.
[[nodiscard]] Picture photograph(std::uint32_t width, std::uint32_t height, ColorType type, int depth = 8);

[[nodiscard]] Bytes write_png(const Picture& picture);

// All pixels as RGBA with 16 bits, by libpng; empty where libpng finds an error.
[[nodiscard]] std::vector<std::uint16_t> read_rgba16(ByteView png);

// Chunks in file order.
struct FileChunk {
  std::string type;
  Bytes data;
};
[[nodiscard]] std::vector<FileChunk> list_chunks(ByteView png);
// What the IDAT chunks of the picture, written as a PNG, hold together.
[[nodiscard]] Bytes image_data(const Picture& picture);
[[nodiscard]] Bytes join_chunks(const std::vector<FileChunk>& chunks);
[[nodiscard]] bool has_chunk(ByteView png, const std::string& type);

// The file with `chunk` inserted before the first chunk named `before`.
[[nodiscard]] Bytes insert_chunk(ByteView png, const std::string& before, FileChunk chunk);

[[nodiscard]] Bytes to_bytes(const std::string& text);
void append_number(Bytes& out, std::uint32_t value, int bytes);

}  // namespace imgopt::png::test

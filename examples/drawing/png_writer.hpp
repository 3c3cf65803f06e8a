// Writes RGB or RGBA pixels as a PNG without compression: what a program does that leaves size to the build.
//
// One filter byte and the row as it is, in stored deflate blocks (RFC 1951, 3.2.4) of a zlib stream (RFC
// 1950).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace drawing {

// width x height pixels of `channels` (3 or 4) bytes each, rows from the top without padding.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 3;
  std::vector<std::uint8_t> bytes;

  Picture(std::uint32_t w, std::uint32_t h, std::uint32_t c)
      : width(w), height(h), channels(c), bytes(std::size_t{w} * h * c) {}
  std::uint8_t* pixel(std::uint32_t x, std::uint32_t y) {
    return bytes.data() + (std::size_t{y} * width + x) * channels;
  }
};

namespace detail {

inline void append_be32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xff));
}

// CRC-32 as PNG has it (ISO 3309, polynomial 0xedb88320 reflected).
inline std::uint32_t crc32(const std::string& data) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : data) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

inline void append_chunk(std::string& out, const std::string& type, const std::string& data) {
  append_be32(out, static_cast<std::uint32_t>(data.size()));
  out += type + data;
  append_be32(out, crc32(type + data));
}

inline std::string stored_zlib_stream(const std::string& data) {
  constexpr std::size_t k_largest_block = 65535;
  std::string out{"\x78\x01", 2};
  for (std::size_t at = 0; at < data.size(); at += k_largest_block) {
    const std::size_t size = std::min(k_largest_block, data.size() - at);
    out.push_back(at + size == data.size() ? 1 : 0);
    for (const std::size_t half : {size, ~size})
      for (const int shift : {0, 8})
        out.push_back(static_cast<char>(half >> shift & 0xff));
    out.append(data, at, size);
  }
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : data) {
    a = (a + static_cast<std::uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  append_be32(out, b << 16 | a);
  return out;
}

}  // namespace detail

// Returns whether the file could be written.
[[nodiscard]] inline bool write_png(const std::string& path, const Picture& picture) {
  std::string header;
  detail::append_be32(header, picture.width);
  detail::append_be32(header, picture.height);
  header += {8, picture.channels == 4 ? '\6' : '\2', 0, 0, 0};

  std::string rows;
  const std::size_t row_size = std::size_t{picture.width} * picture.channels;
  rows.reserve((row_size + 1) * picture.height);
  for (std::size_t y = 0; y < picture.height; ++y) {
    rows.push_back(0);
    rows.append(reinterpret_cast<const char*>(picture.bytes.data()) + y * row_size, row_size);
  }

  std::string png{"\x89PNG\r\n\x1a\n", 8};
  detail::append_chunk(png, "IHDR", header);
  detail::append_chunk(png, "IDAT", detail::stored_zlib_stream(rows));
  detail::append_chunk(png, "IEND", "");
  std::ofstream file(path, std::ios::binary);
  file.write(png.data(), static_cast<std::streamsize>(png.size()));
  return static_cast<bool>(file.flush());
}

}  // namespace drawing

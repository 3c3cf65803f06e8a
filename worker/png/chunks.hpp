// Chunks of a PNG file: reading with bounds and CRC checks, writing. Knows nothing of their meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace imgopt::png {

// The four letters of a chunk type, first letter in the highest byte.
using ChunkType = std::uint32_t;

constexpr ChunkType chunk_type(const char (&name)[5]) {
  ChunkType type = 0;
  for (int i = 0; i < 4; ++i) {
    type = (type << 8) | static_cast<std::uint8_t>(name[i]);
  }
  return type;
}

// Property bits: the fifth bit of a letter of the type (PNG specification, 5.4).
constexpr bool is_ancillary(ChunkType type) {
  return (type & 0x20000000U) != 0;
}
constexpr bool is_safe_to_copy(ChunkType type) {
  return (type & 0x20U) != 0;
}

inline constexpr std::size_t k_signature_size = 8;
inline constexpr std::size_t k_chunk_overhead = 12;
inline constexpr std::uint32_t k_max_chunk_length = 0x7fffffff;

// One chunk; `data` points into the file.
struct Chunk {
  ChunkType type = 0;
  ByteView data;
  bool crc_matches = false;
};

[[nodiscard]] bool has_signature(ByteView file);

// Reads one chunk at a time. The file must outlive it.
class ChunkReader {
public:
  // Errors: corrupt_image where the signature is missing.
  [[nodiscard]] static Result<ChunkReader> open(ByteView file);

  // Errors: corrupt_image where the file ends inside a chunk or a type is not four letters.
  [[nodiscard]] Result<Chunk> next();

  // As next(), without checking the CRC.
  [[nodiscard]] Result<Chunk> next_unchecked();

  // What has not been read yet.
  [[nodiscard]] ByteView rest() const { return m_rest; }

private:
  explicit ChunkReader(ByteView rest) : m_rest(rest) {}

  ByteView m_rest;
};

[[nodiscard]] std::uint32_t read_u32(ByteView data, std::size_t offset);
[[nodiscard]] std::uint16_t read_u16(ByteView data, std::size_t offset);
void append_u32(Bytes& out, std::uint32_t value);
void append_u16(Bytes& out, std::uint16_t value);

void append_signature(Bytes& out);

// Appends a chunk; data.size() must not exceed k_max_chunk_length.
void append_chunk(Bytes& out, ChunkType type, ByteView data);

// The letters of a chunk type, for messages.
[[nodiscard]] std::string chunk_name(ChunkType type);

}  // namespace imgopt::png

#include "worker/png/chunks.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>

namespace imgopt::png {
namespace {

constexpr std::array<std::uint8_t, k_signature_size> k_signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool is_letter(std::uint8_t byte) {
  const auto lower = static_cast<std::uint8_t>(byte | 0x20U);
  return lower >= 'a' && lower <= 'z';
}

}  // namespace

bool has_signature(ByteView file) {
  return file.size() >= k_signature_size && std::equal(k_signature.begin(), k_signature.end(), file.begin());
}

Result<ChunkReader> ChunkReader::open(ByteView file) {
  if (!has_signature(file)) {
    return fail(ErrorCode::corrupt_image, "PNG signature missing");
  }
  return ChunkReader(file.subspan(k_signature_size));
}

Result<Chunk> ChunkReader::next_unchecked() {
  if (m_rest.size() < k_chunk_overhead) {
    return fail(ErrorCode::corrupt_image, "file ends before IEND");
  }
  const std::uint32_t length = read_u32(m_rest, 0);
  if (length > k_max_chunk_length || length > m_rest.size() - k_chunk_overhead) {
    return fail(ErrorCode::corrupt_image, "chunk reaches beyond the end of the file");
  }
  if (!std::all_of(m_rest.begin() + 4, m_rest.begin() + 8, is_letter)) {
    return fail(ErrorCode::corrupt_image, "chunk type is not four letters");
  }
  Chunk chunk;
  chunk.type = read_u32(m_rest, 4);
  chunk.data = m_rest.subspan(8, length);
  m_rest = m_rest.subspan(k_chunk_overhead + length);
  return chunk;
}

Result<Chunk> ChunkReader::next() {
  const ByteView before = m_rest;
  IMGOPT_ASSIGN(Chunk chunk, next_unchecked());
  const ByteView covered = before.subspan(4, chunk.data.size() + 4);
  chunk.crc_matches =
      libdeflate_crc32(0, covered.data(), covered.size()) == read_u32(before, 8 + chunk.data.size());
  return chunk;
}

std::uint32_t read_u32(ByteView data, std::size_t offset) {
  return (std::uint32_t{data[offset]} << 24) | (std::uint32_t{data[offset + 1]} << 16) |
         (std::uint32_t{data[offset + 2]} << 8) | data[offset + 3];
}

std::uint16_t read_u16(ByteView data, std::size_t offset) {
  return static_cast<std::uint16_t>((data[offset] << 8) | data[offset + 1]);
}

void append_u32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

void append_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append_signature(Bytes& out) {
  out.insert(out.end(), k_signature.begin(), k_signature.end());
}

void append_chunk(Bytes& out, ChunkType type, ByteView data) {
  append_u32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t covered = out.size();
  append_u32(out, type);
  out.insert(out.end(), data.begin(), data.end());
  append_u32(out, libdeflate_crc32(0, out.data() + covered, out.size() - covered));
}

std::string chunk_name(ChunkType type) {
  std::string name;
  for (int shift = 24; shift >= 0; shift -= 8) {
    name.push_back(static_cast<char>((type >> shift) & 0xffU));
  }
  return name;
}

}  // namespace imgopt::png

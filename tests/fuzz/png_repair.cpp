#include "tests/fuzz/png_repair.hpp"

#include <algorithm>

#include "worker/png/chunks.hpp"
#include "worker/png/decode.hpp"
#include "worker/png/file.hpp"

namespace imgopt::fuzz {

namespace {

constexpr std::size_t k_most_stored = 0xffff;  // bytes in a stored block (RFC 1951, 3.2.4)
constexpr std::size_t k_frame_control_bytes = 26;
constexpr std::size_t k_sequence_bytes = 4;

std::uint32_t adler32(ByteView data) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const std::uint8_t byte : data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

class Repair {
public:
  Repair(ImageData image_data, std::uint64_t max_pixels)
      : m_image_data(image_data), m_max_pixels(max_pixels) {}

  void add(const png::Chunk& chunk, Bytes& out) {
    if (chunk.type == png::chunk_type("IHDR")) {
      if (const auto header = png::parse_header(chunk)) {
        m_header = *header;
        m_width = header->width;
        m_height = header->height;
      }
    } else if (chunk.type == png::chunk_type("fcTL") && chunk.data.size() >= k_frame_control_bytes) {
      m_width = png::read_u32(chunk.data, 4);
      m_height = png::read_u32(chunk.data, 8);
    }
    const bool is_first = chunk.type == png::chunk_type("IDAT");
    const bool is_later = chunk.type == png::chunk_type("fdAT") && chunk.data.size() >= k_sequence_bytes;
    if (m_image_data == ImageData::compressed || (!is_first && !is_later)) {
      png::append_chunk(out, chunk.type, chunk.data);
      return;
    }
    const std::size_t prefix = is_later ? k_sequence_bytes : 0;
    Bytes rows(chunk.data.begin() + static_cast<std::ptrdiff_t>(prefix), chunk.data.end());
    if (m_width <= m_max_pixels && m_height <= m_max_pixels &&
        std::uint64_t{m_width} * m_height <= m_max_pixels)
      rows.resize(png::filtered_size(m_header, m_width, m_height));
    Bytes data(chunk.data.begin(), chunk.data.begin() + static_cast<std::ptrdiff_t>(prefix));
    const Bytes stored = store_in_zlib(rows);
    data.insert(data.end(), stored.begin(), stored.end());
    png::append_chunk(out, chunk.type, data);
  }

private:
  ImageData m_image_data;
  std::uint64_t m_max_pixels;
  png::Header m_header;
  std::uint32_t m_width = 0;
  std::uint32_t m_height = 0;
};

}  // namespace

Bytes store_in_zlib(ByteView data) {
  Bytes out{0x78, 0x01};
  const std::uint32_t checksum = adler32(data);
  do {
    const std::size_t length = std::min(data.size(), k_most_stored);
    const auto low = static_cast<std::uint8_t>(length & 0xff);
    const auto high = static_cast<std::uint8_t>(length >> 8);
    const bool is_last = length == data.size();
    const Bytes header{static_cast<std::uint8_t>(is_last ? 1 : 0), low, high, static_cast<std::uint8_t>(~low),
                       static_cast<std::uint8_t>(~high)};
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(length));
    data = data.subspan(length);
  } while (!data.empty());
  png::append_u32(out, checksum);
  return out;
}

Bytes repair_png(ByteView png, ImageData image_data, std::uint64_t max_pixels) {
  auto reader = png::ChunkReader::open(png);
  if (!reader)
    return {png.begin(), png.end()};
  Bytes out;
  png::append_signature(out);
  Repair repair(image_data, max_pixels);
  ByteView rest = reader->rest();
  while (auto chunk = reader->next_unchecked()) {
    repair.add(*chunk, out);
    rest = reader->rest();
  }
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

}  // namespace imgopt::fuzz

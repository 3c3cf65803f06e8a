#include "worker/png/writer.hpp"

#include <algorithm>

#include "worker/png/animation.hpp"

namespace imgopt::png {
namespace {

Bytes build_header(const Header& header) {
  Bytes data;
  append_u32(data, header.width);
  append_u32(data, header.height);
  data.push_back(static_cast<std::uint8_t>(header.bit_depth));
  data.push_back(static_cast<std::uint8_t>(header.color_type));
  data.push_back(0);
  data.push_back(0);
  data.push_back(header.interlaced ? 1 : 0);
  return data;
}

Bytes join(const std::vector<ByteView>& parts) {
  Bytes joined;
  for (const ByteView part : parts) {
    joined.insert(joined.end(), part.begin(), part.end());
  }
  return joined;
}

void append_place(Bytes& out, const std::vector<OwnedChunk>& chunks, Place place) {
  for (const OwnedChunk& chunk : chunks) {
    if (chunk.place == place) {
      append_chunk(out, chunk.type, chunk.data);
    }
  }
}

// One chunk wherever the data fits into one.
void append_image_data(Bytes& out, ByteView data) {
  do {
    const std::size_t size = std::min<std::size_t>(data.size(), k_max_chunk_length);
    append_chunk(out, chunk_type("IDAT"), data.first(size));
    data = data.subspan(size);
  } while (!data.empty());
}

void append_frame_data(Bytes& out, std::uint32_t& sequence, ByteView data) {
  do {
    const std::size_t size = std::min<std::size_t>(data.size(), k_max_chunk_length - 4);
    Bytes numbered;
    append_u32(numbered, sequence++);
    numbered.insert(numbered.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    append_chunk(out, chunk_type("fdAT"), numbered);
    data = data.subspan(size);
  } while (!data.empty());
}

}  // namespace

Bytes write_file(const FileParts& parts) {
  Bytes out;
  append_signature(out);
  append_chunk(out, chunk_type("IHDR"), build_header(parts.header));
  append_place(out, parts.chunks, Place::before_palette);
  if (!parts.palette.empty()) {
    append_chunk(out, chunk_type("PLTE"), parts.palette);
  }
  if (!parts.transparency.empty()) {
    append_chunk(out, chunk_type("tRNS"), parts.transparency);
  }
  append_place(out, parts.chunks, Place::before_image);
  if (parts.plays) {
    const auto frames = parts.frames.size() - (parts.frames.front().control ? 0 : 1);
    append_chunk(out, chunk_type("acTL"),
                 build_animation_control(static_cast<std::uint32_t>(frames), *parts.plays));
  }
  std::uint32_t sequence = 0;
  for (std::size_t i = 0; i < parts.frames.size(); ++i) {
    const FileParts::Frame& frame = parts.frames[i];
    if (frame.control) {
      append_chunk(out, chunk_type("fcTL"), build_frame_control(sequence++, *frame.control));
    }
    if (i == 0) {
      append_image_data(out, join(frame.compressed));
    } else {
      append_frame_data(out, sequence, join(frame.compressed));
    }
  }
  append_place(out, parts.chunks, Place::after_image);
  append_chunk(out, chunk_type("IEND"), {});
  out.insert(out.end(), parts.trailing.begin(), parts.trailing.end());
  return out;
}

}  // namespace imgopt::png

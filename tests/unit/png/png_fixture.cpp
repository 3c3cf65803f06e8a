#include "tests/unit/png/png_fixture.hpp"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

namespace imgopt::png::test {
namespace {

int channels_of(ColorType type) {
  switch (type) {
    case ColorType::grey:
    case ColorType::palette:
      return 1;
    case ColorType::grey_alpha:
      return 2;
    case ColorType::rgb:
      return 3;
    case ColorType::rgb_alpha:
      return 4;
  }
  return 0;
}

void append_data(png_structp png, png_bytep data, png_size_t size) {
  auto* out = static_cast<Bytes*>(png_get_io_ptr(png));
  out->insert(out->end(), data, data + size);
}

void flush_nothing(png_structp) {}

void take_data(png_structp png, png_bytep data, png_size_t size) {
  auto* in = static_cast<ByteView*>(png_get_io_ptr(png));
  if (in->size() < size) {
    png_error(png, "end of data");
  }
  std::memcpy(data, in->data(), size);
  *in = in->subspan(size);
}

void stay_silent(png_structp, png_const_charp) {}

std::vector<Bytes> pack_rows(const Picture& picture) {
  const auto per_row = static_cast<std::size_t>(channels_of(picture.type)) * picture.width;
  std::vector<Bytes> rows;
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    Bytes row;
    unsigned pending = 0;
    int bits = 0;
    for (std::size_t i = 0; i < per_row; ++i) {
      const unsigned sample = picture.samples[y * per_row + i];
      if (picture.depth == 16) {
        row.push_back(static_cast<std::uint8_t>(sample >> 8));
      }
      if (picture.depth >= 8) {
        row.push_back(static_cast<std::uint8_t>(sample));
        continue;
      }
      pending = (pending << picture.depth) | sample;
      bits += picture.depth;
      if (bits == 8 || i + 1 == per_row) {
        row.push_back(static_cast<std::uint8_t>(pending << (8 - bits)));
        pending = 0;
        bits = 0;
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Picture paint(std::uint32_t width, std::uint32_t height, ColorType type, int depth,
              const std::function<Pixel(std::uint32_t, std::uint32_t)>& paint_pixel) {
  Picture picture{width, height, type, depth, false, {}, {}, {}, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const Pixel pixel = paint_pixel(x, y);
      picture.samples.insert(picture.samples.end(), pixel.begin(), pixel.begin() + channels_of(type));
    }
  }
  return picture;
}

Picture photograph(std::uint32_t width, std::uint32_t height, ColorType type, int depth) {
  std::uint32_t state = 12345;
  return paint(width, height, type, depth, [&](std::uint32_t x, std::uint32_t y) {
    Pixel pixel{};
    for (std::size_t c = 0; c < 4; ++c) {
      state = state * 1664525U + 1013904223U;
      const std::uint32_t noise = state >> (depth == 16 ? 20 : 29);
      const std::uint32_t slope = depth == 16 ? 300 : 1;
      pixel[c] = static_cast<std::uint16_t>((x * slope + y * slope * (c + 1) + noise) & ((1U << depth) - 1));
    }
    return pixel;
  });
}

Bytes write_png(const Picture& picture) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, stay_silent);
  png_infop info = png_create_info_struct(png);
  std::vector<Bytes> rows = pack_rows(picture);
  std::vector<png_bytep> pointers;
  std::transform(rows.begin(), rows.end(), std::back_inserter(pointers),
                 [](Bytes& row) { return row.data(); });
  png_set_write_fn(png, &out, append_data, flush_nothing);
  png_set_IHDR(png, info, picture.width, picture.height, picture.depth, static_cast<int>(picture.type),
               picture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (const auto& entry : picture.palette) {
    palette.push_back({entry[0], entry[1], entry[2]});
  }
  if (!palette.empty()) {
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  if (!picture.palette_alpha.empty()) {
    png_set_tRNS(png, info, picture.palette_alpha.data(), static_cast<int>(picture.palette_alpha.size()),
                 nullptr);
  }
  if (!picture.key.empty()) {
    png_color_16 key{};
    key.gray = key.red = picture.key.front();
    key.green = picture.key[picture.key.size() / 2];
    key.blue = picture.key.back();
    png_set_tRNS(png, info, nullptr, 0, &key);
  }
  png_set_compression_level(png, 3);
  png_set_rows(png, info, pointers.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

std::vector<std::uint16_t> read_rgba16(ByteView file) {
  std::vector<std::uint16_t> pixels;
  Bytes bytes;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, stay_silent);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, nullptr);
    return {};
  }
  png_set_read_fn(png, &file, take_data);
  png_read_info(png, info);
  png_set_expand_16(png);
  png_set_gray_to_rgb(png);
  png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
  png_set_tRNS_to_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const png_size_t row_bytes = png_get_rowbytes(png, info);
  const png_uint_32 height = png_get_image_height(png, info);
  bytes.resize(row_bytes * height);
  std::vector<png_bytep> rows;
  for (png_uint_32 y = 0; y < height; ++y) {
    rows.push_back(bytes.data() + y * row_bytes);
  }
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    pixels.push_back(static_cast<std::uint16_t>((bytes[i] << 8) | bytes[i + 1]));
  }
  return pixels;
}

void append_number(Bytes& out, std::uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::vector<FileChunk> list_chunks(ByteView png) {
  std::vector<FileChunk> chunks;
  std::size_t at = 8;
  while (at + 12 <= png.size()) {
    const std::size_t length = (std::size_t{png[at]} << 24) | (std::size_t{png[at + 1]} << 16) |
                               (std::size_t{png[at + 2]} << 8) | png[at + 3];
    FileChunk chunk;
    chunk.type.assign(png.begin() + static_cast<std::ptrdiff_t>(at + 4),
                      png.begin() + static_cast<std::ptrdiff_t>(at + 8));
    const ByteView data = png.subspan(at + 8, length);
    chunk.data.assign(data.begin(), data.end());
    chunks.push_back(std::move(chunk));
    at += 12 + length;
  }
  return chunks;
}

Bytes image_data(const Picture& picture) {
  Bytes data;
  for (const FileChunk& chunk : list_chunks(write_png(picture)))
    if (chunk.type == "IDAT")
      data.insert(data.end(), chunk.data.begin(), chunk.data.end());
  return data;
}

Bytes join_chunks(const std::vector<FileChunk>& chunks) {
  Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  for (const FileChunk& chunk : chunks) {
    append_number(out, static_cast<std::uint32_t>(chunk.data.size()), 4);
    const std::size_t covered = out.size();
    out.insert(out.end(), chunk.type.begin(), chunk.type.end());
    out.insert(out.end(), chunk.data.begin(), chunk.data.end());
    const uLong crc = crc32(0, out.data() + covered, static_cast<uInt>(out.size() - covered));
    append_number(out, static_cast<std::uint32_t>(crc), 4);
  }
  return out;
}

bool has_chunk(ByteView png, const std::string& type) {
  const std::vector<FileChunk> chunks = list_chunks(png);
  return std::any_of(chunks.begin(), chunks.end(),
                     [&](const FileChunk& chunk) { return chunk.type == type; });
}

Bytes insert_chunk(ByteView png, const std::string& before, FileChunk chunk) {
  std::vector<FileChunk> chunks = list_chunks(png);
  const auto place = std::find_if(chunks.begin(), chunks.end(),
                                  [&](const FileChunk& other) { return other.type == before; });
  chunks.insert(place, std::move(chunk));
  return join_chunks(chunks);
}

Bytes to_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace imgopt::png::test

#include "worker/png/decode.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "worker/png/filters.hpp"

namespace imgopt::png {
namespace {

struct DecompressorFree {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

// One pass of an interlaced image, or the whole of another one.
struct Pass {
  std::uint32_t x_start, y_start, x_step, y_step;
};

constexpr std::array<Pass, 7> k_adam7{
    {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};
constexpr std::array<Pass, 1> k_whole{{{0, 0, 1, 1}}};

std::span<const Pass> passes_of(const Header& header) {
  if (header.interlaced) {
    return k_adam7;
  }
  return k_whole;
}

std::uint32_t steps(std::uint32_t size, std::uint32_t start, std::uint32_t step) {
  return size > start ? (size - start - 1) / step + 1 : 0;
}

// No DEFLATE stream gives more than 1032 bytes a byte (258 for two bits at best): a header that promises more
// is damaged, and nothing is allocated for it.
constexpr std::uint64_t k_most_expansion = 1032;

// `above` is the previous reconstructed row, all zero for the first.
bool unfilter_row(std::uint8_t filter, const std::uint8_t* in, const std::uint8_t* above, std::uint8_t* out,
                  std::size_t size, std::size_t bpp) {
  const std::size_t head = std::min(bpp, size);
  switch (filter) {
    case 0:
      std::memmove(out, in, size);
      return true;
    case 1:
      std::memmove(out, in, head);
      for (std::size_t i = head; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + out[i - bpp]);
      }
      return true;
    case 2:
      for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + above[i]);
      }
      return true;
    case 3:
      for (std::size_t i = 0; i < head; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + (above[i] >> 1));
      }
      for (std::size_t i = head; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + ((out[i - bpp] + above[i]) >> 1));
      }
      return true;
    case 4:
      for (std::size_t i = 0; i < head; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + above[i]);
      }
      for (std::size_t i = head; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(in[i] + paeth_predictor(out[i - bpp], above[i], above[i - bpp]));
      }
      return true;
    default:
      return false;
  }
}

// Turns packed rows into RGBA, for one file's colour type, depth, palette and transparency.
class PixelReader {
public:
  explicit PixelReader(const File& file)
      : m_type(file.header.color_type), m_depth(file.header.bit_depth), m_palette_size(file.palette.size()) {
    for (std::size_t i = 0; i < file.palette.size() && m_type == ColorType::palette; ++i) {
      const RgbEntry& rgb = file.palette[i];
      m_palette[i] = {rgb[0], rgb[1], rgb[2],
                      i < file.transparency.size() ? file.transparency[i] : std::uint8_t{255}};
    }
    if (m_type == ColorType::grey || m_type == ColorType::rgb) {
      m_has_key = !file.transparency.empty();
      // Of the two bytes only the low bits that the depth has count.
      const auto mask = static_cast<std::uint16_t>((1U << m_depth) - 1);
      for (std::size_t i = 0; m_has_key && i < 3; ++i) {
        m_key[i] = read_u16(file.transparency, m_type == ColorType::rgb ? 2 * i : 0) & mask;
      }
    }
  }

  // Writes `count` pixels, `step` pixels apart. False where a palette index is out of range.
  bool read_row(const std::uint8_t* row, std::uint32_t count, std::uint8_t* out, std::size_t step) const {
    if (m_depth == 16) {
      read_deep(row, count, reinterpret_cast<std::uint16_t*>(out), 4 * step);
      return true;
    }
    return read_shallow(row, count, out, 4 * step);
  }

private:
  bool read_shallow(const std::uint8_t* row, std::uint32_t count, std::uint8_t* out, std::size_t step) const {
    switch (m_type) {
      case ColorType::rgb_alpha:
        for (std::uint32_t x = 0; x < count; ++x, row += 4, out += step) {
          std::memcpy(out, row, 4);
        }
        return true;
      case ColorType::rgb:
        for (std::uint32_t x = 0; x < count; ++x, row += 3, out += step) {
          const bool hidden = m_has_key && row[0] == m_key[0] && row[1] == m_key[1] && row[2] == m_key[2];
          std::memcpy(out, row, 3);
          out[3] = hidden ? 0 : 255;
        }
        return true;
      case ColorType::grey_alpha:
        for (std::uint32_t x = 0; x < count; ++x, row += 2, out += step) {
          out[0] = out[1] = out[2] = row[0];
          out[3] = row[1];
        }
        return true;
      case ColorType::grey: {
        const int scale = 255 / ((1 << m_depth) - 1);
        for (std::uint32_t x = 0; x < count; ++x, out += step) {
          const int level = packed_sample(row, x);
          out[0] = out[1] = out[2] = static_cast<std::uint8_t>(level * scale);
          out[3] = m_has_key && level == m_key[0] ? 0 : 255;
        }
        return true;
      }
      case ColorType::palette: {
        int largest = 0;
        for (std::uint32_t x = 0; x < count; ++x, out += step) {
          const int index = packed_sample(row, x);
          largest = std::max(largest, index);
          std::memcpy(out, m_palette[static_cast<std::size_t>(index)].data(), 4);
        }
        return static_cast<std::size_t>(largest) < m_palette_size;
      }
    }
    return false;
  }

  void read_deep(const std::uint8_t* row, std::uint32_t count, std::uint16_t* out, std::size_t step) const {
    const auto channels = static_cast<std::size_t>(channel_count(m_type));
    for (std::uint32_t x = 0; x < count; ++x, row += 2 * channels, out += step) {
      std::array<std::uint16_t, 4> sample{};
      for (std::size_t c = 0; c < channels; ++c) {
        sample[c] = static_cast<std::uint16_t>((row[2 * c] << 8) | row[2 * c + 1]);
      }
      const bool grey = channels <= 2;
      out[0] = sample[0];
      out[1] = grey ? sample[0] : sample[1];
      out[2] = grey ? sample[0] : sample[2];
      if (has_alpha_channel(m_type)) {
        out[3] = sample[channels - 1];
      } else {
        const bool hidden =
            m_has_key && out[0] == m_key[0] && (grey || (out[1] == m_key[1] && out[2] == m_key[2]));
        out[3] = hidden ? 0 : 0xffff;
      }
    }
  }

  int packed_sample(const std::uint8_t* row, std::uint32_t x) const {
    if (m_depth == 8) {
      return row[x];
    }
    const auto depth = static_cast<std::uint32_t>(m_depth);
    const std::size_t bit = std::size_t{x} * depth;
    const auto shift = 8 - depth - static_cast<std::uint32_t>(bit % 8);
    return (row[bit / 8] >> shift) & ((1 << m_depth) - 1);
  }

  ColorType m_type;
  int m_depth;
  std::size_t m_palette_size;
  std::array<std::array<std::uint8_t, 4>, 256> m_palette{};
  bool m_has_key = false;
  std::array<std::uint16_t, 3> m_key{};
};

}  // namespace

Result<Bytes> inflate_exactly(std::span<const ByteView> parts, std::uint64_t size) {
  std::uint64_t compressed_size = 0;
  for (const ByteView part : parts) {
    compressed_size += part.size();
  }
  if (size / k_most_expansion > compressed_size || size > SIZE_MAX / 2) {
    return fail(ErrorCode::corrupt_image, "too little image data for the dimensions");
  }
  Bytes joined;
  ByteView stream;
  if (parts.size() == 1) {
    stream = parts.front();
  } else {
    joined.reserve(compressed_size);
    for (const ByteView part : parts) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    stream = joined;
  }
  const std::unique_ptr<libdeflate_decompressor, DecompressorFree> decompressor(
      libdeflate_alloc_decompressor());
  if (!decompressor) {
    return fail(ErrorCode::limit_exceeded, "no memory for the decompressor");
  }
  Bytes out(size);
  // Bytes after the end of the zlib stream mean nothing and are accepted, as decoders do.
  std::size_t consumed = 0;
  const libdeflate_result result = libdeflate_zlib_decompress_ex(
      decompressor.get(), stream.data(), stream.size(), out.data(), out.size(), &consumed, nullptr);
  if (result != LIBDEFLATE_SUCCESS) {
    return fail(ErrorCode::corrupt_image,
                result == LIBDEFLATE_SHORT_OUTPUT ? "image data ends too early" : "image data is damaged");
  }
  return out;
}

std::uint64_t filtered_size(const Header& header, std::uint32_t width, std::uint32_t height) {
  std::uint64_t size = 0;
  for (const Pass& pass : passes_of(header)) {
    const std::uint32_t columns = steps(width, pass.x_start, pass.x_step);
    const std::uint32_t rows = steps(height, pass.y_start, pass.y_step);
    if (columns > 0) {
      size += (packed_row_bytes(columns, header.color_type, header.bit_depth) + 1) * rows;
    }
  }
  return size;
}

Result<void> unfilter(std::span<std::uint8_t> data, std::size_t row_bytes, std::uint32_t rows,
                      std::size_t pixel_bytes) {
  const Bytes zeros(row_bytes);
  const std::uint8_t* above = zeros.data();
  for (std::uint32_t y = 0; y < rows; ++y) {
    const std::uint8_t* in = data.data() + std::size_t{y} * (row_bytes + 1);
    std::uint8_t* out = data.data() + std::size_t{y} * row_bytes;
    if (!unfilter_row(in[0], in + 1, above, out, row_bytes, pixel_bytes)) {
      return fail(ErrorCode::corrupt_image, "unknown row filter");
    }
    above = out;
  }
  return {};
}

Result<RgbaImage> decode_frame(const File& file, const FrameData& frame, Bytes* filtered) {
  const Header& header = file.header;
  IMGOPT_ASSIGN(Bytes data,
                inflate_exactly(frame.compressed, filtered_size(header, frame.width, frame.height)));
  if (filtered != nullptr) {
    *filtered = data;
  }
  RgbaImage image;
  image.width = frame.width;
  image.height = frame.height;
  image.bits = header.bit_depth == 16 ? 16 : 8;
  const std::size_t pixel_size = image.bits == 16 ? 8 : 4;
  image.data.resize(image.pixel_count() * pixel_size);

  const PixelReader reader(file);
  const auto pixel_bytes =
      static_cast<std::size_t>(std::max(1, channel_count(header.color_type) * header.bit_depth / 8));
  std::span<std::uint8_t> rest(data);
  for (const Pass& pass : passes_of(header)) {
    const std::uint32_t columns = steps(frame.width, pass.x_start, pass.x_step);
    const std::uint32_t rows = steps(frame.height, pass.y_start, pass.y_step);
    if (columns == 0 || rows == 0) {
      continue;
    }
    const auto row_bytes =
        static_cast<std::size_t>(packed_row_bytes(columns, header.color_type, header.bit_depth));
    IMGOPT_TRY(unfilter(rest, row_bytes, rows, pixel_bytes));
    for (std::uint32_t y = 0; y < rows; ++y) {
      const std::size_t first =
          (std::size_t{pass.y_start} + std::size_t{y} * pass.y_step) * frame.width + pass.x_start;
      if (!reader.read_row(rest.data() + y * row_bytes, columns, image.data.data() + first * pixel_size,
                           pass.x_step)) {
        return fail(ErrorCode::corrupt_image, "palette index out of range");
      }
    }
    rest = rest.subspan((row_bytes + 1) * rows);
  }
  return image;
}

}  // namespace imgopt::png

#include <algorithm>
#include <cstring>

#include "worker/png/color_table.hpp"
#include "worker/png/format.hpp"

namespace imgopt::png {
namespace {

void store(std::uint8_t*& out, std::uint8_t sample) {
  *out++ = sample;
}

void store(std::uint8_t*& out, std::uint16_t sample) {
  *out++ = static_cast<std::uint8_t>(sample >> 8);
  *out++ = static_cast<std::uint8_t>(sample);
}

// All but palettes and depths below 8.
template <typename Sample>
void pack_samples(std::span<const Sample> in, const Format& format, std::uint8_t* out) {
  const bool grey = format.type == ColorType::grey || format.type == ColorType::grey_alpha;
  const bool alpha = has_alpha_channel(format.type);
  for (std::size_t i = 0; i < in.size(); i += 4) {
    if (format.key && in[i + 3] == 0) {
      for (std::size_t c = 0; c < (grey ? 1U : 3U); ++c) {
        store(out, static_cast<Sample>((*format.key)[c]));
      }
      continue;
    }
    store(out, in[i]);
    if (!grey) {
      store(out, in[i + 1]);
      store(out, in[i + 2]);
    }
    if (alpha) {
      store(out, in[i + 3]);
    }
  }
}

// Gathers values of less than 8 bits into bytes, first value in the highest bits.
class SampleWriter {
public:
  SampleWriter(std::uint8_t* out, int depth) : m_out(out), m_depth(depth) {}

  void put(unsigned value) {
    m_byte = (m_byte << m_depth) | value;
    m_bits += m_depth;
    if (m_bits == 8) {
      *m_out++ = static_cast<std::uint8_t>(m_byte);
      m_byte = 0;
      m_bits = 0;
    }
  }

  void end_row() {
    while (m_bits != 0) {
      put(0);
    }
  }

private:
  std::uint8_t* m_out;
  int m_depth;
  unsigned m_byte = 0;
  int m_bits = 0;
};

void pack_palette(const RgbaImage& image, const Format& format, Scanlines& out) {
  ColorTable table;
  for (const RgbaEntry& entry : format.palette) {
    table.add(entry.data());
  }
  SampleWriter writer(out.data.data(), format.depth);
  const std::uint8_t* pixel = image.data.data();
  const std::uint8_t* last = nullptr;
  unsigned index = 0;
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x, pixel += 4) {
      if (last == nullptr || std::memcmp(last, pixel, 4) != 0) {
        index = static_cast<unsigned>(table.add(pixel));
        last = pixel;
      }
      writer.put(index);
    }
    writer.end_row();
  }
}

void pack_low_grey(const RgbaImage& image, const Format& format, Scanlines& out) {
  SampleWriter writer(out.data.data(), format.depth);
  const std::uint8_t* pixel = image.data.data();
  for (std::uint32_t y = 0; y < image.height; ++y) {
    for (std::uint32_t x = 0; x < image.width; ++x, pixel += 4) {
      const bool hidden = format.key && pixel[3] == 0;
      writer.put(hidden ? (*format.key)[0] : static_cast<unsigned>(pixel[0] >> (8 - format.depth)));
    }
    writer.end_row();
  }
}

}  // namespace

Scanlines pack(const RgbaImage& image, const Format& format) {
  Scanlines out;
  out.rows = image.height;
  out.row_bytes = static_cast<std::size_t>(packed_row_bytes(image.width, format.type, format.depth));
  out.pixel_bytes = static_cast<std::size_t>(std::max(1, channel_count(format.type) * format.depth / 8));
  out.alpha_bytes = has_alpha_channel(format.type) ? static_cast<std::size_t>(format.depth) / 8 : 0;
  out.data.resize(out.row_bytes * out.rows);
  if (format.type == ColorType::palette) {
    pack_palette(image, format, out);
  } else if (format.depth < 8) {
    pack_low_grey(image, format, out);
  } else if (format.depth == 8) {
    pack_samples(samples<std::uint8_t>(image), format, out.data.data());
  } else {
    pack_samples(samples<std::uint16_t>(image), format, out.data.data());
  }
  return out;
}

Bytes palette_data(const Format& format) {
  Bytes data;
  for (const RgbaEntry& entry : format.palette) {
    data.insert(data.end(), entry.begin(), entry.begin() + 3);
  }
  return data;
}

Bytes transparency_data(const Format& format) {
  Bytes data;
  if (format.key) {
    for (std::size_t c = 0; c < (format.type == ColorType::grey ? 1U : 3U); ++c) {
      append_u16(data, (*format.key)[c]);
    }
  }
  for (const RgbaEntry& entry : format.palette) {
    data.push_back(entry[3]);
  }
  // Entries without a value are opaque.
  while (!format.palette.empty() && !data.empty() && data.back() == 255) {
    data.pop_back();
  }
  return data;
}

std::size_t format_overhead(const Format& format) {
  const std::size_t palette = format.palette.size() * 3;
  const std::size_t transparency = transparency_data(format).size();
  return (palette > 0 ? palette + k_chunk_overhead : 0) +
         (transparency > 0 ? transparency + k_chunk_overhead : 0);
}

int palette_depth(std::size_t entries) {
  return entries <= 2 ? 1 : entries <= 4 ? 2 : entries <= 16 ? 4 : 8;
}

}  // namespace imgopt::png

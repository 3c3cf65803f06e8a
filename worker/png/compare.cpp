// decode_png and pixels_equal.
#include <algorithm>
#include <cstring>

#include "worker/png/decode.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::png {
namespace {

// Pixel by pixel at 16 bits; 8-bit samples count as value * 257, which is what PNG decoders make of them.
template <typename SampleA, typename SampleB>
bool same_pixels(std::span<const SampleA> a, std::span<const SampleB> b, TransparentColor hidden) {
  constexpr unsigned scale_a = sizeof(SampleA) == 1 ? 257 : 1;
  constexpr unsigned scale_b = sizeof(SampleB) == 1 ? 257 : 1;
  for (std::size_t i = 0; i < a.size(); i += 4) {
    unsigned difference = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      difference |= (a[i + c] * scale_a) ^ (b[i + c] * scale_b);
    }
    if (a[i + 3] * scale_a != b[i + 3] * scale_b) {
      return false;
    }
    if (difference != 0 && (hidden == TransparentColor::keep || a[i + 3] != 0)) {
      return false;
    }
  }
  return true;
}

bool same_pixels(const RgbaImage& a, const RgbaImage& b, TransparentColor hidden) {
  if (a.width != b.width || a.height != b.height) {
    return false;
  }
  if (a.bits == b.bits && a.data == b.data) {
    return true;
  }
  if (a.bits == 8) {
    const auto of_a = samples<std::uint8_t>(a);
    return b.bits == 8 ? same_pixels(of_a, samples<std::uint8_t>(b), hidden)
                       : same_pixels(of_a, samples<std::uint16_t>(b), hidden);
  }
  const auto of_a = samples<std::uint16_t>(a);
  return b.bits == 8 ? same_pixels(of_a, samples<std::uint8_t>(b), hidden)
                     : same_pixels(of_a, samples<std::uint16_t>(b), hidden);
}

// Keeps the channels in `kept` of RGBA samples.
template <typename Sample>
Bytes select_channels(const RgbaImage& image, std::span<const std::size_t> kept) {
  const std::span<const Sample> rgba = samples<Sample>(image);
  Bytes out(rgba.size() / 4 * kept.size() * sizeof(Sample));
  std::uint8_t* to = out.data();
  for (std::size_t i = 0; i < rgba.size(); i += 4) {
    for (const std::size_t channel : kept) {
      std::memcpy(to, &rgba[i + channel], sizeof(Sample));
      to += sizeof(Sample);
    }
  }
  return out;
}

}  // namespace

Result<PixelBuffer> decode_png(ByteView png, std::uint64_t max_pixels) {
  IMGOPT_ASSIGN(const File file, read_file(png, max_pixels));
  IMGOPT_ASSIGN(RgbaImage image, decode_frame(file, file.frames.front()));
  const ColorType type = file.header.color_type;
  const bool grey = type == ColorType::grey || type == ColorType::grey_alpha;
  const bool alpha = has_alpha_channel(type) || !file.transparency.empty();
  PixelBuffer buffer{image.width, image.height, (grey ? 1 : 3) + (alpha ? 1 : 0), image.bits, {}};
  if (buffer.channels == 4) {
    buffer.data = std::move(image.data);
    return buffer;
  }
  std::vector<std::size_t> kept = grey ? std::vector<std::size_t>{0} : std::vector<std::size_t>{0, 1, 2};
  if (alpha) {
    kept.push_back(3);
  }
  buffer.data = image.bits == 8 ? select_channels<std::uint8_t>(image, kept)
                                : select_channels<std::uint16_t>(image, kept);
  return buffer;
}

Result<bool> pixels_equal(ByteView png_a, ByteView png_b, TransparentColor hidden, std::uint64_t max_pixels) {
  IMGOPT_ASSIGN(const File a, read_file(png_a, max_pixels));
  IMGOPT_ASSIGN(const File b, read_file(png_b, max_pixels));
  if (a.header.width != b.header.width || a.header.height != b.header.height || a.plays != b.plays ||
      a.frames.size() != b.frames.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.frames.size(); ++i) {
    if (a.frames[i].control != b.frames[i].control) {
      return false;
    }
    IMGOPT_ASSIGN(const RgbaImage of_a, decode_frame(a, a.frames[i]));
    IMGOPT_ASSIGN(const RgbaImage of_b, decode_frame(b, b.frames[i]));
    if (!same_pixels(of_a, of_b, hidden)) {
      return false;
    }
  }
  return true;
}

}  // namespace imgopt::png

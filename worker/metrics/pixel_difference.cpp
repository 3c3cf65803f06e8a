#include "worker/metrics/pixel_difference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "worker/metrics/pixel_pair.hpp"

namespace imgopt {
namespace {

// Images are compared in pieces of this many pixels: no buffer grows with them, and the squares of a piece
// fit 64 bits.
constexpr std::size_t k_piece_pixels = 1024;

struct CommonFormat {
  std::size_t colours = 1;  // 1 or 3
  bool alpha = false;

  [[nodiscard]] std::size_t channels() const { return colours + (alpha ? 1 : 0); }
};

CommonFormat common_format(const PixelView& a, const PixelView& b) {
  return {a.channels > 2 || b.channels > 2 ? std::size_t{3} : std::size_t{1}, a.has_alpha() || b.has_alpha()};
}

template <typename Sample>
using Piece = std::array<Sample, k_piece_pixels * 4>;

// A sample of `from` bits as one of Sample's.
template <typename Sample>
Sample convert_sample(const std::uint8_t* sample, int bits) {
  if (bits == 8) {
    constexpr unsigned k_spread = sizeof(Sample) == 2 ? 257 : 1;
    return static_cast<Sample>(*sample * k_spread);
  }
  std::uint16_t wide;
  std::memcpy(&wide, sample, sizeof wide);
  if constexpr (sizeof(Sample) == 1)
    return static_cast<Sample>((wide * 255U + 32767U) / 65535U);
  else
    return wide;
}

// Pixels [first, first + count) in the common format, with samples of type `Sample`.
template <typename Sample>
void fetch(const PixelView& pixels, CommonFormat format, std::size_t first, std::size_t count,
           Piece<Sample>& piece) {
  const std::size_t channels = static_cast<std::size_t>(pixels.channels);
  const std::size_t sample_bytes = pixels.sample_bytes();
  const std::uint8_t* in = pixels.data.data() + first * channels * sample_bytes;
  if (sample_bytes == sizeof(Sample) && channels == format.channels()) {
    std::memcpy(piece.data(), in, count * channels * sizeof(Sample));
    return;
  }
  Sample* out = piece.data();
  const bool grey = channels < 3;
  for (std::size_t i = 0; i < count; ++i, in += channels * sample_bytes) {
    for (std::size_t c = 0; c < format.colours; ++c)
      *out++ = convert_sample<Sample>(in + (grey ? 0 : c * sample_bytes), pixels.bits);
    if (format.alpha)
      *out++ = pixels.has_alpha() ? convert_sample<Sample>(in + (channels - 1) * sample_bytes, pixels.bits)
                                  : std::numeric_limits<Sample>::max();
  }
}

// Calls `visit(a, b, count)` with both images' samples, piece after piece.
template <typename Sample, typename Visit>
void for_each_piece(const PixelView& a, const PixelView& b, CommonFormat format, const Visit& visit) {
  Piece<Sample> piece_a;
  Piece<Sample> piece_b;
  const std::size_t total = std::size_t{a.width} * a.height;
  for (std::size_t first = 0; first < total; first += k_piece_pixels) {
    const std::size_t count = std::min(k_piece_pixels, total - first);
    fetch(a, format, first, count, piece_a);
    fetch(b, format, first, count, piece_b);
    visit(piece_a, piece_b, count);
  }
}

// Makes the colour of pixels that are transparent in both pieces equal.
template <typename Sample>
void equalize_hidden(const Piece<Sample>& a, Piece<Sample>& b, CommonFormat format, std::size_t count) {
  const std::size_t channels = format.channels();
  for (std::size_t pixel = 0; pixel < count * channels; pixel += channels) {
    if (a[pixel + format.colours] == 0 && b[pixel + format.colours] == 0)
      std::copy_n(a.begin() + static_cast<std::ptrdiff_t>(pixel), format.colours,
                  b.begin() + static_cast<std::ptrdiff_t>(pixel));
  }
}

template <typename Sample>
PixelDifference difference(const PixelView& a, const PixelView& b, HiddenColour hidden) {
  constexpr double k_peak = std::numeric_limits<Sample>::max();
  const CommonFormat format = common_format(a, b);
  const std::size_t channels = format.channels();
  PixelDifference result;
  result.bits = static_cast<int>(sizeof(Sample)) * 8;
  double squares = 0.0;
  for_each_piece<Sample>(a, b, format, [&](const Piece<Sample>& pa, Piece<Sample>& pb, std::size_t count) {
    if (std::equal(pa.begin(), pa.begin() + static_cast<std::ptrdiff_t>(count * channels), pb.begin()))
      return;
    if (format.alpha && hidden == HiddenColour::ignore)
      equalize_hidden(pa, pb, format, count);
    std::uint64_t piece_squares = 0;
    for (std::size_t pixel = 0; pixel < count * channels; pixel += channels) {
      bool differs = false;
      for (std::size_t i = pixel; i < pixel + channels; ++i) {
        const int distance = std::abs(int{pa[i]} - int{pb[i]});
        const auto magnitude = static_cast<std::uint32_t>(distance);
        differs = differs || magnitude != 0;
        result.max_difference = std::max(result.max_difference, magnitude);
        piece_squares += std::uint64_t{magnitude} * magnitude;
      }
      result.differing_pixels += differs ? 1 : 0;
    }
    squares += static_cast<double>(piece_squares);
  });
  result.identical = result.differing_pixels == 0;
  const double samples = static_cast<double>(a.width) * a.height * static_cast<double>(channels);
  result.psnr = result.identical ? std::numeric_limits<double>::infinity()
                                 : 10.0 * std::log10(k_peak * k_peak * samples / squares);
  return result;
}

}  // namespace

Result<PixelDifference> compare_pixels(const PixelView& a, const PixelView& b, HiddenColour hidden) {
  IMGOPT_TRY(check_pixel_pair(a, b));
  return a.bits == 16 || b.bits == 16 ? difference<std::uint16_t>(a, b, hidden)
                                      : difference<std::uint8_t>(a, b, hidden);
}

Result<double> mean_squared_distance(const PixelView& a, const PixelView& b) {
  IMGOPT_TRY(check_pixel_pair(a, b));
  const CommonFormat format = common_format(a, b);
  double squares = 0.0;
  using Bytewise = Piece<std::uint8_t>;
  for_each_piece<std::uint8_t>(a, b, format, [&](const Bytewise& pa, Bytewise& pb, std::size_t count) {
    if (format.alpha)
      equalize_hidden(pa, pb, format, count);
    std::uint32_t piece_squares = 0;  // at most 4096 * 255^2
    for (std::size_t i = 0; i < count * format.channels(); ++i) {
      const int distance = int{pa[i]} - int{pb[i]};
      piece_squares += static_cast<std::uint32_t>(distance * distance);
    }
    squares += piece_squares;
  });
  return squares / (static_cast<double>(a.width) * a.height * static_cast<double>(format.channels()));
}

}  // namespace imgopt

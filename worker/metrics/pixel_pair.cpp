#include "worker/metrics/pixel_pair.hpp"

#include <cstdint>
#include <cstring>

namespace imgopt {
namespace {

template <typename Sample>
bool all_alpha_full(const PixelView& pixels) {
  constexpr Sample k_full = static_cast<Sample>(~Sample{0});
  const std::size_t pixel_bytes = static_cast<std::size_t>(pixels.channels) * sizeof(Sample);
  for (std::size_t end = pixel_bytes; end <= pixels.data.size(); end += pixel_bytes) {
    Sample alpha;
    std::memcpy(&alpha, pixels.data.data() + end - sizeof(Sample), sizeof(Sample));
    if (alpha != k_full)
      return false;
  }
  return true;
}

}  // namespace

Result<void> check_pixels(const PixelView& pixels) {
  // The first condition keeps the product of the second within 64 bits.
  if (std::uint64_t{pixels.width} * pixels.height > pixels.data.size() || !pixels.is_consistent())
    return fail(ErrorCode::invalid_argument, "compare: the samples do not fit the image's size and format");
  return {};
}

Result<void> check_pixel_pair(const PixelView& a, const PixelView& b) {
  IMGOPT_TRY(check_pixels(a));
  IMGOPT_TRY(check_pixels(b));
  if (a.width != b.width || a.height != b.height) {
    const auto size = [](const PixelView& view) {
      return std::to_string(view.width) + "x" + std::to_string(view.height);
    };
    return fail(ErrorCode::invalid_argument,
                "compare: images of different size, " + size(a) + " and " + size(b));
  }
  return {};
}

bool is_opaque(const PixelView& pixels) {
  if (!pixels.has_alpha())
    return true;
  return pixels.bits == 16 ? all_alpha_full<std::uint16_t>(pixels) : all_alpha_full<std::uint8_t>(pixels);
}

}  // namespace imgopt

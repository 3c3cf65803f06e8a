#include "worker/png/frame_split.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace imgopt::png {

namespace {

// Values of fcTL (PNG specification, third edition, 11.3.6.2).
constexpr std::uint32_t k_most_delay = 65535;

struct Rectangle {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

std::size_t pixel_bytes(const RgbaImage& image) {
  return 4 * static_cast<std::size_t>(image.bits) / 8;
}

const std::uint8_t* pixel_at(const RgbaImage& image, std::uint32_t x, std::uint32_t y) {
  return image.data.data() + (std::size_t{y} * image.width + x) * pixel_bytes(image);
}

bool same_pixel(const RgbaImage& a, const RgbaImage& b, std::uint32_t x, std::uint32_t y) {
  return std::memcmp(pixel_at(a, x, y), pixel_at(b, x, y), pixel_bytes(a)) == 0;
}

// Where two pictures of one size differ; nullopt where they do not.
std::optional<Rectangle> find_change(const RgbaImage& a, const RgbaImage& b) {
  const std::size_t row_bytes = a.width * pixel_bytes(a);
  const auto same_row = [&](std::uint32_t y) {
    return std::memcmp(pixel_at(a, 0, y), pixel_at(b, 0, y), row_bytes) == 0;
  };
  std::uint32_t top = 0;
  while (top < a.height && same_row(top))
    ++top;
  if (top == a.height)
    return std::nullopt;
  std::uint32_t bottom = a.height;
  while (same_row(bottom - 1))
    --bottom;
  std::uint32_t left = a.width;
  std::uint32_t right = 0;
  for (std::uint32_t y = top; y < bottom; ++y) {
    for (std::uint32_t x = 0; x < left; ++x)
      if (!same_pixel(a, b, x, y))
        left = x;
    for (std::uint32_t x = a.width; x > right; --x)
      if (!same_pixel(a, b, x - 1, y))
        right = x;
  }
  return Rectangle{left, top, right - left, bottom - top};
}

RgbaImage cut(const RgbaImage& image, const Rectangle& part) {
  RgbaImage out{part.width, part.height, image.bits, {}};
  const std::size_t row_bytes = part.width * pixel_bytes(image);
  out.data.resize(row_bytes * part.height);
  for (std::uint32_t y = 0; y < part.height; ++y)
    std::memcpy(out.data.data() + y * row_bytes, pixel_at(image, part.x, part.y + y), row_bytes);
  return out;
}

bool is_opaque(const std::uint8_t* pixel, std::size_t bytes) {
  return std::all_of(pixel + bytes * 3 / 4, pixel + bytes, [](std::uint8_t byte) { return byte == 0xff; });
}

// The part with transparent black where nothing changed; nullopt where a change is not opaque, which cannot
// be drawn over, or where everything changed.
std::optional<RgbaImage> cut_changes(const RgbaImage& before, const RgbaImage& image, const Rectangle& part) {
  RgbaImage out = cut(image, part);
  const std::size_t bytes = pixel_bytes(image);
  bool is_sparse = false;
  std::uint8_t* pixel = out.data.data();
  for (std::uint32_t y = part.y; y < part.y + part.height; ++y) {
    for (std::uint32_t x = part.x; x < part.x + part.width; ++x, pixel += bytes) {
      if (same_pixel(before, image, x, y)) {
        std::memset(pixel, 0, bytes);
        is_sparse = true;
      } else if (!is_opaque(pixel, bytes)) {
        return std::nullopt;
      }
    }
  }
  return is_sparse ? std::optional<RgbaImage>(std::move(out)) : std::nullopt;
}

// In milliseconds, or in hundredths of a second where they are too many.
void set_delay(FrameControl& control, std::uint64_t milliseconds) {
  const bool fits = milliseconds <= k_most_delay;
  const std::uint64_t value =
      fits ? milliseconds : std::min<std::uint64_t>((milliseconds + 5) / 10, k_most_delay);
  control.delay_numerator = static_cast<std::uint16_t>(value);
  control.delay_denominator = fits ? 1000 : 100;
}

}  // namespace

SplitAnimation split_frames(std::span<const RgbaImage> shown, std::span<const std::uint32_t> delays_ms,
                            Unchanged unchanged) {
  SplitAnimation split;
  std::uint64_t delay = 0;  // of the newest frame
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const RgbaImage& image = shown[i];
    Rectangle part{0, 0, image.width, image.height};
    if (i > 0) {
      const auto change = find_change(shown[i - 1], image);
      if (!change && delay + delays_ms[i] <= k_most_delay) {
        delay += delays_ms[i];
        set_delay(split.controls.back(), delay);
        continue;
      }
      part = change.value_or(Rectangle{0, 0, 1, 1});
    }
    FrameControl control;
    control.width = part.width;
    control.height = part.height;
    control.x = part.x;
    control.y = part.y;
    delay = delays_ms[i];
    set_delay(control, delay);
    std::optional<RgbaImage> sparse;
    if (i > 0 && unchanged == Unchanged::left_out)
      sparse = cut_changes(shown[i - 1], image, part);
    if (sparse) {
      control.blend = FrameControl::k_blend_over;
      split.leaves_out_pixels = true;
    }
    split.images.push_back(sparse ? std::move(*sparse) : cut(image, part));
    split.controls.push_back(control);
  }
  return split;
}

}  // namespace imgopt::png

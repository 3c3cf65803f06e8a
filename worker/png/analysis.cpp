#include "worker/png/analysis.hpp"

#include <algorithm>
#include <limits>

#include "worker/png/color_table.hpp"

namespace imgopt::png {
namespace {

bool halves_are_equal(const RgbaImage& image) {
  const auto in = samples<std::uint16_t>(image);
  return std::all_of(in.begin(), in.end(),
                     [](std::uint16_t sample) { return (sample >> 8) == (sample & 0xff); });
}

template <typename Sample>
constexpr Sample k_solid = std::numeric_limits<Sample>::max();

struct Flags {
  bool opaque = true;
  bool binary_alpha = true;
  bool grey = true;
};

template <typename Sample>
Flags find_flags(std::span<const RgbaImage> images) {
  Flags flags;
  for (const RgbaImage& image : images) {
    const auto in = samples<Sample>(image);
    unsigned not_opaque = 0;
    unsigned not_grey = 0;
    unsigned not_binary = 0;
    for (std::size_t i = 0; i < in.size(); i += 4) {
      not_opaque |= in[i + 3] ^ unsigned { k_solid<Sample> };
      not_grey |= (in[i] ^ unsigned{in[i + 1]}) | (in[i] ^ unsigned{in[i + 2]});
      // 0 and the largest value are the only ones to which adding one leaves 0 or 1 in Sample.
      not_binary |= static_cast<Sample>(in[i + 3] + 1U) & ~1U;
    }
    flags.opaque = flags.opaque && not_opaque == 0;
    flags.grey = flags.grey && not_grey == 0;
    flags.binary_alpha = flags.binary_alpha && not_binary == 0;
  }
  return flags;
}

std::vector<ColorCount> count_colors(std::span<const RgbaImage> images) {
  ColorTable table;
  std::vector<ColorCount> colors;
  for (const RgbaImage& image : images) {
    const std::uint8_t* pixel = image.data.data();
    const std::uint8_t* end = pixel + image.data.size();
    const std::uint8_t* last = nullptr;
    std::size_t index = 0;
    for (; pixel != end; pixel += 4) {
      if (last == nullptr || std::memcmp(pixel, last, 4) != 0) {
        const int found = table.add(pixel);
        if (found == ColorTable::k_full) {
          return {};
        }
        index = static_cast<std::size_t>(found);
        if (index == colors.size()) {
          colors.push_back({{pixel[0], pixel[1], pixel[2], pixel[3]}, 0});
        }
        last = pixel;
      }
      ++colors[index].count;
    }
  }
  return colors;
}

int depth_of_level(unsigned level) {
  return level % 255 == 0 ? 1 : level % 85 == 0 ? 2 : level % 17 == 0 ? 4 : 8;
}

int find_grey_depth(const std::vector<ColorCount>& colors, TransparentColor hidden) {
  int depth = 1;
  for (const ColorCount& entry : colors) {
    if (entry.color[3] != 0 || hidden == TransparentColor::keep) {
      depth = std::max(depth, depth_of_level(entry.color[0]));
    }
  }
  return colors.empty() ? 8 : depth;
}

// The colour that all transparent pixels have, where no other pixel has it.
template <typename Sample>
std::optional<std::array<std::uint16_t, 3>> find_common_key(std::span<const RgbaImage> images) {
  std::optional<std::array<std::uint16_t, 3>> key;
  for (const RgbaImage& image : images) {
    const auto in = samples<Sample>(image);
    for (std::size_t i = 0; i < in.size(); i += 4) {
      if (in[i + 3] == 0) {
        const std::array<std::uint16_t, 3> color{in[i], in[i + 1], in[i + 2]};
        if (key && *key != color) {
          return std::nullopt;
        }
        key = color;
      }
    }
  }
  for (const RgbaImage& image : images) {
    const auto in = samples<Sample>(image);
    for (std::size_t i = 0; key && i < in.size(); i += 4) {
      if (in[i + 3] != 0 && in[i] == (*key)[0] && in[i + 1] == (*key)[1] && in[i + 2] == (*key)[2]) {
        return std::nullopt;
      }
    }
  }
  return key;
}

// A colour that no visible pixel has. Only 512 colours are looked at: the greys and the line from cyan to
// red.
template <typename Sample>
std::optional<std::array<std::uint16_t, 3>> find_unused_color(std::span<const RgbaImage> images, bool grey) {
  constexpr unsigned scale = sizeof(Sample) == 1 ? 1 : 257;
  std::array<bool, 256> grey_used{};
  std::array<bool, 256> line_used{};
  for (const RgbaImage& image : images) {
    const auto in = samples<Sample>(image);
    for (std::size_t i = 0; i < in.size(); i += 4) {
      if (in[i + 3] == 0 || in[i + 1] != in[i + 2] || in[i] % scale != 0) {
        continue;
      }
      if (in[i] == in[i + 1]) {
        grey_used[in[i] / scale] = true;
      } else if (in[i] == k_solid<Sample> - in[i + 1]) {
        line_used[in[i] / scale] = true;
      }
    }
  }
  for (unsigned level = 0; level < 256; ++level) {
    const auto sample = static_cast<std::uint16_t>(level * scale);
    if (!grey_used[level]) {
      return std::array<std::uint16_t, 3>{sample, sample, sample};
    }
    if (!grey && !line_used[level]) {
      const auto rest = static_cast<std::uint16_t>(k_solid<Sample> - sample);
      return std::array<std::uint16_t, 3>{sample, rest, rest};
    }
  }
  return std::nullopt;
}

template <typename Sample>
Analysis analyse_samples(std::span<const RgbaImage> images, TransparentColor hidden) {
  const Flags flags = find_flags<Sample>(images);
  Analysis analysis;
  analysis.bits = images.front().bits;
  analysis.opaque = flags.opaque;
  analysis.grey = flags.grey;
  if (sizeof(Sample) == 1) {
    analysis.colors = count_colors(images);
    analysis.grey_depth = flags.grey ? find_grey_depth(analysis.colors, hidden) : 8;
  }
  if (flags.binary_alpha && !flags.opaque) {
    analysis.key = hidden == TransparentColor::rewrite ? find_unused_color<Sample>(images, flags.grey)
                                                       : find_common_key<Sample>(images);
  }
  return analysis;
}

template <typename Sample>
void clear_hidden(RgbaImage& image) {
  const auto in = samples<Sample>(image);
  for (std::size_t i = 0; i < in.size(); i += 4) {
    if (in[i + 3] == 0) {
      in[i] = in[i + 1] = in[i + 2] = 0;
    }
  }
}

}  // namespace

void narrow(std::span<RgbaImage> images) {
  if (images.front().bits == 8 || !std::all_of(images.begin(), images.end(), halves_are_equal)) {
    return;
  }
  for (RgbaImage& image : images) {
    const auto in = samples<std::uint16_t>(image);
    Bytes narrowed(in.size());
    std::transform(in.begin(), in.end(), narrowed.begin(),
                   [](std::uint16_t sample) { return static_cast<std::uint8_t>(sample); });
    image.data = std::move(narrowed);
    image.bits = 8;
  }
}

void clear_hidden_colors(std::span<RgbaImage> images) {
  for (RgbaImage& image : images) {
    if (image.bits == 8) {
      clear_hidden<std::uint8_t>(image);
    } else {
      clear_hidden<std::uint16_t>(image);
    }
  }
}

Analysis analyse(std::span<const RgbaImage> images, TransparentColor hidden) {
  return images.front().bits == 8 ? analyse_samples<std::uint8_t>(images, hidden)
                                  : analyse_samples<std::uint16_t>(images, hidden);
}

}  // namespace imgopt::png

#include "worker/png/candidates.hpp"

#include <algorithm>

#include "worker/png/palette.hpp"

namespace imgopt::png {
namespace {

// Images with this few distinct colours compress so well as a palette that other formats need no trial.
constexpr std::size_t k_surely_palette = 16;

class FormatList {
public:
  void add(Format format) {
    if (std::find(m_formats.begin(), m_formats.end(), format) == m_formats.end()) {
      m_formats.push_back(std::move(format));
    }
  }

  std::vector<Format> take() { return std::move(m_formats); }

private:
  std::vector<Format> m_formats;
};

// A transparent level of `depth` bits for grey below 8 bits.
std::optional<std::uint16_t> find_low_key(const Analysis& analysis, int depth, TransparentColor hidden) {
  const int shift = 8 - depth;
  if (hidden == TransparentColor::keep) {
    // The key found is the colour of the transparent pixels, and grey_depth covers it.
    return analysis.key ? std::optional<std::uint16_t>((*analysis.key)[0] >> shift) : std::nullopt;
  }
  for (unsigned level = 0; level < (1U << depth); ++level) {
    const auto used = [&](const ColorCount& entry) {
      return entry.color[3] != 0 && unsigned{entry.color[0]} >> shift == level;
    };
    if (std::none_of(analysis.colors.begin(), analysis.colors.end(), used)) {
      return static_cast<std::uint16_t>(level);
    }
  }
  return std::nullopt;
}

bool has_binary_alpha(const Analysis& analysis) {
  return std::all_of(analysis.colors.begin(), analysis.colors.end(),
                     [](const ColorCount& entry) { return entry.color[3] == 0 || entry.color[3] == 255; });
}

void add_palettes(FormatList& formats, const Analysis& analysis, std::span<const RgbaImage> images,
                  const FormatLimits& limits) {
  const int depth = palette_depth(analysis.colors.size());
  formats.add({ColorType::palette, depth, order_by_luminance(analysis.colors), std::nullopt});
  if (limits.effort >= 2) {
    formats.add({ColorType::palette, depth, order_by_neighbours(analysis.colors, images), std::nullopt});
  }
  if (limits.effort >= 3 && !limits.original_palette.empty()) {
    formats.add(
        {ColorType::palette, depth, keep_order(analysis.colors, limits.original_palette), std::nullopt});
  }
  if (limits.effort >= 4) {
    formats.add({ColorType::palette, depth, order_by_popularity(analysis.colors), std::nullopt});
  }
  if (limits.effort >= 9) {
    formats.add({ColorType::palette, depth, order_by_steps(analysis.colors, images), std::nullopt});
  }
}

void add_grey(FormatList& formats, const Analysis& analysis, const FormatLimits& limits) {
  const int depth = analysis.bits == 16 ? 16 : 8;
  if (analysis.opaque) {
    formats.add({ColorType::grey, depth == 16 ? 16 : analysis.grey_depth, {}, std::nullopt});
    return;
  }
  if (analysis.grey_depth < 8 && has_binary_alpha(analysis)) {
    for (int low = analysis.grey_depth; low < 8; low *= 2) {
      const auto level = find_low_key(analysis, low, limits.hidden);
      if (level) {
        formats.add({ColorType::grey, low, {}, std::array<std::uint16_t, 3>{*level, *level, *level}});
        return;
      }
    }
  }
  if (analysis.key) {
    formats.add({ColorType::grey, depth, {}, analysis.key});
  }
  formats.add({ColorType::grey_alpha, depth, {}, std::nullopt});
}

void add_color(FormatList& formats, const Analysis& analysis) {
  const int depth = analysis.bits == 16 ? 16 : 8;
  if (analysis.opaque) {
    formats.add({ColorType::rgb, depth, {}, std::nullopt});
    return;
  }
  if (analysis.key) {
    formats.add({ColorType::rgb, depth, {}, analysis.key});
  }
  formats.add({ColorType::rgb_alpha, depth, {}, std::nullopt});
}

}  // namespace

std::vector<Format> candidate_formats(const Analysis& analysis, std::span<const RgbaImage> images,
                                      const FormatLimits& limits) {
  const bool grey_allowed = analysis.grey && limits.model != ColorModel::color;
  const bool color_allowed = limits.model != ColorModel::grey;
  const bool few_colors = !analysis.colors.empty() && color_allowed;
  // An opaque grey image as a palette only where that saves depth.
  const bool palette_useful = few_colors && !(grey_allowed && analysis.opaque &&
                                              palette_depth(analysis.colors.size()) >= analysis.grey_depth);
  FormatList formats;
  if (palette_useful) {
    add_palettes(formats, analysis, images, limits);
  }
  if (!palette_useful || analysis.colors.size() > k_surely_palette || grey_allowed) {
    if (grey_allowed) {
      add_grey(formats, analysis, limits);
    } else {
      add_color(formats, analysis);
    }
  }
  return formats.take();
}

}  // namespace imgopt::png

// OutputSettings: everything that decides the bytes of one output, fully resolved.
//
// The tool resolves layers, defaults and `keep` into it; it stands in batch manifests as it is, and its
// fields, visited by name, are part of every key. A worker reads nothing else about what is wanted.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"
#include "protocol/image_format.hpp"

namespace imgopt {

// Values of all enums here stand in batch manifests and keys: never change one.

enum class Quality : std::uint8_t {
  fixed = 0,   // `quality` is the encoder's number, 1..100
  target = 1,  // the smallest file whose SSIMULACRA 2 score is at least `target_score`
  near_lossless =
      2,  // WebP's: coded without loss after the lowest bits were smoothed, more for a lower `quality`
};

enum class Lossless : std::uint8_t { no = 0, yes = 1 };

enum class ChromaSubsampling : std::uint8_t { automatic = 0, s420 = 1, s422 = 2, s444 = 3 };

enum class Progressive : std::uint8_t { automatic = 0, no = 1, yes = 2 };

// What becomes of EXIF, XMP, IPTC and comments. Profiles follow the colour rules instead.
enum class MetadataPolicy : std::uint8_t {
  none = 0,       // nothing, but for an orientation that could not be applied losslessly
  copyright = 1,  // copyright and author
  all = 2
};

enum class Role : std::uint8_t { color = 0, normal = 1, mask = 2, data = 3, ui = 4, pixel_art = 5 };

enum class ResizeMode : std::uint8_t {
  none = 0,
  fit = 1,      // within width x height, aspect ratio kept
  width = 2,    // to `resize_width`
  height = 3,   // to `resize_height`
  longest = 4,  // the longer side to `resize_width`
  shortest = 5  // the shorter side to `resize_width`
};

// Whether colour under alpha 0 may be rewritten for a smaller file.
enum class TransparentColor : std::uint8_t { keep = 0, rewrite = 1 };

struct RgbColor {
  std::uint8_t red = 255;
  std::uint8_t green = 255;
  std::uint8_t blue = 255;
  auto operator<=>(const RgbColor&) const = default;
};

struct OutputSettings {
  ImageFormat format = ImageFormat::png;
  Quality quality_mode = Quality::fixed;
  std::uint8_t quality = 80;  // 1..100
  Lossless lossless = Lossless::no;
  std::uint8_t effort = 5;  // 0..9
  ChromaSubsampling subsampling = ChromaSubsampling::automatic;
  Progressive progressive = Progressive::automatic;
  MetadataPolicy metadata = MetadataPolicy::none;
  Role role = Role::color;
  ResizeMode resize = ResizeMode::none;
  TransparentColor transparent_color = TransparentColor::keep;
  RgbColor background;              // for formats without alpha
  std::uint16_t target_score = 0;   // SSIMULACRA 2 times 100, with Quality::target
  std::uint32_t resize_width = 0;   // pixels, 0 where the mode does not use it
  std::uint32_t resize_height = 0;  // pixels
  std::uint64_t max_bytes = 0;      // 0: no limit
  std::uint16_t min_savings =
      0;  // per mille of the source; where less is saved its own bytes are kept, if they may be
  std::array<std::uint16_t, 3> reserved{};

  auto operator<=>(const OutputSettings&) const = default;
};
static_assert(sizeof(OutputSettings) == 40 && std::has_unique_object_representations_v<OutputSettings>);

// Calls visit(name, value) for every field that can change output bytes, in a fixed order, numbers as
// std::uint64_t. The key and `imgopt explain` both see settings through this one function.
template <typename Visit>
void visit_settings(const OutputSettings& s, Visit&& visit) {
  const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
  visit(std::string_view("format"), number(s.format));
  visit(std::string_view("quality-mode"), number(s.quality_mode));
  visit(std::string_view("quality"), number(s.quality));
  visit(std::string_view("lossless"), number(s.lossless));
  visit(std::string_view("effort"), number(s.effort));
  visit(std::string_view("subsampling"), number(s.subsampling));
  visit(std::string_view("progressive"), number(s.progressive));
  visit(std::string_view("metadata"), number(s.metadata));
  visit(std::string_view("role"), number(s.role));
  visit(std::string_view("resize"), number(s.resize));
  visit(std::string_view("transparent-color"), number(s.transparent_color));
  visit(std::string_view("background"),
        number(s.background.red) << 16 | number(s.background.green) << 8 | number(s.background.blue));
  visit(std::string_view("target-score"), number(s.target_score));
  visit(std::string_view("min-savings"), number(s.min_savings));
  visit(std::string_view("resize-width"), number(s.resize_width));
  visit(std::string_view("resize-height"), number(s.resize_height));
  visit(std::string_view("max-bytes"), number(s.max_bytes));
}

// Checks that every enum has one of its values and every number is in its range: what a reader of a manifest
// does before it believes one. Fails with ErrorCode::corrupt.
[[nodiscard]] Result<void> validate(const OutputSettings& settings);

}  // namespace imgopt

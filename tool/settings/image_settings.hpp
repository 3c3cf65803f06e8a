// ImageSettings: everything wanted of one source, merged from its layers, before it is expanded to outputs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "tool/settings/option_value.hpp"
#include "tool/settings/settings_layer.hpp"

namespace imgopt {

// keep: the source's own format and file name. The others have the values of ImageFormat.
enum class FormatChoice : std::uint8_t {
  keep = 0,
  png = 1,
  jpeg = 2,
  webp = 3,
  avif = 4,
  jxl = 5,
  gif = 6,
  tiff = 7,
  automatic = 8  // the smallest of ImageSettings::auto_formats
};

// automatic: rewrite where the role is color or ui, keep elsewhere.
enum class TransparentColorChoice : std::uint8_t { automatic = 0, keep = 1, rewrite = 2 };

// Which layer of a stack set a setting: its index there, or k_from_defaults.
using LayerIndex = std::int32_t;
inline constexpr LayerIndex k_from_defaults = -1;

struct SettingOrigins {
  std::array<LayerIndex, k_option_count> of_option{};          // by index_of(OptionId)
  std::array<LayerIndex, k_format_slots> of_format_quality{};  // of quality_of, by ImageFormat
};

struct ImageSettings {
  std::vector<FormatChoice> formats;  // at least one, none twice
  // What FormatChoice::automatic chooses among, in the order of preference among equals.
  std::vector<ImageFormat> auto_formats = {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp,
                                           ImageFormat::avif};
  std::vector<std::uint32_t> widths;  // pixels, ascending, none twice; not empty only where resize is none
  ResizeValue resize;
  std::optional<QualityChoice> quality;  // for JPEG, WebP, AVIF and JPEG XL where quality_of says nothing
  std::array<std::optional<QualityChoice>, k_format_slots>
      quality_of;  // by ImageFormat; wins over `lossless`
  Lossless lossless = Lossless::no;
  std::uint8_t effort = 0;
  ChromaSubsampling subsampling = ChromaSubsampling::automatic;
  Progressive progressive = Progressive::automatic;
  std::uint64_t max_bytes = 0;    // 0: no limit
  std::uint16_t min_savings = 0;  // per mille
  MetadataPolicy metadata = MetadataPolicy::none;
  Role role = Role::color;
  RgbColor background;
  TransparentColorChoice transparent_color = TransparentColorChoice::automatic;
  std::string name_pattern;  // empty: the default names
  SettingOrigins origins;
};

// The built-in settings.
[[nodiscard]] ImageSettings default_settings();

// Puts `layer` over `settings`, noting `index` as the origin of what it sets. Settings that speak of one
// subject replace each other: `width` a weaker `resize` and the reverse; a general `quality` a weaker
// `lossless` and the weaker qualities of JPEG, WebP, AVIF and JPEG XL; `lossless` all weaker qualities.
void apply_layer(ImageSettings& settings, const SettingsLayer& layer, LayerIndex index);

// Refuses settings that contradict each other: colour under transparency rewritten for a role whose values
// mean something, a name pattern with {width} without a width. `layers` is the stack that origins index, for
// the places in the message. ErrorCode::invalid_argument where the command line is to blame, else
// invalid_config.
[[nodiscard]] Result<void> check_settings(const ImageSettings& settings,
                                          std::span<const SettingsLayer* const> layers);

// default_settings, then apply_layer for each of `layers` from the weakest to the strongest, then
// check_settings.
[[nodiscard]] Result<ImageSettings> merge_settings(std::span<const SettingsLayer* const> layers);

}  // namespace imgopt

#include "protocol/output_settings.hpp"

#include <algorithm>

namespace imgopt {

Result<void> validate(const OutputSettings& s) {
  const auto within = [](auto value, auto last) {
    return static_cast<std::uint8_t>(value) <= static_cast<std::uint8_t>(last);
  };
  const bool ok =
      std::find(k_all_formats.begin(), k_all_formats.end(), s.format) != k_all_formats.end() &&
      within(s.quality_mode, Quality::near_lossless) && s.quality >= 1 && s.quality <= 100 &&
      within(s.lossless, Lossless::yes) && s.effort <= 9 && within(s.subsampling, ChromaSubsampling::s444) &&
      within(s.progressive, Progressive::yes) && within(s.metadata, MetadataPolicy::all) &&
      within(s.role, Role::pixel_art) && within(s.resize, ResizeMode::shortest) &&
      within(s.transparent_color, TransparentColor::rewrite) && s.target_score <= 10000 &&
      s.min_savings <= 1000 && (s.quality_mode != Quality::near_lossless || s.format == ImageFormat::webp) &&
      s.reserved == decltype(s.reserved){};
  if (!ok)
    return fail(ErrorCode::corrupt, "output settings hold a value outside its range");
  return {};
}

}  // namespace imgopt

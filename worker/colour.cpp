#include "worker/colour.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/record_results.hpp"
#include "worker/vips_call.hpp"

namespace imgopt {

namespace {

using vips::VImage;

bool has_profile(const VImage& image) {
  return image.get_typeof(VIPS_META_ICC_NAME) != 0;
}

VImage without_profile(const VImage& image) {
  VImage copy = image.copy();
  copy.remove(VIPS_META_ICC_NAME);
  return copy;
}

bool is_plain(const VImage& image) {
  const bool integer = image.format() == VIPS_FORMAT_UCHAR || image.format() == VIPS_FORMAT_USHORT;
  return integer && image.bands() <= 4;
}

// Gives pixels that are plain already the interpretation that their bands and depth say.
VImage named_plainly(const VImage& image) {
  const bool deep = image.format() == VIPS_FORMAT_USHORT;
  const bool grey = image.bands() <= 2;
  const VipsInterpretation wanted = grey ? (deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                                         : (deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
  return image.interpretation() == wanted ? image
                                          : image.copy(VImage::option()->set("interpretation", wanted));
}

VImage to_srgb(const VImage& image, bool embedded, const char* fallback) {
  const bool deep = image.format() == VIPS_FORMAT_USHORT;
  vips::VOption* options = VImage::option()
                               ->set("intent", VIPS_INTENT_RELATIVE)
                               ->set("black_point_compensation", true)
                               ->set("embedded", embedded)
                               ->set("depth", deep ? 16 : 8);
  if (fallback != nullptr)
    options->set("input_profile", fallback);
  return image.icc_transform("srgb", options);
}

// Lab, XYZ, HSV, linear light and floating point in general become sRGB, with 16 bits where they had more
// than 8.
VImage other_spaces(const VImage& image) {
  const bool deep = image.format() != VIPS_FORMAT_UCHAR;
  return image.colourspace(deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB);
}

bool is_device_space(VipsInterpretation space) {
  return space == VIPS_INTERPRETATION_sRGB || space == VIPS_INTERPRETATION_RGB ||
         space == VIPS_INTERPRETATION_B_W || space == VIPS_INTERPRETATION_RGB16 ||
         space == VIPS_INTERPRETATION_GREY16 || space == VIPS_INTERPRETATION_MULTIBAND;
}

SettledColour settle(const VImage& image, ColourRule rule) {
  if (image.interpretation() == VIPS_INTERPRETATION_CMYK) {
    const bool profiled = has_profile(image);
    const VImage converted = without_profile(to_srgb(image, profiled, "cmyk"));
    return {named_plainly(converted),
            bit(profiled ? OutputNote::profile_converted : OutputNote::cmyk_without_profile)};
  }
  VImage plain = image;
  if (!is_device_space(image.interpretation()) || !is_plain(image))
    plain = other_spaces(image);
  plain = named_plainly(plain);
  if (!has_profile(plain))
    return {plain, 0};
  if (rule == ColourRule::raw || is_srgb_profile(plain))
    return {without_profile(plain), 0};
  if (rule == ColourRule::keep_profile)
    return {plain, 0};
  VImage converted = without_profile(to_srgb(plain, true, nullptr));
  // A grey profile gives RGB with three equal channels: grey again.
  if (plain.bands() <= 2)
    converted = converted.colourspace(plain.interpretation());
  return {named_plainly(converted), bit(OutputNote::profile_converted)};
}

}  // namespace

bool is_srgb_profile(const VImage& image) {
  const Result<double> distance = guard_vips("profile", ErrorCode::corrupt_image, [&] {
    const bool grey = image.bands() <= 2;
    constexpr int k_levels = 9;
    std::vector<std::uint8_t> grid;
    const auto level = [](int step) { return static_cast<std::uint8_t>(step * 255 / (k_levels - 1)); };
    for (int r = 0; r < k_levels; ++r)
      for (int g = 0; g < (grey ? 1 : k_levels); ++g)
        for (int b = 0; b < (grey ? 1 : k_levels); ++b) {
          grid.push_back(level(r));
          if (!grey) {
            grid.push_back(level(g));
            grid.push_back(level(b));
          }
        }
    const int bands = grey ? 1 : 3;
    VImage colours = VImage::new_from_memory(grid.data(), grid.size(), static_cast<int>(grid.size()) / bands,
                                             1, bands, VIPS_FORMAT_UCHAR)
                         .copy(VImage::option()->set(
                             "interpretation", grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB));
    std::size_t size = 0;
    const void* profile = image.get_blob(VIPS_META_ICC_NAME, &size);
    vips_image_set_blob_copy(colours.get_image(), VIPS_META_ICC_NAME, profile, size);
    const VImage converted = to_srgb(colours, true, nullptr);
    const VImage expected = grey ? VImage::bandjoin(std::vector<VImage>{colours, colours, colours}) : colours;
    return (converted - expected).abs().max();
  });
  // A profile that no colour engine can use is ignored by every viewer: its picture is sRGB.
  return !distance.has_value() || *distance <= 1.0;
}

Result<SettledColour> settle_colour(const VImage& image, ColourRule rule) {
  auto settled = guard_vips("colour", ErrorCode::corrupt_image, [&] { return settle(image, rule); });
  if (settled && !is_plain(settled->image))
    return fail(ErrorCode::unsupported_image,
                "pixels of " + std::to_string(image.bands()) + " bands that are neither grey nor colours");
  return settled;
}

}  // namespace imgopt

#include "worker/preparation.hpp"

#include <string>
#include <vector>

#include "protocol/record_results.hpp"
#include "worker/vips_call.hpp"

namespace imgopt {

namespace {

using vips::VImage;

bool has_alpha(const VImage& image) {
  return image.bands() == 2 || image.bands() == 4;
}

double most(const VImage& image) {
  return image.format() == VIPS_FORMAT_USHORT ? 65535.0 : 255.0;
}

// Alpha that hides nothing says nothing: it costs bytes, and formats without alpha a note.
VImage without_opaque_alpha(const VImage& image) {
  if (!has_alpha(image) || image[image.bands() - 1].min() < most(image))
    return image;
  return image.extract_band(0, VImage::option()->set("n", image.bands() - 1));
}

VImage flattened(const VImage& image, const RgbColor& background) {
  const bool is_grey = background.red == background.green && background.green == background.blue;
  const bool deep = image.format() == VIPS_FORMAT_USHORT;
  const VImage target = image.bands() == 2 && !is_grey
                            ? image.colourspace(deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
                            : image;
  const double scale = deep ? 257.0 : 1.0;
  const std::vector<double> colour =
      target.bands() == 2
          ? std::vector<double>{background.red * scale}
          : std::vector<double>{background.red * scale, background.green * scale, background.blue * scale};
  return target.flatten(VImage::option()->set("background", colour)->set("max_alpha", most(image)));
}

VImage eight_bits(const VImage& image) {
  const VImage rounded = (image / 257.0).rint().cast(VIPS_FORMAT_UCHAR);
  return rounded.copy(VImage::option()->set(
      "interpretation", image.bands() <= 2 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB));
}

VImage upright(const VImage& image, const SourceInfo& source) {
  if (source.orientation == 1)
    return image;
  VImage turned = source.frames > 1
                      ? each_frame(image, source.frames, [](const VImage& frame) { return frame.autorot(); })
                      : image.autorot();
  turned = turned.copy();
  turned.remove(VIPS_META_ORIENTATION);
  return turned;
}

PreparedPicture prepare_pixels(const SettledColour& settled, const SourceInfo& source,
                               const Preparation& preparation) {
  PreparedPicture prepared;
  prepared.notes = settled.notes;
  const std::uint32_t frames = preparation.frames == Frames::all ? source.frames : 1;
  if ((source.frames > frames) || source.pages > 1 || (source.is_apng && preparation.frames == Frames::first))
    prepared.notes |= bit(OutputNote::animation_flattened);
  VImage image = without_opaque_alpha(settled.image);
  SourceInfo shown = source;
  shown.frames = frames;
  image = upright(image, shown);
  image = resized(image, frames, preparation.size, preparation.kernel);
  if (has_alpha(image) && preparation.alpha == AlphaRule::flatten) {
    image = flattened(image, preparation.background);
    prepared.notes |= bit(OutputNote::alpha_flattened);
  }
  if (image.format() == VIPS_FORMAT_USHORT && preparation.max_bits == 8) {
    image = eight_bits(image);
    prepared.notes |= bit(OutputNote::depth_reduced);
  }
  image = image.copy_memory();
  if (frames > 1)
    image.set(VIPS_META_PAGE_HEIGHT, static_cast<int>(preparation.size.height));
  else
    image.remove(VIPS_META_PAGE_HEIGHT);
  prepared.picture = {image, preparation.size.width, preparation.size.height, frames};
  return prepared;
}

}  // namespace

bool holds_alpha(ImageFormat format) {
  return format != ImageFormat::jpeg;
}

bool holds_animation(ImageFormat format) {
  return format == ImageFormat::gif || format == ImageFormat::webp || format == ImageFormat::png;
}

// AVIF holds 10 and 12 bits, but libheif 1.15 hands aom a profile without 10, and few viewers know 12.
int most_bits(ImageFormat format) {
  return format == ImageFormat::png || format == ImageFormat::tiff || format == ImageFormat::jxl ? 16 : 8;
}

bool is_data(Role role) {
  return role == Role::normal || role == Role::mask || role == Role::data;
}

Preparation preparation_for(const SourceInfo& source, const OutputSettings& settings) {
  Preparation preparation;
  const PixelSize shown{source.displayed_width(), source.displayed_height()};
  preparation.size = output_size(shown, settings);
  const bool smaller = preparation.size != shown;
  if (holds_animation(settings.format) && source.frames > 1)
    preparation.frames = Frames::all;
  if (is_data(settings.role))
    preparation.colour = ColourRule::raw;
  else if (settings.lossless == Lossless::yes && !smaller && settings.format != ImageFormat::gif)
    preparation.colour = ColourRule::keep_profile;
  if (settings.role == Role::pixel_art)
    preparation.kernel = ResizeKernel::nearest;
  else if (settings.role == Role::normal)
    preparation.kernel = ResizeKernel::normal;
  else if (is_data(settings.role))
    preparation.kernel = ResizeKernel::data;
  if (source.format == ImageFormat::jpeg && preparation.kernel == ResizeKernel::colour)
    preparation.jpeg_shrink = jpeg_shrink_for(shown, preparation.size);
  if (!smaller)
    preparation.kernel = ResizeKernel::colour;
  if (!holds_alpha(settings.format)) {
    preparation.alpha = AlphaRule::flatten;
    preparation.background = settings.background;
  } else {
    preparation.background = {0, 0, 0};
  }
  preparation.max_bits = source.bits > 8 ? most_bits(settings.format) : 8;
  return preparation;
}

Result<PreparedPicture> prepare(const VImage& decoded, const SourceInfo& source,
                                const Preparation& preparation) {
  IMGOPT_ASSIGN(const SettledColour settled, settle_colour(decoded, preparation.colour));
  return guard_vips("pixels", ErrorCode::corrupt_image,
                    [&] { return prepare_pixels(settled, source, preparation); });
}

}  // namespace imgopt

#include "worker/source_image.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "worker/jpeg/jpeg_info.hpp"
#include "worker/png/composition.hpp"
#include "worker/png/png_optimizer.hpp"
#include "worker/vips_call.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

// libvips reads no more of a GIF, and says so in a warning only.
constexpr std::uint32_t k_most_gif_frames = 4096;

bool holds_animations(ImageFormat format) {
  return format == ImageFormat::gif || format == ImageFormat::webp;
}

vips::VImage load(ByteView bytes, ImageFormat format, Frames frames, int jpeg_shrink) {
  const Blob blob(vips_blob_new(nullptr, bytes.data(), bytes.size()));
  vips::VImage image;
  vips::VOption* options = vips::VImage::option()
                               ->set("buffer", blob.get())
                               ->set("out", &image)
                               ->set("access", VIPS_ACCESS_SEQUENTIAL)
                               ->set("fail_on", VIPS_FAIL_ON_ERROR);
  if ((frames == Frames::all && holds_animations(format)) || frames == Frames::pages)
    options->set("n", -1);
  if (format == ImageFormat::jpeg && jpeg_shrink > 1)
    options->set("shrink", jpeg_shrink);
  vips::VImage::call(loader_name(format), options);
  return image;
}

// What `from` says beside its pixels: profile, EXIF, XMP, texts.
void copy_metadata(const vips::VImage& from, vips::VImage& to) {
  gchar** const fields = vips_image_get_fields(from.get_image());
  for (gchar** field = fields; field != nullptr && *field != nullptr; ++field) {
    const GType type = vips_image_get_typeof(from.get_image(), *field);
    if (type != VIPS_TYPE_BLOB && type != VIPS_TYPE_REF_STRING)
      continue;
    GValue value = G_VALUE_INIT;
    if (vips_image_get(from.get_image(), *field, &value) == 0) {
      vips_image_set(to.get_image(), *field, &value);
      g_value_unset(&value);
    }
  }
  g_strfreev(fields);
}

// All pixels of a loader's image, and what stands beside them, for when that image is gone. libvips' loader
// of AVIF lends blobs that end with its own image: whoever read them later would read freed memory.
vips::VImage in_memory(const vips::VImage& loaded) {
  vips::VImage image = loaded.copy_memory();
  gchar** const fields = vips_image_get_fields(loaded.get_image());
  for (gchar** field = fields; field != nullptr && *field != nullptr; ++field) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (vips_image_get_typeof(loaded.get_image(), *field) == VIPS_TYPE_BLOB &&
        vips_image_get_blob(loaded.get_image(), *field, &data, &size) == 0)
      vips_image_set_blob_copy(image.get_image(), *field, data, size);
  }
  g_strfreev(fields);
  return image;
}

// libvips reads the default image of an animated PNG alone.
vips::VImage animated_png(const png::ComposedAnimation& animation, const vips::VImage& still) {
  const PixelBuffer& pixels = animation.pixels;
  const auto height = static_cast<int>(pixels.height);
  const bool deep = pixels.bits == 16;
  VipsImage* const copy =
      vips_image_new_from_memory_copy(pixels.data.data(), pixels.data.size(), static_cast<int>(pixels.width),
                                      height, pixels.channels, deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
  if (copy == nullptr)
    throw vips::VError();
  vips::VImage image(copy);
  const bool grey = pixels.channels == 2;
  image = image.copy(vips::VImage::option()->set(
      "interpretation", grey ? (deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
                             : (deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)));
  copy_metadata(still, image);
  image.set(VIPS_META_PAGE_HEIGHT, height / static_cast<int>(animation.frames));
  image.set("delay", animation.delays_ms);
  image.set("loop", static_cast<int>(animation.plays));
  return image;
}

int integer_field(const vips::VImage& image, const char* name, int fallback) {
  int value = fallback;
  if (image.get_typeof(name) == G_TYPE_INT)
    value = image.get_int(name);
  return value;
}

// EXIF, XMP, IPTC, Photoshop and comment fields, and how many bytes all blobs hold.
void measure_metadata(const vips::VImage& image, SourceInfo& info, std::uint64_t& bytes) {
  gchar** const fields = vips_image_get_fields(image.get_image());
  for (gchar** field = fields; field != nullptr && *field != nullptr; ++field) {
    const std::string_view name = *field;
    const GType type = vips_image_get_typeof(image.get_image(), *field);
    if (type == VIPS_TYPE_BLOB) {
      const void* data = nullptr;
      std::size_t size = 0;
      if (vips_image_get_blob(image.get_image(), *field, &data, &size) == 0)
        bytes += size;
      info.has_metadata = info.has_metadata || name != VIPS_META_ICC_NAME;
    } else if (name.starts_with("png-comment-") || name == "gif-comment" ||
               name == VIPS_META_IMAGEDESCRIPTION) {
      const char* text = nullptr;
      if (vips_image_get_string(image.get_image(), *field, &text) == 0)
        bytes += std::strlen(text);
      info.has_metadata = true;
    }
  }
  g_strfreev(fields);
}

int bits_of(VipsBandFormat format) {
  switch (format) {
    case VIPS_FORMAT_UCHAR:
    case VIPS_FORMAT_CHAR:
      return 8;
    case VIPS_FORMAT_USHORT:
    case VIPS_FORMAT_SHORT:
      return 16;
    default:
      return 32;
  }
}

Result<void> check_limits(const SourceInfo& info, const SourceLimits& limits, std::uint64_t metadata_bytes) {
  const auto over = [](std::uint64_t value, std::uint64_t limit) { return limit != 0 && value > limit; };
  const std::uint64_t pixels = std::uint64_t{info.width} * info.height;
  const std::string size = std::to_string(info.width) + " x " + std::to_string(info.height);
  if (over(pixels, limits.max_pixels))
    return fail(ErrorCode::limit_exceeded,
                size + " pixels are more than the limit of " + std::to_string(limits.max_pixels));
  const std::uint32_t frames = std::max(info.frames, info.apng_frames);
  if (over(frames, limits.max_frames))
    return fail(ErrorCode::limit_exceeded, std::to_string(frames) + " frames are more than the limit of " +
                                               std::to_string(limits.max_frames));
  if (over(pixels * frames, limits.max_total_pixels))
    return fail(ErrorCode::limit_exceeded, std::to_string(frames) + " frames of " + size +
                                               " pixels are more than the limit of " +
                                               std::to_string(limits.max_total_pixels) + " in all");
  if (over(metadata_bytes, limits.max_metadata_bytes))
    return fail(ErrorCode::limit_exceeded, std::to_string(metadata_bytes) +
                                               " bytes of metadata are more than the limit of " +
                                               std::to_string(limits.max_metadata_bytes));
  return {};
}

Result<void> read_jpeg_facts(ByteView source, const SourceLimits& limits, SourceInfo& info) {
  IMGOPT_ASSIGN(const jpeg::JpegInfo facts, jpeg::read_jpeg_info(source));
  if (limits.max_jpeg_scans != 0 && facts.scans > static_cast<int>(limits.max_jpeg_scans))
    return fail(ErrorCode::limit_exceeded, std::to_string(facts.scans) +
                                               " scans are more than the limit of " +
                                               std::to_string(limits.max_jpeg_scans));
  info.has_gain_map = facts.has_gain_map;
  info.has_trailing_data = facts.trailing_bytes > 0 && !facts.has_gain_map && !facts.has_preview_images;
  return {};
}

}  // namespace

Result<SourceInfo> read_source_info(ByteView source, const SourceLimits& limits) {
  const SniffedContent content = sniff_content(source.first(std::min(source.size(), k_sniff_bytes)));
  if (content.kind != ContentKind::image)
    return fail(ErrorCode::unsupported_image,
                "not an image that ImgOpt reads: " + std::string(content.description));
  SourceInfo info;
  info.format = content.format;
  if (!can_load(info.format))
    return fail(ErrorCode::unsupported_image,
                "this build of libvips does not read " + std::string(format_name(info.format)));
  if (info.format == ImageFormat::jpeg)
    IMGOPT_TRY(read_jpeg_facts(source, limits, info));
  // Before libvips, which allocates what a chunk says it is long: damage would look like want of memory.
  if (info.format == ImageFormat::png)
    IMGOPT_TRY(png::check_chunks(source));

  std::uint64_t metadata_bytes = 0;
  IMGOPT_ASSIGN(const vips::VImage image, open_image(source, info.format, Frames::all));
  info.width = static_cast<std::uint32_t>(image.width());
  const auto stacked_height = static_cast<std::uint32_t>(image.height());
  info.height = stacked_height;
  const auto pages = static_cast<std::uint32_t>(std::max(1, integer_field(image, VIPS_META_N_PAGES, 1)));
  if (holds_animations(info.format)) {
    const int page_height = vips_image_get_page_height(image.get_image());
    if (page_height <= 0 || stacked_height % static_cast<std::uint32_t>(page_height) != 0)
      return fail(ErrorCode::corrupt_image, "frames of different heights");
    info.height = static_cast<std::uint32_t>(page_height);
    info.frames = stacked_height / info.height;
    if (info.format == ImageFormat::gif && info.frames > k_most_gif_frames)
      return fail(ErrorCode::unsupported_image,
                  "more than " + std::to_string(k_most_gif_frames) + " frames, which libvips does not read");
  } else {
    info.pages = pages;
  }
  info.channels = image.bands();
  info.bits = bits_of(image.format());
  info.orientation = std::clamp(integer_field(image, VIPS_META_ORIENTATION, 1), 1, 8);
  info.has_profile = image.get_typeof(VIPS_META_ICC_NAME) != 0;
  info.is_cmyk = image.interpretation() == VIPS_INTERPRETATION_CMYK;
  if (info.format == ImageFormat::png && png::is_animated(source)) {
    IMGOPT_ASSIGN(const png::PngInfo animation, png::read_info(source));
    info.is_apng = true;
    info.apng_frames = animation.frames;
    info.frames = animation.frames;
  }
  measure_metadata(image, info, metadata_bytes);
  IMGOPT_TRY(check_limits(info, limits, metadata_bytes));
  return info;
}

Result<vips::VImage> open_image(ByteView bytes, ImageFormat format, Frames frames) {
  return guard_vips(format_name(format), ErrorCode::corrupt_image,
                    [&] { return load(bytes, format, frames, 1); });
}

Result<vips::VImage> decode_image(ByteView bytes, ImageFormat format, Frames frames, int jpeg_shrink) {
  if (format == ImageFormat::png && frames == Frames::all && png::is_animated(bytes)) {
    constexpr std::uint64_t k_held_against_limits_before = std::uint64_t{1} << 40;
    IMGOPT_ASSIGN(const png::ComposedAnimation animation,
                  png::compose_animation(bytes, k_held_against_limits_before));
    return guard_vips(format_name(format), ErrorCode::corrupt_image,
                      [&] { return animated_png(animation, load(bytes, format, Frames::first, 1)); });
  }
  return guard_vips(format_name(format), ErrorCode::corrupt_image,
                    [&] { return in_memory(load(bytes, format, frames, jpeg_shrink)); });
}

}  // namespace imgopt

#include "worker_fixture.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "worker/vips_call.hpp"
#include "worker/vips_setup.hpp"

namespace imgopt::test {

using vips::VImage;

namespace {

// Deterministic noise: a 32-bit mix of the coordinates (Prospector's lowbias32).
std::uint32_t noise(std::uint32_t x, std::uint32_t y) {
  std::uint32_t h = x * 0x9e3779b9u ^ y * 0x85ebca6bu;
  h ^= h >> 16;
  h *= 0x7feb352du;
  h ^= h >> 15;
  h *= 0x846ca68bu;
  return h ^ (h >> 16);
}

template <typename Sample, typename Pixel>
VImage painted(int width, int height, int bands, VipsBandFormat format, VipsInterpretation space,
               Pixel pixel) {
  std::vector<Sample> samples;
  samples.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                  static_cast<std::size_t>(bands));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int band = 0; band < bands; ++band)
        samples.push_back(static_cast<Sample>(pixel(x, y, band)));
  return VImage(vips_image_new_from_memory_copy(samples.data(), samples.size() * sizeof(Sample), width,
                                                height, bands, format))
      .copy(VImage::option()->set("interpretation", space))
      .copy_memory();
}

double photograph_level(int x, int y, int band, int width, int height) {
  const double across = static_cast<double>(x) / width;
  const double down = static_cast<double>(y) / height;
  const double wave = std::sin(across * 9 + band) * std::cos(down * 7 - band);
  const double grain =
      static_cast<double>(noise(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)) & 15);
  return std::clamp(110 + 60 * wave + 50 * (band == 0 ? across : down) + grain - 8, 0.0, 255.0);
}

}  // namespace

void WorkerTest::SetUpTestSuite() {
  static const bool k_started = [] {
    const Result<void> started = set_up_vips();
    return started.has_value();
  }();
  ASSERT_TRUE(k_started);
}

VImage photograph(int width, int height) {
  return painted<std::uint8_t>(
      width, height, 3, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB,
      [&](int x, int y, int band) { return photograph_level(x, y, band, width, height); });
}

VImage sprite(int width, int height) {
  return painted<std::uint8_t>(
      width, height, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB, [&](int x, int y, int band) {
        const double radius = std::hypot(x - width / 2.0, y - height / 2.0) / (std::min(width, height) / 2.0);
        if (band == 3)
          return radius > 0.95 ? 0 : radius > 0.8 ? 128 : 255;
        return (x * 4 / width + y * 4 / height + band) % 3 * 100;
      });
}

VImage grey(int width, int height) {
  return painted<std::uint8_t>(width, height, 1, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_B_W,
                               [&](int x, int y, int) { return photograph_level(x, y, 0, width, height); });
}

VImage deep_photograph(int width, int height) {
  return painted<std::uint16_t>(
      width, height, 3, VIPS_FORMAT_USHORT, VIPS_INTERPRETATION_RGB16,
      [&](int x, int y, int band) { return photograph_level(x, y, band, width, height) * 250 + x % 200; });
}

VImage animation(int width, int height, int frames) {
  VImage stack = painted<std::uint8_t>(width, height * frames, 4, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB,
                                       [&](int x, int y, int band) {
                                         const int frame = y / height;
                                         if (band == 3)
                                           return x < 2 ? 0 : 255;
                                         return (frame * 70 + band * 40 + (x / 8 + y / 8) % 2 * 60) % 256;
                                       });
  stack.set(VIPS_META_PAGE_HEIGHT, height);
  stack.set("delay", std::vector<int>(static_cast<std::size_t>(frames), 100));
  stack.set("loop", 0);
  return stack;
}

Bytes save(const VImage& image, ImageFormat format, vips::VOption* options) {
  if (options == nullptr)
    options = VImage::option();
  // libvips' default here is HEVC.
  if (format == ImageFormat::avif)
    options->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1);
  return save_to_memory(saver_name(format), image, options);
}

VImage load(ByteView bytes) {
  const auto info = read_source_info(bytes, {});
  EXPECT_TRUE(info.has_value()) << (info ? "" : info.error().message);
  if (!info)
    return {};
  auto image = decode_image(bytes, info->format, Frames::all);
  EXPECT_TRUE(image.has_value()) << (image ? "" : image.error().message);
  return image ? *image : VImage();
}

std::vector<Outcome> optimize(ByteView source, const std::vector<OutputSettings>& outputs,
                              const SourceLimits& limits) {
  std::vector<Outcome> outcomes(outputs.size());
  const auto info = read_source_info(source, limits);
  if (!info) {
    for (std::size_t i = 0; i < outputs.size(); ++i)
      outcomes[i].slot = failed_slot(outputs[i].format, info.error());
    return outcomes;
  }
  optimize_record(source, *info, outputs, limits,
                  [&](std::size_t index, const ResultSlot& slot, ByteView bytes) {
                    outcomes.at(index) = {slot, {bytes.begin(), bytes.end()}};
                  });
  return outcomes;
}

Outcome optimize_one(ByteView source, const OutputSettings& output, const SourceLimits& limits) {
  return optimize(source, {output}, limits).front();
}

OutputSettings settings_for(ImageFormat format, Lossless lossless) {
  OutputSettings settings;
  settings.format = format;
  settings.lossless = lossless;
  settings.effort = 2;  // tests want answers, not bytes
  return settings;
}

OutputSettings at_width(OutputSettings settings, std::uint32_t width) {
  settings.resize = ResizeMode::width;
  settings.resize_width = width;
  return settings;
}

double largest_difference(const VImage& a, const VImage& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.bands() != b.bands())
    return std::numeric_limits<double>::infinity();
  return (a - b).abs().max();
}

double mean_difference(const VImage& a, const VImage& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.bands() != b.bands())
    return std::numeric_limits<double>::infinity();
  return (a - b).abs().avg();
}

}  // namespace imgopt::test

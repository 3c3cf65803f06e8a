// The table of docs/manual/roles.md, cell by cell, as far as the worker decides it.
#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "worker/codec.hpp"
#include "worker/preparation.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

using vips::VImage;

struct RoleRow {
  std::string name;
  Role role;
  ResizeKernel kernel;
  ColourRule lossy_colour;
  ChromaSubsampling chroma;  // at quality 80
  int shrink;                // a JPEG of 1600 pixels decoded for 200
  bool palette;              // whether a lossy PNG may get one
};
void PrintTo(const RoleRow& row, std::ostream* out) {
  *out << row.name;
}

class RoleTest : public WorkerTest, public ::testing::WithParamInterface<RoleRow> {
protected:
  static OutputSettings settings(ImageFormat format, Lossless lossless = Lossless::no) {
    OutputSettings made = settings_for(format, lossless);
    made.role = GetParam().role;
    return made;
  }
  static SourceInfo source(ImageFormat format) {
    SourceInfo info;
    info.format = format;
    info.width = 1600;
    info.height = 1200;
    return info;
  }
};

TEST_P(RoleTest, DecidesTheKernel) {
  EXPECT_EQ(preparation_for(source(ImageFormat::png), at_width(settings(ImageFormat::webp), 200)).kernel,
            GetParam().kernel);
}

TEST_P(RoleTest, DecidesTheColourSpace) {
  const Preparation lossy = preparation_for(source(ImageFormat::png), settings(ImageFormat::webp));
  EXPECT_EQ(lossy.colour, GetParam().lossy_colour);
  const Preparation lossless =
      preparation_for(source(ImageFormat::png), settings(ImageFormat::webp, Lossless::yes));
  EXPECT_EQ(lossless.colour,
            GetParam().lossy_colour == ColourRule::raw ? ColourRule::raw : ColourRule::keep_profile);
}

TEST_P(RoleTest, DecidesWhetherAJpegIsDecodedAtAFraction) {
  EXPECT_EQ(
      preparation_for(source(ImageFormat::jpeg), at_width(settings(ImageFormat::webp), 200)).jpeg_shrink,
      GetParam().shrink);
}

TEST_P(RoleTest, DecidesChroma) {
  OutputSettings made = settings(ImageFormat::jpeg);
  made.quality = 80;
  EXPECT_EQ(resolve_subsampling(EncodeRequest(made)), GetParam().chroma);
}

TEST_P(RoleTest, DecidesWhetherAPaletteMayLoseColours) {
  OutputSettings made = settings(ImageFormat::png);
  made.quality = 60;
  const VImage original = photograph(128, 96);
  const Outcome outcome = optimize_one(save(original, ImageFormat::tiff), made);
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(largest_difference(load(outcome.data), original) > 0, GetParam().palette);
}

// Without dithering a colour becomes one colour everywhere; with it, one here and another there.
bool turns_each_colour_into_one(const VImage& from, const VImage& to) {
  std::map<std::vector<double>, std::vector<double>> colours;
  for (int y = 0; y < from.height(); ++y)
    for (int x = 0; x < from.width(); ++x)
      if (const auto made = to.getpoint(x, y); colours.try_emplace(from.getpoint(x, y), made).first->second != made)
        return false;
  return true;
}

TEST_P(RoleTest, DecidesDithering) {
  const VImage original = photograph(48, 64).zoom(2, 1);
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::gif}) {
    if (format == ImageFormat::png && !GetParam().palette)
      continue;
    OutputSettings made = settings(format);
    made.quality = 60;
    const Outcome outcome = optimize_one(save(original, ImageFormat::tiff), made);
    ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
    const VImage quantised = load(outcome.data).extract_band(0, VImage::option()->set("n", 3)).copy_memory();
    ASSERT_GT(largest_difference(quantised, original), 0.0);
    EXPECT_EQ(turns_each_colour_into_one(original.copy_memory(), quantised), GetParam().role == Role::pixel_art)
        << format_name(format);
  }
}

TEST_P(RoleTest, KeepsSixteenBitsInFormatsThatHoldThem) {
  const VImage original = deep_photograph(64, 48);
  const Outcome outcome =
      optimize_one(save(original, ImageFormat::tiff), settings(ImageFormat::png, Lossless::yes));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  EXPECT_EQ(load(outcome.data).format(), VIPS_FORMAT_USHORT);
  EXPECT_EQ(largest_difference(load(outcome.data), original), 0.0);
}

TEST_P(RoleTest, KeepsAlphaApartFromDataChannelsWhenShrinking) {
  // Orange and opaque beside black and transparent: where alpha is alpha, black must not darken the seam;
  // where channels are data, each is shrunk for itself.
  const VImage orange = VImage(VImage::black(32, 16)).new_from_image(std::vector<double>{255, 128, 0, 255});
  const VImage image = VImage::black(64, 16, VImage::option()->set("bands", 4))
                           .insert(orange, 0, 0)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const Outcome outcome =
      optimize_one(save(image, ImageFormat::png), at_width(settings(ImageFormat::png, Lossless::yes), 9));
  ASSERT_EQ(outcome.status(), SlotStatus::encoded) << message_of(outcome.slot);
  const VImage made = load(outcome.data);
  ASSERT_EQ(made.bands(), 4);
  const std::vector<double> seam = made.getpoint(4, 0);
  const bool weighs_alpha = GetParam().kernel == ResizeKernel::colour;
  if (weighs_alpha && seam[3] > 16) {
    EXPECT_GT(seam[0], 250);
  } else if (GetParam().kernel == ResizeKernel::data) {
    EXPECT_NEAR(seam[0], seam[3], 2);
  }
}

INSTANTIATE_TEST_SUITE_P(OfTheManual, RoleTest,
                         ::testing::Values(RoleRow{"color", Role::color, ResizeKernel::colour,
                                                   ColourRule::to_srgb, ChromaSubsampling::s420, 4, true},
                                           RoleRow{"ui", Role::ui, ResizeKernel::colour, ColourRule::to_srgb,
                                                   ChromaSubsampling::s444, 4, true},
                                           RoleRow{"pixel_art", Role::pixel_art, ResizeKernel::nearest,
                                                   ColourRule::to_srgb, ChromaSubsampling::s444, 1, true},
                                           RoleRow{"normal", Role::normal, ResizeKernel::normal,
                                                   ColourRule::raw, ChromaSubsampling::s444, 1, false},
                                           RoleRow{"mask", Role::mask, ResizeKernel::data, ColourRule::raw,
                                                   ChromaSubsampling::s444, 1, false},
                                           RoleRow{"data", Role::data, ResizeKernel::data, ColourRule::raw,
                                                   ChromaSubsampling::s444, 1, false}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace imgopt::test

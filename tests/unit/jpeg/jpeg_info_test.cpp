#include "worker/jpeg/jpeg_info.hpp"

#include <gtest/gtest.h>

#include <string>

#include "jpeg_fixture.hpp"
#include "worker/jpeg/jpeg_exif.hpp"

namespace imgopt::jpeg {
namespace {

using test::make_jpeg;
using test::Process;
using test::with_exif;
using test::with_segment;

std::string u32(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text.push_back(static_cast<char>(value >> shift));
  return text;
}

// An MPF segment that lists the picture itself and one of type `second_type`.
std::string multi_picture(std::uint32_t second_type) {
  std::string text("MPF\0MM\0\x2A\0\0\0\x08\0\x01", 14);
  text += std::string("\xB0\x02\0\x07", 4) + u32(32) + u32(26) + u32(0);
  text += u32(0x030000) + u32(1) + u32(0) + u32(0);
  text += u32(second_type) + u32(1) + u32(0) + u32(0);
  return text;
}

TEST(ReadJpegInfo, DescribesBaselineYcbcr) {
  Bytes jpeg = with_exif(make_jpeg({.width = 70, .height = 50}), Orientation::rotate_270);
  jpeg.insert(jpeg.end(), 5, 0);
  const JpegInfo info = read_jpeg_info(jpeg).value();
  EXPECT_EQ(info.width, 70U);
  EXPECT_EQ(info.height, 50U);
  EXPECT_EQ(info.components, 3);
  EXPECT_EQ(info.precision, 8);
  EXPECT_EQ(info.sampling[0].horizontal, 2);
  EXPECT_EQ(info.sampling[1].horizontal, 1);
  EXPECT_EQ(info.color_model, ColorModel::ycbcr);
  EXPECT_EQ(info.orientation, Orientation::rotate_270);
  EXPECT_EQ(info.scans, 1);
  EXPECT_EQ(info.trailing_bytes, 5U);
  EXPECT_FALSE(info.progressive);
  EXPECT_FALSE(info.arithmetic);
  EXPECT_TRUE(info.has_exif);
  EXPECT_FALSE(info.has_icc);
  EXPECT_FALSE(info.has_gain_map);
}

TEST(ReadJpegInfo, TellsProcessesAndColourModels) {
  EXPECT_TRUE(read_jpeg_info(make_jpeg({.process = Process::progressive}))->progressive);
  EXPECT_GT(read_jpeg_info(make_jpeg({.process = Process::progressive}))->scans, 5);
  EXPECT_TRUE(read_jpeg_info(make_jpeg({.process = Process::arithmetic}))->arithmetic);
  EXPECT_EQ(read_jpeg_info(make_jpeg({.components = 1, .h_factor = 1, .v_factor = 1}))->color_model,
            ColorModel::grey);
  EXPECT_EQ(read_jpeg_info(make_jpeg({.components = 4, .h_factor = 1, .v_factor = 1}))->color_model,
            ColorModel::cmyk);
}

TEST(ReadJpegInfo, TellsSecondPicturesFromPreviews) {
  const Bytes jpeg = make_jpeg({});
  const JpegInfo gain_map = read_jpeg_info(with_segment(jpeg, 0xE2, multi_picture(0))).value();
  EXPECT_TRUE(gain_map.has_gain_map);
  const JpegInfo preview = read_jpeg_info(with_segment(jpeg, 0xE2, multi_picture(0x010002))).value();
  EXPECT_FALSE(preview.has_gain_map);
  EXPECT_TRUE(preview.has_preview_images);
  EXPECT_TRUE(
      read_jpeg_info(with_segment(jpeg, 0xE2, {"urn:iso:std:iso:ts:21496:-1\0\0\0", 30}))->has_gain_map);
}

TEST(ReadJpegInfo, SurvivesTruncationAndFlips) {
  const Bytes jpeg = with_segment(with_exif(make_jpeg({}), Orientation::rotate_90), 0xE2, multi_picture(0));
  for (std::size_t size = 0; size < jpeg.size(); ++size)
    EXPECT_FALSE(read_jpeg_info(ByteView(jpeg).first(size)).has_value()) << size;
  for (std::size_t i = 0; i < jpeg.size(); ++i) {
    for (const std::uint8_t value : {0x00, 0x7F, 0xFF}) {
      Bytes damaged = jpeg;
      damaged[i] = value;
      const auto info = read_jpeg_info(damaged);
      EXPECT_TRUE(!info.has_value() || info->width > 0);
    }
  }
}

TEST(ReadExif, ReadsBothByteOrders) {
  const Bytes big = test::make_exif(Orientation::transverse);
  EXPECT_EQ(read_exif(big).orientation, Orientation::transverse);
  EXPECT_EQ(read_exif(big).artist, "Ann");
  EXPECT_EQ(read_exif(big).copyright, "(c) Ann and others");
  const std::string little("Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 32);
  const ByteView view(reinterpret_cast<const std::uint8_t*>(little.data()), little.size());
  EXPECT_EQ(read_exif(view).orientation, Orientation::rotate_90);
  EXPECT_EQ(read_exif(exif_made_upright(view)).orientation, Orientation::upright);
  EXPECT_EQ(read_exif(exif_made_upright(big)).orientation, Orientation::upright);
  EXPECT_EQ(read_exif(exif_made_upright(big)).artist, "Ann");
}

TEST(CollectFacts, FindsRightsInXmpAndIptc) {
  const std::string xmp =
      std::string("http://ns.adobe.com/xap/1.0/\0", 29) +
      "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>R &amp; D</rdf:li></rdf:Alt></dc:rights>";
  const std::string iptc(
      "Photoshop 3.0\0"
      "8BIM\x04\x04\0\0\0\0\0\x08\x1C\x02\x50\0\x03"
      "Bob",
      34);
  Bytes jpeg = with_segment(make_jpeg({}), 0xE1, xmp);
  jpeg = with_segment(jpeg, 0xED, iptc);
  const Layout layout = parse_layout(jpeg).value();
  EXPECT_EQ(collect_facts(layout).copyright, "R & D");
  EXPECT_EQ(collect_facts(layout).artist, "Bob");
}

}  // namespace
}  // namespace imgopt::jpeg

#include "protocol/image_format.hpp"

#include <gtest/gtest.h>

#include <string>

namespace imgopt {
namespace {

using namespace std::string_literals;

ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Sniffed {
  std::string name;
  std::string head;
  ContentKind kind;
  ImageFormat format = ImageFormat::png;  // of an image
};

class SniffTest : public testing::TestWithParam<Sniffed> {};

TEST_P(SniffTest, TellsWhatItIs) {
  const SniffedContent content = sniff_content(view(GetParam().head));
  EXPECT_EQ(content.kind, GetParam().kind);
  if (GetParam().kind == ContentKind::image) {
    EXPECT_EQ(content.format, GetParam().format);
  }
  EXPECT_FALSE(content.description.empty());
}

// Cut short it may be anything but a crash, and never an image of another format.
TEST_P(SniffTest, TakesNoShorterHeadForAnotherImage) {
  for (std::size_t length = 0; length < GetParam().head.size(); ++length) {
    const std::string head = GetParam().head.substr(0, length);
    const SniffedContent content = sniff_content(view(head));
    if (content.kind == ContentKind::image) {
      EXPECT_EQ(content.format, GetParam().format) << length;
    }
    EXPECT_EQ(content.kind == ContentKind::empty, length == 0);
  }
}

const std::string k_avif_box = "\0\0\0\x1c"s + "ftypavif"s + "\0\0\0\0"s + "avifmif1miaf"s;

INSTANTIATE_TEST_SUITE_P(
    Heads, SniffTest,
    testing::Values(
        Sniffed{"Png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, ContentKind::image, ImageFormat::png},
        Sniffed{"PngWithUnixLineEnds", "\x89PNG\n\x1a\n\0\0\0\rIHDR"s, ContentKind::unknown},
        Sniffed{"Jpeg", "\xff\xd8\xff\xe0\0\x10JFIF"s, ContentKind::image, ImageFormat::jpeg},
        Sniffed{"JpegStartAlone", "\xff\xd8"s, ContentKind::unknown},
        Sniffed{"WebP", "RIFF\x10\0\0\0WEBPVP8 "s, ContentKind::image, ImageFormat::webp},
        Sniffed{"RiffThatIsSound", "RIFF\x10\0\0\0WAVEfmt "s, ContentKind::unknown},
        Sniffed{"Gif87", "GIF87a\1\0\1\0"s, ContentKind::image, ImageFormat::gif},
        Sniffed{"Gif89", "GIF89a\1\0\1\0"s, ContentKind::image, ImageFormat::gif},
        Sniffed{"GifOfNoVersion", "GIF90a\1\0\1\0"s, ContentKind::unknown},
        Sniffed{"TiffLittle", "II*\0\x08\0\0\0"s, ContentKind::image, ImageFormat::tiff},
        Sniffed{"TiffBig", "MM\0*\0\0\0\x08"s, ContentKind::image, ImageFormat::tiff},
        Sniffed{"BigTiffLittle", "II+\0\x08\0\0\0"s, ContentKind::image, ImageFormat::tiff},
        Sniffed{"BigTiffBig", "MM\0+\0\x08\0\0"s, ContentKind::image, ImageFormat::tiff},
        Sniffed{"JxlCodestream", "\xff\x0a\0\0"s, ContentKind::image, ImageFormat::jxl},
        Sniffed{"JxlContainer", "\0\0\0\x0cJXL \r\n\x87\n"s, ContentKind::image, ImageFormat::jxl},
        Sniffed{"Avif", k_avif_box, ContentKind::image, ImageFormat::avif},
        Sniffed{"AvifSequence", "\0\0\0\x18"s + "ftypavis"s + "\0\0\0\0"s + "msf1miaf"s, ContentKind::image,
                ImageFormat::avif},
        Sniffed{"AvifByACompatibleBrand", "\0\0\0\x18"s + "ftypmif1"s + "\0\0\0\0"s + "miafavif"s,
                ContentKind::image, ImageFormat::avif},
        Sniffed{"AvifInTheMinorVersion", "\0\0\0\x14"s + "ftypisom"s + "avif"s + "isom"s,
                ContentKind::unknown},
        Sniffed{"AvifBehindTheBox", "\0\0\0\x14"s + "ftypisom"s + "\0\0\0\0"s + "isomavif"s,
                ContentKind::unknown},
        Sniffed{"HugeBox", "\xff\xff\xff\xff"s + "ftypisom"s + "\0\0\0\0"s + "isom"s, ContentKind::unknown},
        Sniffed{"Heif", "\0\0\0\x18"s + "ftypheic"s + "\0\0\0\0"s + "mif1heic"s, ContentKind::other_image},
        Sniffed{"Empty", "", ContentKind::empty}, Sniffed{"OneByte", "\0"s, ContentKind::unknown},
        Sniffed{"Text", "hello", ContentKind::unknown},
        Sniffed{
            "LfsPointer",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b"
            "1258daaa5e2ca24d17e2393\nsize 12345\n",
            ContentKind::lfs_pointer},
        Sniffed{"Svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", ContentKind::other_image},
        Sniffed{"SvgBehindADeclaration",
                "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a drawing -->\n<svg width=\"1\"/>",
                ContentKind::other_image},
        Sniffed{"XmlWithoutSvg", "<?xml version=\"1.0\"?><html/>", ContentKind::unknown},
        Sniffed{"TextThatNamesSvg", "see <svg>", ContentKind::unknown},
        Sniffed{"Bmp", "BM\x10\0\0\0"s, ContentKind::other_image},
        Sniffed{"Photoshop", "8BPS\0\1"s, ContentKind::other_image},
        Sniffed{"Ico", "\0\0\1\0\1\0"s, ContentKind::other_image},
        Sniffed{"Dds", "DDS |\0\0\0"s, ContentKind::other_image},
        Sniffed{"Ktx", "\xabKTX 20\xbb"s, ContentKind::other_image},
        Sniffed{"Pdf", "%PDF-1.7", ContentKind::other_image},
        Sniffed{"OpenExr", "v/1\1\2\0\0\0"s, ContentKind::other_image},
        Sniffed{"Radiance", "#?RADIANCE\n", ContentKind::other_image},
        Sniffed{"Gimp", "gimp xcf v011", ContentKind::other_image},
        Sniffed{"Jpeg2000", "\0\0\0\x0cjP  \r\n\x87\n"s, ContentKind::other_image},
        Sniffed{"Qoi", "qoif\0\0\0\1"s, ContentKind::other_image}),
    [](const auto& test) { return test.param.name; });

TEST(ImageFormat, EveryNameAndExtensionLeadsBack) {
  for (const ImageFormat format : k_all_formats) {
    EXPECT_EQ(format_from_name(format_name(format)), format);
    EXPECT_EQ(format_from_extension(format_extension(format)), format);
    EXPECT_LT(static_cast<std::size_t>(format), k_format_slots);
  }
}

struct Named {
  std::string_view text;
  std::optional<ImageFormat> by_name;
  std::optional<ImageFormat> by_extension;
};

class FormatNameTest : public testing::TestWithParam<Named> {};

TEST_P(FormatNameTest, IsReadAsNameAndAsExtension) {
  EXPECT_EQ(format_from_name(GetParam().text), GetParam().by_name);
  EXPECT_EQ(format_from_extension(GetParam().text), GetParam().by_extension);
}

INSTANTIATE_TEST_SUITE_P(Texts, FormatNameTest,
                         testing::Values(Named{"jpeg", ImageFormat::jpeg, ImageFormat::jpeg},
                                         Named{"jpg", ImageFormat::jpeg, ImageFormat::jpeg},
                                         Named{".JPG", std::nullopt, ImageFormat::jpeg},
                                         Named{"JPE", std::nullopt, ImageFormat::jpeg},
                                         Named{"jfif", std::nullopt, ImageFormat::jpeg},
                                         Named{".apng", std::nullopt, ImageFormat::png},
                                         Named{"tif", ImageFormat::tiff, ImageFormat::tiff},
                                         Named{".TIFF", std::nullopt, ImageFormat::tiff},
                                         Named{"Avif", std::nullopt, ImageFormat::avif},
                                         Named{"..png", std::nullopt, std::nullopt},
                                         Named{"svg", std::nullopt, std::nullopt},
                                         Named{"", std::nullopt, std::nullopt}));

}  // namespace
}  // namespace imgopt

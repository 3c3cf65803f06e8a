// Fuzzes transcode_jpeg and the reading of markers: hostile files are refused, others keep their
// coefficients.
//
// input = options file   ; two bytes: effort, policies, style
#include <algorithm>
#include <array>

#include "tests/fuzz/fuzz_target.hpp"
#include "worker/jpeg/jpeg_encoder.hpp"
#include "worker/jpeg/jpeg_transcode.hpp"

namespace imgopt::fuzz {
namespace {

using namespace jpeg;

constexpr std::uint64_t k_max_pixels = 64 * 64;
constexpr int k_max_scans = 20;

TranscodeOptions options_from(std::uint8_t first, std::uint8_t second) {
  constexpr std::array k_efforts = {0, 2, 5, 9};
  constexpr std::array k_policies = {MetadataPolicy::none, MetadataPolicy::copyright, MetadataPolicy::all,
                                     MetadataPolicy::none};
  constexpr std::array k_styles = {ScanStyle::smallest, ScanStyle::sequential, ScanStyle::progressive,
                                   ScanStyle::smallest};
  TranscodeOptions options;
  options.effort = k_efforts[first & 3];
  options.metadata = k_policies[first >> 2 & 3];
  options.style = k_styles[first >> 4 & 3];
  options.icc = (second & 1) != 0 ? IccPolicy::drop : IccPolicy::keep;
  options.orientation = (second & 2) != 0 ? OrientationPolicy::keep_tag : OrientationPolicy::apply;
  options.max_pixels = k_max_pixels;
  options.max_scans = k_max_scans;
  return options;
}

void transcode(ByteView file, const TranscodeOptions& options) {
  const AlignedCopy input(file);
  const auto info = read_jpeg_info(input.view());
  const auto result = transcode_jpeg(input.view(), options);
  if (!result) {
    require(result.error().code == ErrorCode::corrupt_image ||
                result.error().code == ErrorCode::unsupported_image ||
                result.error().code == ErrorCode::limit_exceeded,
            "an error is the image's");
    return;
  }
  require(info.has_value(), "what is transcoded has an info");
  require(result->bytes.size() <= file.size(), "a result is never larger");
  require(result->style != ScanStyle::smallest, "a result has a style");
  if (result->outcome == TranscodeOutcome::unchanged) {
    require(std::equal(result->bytes.begin(), result->bytes.end(), file.begin(), file.end()),
            "what is unchanged is the input");
    return;
  }
  const auto equal = coefficients_equal(input.view(), result->bytes, result->applied_orientation);
  require(equal && *equal, "coefficients stay");
  const auto left = read_jpeg_info(result->bytes);
  require(left && left->width == result->width && left->height == result->height,
          "dimensions are told right");
}

void append_segment(Bytes& out, std::uint8_t marker, std::string_view payload) {
  const std::size_t length = payload.size() + 2;
  out.insert(out.end(),
             {0xff, marker, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
  append(out, payload);
}

// An Exif directory with an orientation alone.
std::string exif_of(char orientation) {
  using namespace std::string_view_literals;
  std::string exif("Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0"sv);
  exif.push_back(orientation);
  return exif.append("\0\0\0\0\0\0\0"sv);
}

enum class Pictures : std::uint8_t { one, several };

Bytes segments_of_every_kind(Pictures pictures) {
  using namespace std::string_view_literals;
  Bytes out;
  append_segment(out, k_marker_app1, exif_of(6));
  append_segment(out, k_marker_app1,
                 "http://ns.adobe.com/xap/1.0/\0<dc:creator><rdf:Seq><rdf:li>A</rdf:li>"sv);
  append_segment(out, k_marker_app2, "ICC_PROFILE\0\1\1profile"sv);
  if (pictures == Pictures::several)
    append_segment(out, k_marker_app2, "MPF\0II*\0\x08\0\0\0\1\0\1\xb0\4\0\1\0\0\0\2\0\0\0\0\0\0\0"sv);
  append_segment(out, k_marker_app11, "JP\0\1\0\0\0\1\0\0\0\x10jumb"sv);
  append_segment(out, k_marker_app13,
                 "Photoshop 3.0\0"
                 "8BIM\4\4\0\0\0\0\0\x08\x1c\2\x50\0\3abc"sv);
  append_segment(out, k_marker_com, "a comment"sv);
  return out;
}

// `file` behind two options bytes, with `segments` after its start marker.
Bytes input_of(ByteView file, ByteView segments, std::uint8_t first) {
  Bytes input{first, 0};
  append(input, file.first(2));
  append(input, segments);
  append(input, file.subspan(2));
  return input;
}

Bytes encoded(std::uint32_t width, int channels, Subsampling subsampling, ScanStyle style) {
  PixelBuffer pixels{width, 24, channels, 8, {}};
  pixels.data.resize(pixels.view().byte_count());
  for (std::size_t i = 0; i < pixels.data.size(); ++i)
    pixels.data[i] = static_cast<std::uint8_t>(i * i / 97 + i / 3);
  EncodeOptions options;
  options.subsampling = subsampling;
  options.style = style;
  options.effort = 2;
  options.quality = 40;
  auto file = encode_jpeg(pixels.view(), options);
  require(file.has_value(), "pixels can be encoded");
  return *file;
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  const auto add = [&](Bytes input) {
    corpus.seeds.push_back({"file-" + std::to_string(corpus.seeds.size()), std::move(input)});
  };
  for (const ScanStyle style : {ScanStyle::sequential, ScanStyle::progressive}) {
    add(input_of(encoded(16, 1, Subsampling::s444, style), {}, 1));
    for (const Subsampling subsampling : {Subsampling::s420, Subsampling::s422, Subsampling::s444})
      add(input_of(encoded(17, 3, subsampling, style), {}, 2));
  }
  const Bytes plain = encoded(16, 3, Subsampling::s444, ScanStyle::sequential);
  for (char orientation = 1; orientation <= 8; ++orientation) {
    Bytes exif;
    append_segment(exif, k_marker_app1, exif_of(orientation));
    add(input_of(plain, exif, 1));
  }
  for (const std::uint8_t policy : {std::uint8_t{0}, std::uint8_t{4}, std::uint8_t{8}})
    for (const Pictures pictures : {Pictures::one, Pictures::several}) {
      Bytes input = input_of(plain, segments_of_every_kind(pictures), policy);
      append(input, "trailing data");
      add(input);
    }
  for (const std::uint8_t marker : {k_marker_sof0, k_marker_sof2, k_marker_dht, k_marker_dqt, k_marker_dri,
                                    k_marker_sos, k_marker_eoi, k_marker_app1, k_marker_app2, k_marker_app14})
    corpus.words.push_back({'\xff', static_cast<char>(marker)});
  for (const std::string_view prefix :
       {k_exif_prefix, k_xmp_prefix, k_icc_prefix, k_mpf_prefix, k_photoshop_prefix})
    corpus.words.emplace_back(prefix);
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt::fuzz;
  InputReader input({data, size});
  const auto first = input.take<std::uint8_t>();
  const auto second = input.take<std::uint8_t>();
  transcode(input.rest(), options_from(first, second));
  return 0;
}

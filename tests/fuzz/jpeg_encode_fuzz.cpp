// Fuzzes encode_jpeg with pixels, profiles and Exif of any kind: what it writes can be read.
//
// input = options width height quality icc_length exif_length   ; a byte each
//         icc exif pixels                                        ; absent bytes are zero
#include <array>

#include "tests/fuzz/fuzz_target.hpp"
#include "worker/jpeg/jpeg_encoder.hpp"
#include "worker/jpeg/jpeg_transcode.hpp"

namespace imgopt::fuzz {
namespace {

using namespace jpeg;

struct Parameters {
  std::uint8_t options = 0;
  std::uint8_t width = 0;
  std::uint8_t height = 0;
  std::uint8_t quality = 0;
  std::uint8_t icc_length = 0;
  std::uint8_t exif_length = 0;
};

Bytes head_of(InputReader& input, std::size_t count) {
  Bytes bytes;
  while (bytes.size() < count && !input.rest().empty())
    bytes.push_back(input.take<std::uint8_t>());
  return bytes;
}

void encode(InputReader& input) {
  constexpr std::array k_subsamplings = {Subsampling::automatic, Subsampling::s420, Subsampling::s422,
                                         Subsampling::s444};
  constexpr std::array k_styles = {ScanStyle::smallest, ScanStyle::sequential, ScanStyle::progressive,
                                   ScanStyle::smallest};
  constexpr std::array k_efforts = {0, 1, 5, 9};
  const auto parameters = input.take<Parameters>();
  const Bytes icc = head_of(input, parameters.icc_length);
  const Bytes exif = head_of(input, parameters.exif_length);
  EncodeOptions options;
  options.quality = 1 + parameters.quality % 100;
  options.subsampling = k_subsamplings[parameters.options & 3];
  options.style = k_styles[parameters.options >> 2 & 3];
  options.effort = k_efforts[parameters.options >> 4 & 3];
  options.icc = icc;
  options.exif = exif;
  PixelBuffer pixels;
  pixels.width = 1 + parameters.width % 48u;
  pixels.height = 1 + parameters.height % 48u;
  pixels.channels = (parameters.options & 64) != 0 ? 1 : 3;
  pixels.data.assign(input.rest().begin(), input.rest().end());
  pixels.data.resize(pixels.view().byte_count());
  const AlignedCopy exact(pixels.data);
  PixelView view = pixels.view();
  view.data = exact.view();

  const auto file = encode_jpeg(view, options);
  require(file.has_value(), "such pixels can be encoded");
  const auto info = read_jpeg_info(*file);
  require(info && info->width == pixels.width && info->height == pixels.height &&
              info->components == pixels.channels && info->has_icc == !icc.empty(),
          "headers say what was asked for");
  const auto equal = coefficients_equal(*file, *file);
  require(equal && *equal, "libjpeg reads the file without a warning");
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  for (std::uint8_t options = 0; options < 128; options = static_cast<std::uint8_t>(options + 9)) {
    Bytes bytes;
    append_object(bytes, Parameters{options, options, static_cast<std::uint8_t>(options * 3), options, 4, 6});
    append(bytes, "icc!II*");
    for (int i = 0; i < 600; ++i)
      bytes.push_back(static_cast<std::uint8_t>(i * i / 13 + i / 3));
    corpus.seeds.push_back({"pixels-" + std::to_string(options), bytes});
  }
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  imgopt::fuzz::InputReader input({data, size});
  imgopt::fuzz::encode(input);
  return 0;
}

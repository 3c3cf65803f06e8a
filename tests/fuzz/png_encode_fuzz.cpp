// Fuzzes encode_png with pixels and metadata of any kind: what it writes decodes to the same pixels.
//
// input = options width height channels bits palette_step icc_length text_length   ; a byte each
//         icc text pixels                                                           ; absent bytes are zero
#include <algorithm>
#include <array>

#include "tests/fuzz/fuzz_target.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::fuzz {
namespace {

struct Parameters {
  std::uint8_t options = 0;
  std::uint8_t width = 0;
  std::uint8_t height = 0;
  std::uint8_t channels = 0;
  std::uint8_t bits = 0;
  std::uint8_t kept_bits = 0;
  std::uint8_t icc_length = 0;
  std::uint8_t text_length = 0;
};

Bytes head_of(InputReader& input, std::size_t count) {
  Bytes bytes;
  while (bytes.size() < count && !input.rest().empty())
    bytes.push_back(input.take<std::uint8_t>());
  return bytes;
}

void encode(InputReader& input) {
  const auto parameters = input.take<Parameters>();
  png::EncodeMetadata metadata;
  metadata.icc_profile = head_of(input, parameters.icc_length);
  if (parameters.text_length > 0) {
    const Bytes text = head_of(input, parameters.text_length);
    metadata.texts.push_back({"Author", std::string(text.begin(), text.end())});
    metadata.exif = text;
  }
  PixelBuffer pixels;
  pixels.width = 1 + parameters.width % 20u;
  pixels.height = 1 + parameters.height % 12u;
  pixels.channels = 1 + parameters.channels % 4;
  pixels.bits = parameters.bits % 2 == 0 ? 8 : 16;
  pixels.data.assign(input.rest().begin(), input.rest().end());
  pixels.data.resize(pixels.view().byte_count());
  // Few values, so that palettes and low depths get their turn.
  const auto mask = static_cast<std::uint8_t>(0xff00U >> (parameters.kept_bits % 9));
  if (mask != 0)
    for (std::uint8_t& sample : pixels.data)
      sample = static_cast<std::uint8_t>(sample & mask);

  constexpr std::array k_efforts = {1, 3, 5, 7};
  png::OptimizeOptions options;
  options.effort = k_efforts[parameters.options & 3];
  options.transparent_color =
      (parameters.options & 4) != 0 ? png::TransparentColor::rewrite : png::TransparentColor::keep;
  const auto encoded = png::encode_png(pixels.view(), metadata, options);
  if (!encoded) {
    require(encoded.error().code == ErrorCode::unsupported_image, "only metadata can be refused");
    return;
  }
  const auto decoded = png::decode_png(*encoded, options.max_pixels);
  require(decoded && decoded->width == pixels.width && decoded->height == pixels.height, "dimensions stay");
  options.effort = 0;
  options.transparent_color = png::TransparentColor::keep;
  const auto plain = png::encode_png(pixels.view(), {}, options);
  require(plain.has_value(), "pixels can be encoded");
  const auto equal = png::pixels_equal(
      *plain, *encoded,
      (parameters.options & 4) != 0 ? png::TransparentColor::rewrite : png::TransparentColor::keep);
  require(equal && *equal, "efforts differ in bytes alone");
  if (const bool is_comparable = decoded->channels == pixels.channels && decoded->bits == pixels.bits &&
                                 (parameters.options & 4) == 0;
      is_comparable)
    require(decoded->data == pixels.data, "pixels come back");
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  for (std::uint8_t channels = 0; channels < 4; ++channels)
    for (std::uint8_t bits = 0; bits < 2; ++bits) {
      const Parameters parameters{static_cast<std::uint8_t>(channels | 4 * bits), 15, 11, channels, bits,
                                  static_cast<std::uint8_t>(2 * channels),        4,  9};
      Bytes bytes;
      append_object(bytes, parameters);
      append(bytes, "icc!an author");
      for (int i = 0; i < 800; ++i)
        bytes.push_back(static_cast<std::uint8_t>(i * i / 11 + i / 3));
      corpus.seeds.push_back({"pixels-" + std::to_string(channels) + "-" + std::to_string(bits), bytes});
    }
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  imgopt::fuzz::InputReader input({data, size});
  imgopt::fuzz::encode(input);
  return 0;
}

// Fuzzes optimize_png and decode_png: hostile files are refused, others keep their pixels.
//
// input = options file   ; one byte: effort, policies, and whether image data is compressed or bare rows
#include <algorithm>
#include <array>

#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/png_repair.hpp"
#include "worker/png/animation.hpp"
#include "worker/png/chunks.hpp"
#include "worker/png/png_optimizer.hpp"

namespace imgopt::fuzz {
namespace {

constexpr std::uint64_t k_max_pixels = 1024;

struct Options {
  png::OptimizeOptions optimize;
  ImageData image_data;
};

Options options_from(std::uint8_t byte) {
  constexpr std::array k_efforts = {0, 1, 3, 5};
  constexpr std::array k_policies = {png::AncillaryPolicy::rendering_only, png::AncillaryPolicy::copyright,
                                     png::AncillaryPolicy::all, png::AncillaryPolicy::all};
  Options options{};
  options.optimize.effort = k_efforts[byte & 3];
  options.optimize.ancillary = k_policies[byte >> 2 & 3];
  options.optimize.transparent_color =
      (byte & 16) != 0 ? png::TransparentColor::rewrite : png::TransparentColor::keep;
  options.optimize.max_pixels = k_max_pixels;
  options.image_data = (byte & 32) != 0 ? ImageData::filtered : ImageData::compressed;
  return options;
}

bool is_about_the_image(const Error& error) {
  return error.code == ErrorCode::corrupt_image || error.code == ErrorCode::unsupported_image ||
         error.code == ErrorCode::limit_exceeded;
}

void optimize(ByteView file, const png::OptimizeOptions& options) {
  const AlignedCopy input(file);
  const ByteView view = input.view();
  (void)png::read_info(view);
  const auto decoded = png::decode_png(view, k_max_pixels);
  require(decoded ? decoded->view().is_consistent() : is_about_the_image(decoded.error()),
          "decoding gives pixels or says what is wrong with the image");
  const auto result = png::optimize_png(view, options);
  if (!result) {
    require(is_about_the_image(result.error()), "an error is the image's");
    return;
  }
  require(decoded.has_value(), "what is optimized can be decoded");
  require(result->origin != png::Origin::original_bytes || std::ranges::equal(result->data, view),
          "original bytes are the original's");
  const auto equal = png::pixels_equal(view, result->data, options.transparent_color,
                                       k_max_pixels * png::k_animation_pixel_factor);
  require(equal.has_value() && *equal, "pixels stay");
  const auto info = png::read_info(result->data);
  require(info.has_value() && info->width == decoded->width && info->height == decoded->height,
          "dimensions stay");
}

// Pixels in which every palette and filter finds something.
PixelBuffer drawn(std::uint32_t width, std::uint32_t height, int channels, int bits) {
  PixelBuffer pixels{width, height, channels, bits, {}};
  pixels.data.resize(pixels.view().byte_count());
  for (std::size_t i = 0; i < pixels.data.size(); ++i)
    pixels.data[i] = static_cast<std::uint8_t>(i * i / 7 + i / 5);
  return pixels;
}

class FileDraft {
public:
  FileDraft(std::uint32_t width, std::uint32_t height, int depth, png::ColorType type,
            std::uint8_t interlace) {
    png::append_signature(m_bytes);
    Bytes header;
    png::append_u32(header, width);
    png::append_u32(header, height);
    header.insert(header.end(),
                  {static_cast<std::uint8_t>(depth), static_cast<std::uint8_t>(type), 0, 0, interlace});
    chunk("IHDR", header);
  }
  FileDraft& chunk(const char (&type)[5], ByteView data) {
    png::append_chunk(m_bytes, png::chunk_type(type), data);
    return *this;
  }
  FileDraft& chunk(const char (&type)[5], std::string_view data) {
    return chunk(type, ByteView{reinterpret_cast<const std::uint8_t*>(data.data()), data.size()});
  }
  // Behind an options byte that takes image data as rows.
  [[nodiscard]] Bytes finished(std::uint8_t options = 32 | 8 | 2) {
    chunk("IEND", ByteView{});
    Bytes input{options};
    append(input, m_bytes);
    return input;
  }

private:
  Bytes m_bytes;
};

// Small numbers, every one of which is a filter, wherever the passes of an interlaced image begin.
Bytes filters_only(std::size_t count) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<std::uint8_t>(i * i % 5));
  return out;
}

Bytes rows(std::size_t count, std::size_t bytes) {
  Bytes out;
  for (std::size_t row = 0; row < count; ++row) {
    out.push_back(static_cast<std::uint8_t>(row % 5));
    for (std::size_t i = 0; i < bytes; ++i)
      out.push_back(static_cast<std::uint8_t>(row * 31 + i));
  }
  return out;
}

Bytes animation() {
  FileDraft draft(4, 3, 8, png::ColorType::rgb_alpha, 0);
  draft.chunk("acTL", png::build_animation_control(2, 0));
  png::FrameControl control;
  control.width = 4;
  control.height = 3;
  draft.chunk("fcTL", png::build_frame_control(0, control)).chunk("IDAT", rows(3, 16));
  control.width = 2;
  control.height = 1;
  control.x = 1;
  control.dispose = 2;
  control.blend = 1;
  draft.chunk("fcTL", png::build_frame_control(1, control));
  Bytes data;
  png::append_u32(data, 2);
  append(data, rows(1, 8));
  return draft.chunk("fdAT", data).finished();
}

Bytes with_metadata() {
  using namespace std::string_view_literals;
  FileDraft draft(3, 3, 8, png::ColorType::palette, 0);
  draft.chunk("gAMA", "\0\0\xb1\x8f"sv).chunk("cHRM", std::string(32, '\1')).chunk("sRGB", "\0"sv);
  draft.chunk("iCCP", "name\0\0\x78\x01\x03\0\0\0\0\x01"sv).chunk("sBIT", "\x5\x5\x5"sv);
  draft.chunk("PLTE", "\0\0\0\xff\0\0\0\xff\0\0\0\xff"sv).chunk("tRNS", "\0\x80"sv).chunk("bKGD", "\1"sv);
  draft.chunk("hIST", "\0\1\0\2\0\3\0\4"sv).chunk("pHYs", "\0\0\0\1\0\0\0\2\0"sv);
  draft.chunk("tEXt", "Author\0somebody"sv).chunk("zTXt", "Copyright\0\0\x78"sv);
  draft.chunk("iTXt", "Title\0\0\0en\0Titel\0text"sv).chunk("tIME", "\x07\xe6\1\1\1\1\1"sv);
  draft.chunk("eXIf", "II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"sv);
  draft.chunk("IDAT", "\0\0\1\2\0\3\2\1\0\0\1\2"sv).chunk("quEx", "safe to copy?"sv);
  Bytes input = draft.finished();
  append(input, "trailing"sv);
  return input;
}

}  // namespace

Corpus make_corpus() {
  Corpus corpus;
  using png::ColorType;
  struct Kind {
    ColorType type;
    int depth;
    int samples;
  };
  for (const Kind& kind :
       {Kind{ColorType::grey, 1, 1}, Kind{ColorType::grey, 4, 1}, Kind{ColorType::grey, 16, 1},
        Kind{ColorType::rgb, 8, 3}, Kind{ColorType::rgb, 16, 3}, Kind{ColorType::grey_alpha, 8, 2},
        Kind{ColorType::rgb_alpha, 8, 4}, Kind{ColorType::rgb_alpha, 16, 4}})
    for (const std::uint8_t interlace : {std::uint8_t{0}, std::uint8_t{1}}) {
      const auto row = static_cast<std::size_t>((7 * kind.samples * kind.depth + 7) / 8);
      FileDraft draft(7, 5, kind.depth, kind.type, interlace);
      draft.chunk("IDAT", interlace == 0 ? rows(5, row) : filters_only(5 * row + 20));
      corpus.seeds.push_back({"rows-" + std::to_string(static_cast<int>(kind.type)) + "-" +
                                  std::to_string(kind.depth) + "-" + std::to_string(interlace),
                              draft.finished()});
    }
  for (const int bits : {8, 16})
    for (const int channels : {1, 2, 3, 4}) {
      const auto file = png::encode_png(drawn(9, 9, channels, bits).view(), {}, {});
      require(file.has_value(), "pixels can be encoded");
      Bytes input{2};
      append(input, *file);
      corpus.seeds.push_back({"encoded-" + std::to_string(channels) + "-" + std::to_string(bits), input});
    }
  corpus.seeds.push_back({"animation", animation()});
  corpus.seeds.push_back({"metadata", with_metadata()});
  for (const char* type :
       {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "acTL", "fcTL", "fdAT", "gAMA", "cHRM", "sRGB",
        "iCCP", "cICP", "sBIT", "bKGD", "hIST", "pHYs", "tEXt", "zTXt", "iTXt", "tIME", "eXIf"})
    corpus.words.emplace_back(type);
  corpus.words.emplace_back("\x89PNG\r\n\x1a\n");
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt::fuzz;
  InputReader input({data, size});
  const Options options = options_from(input.take<std::uint8_t>());
  optimize(input.rest(), options.optimize);
  optimize(repair_png(input.rest(), options.image_data, k_max_pixels), options.optimize);
  return 0;
}

// Fuzzes sniff_content, which sees the first bytes of every file, and the lookup of formats by name.
#include <algorithm>

#include "protocol/image_format.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

void sniff(ByteView head) {
  const AlignedCopy exact(head);
  const SniffedContent content = sniff_content(exact.view());
  require(!content.description.empty(), "content is described");
  require((content.kind == ContentKind::empty) == head.empty(), "only no bytes are empty");
  if (content.kind == ContentKind::image)
    require(std::find(k_all_formats.begin(), k_all_formats.end(), content.format) != k_all_formats.end(),
            "an image has a format");
}

void look_up(std::string_view name) {
  if (const auto format = format_from_name(name))
    require(format_from_name(format_name(*format)) == format, "a format's name is its name");
  if (const auto format = format_from_extension(name))
    require(format_from_extension(format_extension(*format)) == format, "a format's extension is its own");
}

}  // namespace

Corpus make_corpus() {
  using namespace std::string_view_literals;
  Corpus corpus;
  for (const std::string_view magic :
       {"\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff\xe0"sv, "RIFF\x10\0\0\0WEBPVP8 "sv, "GIF89a"sv, "II*\0"sv,
        "MM\0+"sv, "\xff\x0a"sv, "\0\0\0\x0cJXL \r\n\x87\n"sv,
        "\0\0\0\x1c"
        "ftypmif1\0\0\0\0mif1avif"sv,
        "\0\0\0\x18"
        "ftypheic\0\0\0\0mif1"sv,
        "version https://git-lfs.github.com/spec/v1\n"sv, "BM"sv,
        "\xef\xbb\xbf<?xml version=\"1.0\"?><svg "sv, ".jpeg"sv, "tif"sv}) {
    corpus.seeds.push_back(
        {"magic-" + std::to_string(corpus.seeds.size()), Bytes(magic.begin(), magic.end())});
    corpus.words.emplace_back(magic);
  }
  return corpus;
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  imgopt::fuzz::sniff({data, size});
  imgopt::fuzz::look_up({reinterpret_cast<const char*>(data), size});
  return 0;
}

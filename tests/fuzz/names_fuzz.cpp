// Fuzzes what is made of names: JSON texts, from which their bytes come back, and paths of outputs, which
// stay beneath the output folder.
//
// input = stem zero-byte extension zero-byte pattern
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/fuzz/fuzz_target.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/output_name.hpp"

namespace imgopt::fuzz {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";  // U+FFFD

// The rule of json_text.hpp, backwards.
std::string original_of(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text.starts_with(k_replacement) && text.size() >= k_replacement.size() + 2) {
      bytes.push_back(
          static_cast<char>(std::stoi(std::string(text.substr(k_replacement.size(), 2)), nullptr, 16)));
      text.remove_prefix(k_replacement.size() + 2);
    } else {
      bytes.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return bytes;
}

void write_as_json(std::string_view name) {
  std::string quoted;
  append_json_string(quoted, name);
  require(quoted.find('\n') == std::string::npos, "a string stays on its line");
  const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
  require(parsed.is_string(), "a name of any bytes is a JSON string");
  require(parsed.get_ref<const std::string&>() == json_text(name), "the string is the name's text");
  require(original_of(json_text(name)) == name, "the name's bytes come back");
}

void require_beneath(std::string_view path) {
  require(!path.empty() && path.size() <= k_longest_output_path, "an output's path has a length");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    require(!component.empty() && component != "." && component != ".." && component.size() <= 255,
            "an output's path stays beneath the output folder");
    begin = end + 1;
  }
}

void name_output(std::string_view pattern, const NameParts& parts) {
  if (!check_name_pattern(pattern))
    return;
  const std::string path = expand_name(pattern, parts);
  if (check_output_name(path))
    require_beneath(path);
}

Bytes joined(std::string_view stem, std::string_view extension, std::string_view pattern) {
  Bytes bytes;
  append(bytes, stem);
  bytes.push_back(0);
  append(bytes, extension);
  bytes.push_back(0);
  append(bytes, pattern);
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"plain", joined("a", "png", k_plain_name_pattern)},
           {"width", joined("a", "png", k_width_name_pattern)},
           {"folders", joined("..", "", "{format}/{stem}/../{stem}.{ext}")},
           {"bytes", joined("\xff\xEF\xBF\xBD\xC3\xA4\xED\xA0\x80\x01\"\\", "\n", "{stem}")},
           {"device", joined("con", "webp", "{stem}.{ext}")}},
          {"{stem}", "{ext}", "{width}", "{format}", "../", "/", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80"}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  fuzz::InputReader input({data, size});
  const std::string_view stem = input.take_text();
  const std::string_view extension = input.take_text();
  const std::string_view pattern = input.rest_as_text();
  for (const std::string_view name : {stem, extension, pattern}) {
    fuzz::write_as_json(name);
    if (check_output_name(name))
      fuzz::require_beneath(name);
  }
  fuzz::name_output(pattern, {stem, extension, "webp", 640});
  fuzz::name_output(pattern, {stem, extension, "webp", std::nullopt});
  return 0;
}

// Fuzzes Glob: parsing, matching within the time that its header promises, and the shapes that are matched
// without an automaton against the automaton itself.
//
// input = pattern zero-byte path
#include "tool/text/glob.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

// Long enough that a matcher which tries again from each place would be found by libFuzzer's time limit.
constexpr std::size_t k_long_path = std::size_t{1} << 12;

// `text` as Glob wants paths: relative, without empty components, "." and "..".
std::string path_from(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view component = text.substr(0, end);
    if (!component.empty() && component != "." && component != "..")
      path.append(path.empty() ? "" : "/").append(component);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path;
}

// A pattern in braces of its own means the same but takes the general way. Slashes at the ends mean something
// only there, and a comma would part it.
bool can_stand_in_braces(std::string_view pattern) {
  return !pattern.starts_with('/') && !pattern.starts_with("./") && !pattern.ends_with('/') &&
         pattern.find(',') == std::string_view::npos;
}

void match(std::string_view pattern, const std::string& path, Braces braces) {
  const auto glob = Glob::parse(pattern, braces);
  if (!glob) {
    require(glob.error().code == ErrorCode::invalid_config, "a bad pattern is an invalid_config");
    return;
  }
  const bool matches = glob->matches(path);
  require(!matches || glob->matches_folder(path), "a folder that matches, matches");
  std::string repeated = path;
  while (!path.empty() && repeated.size() < k_long_path)
    repeated += path;
  (void)glob->matches(repeated);
  (void)glob->matches_folder(repeated);
  if (braces == Braces::literal || !can_stand_in_braces(pattern))
    return;
  const auto general = Glob::parse("{" + std::string(pattern) + "}");
  if (!general)
    return;  // longer than a pattern may be, or nested deeper than braces may be
  require(general->matches(path) == matches, "a pattern in braces matches what it matches without");
}

Bytes pair_of(std::string_view pattern, std::string_view path) {
  Bytes bytes;
  append(bytes, pattern);
  bytes.push_back(0);
  append(bytes, path);
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"literal", pair_of("a/b.png", "a/b.png")},
           {"star", pair_of("*.png", "photos/a.png")},
           {"deep", pair_of("a/**/b/**/c*", "a/x/y/b/b/c.png")},
           {"stars", pair_of("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa")},
           {"double-stars", pair_of("**/a/**/a/**/a/**/b", "a/a/a/a/a/a/a/a/a")},
           {"set", pair_of("[!a-c[:digit:]]?[]x]", "\xC3\xA4\xFFx")},
           {"braces", pair_of("{a,b{c,d},**/e}/*.{png,jpg}", "bd/x.jpg")},
           {"escapes", pair_of("\\*\\[\\\\", "*[\\")},
           {"folder", pair_of("/build/", "build/x")},
           {"large", pair_of(std::string(80, '?') + "*", std::string(100, 'q'))}},
          {"**/", "/**", "[!", "[[:alpha:]", "{", "}", ",", "\\", "[a-z]", "./"}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  fuzz::InputReader input({data, size});
  const std::string_view pattern = input.take_text();
  const std::string path = fuzz::path_from(input.rest_as_text());
  fuzz::match(pattern, path, Braces::alternatives);
  fuzz::match(pattern, path, Braces::literal);
  return 0;
}

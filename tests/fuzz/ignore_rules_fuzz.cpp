// Fuzzes IgnoreRules with the text of an ignore file and a path to judge.
//
// input = path zero-byte text
#include "tool/scan/ignore_rules.hpp"

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

Bytes pair_of(std::string_view path, std::string_view text) {
  Bytes bytes;
  append(bytes, path);
  bytes.push_back(0);
  append(bytes, text);
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"usual", pair_of("a/b.png", "# made\n*.tmp\n/build/\n!keep.tmp\n**/cache/**\r\n")},
           {"marks", pair_of("a b ",
                             "\xEF\xBB\xBF"
                             "a\\ b\\ \n \n\\#x\n\\!y\n!\n!!\n")},
           {"unmatched", pair_of("[a", "[a\na\\\na//\n//\n/\n")},
           {"sets", pair_of("dir/x1.png", "dir/[a-z][[:digit:]].*\n!dir/x?.png\n")}},
          {"!", "/\n", "\\ ", "**/", "[!", "\xEF\xBB\xBF", "\r\n"}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  fuzz::InputReader input({data, size});
  const std::string_view path = input.take_text();
  const std::string_view text = input.rest_as_text();
  IgnoreRules rules;
  rules.add(text);
  const IgnoreVerdict file = rules.judge(path, ListedKind::file);
  fuzz::require(!rules.is_empty() || file == IgnoreVerdict::unmentioned, "no rule says nothing");
  (void)rules.judge(path, ListedKind::folder);

  // What stands last decides, whatever was said before.
  rules.add("\n*\n");
  fuzz::require(path.empty() || rules.judge(path, ListedKind::file) == IgnoreVerdict::ignored,
                "the last line decides");
  rules.add("\n!*\n");
  fuzz::require(path.empty() || rules.judge(path, ListedKind::file) == IgnoreVerdict::taken,
                "the last line decides");
  return 0;
}

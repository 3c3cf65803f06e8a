// Fuzzes depfile_text: what it escapes is read back by a reader that follows Ninja's rules.
//
// input = target { zero-byte prerequisite }
#include "tool/account/depfile.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_target.hpp"

namespace imgopt::fuzz {
namespace {

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7F;
}

// Whether Make neither stops at the name nor runs it.
bool can_stand(std::string_view name) {
  const std::size_t bracket = name.find('(');
  const bool is_member =
      name.ends_with(')') && bracket != std::string_view::npos && name.size() - bracket > 2;
  return !name.empty() && std::none_of(name.begin(), name.end(), is_control) && !name.ends_with(' ') &&
         name.find_first_of(":;") == std::string_view::npos && name.find("\\=") == std::string_view::npos &&
         !is_member;
}

// Whether all readers read the name as it is. A dollar is beyond CMake alone, so here it counts as plain.
bool is_plain(std::string_view name) {
  return can_stand(name) && std::all_of(name.begin(), name.end(), [](char character) {
           return character == '$' || k_beyond_depfiles.find(character) == std::string_view::npos;
         });
}

// The words of a depfile by the rules of Ninja 1.11's reader: 2n + 1 backslashes before a space are n of them
// and the space, 2n before a space or the end are themselves and end the word, those before `#` lose one,
// `$$` is one dollar, a backslash before a line break joins lines.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty())
      words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\\') {
      const std::size_t after = std::min(text.find_first_not_of('\\', at), text.size());
      const std::size_t count = after - at;
      const char next = after < text.size() ? text[after] : '\0';
      at = after;
      if (next == '\n') {
        word.append(count - 1, '\\');
        end_word();
        ++at;
      } else if (next == ' ' && count % 2 == 1) {
        word.append(count / 2, '\\').push_back(' ');
        ++at;
      } else if (next == '#') {
        word.append(count - 1, '\\').push_back('#');
        ++at;
      } else {
        word.append(count, '\\');
      }
      continue;
    }
    if (text[at] == ' ' || text[at] == '\n')
      end_word();
    else if (text.substr(at, 2) == "$$")
      word.push_back(text[at++]);
    else
      word.push_back(text[at]);
    ++at;
  }
  end_word();
  return words;
}

void write_and_read(const std::string& target, const std::vector<std::string>& names) {
  const std::string text = depfile_text(target, names);
  require(text.ends_with('\n'), "a depfile ends with a line break");
  std::size_t standing = 0;
  for (const std::string& name : names)
    standing += can_stand(name) ? 1 : 0;
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  // "/usr" is put first where every name holds a '='.
  require(lines >= 1 + standing && lines <= 2 + standing, "each name has a line and cannot make another");
  const auto beyond = names_beyond_depfiles(names);
  for (const std::string& name : beyond)
    require(std::find(names.begin(), names.end(), name) != names.end(),
            "only given names are beyond depfiles");

  if (!is_plain(target) || target.find(':') != std::string::npos)
    return;
  // What is beyond depfiles may take other names with it; without it all must come back.
  std::vector<std::string> plain;
  std::copy_if(names.begin(), names.end(), std::back_inserter(plain), is_plain);
  std::vector<std::string> read = words_of(depfile_text(target, plain));
  require(!read.empty() && read.front() == target + ":", "the target comes back");
  read.erase(read.begin());
  if (const bool has_root = std::find(plain.begin(), plain.end(), "/usr") != plain.end();
      !has_root && !read.empty() && read.front() == "/usr")
    read.erase(read.begin());
  std::sort(read.begin(), read.end());
  std::sort(plain.begin(), plain.end());
  if (read.size() == plain.size() + 1)  // the same "/usr", before a "/usr" that was given
    plain.insert(std::lower_bound(plain.begin(), plain.end(), "/usr"), "/usr");
  require(read == plain, "prerequisites come back");
}

Bytes joined(std::initializer_list<std::string_view> names) {
  Bytes bytes;
  for (const std::string_view name : names) {
    append(bytes, name);
    bytes.push_back(0);
  }
  return bytes;
}

}  // namespace

Corpus make_corpus() {
  return {{{"plain", joined({"/build/stamp", "/a/b.png", "/a/c.jpg"})},
           {"spaces", joined({"/build/my stamp", "/a/b c.png", " ", "a ", "$ $"})},
           {"beyond", joined({"/build/stamp", "a#b", "a\\ b", "a\\", "\\\\#", "x:y", "p|q", "a\\\\ \\"})},
           {"equals", joined({"t", "a=b", "c=d"})},
           {"controls", joined({"t", "a\nb", "\x7f", ""})},
           {"nothing", joined({"t"})}},
          {"\\ ", "\\#", "$$", "\\\n", ": ", "=", "/usr"}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  imgopt::fuzz::InputReader input({data, size});
  std::string target(input.take_text());
  if (!imgopt::fuzz::can_stand(target))
    target = "/build/stamp";  // what the caller promises
  std::vector<std::string> names;
  while (!input.rest().empty())
    names.emplace_back(input.take_text());
  imgopt::fuzz::write_and_read(target, names);
  return 0;
}

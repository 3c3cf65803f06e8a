// imgopt-texts: prints what is made from the option table while ImgOpt is built. Not installed.
//
//   imgopt-texts man|bash|zsh|fish FILE
#include <fmt/core.h>

#include <map>
#include <string>

#include "base/file.hpp"
#include "tool/help/completions.hpp"
#include "tool/help/man_page.hpp"
#include "tool/text/version.hpp"

int main(int argument_count, char** arguments) {
  using namespace imgopt;
  const std::map<std::string, std::string> texts = {
      {"man", man_page(tool_version())},
      {"bash", bash_completion()},
      {"zsh", zsh_completion()},
      {"fish", fish_completion()},
  };
  const auto text = argument_count == 3 ? texts.find(arguments[1]) : texts.end();
  if (text == texts.end()) {
    fmt::print(stderr, "usage: imgopt-texts man|bash|zsh|fish FILE\n");
    return 2;
  }
  if (const auto written = write_file(arguments[2], text->second); !written) {
    fmt::print(stderr, "imgopt-texts: {}\n", written.error().message);
    return 4;
  }
  return 0;
}

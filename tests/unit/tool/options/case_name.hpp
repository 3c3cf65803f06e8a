// Names of test cases for listings: what is no letter, digit or dash would confuse the tools that read them.
#pragma once

#include <string>
#include <string_view>

namespace imgopt {

inline std::string case_name(std::string_view text) {
  std::string name(text.substr(0, 60));
  for (char& c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
      c = '_';
  return name;
}

}  // namespace imgopt

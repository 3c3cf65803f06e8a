// The program's version.
#pragma once

#include <string_view>

namespace imgopt {

// "0.1.0", as the build says.
[[nodiscard]] std::string_view tool_version();

}  // namespace imgopt

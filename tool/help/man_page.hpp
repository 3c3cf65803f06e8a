// The manual page imgopt(1), made from the option table, the command table and the help topics while ImgOpt
// is built.
#pragma once

#include <string>
#include <string_view>

namespace imgopt {

// In the man(7) macros; without a date, so that equal sources give equal bytes.
[[nodiscard]] std::string man_page(std::string_view version);

}  // namespace imgopt

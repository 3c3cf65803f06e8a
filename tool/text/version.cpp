#include "tool/text/version.hpp"

#ifndef IMGOPT_VERSION
#error "IMGOPT_VERSION must be defined as the project's version in quotes"
#endif

namespace imgopt {

std::string_view tool_version() {
  return IMGOPT_VERSION;
}

}  // namespace imgopt

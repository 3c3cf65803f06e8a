// Completions for shells, made from the option table and the command table while ImgOpt is built.
#pragma once

#include <string>

namespace imgopt {

// One script each, to be installed where the shell looks for it; none needs another package.
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace imgopt

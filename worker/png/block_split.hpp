// Where a sequence of tokens is best divided into DEFLATE blocks, each with a code of its own.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "worker/png/deflate_symbols.hpp"

namespace imgopt::png {

// Ends of the blocks, as numbers of tokens; the last is tokens.size(). Pieces of `piece` tokens are merged as
// long as that makes the estimated sum of sizes smaller.
[[nodiscard]] std::vector<std::size_t> split_blocks(std::span<const Token> tokens, std::size_t piece);

}  // namespace imgopt::png

// The two byte types that pass between modules: a view and an owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace imgopt {

using ByteView = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

}  // namespace imgopt

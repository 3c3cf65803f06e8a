// What a terminal can: colours, and how wide it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace imgopt {

enum class Colour : std::uint8_t { no, yes };

// yes: `fd` is a terminal that can, and NO_COLOR is unset or empty (no-color.org).
[[nodiscard]] Colour colour_for(int fd);

// How many columns the terminal at `fd` has now; nothing where it is none, or does not say.
[[nodiscard]] std::optional<std::size_t> terminal_columns(int fd);

}  // namespace imgopt

// Orders of palette entries: which numbers colours get decides how well filters and Huffman codes work on
// them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/png/analysis.hpp"

namespace imgopt::png {

// Every order puts entries that are not opaque first, so that tRNS stays short.

[[nodiscard]] std::vector<RgbaEntry> order_by_luminance(std::span<const ColorCount> colors);

[[nodiscard]] std::vector<RgbaEntry> order_by_popularity(std::span<const ColorCount> colors);

// Colours that are often neighbours get near numbers: the modified Zeng method (A. J. Pinho and
// A. J. R. Neves, "A note on Zeng's technique for color reindexing of palette-based images", 2004).
[[nodiscard]] std::vector<RgbaEntry> order_by_neighbours(std::span<const ColorCount> colors,
                                                         std::span<const RgbaImage> images);

// The same, then improved: entries change places as long as that shortens the steps between neighbours, each
// counted as the logarithm of its size. Smaller than order_by_neighbours for pictures of many colours, and
// slower: up to a third of a second for 256 of them.
[[nodiscard]] std::vector<RgbaEntry> order_by_steps(std::span<const ColorCount> colors,
                                                    std::span<const RgbaImage> images);

// The entries of `original` that are in use, in their own order, then the other colours.
[[nodiscard]] std::vector<RgbaEntry> keep_order(std::span<const ColorCount> colors,
                                                std::span<const RgbaEntry> original);

}  // namespace imgopt::png

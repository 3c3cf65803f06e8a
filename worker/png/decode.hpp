// From compressed image data to pixels: inflate into an exactly sized buffer, undo filters and interlacing.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "worker/png/file.hpp"
#include "worker/png/rgba.hpp"

namespace imgopt::png {

// Inflates the zlib stream that `parts` are together; it must give exactly `size` bytes.
// Errors: corrupt_image.
[[nodiscard]] Result<Bytes> inflate_exactly(std::span<const ByteView> parts, std::uint64_t size);

// Bytes of the filtered image data of a frame: the inflated size.
[[nodiscard]] std::uint64_t filtered_size(const Header& header, std::uint32_t width, std::uint32_t height);

// One frame as RGBA: 16 bits where the file has 16, else 8. If `filtered` is given it receives the inflated,
// still filtered image data. Errors: corrupt_image.
[[nodiscard]] Result<RgbaImage> decode_frame(const File& file, const FrameData& frame,
                                             Bytes* filtered = nullptr);

// Undoes the filters of one pass in place: rows of 1 + row_bytes, packed at the front of `data` without their
// filter bytes afterwards. `pixel_bytes` is the distance to the left neighbour. Errors: corrupt_image.
[[nodiscard]] Result<void> unfilter(std::span<std::uint8_t> data, std::size_t row_bytes, std::uint32_t rows,
                                    std::size_t pixel_bytes);

}  // namespace imgopt::png

// Makes a mutated PNG believable again: checksums that fit and image data of the right length, without which
// nearly every mutation would be refused at the door.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace imgopt::fuzz {

// What the data of IDAT and fdAT chunks is taken for.
enum class ImageData : std::uint8_t {
  compressed,  // a zlib stream, left as it is
  filtered     // filtered rows; cut or filled up to the size that the header asks for and stored in a zlib
               // stream
};

// A copy of `png` with the checksums of all chunks made right. What is no chunk any more stays as it is.
// `max_pixels` bounds each image that is filled up.
[[nodiscard]] Bytes repair_png(ByteView png, ImageData image_data, std::uint64_t max_pixels);

// `data` as a zlib stream of stored blocks.
[[nodiscard]] Bytes store_in_zlib(ByteView data);

}  // namespace imgopt::fuzz

// A bounds-checked reader of one TIFF directory, the form in which Exif and MPF (CIPA DC-007) keep their
// tags.
//
// Format (TIFF 6.0): "II" or "MM", u16 42, u32 offset of the directory; directory: u16 count, count entries
// of 12 bytes (u16 tag, u16 type, u32 count, u32 value or offset), u32 offset of the next directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace imgopt::jpeg {

// Types of values (TIFF 6.0, section 2).
inline constexpr std::uint16_t k_type_ascii = 2;
inline constexpr std::uint16_t k_type_short = 3;
inline constexpr std::uint16_t k_type_long = 4;

enum class ByteOrder { little_endian, big_endian };

struct TiffEntry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint32_t count = 0;
  std::size_t value_field = 0;  // offset of the four-byte value field within the TIFF data
  ByteView value;               // the bytes themselves, wherever they lie; empty where they lie out of bounds
};

struct TiffDirectory {
  ByteOrder order = ByteOrder::little_endian;
  std::vector<TiffEntry> entries;

  [[nodiscard]] const TiffEntry* find(std::uint16_t tag) const;
  // The first value of an entry of type SHORT or LONG.
  [[nodiscard]] std::optional<std::uint32_t> unsigned_value(std::uint16_t tag) const;
};

[[nodiscard]] std::uint16_t read_u16(ByteView data, std::size_t offset, ByteOrder order);
[[nodiscard]] std::uint32_t read_u32(ByteView data, std::size_t offset, ByteOrder order);

// Reads directory 0; nullopt where the header or the directory does not fit into `tiff`.
[[nodiscard]] std::optional<TiffDirectory> read_first_directory(ByteView tiff);

}  // namespace imgopt::jpeg

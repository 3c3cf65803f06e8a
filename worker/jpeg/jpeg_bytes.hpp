// Appends to a byte vector in JPEG's byte order (big-endian).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace imgopt::jpeg {

void append_bytes(Bytes& out, ByteView data);
void append_text(Bytes& out, std::string_view text);
void append_u16(Bytes& out, std::uint32_t value);  // the lower 16 bits
void append_u32(Bytes& out, std::uint32_t value);
void append_marker(Bytes& out, std::uint8_t marker);

// A marker segment; the payload has at most 65533 bytes.
void append_segment(Bytes& out, std::uint8_t marker, ByteView payload);

}  // namespace imgopt::jpeg

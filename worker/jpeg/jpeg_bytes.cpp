#include "worker/jpeg/jpeg_bytes.hpp"

namespace imgopt::jpeg {

void append_bytes(Bytes& out, ByteView data) {
  out.insert(out.end(), data.begin(), data.end());
}

void append_text(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void append_u16(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append_u32(Bytes& out, std::uint32_t value) {
  append_u16(out, value >> 16);
  append_u16(out, value);
}

void append_marker(Bytes& out, std::uint8_t marker) {
  out.push_back(0xFF);
  out.push_back(marker);
}

void append_segment(Bytes& out, std::uint8_t marker, ByteView payload) {
  append_marker(out, marker);
  append_u16(out, static_cast<std::uint32_t>(payload.size()) + 2);
  append_bytes(out, payload);
}

}  // namespace imgopt::jpeg

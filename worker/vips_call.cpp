#include "worker/vips_call.hpp"

namespace imgopt {

std::string take_vips_error() {
  const std::string text = vips_error_buffer();
  vips_error_clear();
  std::string line;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!is_control)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += c == '\n' ? std::string("; ") : std::string(" ");
  }
  while (line.ends_with(' ') || line.ends_with(';'))
    line.pop_back();
  return line.empty() ? "unknown error" : line;
}

Bytes save_to_memory(const char* operation, const vips::VImage& image, vips::VOption* options) {
  VipsBlob* made = nullptr;
  vips::VImage::call(operation, options->set("in", image)->set("buffer", &made));
  const Blob blob(made);
  const ByteView bytes = blob.bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace imgopt

#include "worker/vips_call.hpp"

#include <algorithm>
#include <string_view>

#include "worker/vips_setup.hpp"

namespace imgopt {

namespace {

// libvips notes each attempt to read behind a file's end; the loader's own words say that better.
constexpr std::string_view k_noise = "source: bad seek to ";

std::string without_noise(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!text.starts_with(k_noise))
      kept.append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

std::string one_line(std::string_view text) {
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
  return line;
}

}  // namespace

std::string take_vips_error() {
  std::string line = one_line(without_noise(vips_error_buffer()));
  vips_error_clear();
  if (line.empty())
    line = one_line(last_decoder_warning());
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

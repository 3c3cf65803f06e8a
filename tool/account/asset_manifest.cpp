#include "tool/account/asset_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

// About what one output takes: the hash, the keys, the numbers.
constexpr std::size_t k_output_bytes = 180;

bool stands(const OutputOutcome& output) {
  return output.status != OutputStatus::failed && output.status != OutputStatus::would_encode;
}

void append_output(std::string& out, const OutputOutcome& output) {
  out.append("{\"path\":");
  append_json_string(out, output.path);
  out.append(",\"format\":");
  if (output.format)
    append_json_string(out, format_name(*output.format));
  else
    out.append("null");
  fmt::format_to(std::back_inserter(out), ",\"width\":{},\"height\":{},\"bytes\":{},\"hash\":\"{}\"}}",
                 output.width, output.height, output.bytes, output.hash.hex());
}

}  // namespace

std::string asset_manifest_json(const RunOutcome& outcome) {
  std::vector<const ImageOutcome*> images;
  images.reserve(outcome.images.size());
  std::size_t bytes = 64;
  for (const ImageOutcome& image : outcome.images) {
    images.push_back(&image);
    bytes += image.source.size() + 40;
    for (const OutputOutcome& output : image.outputs)
      bytes += output.path.size() + k_output_bytes;
  }
  std::stable_sort(images.begin(), images.end(),
                   [](const ImageOutcome* a, const ImageOutcome* b) { return a->source < b->source; });

  std::string out;
  out.reserve(bytes);
  out.append("{\"schema\":1,\n\"images\":{");
  std::string_view before = "\n";
  std::vector<const OutputOutcome*> outputs;
  for (auto at = images.begin(); at != images.end();) {
    const ImageOutcome& first = **at;
    outputs.clear();
    for (; at != images.end() && (*at)->source == first.source; ++at)
      for (const OutputOutcome& output : (*at)->outputs)
        if (stands(output))
          outputs.push_back(&output);
    if (outputs.empty())
      continue;
    std::stable_sort(outputs.begin(), outputs.end(),
                     [](const OutputOutcome* a, const OutputOutcome* b) { return a->path < b->path; });
    out.append(before);
    before = ",\n";
    append_json_string(out, first.source);
    fmt::format_to(std::back_inserter(out), ":{{\"bytes\":{},\"outputs\":[", first.bytes);
    for (const OutputOutcome* output : outputs) {
      if (output != outputs.front())
        out.push_back(',');
      append_output(out, *output);
    }
    out.append("]}");
  }
  out.append("\n}}\n");
  return out;
}

}  // namespace imgopt

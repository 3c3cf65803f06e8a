#include "tool/account/asset_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

namespace imgopt {

namespace {

constexpr std::string_view k_first_line = "// Made by imgopt; changes are lost with the next build.\n";

struct Asset {
  const ImageOutcome* image;
  const OutputOutcome* output;
};

std::vector<Asset> assets_of(const RunOutcome& outcome) {
  std::vector<Asset> assets;
  for (const ImageOutcome& image : outcome.images)
    for (const OutputOutcome& output : image.outputs)
      if (output.status != OutputStatus::failed && output.status != OutputStatus::would_encode)
        assets.push_back({&image, &output});
  std::sort(assets.begin(), assets.end(),
            [](const Asset& a, const Asset& b) { return a.output->path < b.output->path; });
  return assets;
}

// Stands for itself in a string literal. Two question marks would begin a trigraph where a compiler knows
// those.
bool needs_no_escape(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  const bool is_trigraph = byte == '?' && i > 0 && text[i - 1] == '?';
  return byte >= 0x20 && byte != 0x7f && byte != '"' && byte != '\\' && !is_trigraph;
}

// Bytes as a string literal. Three octal digits end an escape, whatever follows.
void append_literal(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (needs_no_escape(text, i))
      out += text[i];
    else
      fmt::format_to(std::back_inserter(out), "\\{:03o}", static_cast<unsigned char>(text[i]));
  }
  out += '"';
}

// The same for the inside of an assembler's string inside of a string literal.
void append_assembler_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (needs_no_escape(text, i))
      out += text[i];
    else
      fmt::format_to(std::back_inserter(out), "\\\\{:03o}", static_cast<unsigned char>(text[i]));
  }
}

std::string symbol_of(const OutputOutcome& output) {
  return "imgopt_asset_" + output.hash.hex();
}

}  // namespace

std::string asset_header_text(const RunOutcome& outcome, std::string_view name_space, AssetBytes bytes) {
  const std::vector<Asset> assets = assets_of(outcome);
  const bool is_embedded = bytes == AssetBytes::embedded;
  std::string out(k_first_line);
  out +=
      "#pragma once\n\n#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <string_view>\n\n";
  if (is_embedded) {
    std::set<std::string> symbols;
    for (const Asset& asset : assets)
      symbols.insert(symbol_of(*asset.output));
    out += "extern \"C\" {\n";
    for (const std::string& symbol : symbols)
      fmt::format_to(std::back_inserter(out),
                     "extern const unsigned char {}[] __attribute__((visibility(\"hidden\")));\n", symbol);
    out += "}\n\n";
  }
  fmt::format_to(std::back_inserter(out),
                 "namespace {} {{\n\n"
                 "struct Asset {{\n"
                 "  std::string_view path;    // below the output folder\n"
                 "  std::string_view source;  // the image that it was made from\n"
                 "  std::string_view format;  // \"webp\"; empty for a file copied as it is\n"
                 "  std::uint32_t width;      // pixels\n"
                 "  std::uint32_t height;\n"
                 "  std::uint64_t bytes;\n"
                 "  std::string_view hash;    // SHA-256 of the bytes, in hexadecimal\n",
                 name_space);
  if (is_embedded)
    out += "  const unsigned char* data;\n";
  fmt::format_to(std::back_inserter(out),
                 "}};\n\n// Sorted by path.\ninline constexpr std::array<Asset, {}> assets = {{",
                 assets.size());
  out += assets.empty() ? "" : "{\n";
  for (const Asset& asset : assets) {
    const OutputOutcome& output = *asset.output;
    out += "    {";
    append_literal(out, output.path);
    out += ", ";
    append_literal(out, asset.image->source);
    fmt::format_to(std::back_inserter(out), ", \"{}\", {}u, {}u, {}u, \"{}\"",
                   output.format ? format_name(*output.format) : "", output.width, output.height,
                   output.bytes, output.hash.hex());
    if (is_embedded)
      fmt::format_to(std::back_inserter(out), ", {}", symbol_of(output));
    out += "},\n";
  }
  out += assets.empty() ? "};\n" : "}};\n";
  fmt::format_to(std::back_inserter(out),
                 "\n"
                 "// The asset of that path, or null.\n"
                 "constexpr const Asset* find_asset(std::string_view path) {{\n"
                 "  std::size_t begin = 0;\n"
                 "  std::size_t end = assets.size();\n"
                 "  while (begin < end) {{\n"
                 "    const std::size_t middle = begin + (end - begin) / 2;\n"
                 "    if (assets[middle].path < path)\n"
                 "      begin = middle + 1;\n"
                 "    else\n"
                 "      end = middle;\n"
                 "  }}\n"
                 "  return begin < assets.size() && assets[begin].path == path ? &assets[begin] : nullptr;\n"
                 "}}\n\n"
                 "}}  // namespace {}\n",
                 name_space);
  return out;
}

std::string asset_embedding_text(const RunOutcome& outcome) {
  std::string out(k_first_line);
  out +=
      "#ifndef IMGOPT_EMBED_FOLDER\n"
      "#define IMGOPT_EMBED_FOLDER \"\"\n"
      "#endif\n"
      "#if defined(__APPLE__)\n"
      "#define IMGOPT_EMBED(symbol, path)                                                 \\\n"
      "  __asm__(\".const_data\\n.balign 16\\n.globl _\" #symbol \"\\n.weak_definition _\" #symbol \\\n"
      "          \"\\n.private_extern _\" #symbol \"\\n_\" #symbol                               \\\n"
      "          \":\\n.incbin \\\"\" IMGOPT_EMBED_FOLDER path \"\\\"\\n.text\\n\")\n"
      "#else\n"
      "#define IMGOPT_EMBED(symbol, path)                                             \\\n"
      "  __asm__(\".section .rodata\\n.balign 16\\n.weak \" #symbol \"\\n.hidden \" #symbol \\\n"
      "          \"\\n\" #symbol \":\\n.incbin \\\"\" IMGOPT_EMBED_FOLDER path \"\\\"\\n.text\\n\")\n"
      "#endif\n\n";
  std::set<std::string> defined;
  for (const Asset& asset : assets_of(outcome)) {
    const std::string symbol = symbol_of(*asset.output);
    if (!defined.insert(symbol).second)
      continue;
    fmt::format_to(std::back_inserter(out), "IMGOPT_EMBED({}, \"", symbol);
    append_assembler_text(out, asset.output->path);
    out += "\");\n";
  }
  return out;
}

}  // namespace imgopt

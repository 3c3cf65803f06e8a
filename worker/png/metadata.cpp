#include "worker/png/metadata.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "worker/png/deflate.hpp"

namespace imgopt::png {
namespace {

constexpr ChunkType k_bkgd = chunk_type("bKGD");
constexpr ChunkType k_hist = chunk_type("hIST");
constexpr ChunkType k_sbit = chunk_type("sBIT");
constexpr ChunkType k_phys = chunk_type("pHYs");
constexpr ChunkType k_exif = chunk_type("eXIf");
constexpr ChunkType k_iccp = chunk_type("iCCP");
constexpr ChunkType k_text = chunk_type("tEXt");
constexpr ChunkType k_compressed_text = chunk_type("zTXt");
constexpr ChunkType k_international_text = chunk_type("iTXt");

bool is_text(ChunkType type) {
  return type == k_text || type == k_compressed_text || type == k_international_text;
}

bool speaks_of_format(ChunkType type) {
  return type == k_bkgd || type == k_hist || type == k_sbit;
}

// All three text chunks begin with the keyword and a NUL.
bool is_copyright_text(const AncillaryChunk& chunk) {
  const auto end = std::find(chunk.data.begin(), chunk.data.end(), std::uint8_t{0});
  const std::string keyword(chunk.data.begin(), end);
  return is_text(chunk.type) && (keyword == "Copyright" || keyword == "Author");
}

bool has_square_pixels(ByteView density) {
  return density.size() != 9 || read_u32(density, 0) == read_u32(density, 4);
}

// Orientation (tag 274) of a TIFF structure; 1, which is normal, where it has none that makes sense.
unsigned read_orientation(ByteView tiff) {
  if (tiff.size() < 10 || (tiff[0] != 'I' && tiff[0] != 'M') || tiff[0] != tiff[1]) {
    return 1;
  }
  const bool little = tiff[0] == 'I';
  const auto u16 = [&](std::size_t at) {
    return little ? static_cast<unsigned>(tiff[at] | (tiff[at + 1] << 8)) : read_u16(tiff, at);
  };
  const auto u32 = [&](std::size_t at) {
    return little ? u16(at) | (u16(at + 2) << 16) : static_cast<unsigned>(read_u32(tiff, at));
  };
  const std::size_t directory = u32(4);
  if (directory > tiff.size() - 2) {
    return 1;
  }
  const unsigned entries = u16(directory);
  for (unsigned i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + std::size_t{12} * i;
    if (at + 12 > tiff.size()) {
      return 1;
    }
    if (u16(at) == 0x0112 && u16(at + 2) == 3) {
      const unsigned orientation = u16(at + 8);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  }
  return 1;
}

// A big-endian TIFF structure whose one directory holds the orientation alone.
Bytes build_orientation(unsigned orientation) {
  return {'M', 'M',  0, 42, 0, 0, 0, 8,                                                   // header
          0,   1,                                                                         // one entry
          1,   0x12, 0, 3,  0, 0, 0, 1, 0, static_cast<std::uint8_t>(orientation), 0, 0,  // SHORT
          0,   0,    0, 0};                                                               // no next directory
}

// Whether a chunk says nothing about compressed image data, so that it may be copied into another encoding of
// the same pixels. Unknown chunks say so themselves.
bool survives_recompression(ChunkType type) {
  switch (type) {
    case chunk_type("cHRM"):
    case chunk_type("gAMA"):
    case chunk_type("iCCP"):
    case chunk_type("sRGB"):
    case chunk_type("cICP"):
    case chunk_type("mDCV"):
    case chunk_type("cLLI"):
    case chunk_type("sPLT"):
    case chunk_type("pCAL"):
    case chunk_type("sTER"):
    case chunk_type("tIME"):
    case chunk_type("oFFs"):
    case chunk_type("sCAL"):
      return true;
    default:
      return is_safe_to_copy(type);
  }
}

std::optional<Bytes> translate_background(const File& file, ByteView data, const Format& format) {
  const Header& from = file.header;
  const bool from_grey = from.color_type == ColorType::grey || from.color_type == ColorType::grey_alpha;
  std::array<unsigned, 3> color{};
  int bits = from.bit_depth;
  if (from.color_type == ColorType::palette) {
    if (data.size() != 1 || data[0] >= file.palette.size()) {
      return std::nullopt;
    }
    std::copy_n(file.palette[data[0]].begin(), 3, color.begin());
    bits = 8;
  } else {
    if (data.size() != (from_grey ? 2U : 6U)) {
      return std::nullopt;
    }
    for (std::size_t c = 0; c < 3; ++c) {
      color[c] = read_u16(data, from_grey ? 0 : 2 * c);
    }
  }
  const unsigned from_max = (1U << bits) - 1;
  const unsigned to_max = (1U << (format.type == ColorType::palette ? 8 : format.depth)) - 1;
  for (unsigned& sample : color) {
    if (sample > from_max || std::uint64_t{sample} * to_max % from_max != 0) {
      return std::nullopt;
    }
    sample = static_cast<unsigned>(std::uint64_t{sample} * to_max / from_max);
  }
  Bytes out;
  if (format.type == ColorType::palette) {
    const auto found =
        std::find_if(format.palette.begin(), format.palette.end(), [&](const RgbaEntry& entry) {
          return entry[0] == color[0] && entry[1] == color[1] && entry[2] == color[2];
        });
    if (found == format.palette.end()) {
      return std::nullopt;
    }
    out.push_back(static_cast<std::uint8_t>(found - format.palette.begin()));
    return out;
  }
  const bool to_grey = format.type == ColorType::grey || format.type == ColorType::grey_alpha;
  if (to_grey && (color[0] != color[1] || color[0] != color[2])) {
    return std::nullopt;
  }
  for (std::size_t c = 0; c < (to_grey ? 1U : 3U); ++c) {
    append_u16(out, static_cast<std::uint16_t>(color[c]));
  }
  return out;
}

bool same_palette(const File& file, const Format& format) {
  return format.type == file.header.color_type && format.palette.size() == file.palette.size() &&
         std::equal(
             format.palette.begin(), format.palette.end(), file.palette.begin(),
             [](const RgbaEntry& a, const RgbEntry& b) { return std::equal(b.begin(), b.end(), a.begin()); });
}

// Whether a chunk's number, in hundred-thousandths, is `exact` but for the rounding of writers that compute
// in floating point. It moves no sample by a fifth of a step of 8 bits.
bool is_about(std::uint32_t number, std::uint32_t exact) {
  return number >= exact - 2 && number <= exact + 2;
}

bool is_srgb_gamma(ByteView data) {
  return data.size() == 4 && is_about(read_u32(data, 0), 45455);
}

// White point, red, green and blue of sRGB (PNG specification, third edition, 11.3.2.1).
bool are_srgb_primaries(ByteView data) {
  constexpr std::array<std::uint32_t, 8> k_primaries = {31270, 32900, 64000, 33000,
                                                        30000, 60000, 15000, 6000};
  if (data.size() != k_primaries.size() * 4) {
    return false;
  }
  for (std::size_t i = 0; i < k_primaries.size(); ++i) {
    if (!is_about(read_u32(data, 4 * i), k_primaries[i])) {
      return false;
    }
  }
  return true;
}

// Whether all that the file says of its colours is that they are sRGB, which is what viewers take them for
// where nothing is said. Behind an sRGB chunk gAMA and cHRM do not count.
bool says_only_srgb(const File& file) {
  bool has_srgb = false;
  bool others_agree = true;
  for (const AncillaryChunk& chunk : file.ancillary) {
    switch (chunk.type) {
      case chunk_type("sRGB"):
        has_srgb = true;
        break;
      case chunk_type("gAMA"):
        others_agree = others_agree && is_srgb_gamma(chunk.data);
        break;
      case chunk_type("cHRM"):
        others_agree = others_agree && are_srgb_primaries(chunk.data);
        break;
      case chunk_type("iCCP"):
      case chunk_type("cICP"):
      case chunk_type("mDCV"):
      case chunk_type("cLLI"):
        return false;
      default:
        break;
    }
  }
  return has_srgb || others_agree;
}

bool describes_colour(ChunkType type) {
  return type == chunk_type("sRGB") || type == chunk_type("gAMA") || type == chunk_type("cHRM");
}

// What becomes of a chunk: nothing (dropped), its own data, or a reduced form.
std::optional<Bytes> select(const AncillaryChunk& chunk, AncillaryPolicy policy, bool only_srgb) {
  const auto copy = [&] { return Bytes(chunk.data.begin(), chunk.data.end()); };
  if (only_srgb && describes_colour(chunk.type) && policy != AncillaryPolicy::all) {
    return std::nullopt;
  }
  if (speaks_of_format(chunk.type)) {
    return std::nullopt;
  }
  if (affects_rendering(chunk.type)) {
    return copy();
  }
  if (policy == AncillaryPolicy::all) {
    return survives_recompression(chunk.type) ? std::optional(copy()) : std::nullopt;
  }
  if (chunk.type == k_phys && !has_square_pixels(chunk.data)) {
    return copy();
  }
  if (chunk.type == k_exif) {
    const unsigned orientation = read_orientation(chunk.data);
    return orientation != 1 ? std::optional(build_orientation(orientation)) : std::nullopt;
  }
  if (policy == AncillaryPolicy::copyright && is_copyright_text(chunk)) {
    return copy();
  }
  return std::nullopt;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

Result<OwnedChunk> build_text(const TextEntry& entry) {
  if (entry.keyword.empty() || entry.keyword.size() > 79 || entry.keyword.find('\0') != std::string::npos ||
      entry.text.find('\0') != std::string::npos) {
    return fail(ErrorCode::unsupported_image, "text entry cannot be written to PNG");
  }
  OwnedChunk chunk;
  chunk.place = Place::after_image;
  chunk.type = is_ascii(entry.text) ? k_text : k_international_text;
  chunk.data.assign(entry.keyword.begin(), entry.keyword.end());
  // The keyword's end; in iTXt further compression flag and method, and empty language and translated
  // keyword.
  chunk.data.resize(chunk.data.size() + (chunk.type == k_text ? 1 : 5));
  chunk.data.insert(chunk.data.end(), entry.text.begin(), entry.text.end());
  return chunk;
}

Result<OwnedChunk> build_profile(const Bytes& profile) {
  // "icc" as name, NUL, compression method 0.
  OwnedChunk chunk{k_iccp, Place::before_palette, {'i', 'c', 'c', 0, 0}};
  Deflater deflater;
  IMGOPT_ASSIGN(const Bytes compressed, deflater.compress(profile, Deflater::k_max_level));
  chunk.data.insert(chunk.data.end(), compressed.begin(), compressed.end());
  return chunk;
}

}  // namespace

std::vector<OwnedChunk> select_chunks(const File& file, AncillaryPolicy policy) {
  std::vector<OwnedChunk> chunks;
  const bool only_srgb = says_only_srgb(file);
  for (const AncillaryChunk& chunk : file.ancillary) {
    if (auto data = select(chunk, policy, only_srgb)) {
      chunks.push_back({chunk.type, chunk.place, std::move(*data)});
    }
  }
  return chunks;
}

std::vector<OwnedChunk> translate_chunks(const File& file, const Format& format, AncillaryPolicy policy) {
  std::vector<OwnedChunk> chunks;
  if (policy != AncillaryPolicy::all) {
    return chunks;
  }
  for (const AncillaryChunk& chunk : file.ancillary) {
    const Bytes own(chunk.data.begin(), chunk.data.end());
    if (chunk.type == k_bkgd) {
      if (auto data = translate_background(file, chunk.data, format)) {
        chunks.push_back({chunk.type, Place::before_image, std::move(*data)});
      }
    } else if (chunk.type == k_sbit) {
      if (format.type == file.header.color_type && format.depth == file.header.bit_depth) {
        chunks.push_back({chunk.type, Place::before_palette, own});
      }
    } else if (chunk.type == k_hist && same_palette(file, format)) {
      chunks.push_back({chunk.type, Place::before_image, own});
    }
  }
  return chunks;
}

bool keeps_everything(const File& file, AncillaryPolicy policy) {
  if (policy == AncillaryPolicy::all) {
    return true;
  }
  const bool only_srgb = says_only_srgb(file);
  return file.trailing.empty() &&
         std::all_of(file.ancillary.begin(), file.ancillary.end(), [&](const AncillaryChunk& chunk) {
           const auto data = select(chunk, policy, only_srgb);
           return data && std::equal(data->begin(), data->end(), chunk.data.begin(), chunk.data.end());
         });
}

ColorModel required_model(const File& file) {
  const bool has_profile = std::any_of(file.ancillary.begin(), file.ancillary.end(),
                                       [](const AncillaryChunk& chunk) { return chunk.type == k_iccp; });
  if (!has_profile) {
    return ColorModel::any;
  }
  const ColorType type = file.header.color_type;
  return type == ColorType::grey || type == ColorType::grey_alpha ? ColorModel::grey : ColorModel::color;
}

Result<std::vector<OwnedChunk>> build_chunks(const EncodeMetadata& metadata) {
  std::vector<OwnedChunk> chunks;
  if (metadata.gamma) {
    Bytes data;
    append_u32(data, *metadata.gamma);
    chunks.push_back({chunk_type("gAMA"), Place::before_palette, std::move(data)});
  }
  if (!metadata.icc_profile.empty()) {
    IMGOPT_ASSIGN(OwnedChunk profile, build_profile(metadata.icc_profile));
    chunks.push_back(std::move(profile));
  } else if (metadata.srgb_intent) {
    if (*metadata.srgb_intent > 3) {
      return fail(ErrorCode::unsupported_image, "unknown rendering intent");
    }
    chunks.push_back({chunk_type("sRGB"), Place::before_palette, {*metadata.srgb_intent}});
  }
  if (metadata.density) {
    Bytes data;
    append_u32(data, metadata.density->x);
    append_u32(data, metadata.density->y);
    data.push_back(metadata.density->per_metre ? 1 : 0);
    chunks.push_back({k_phys, Place::before_image, std::move(data)});
  }
  if (!metadata.exif.empty()) {
    chunks.push_back({k_exif, Place::before_image, metadata.exif});
  }
  for (const TextEntry& entry : metadata.texts) {
    IMGOPT_ASSIGN(OwnedChunk text, build_text(entry));
    chunks.push_back(std::move(text));
  }
  for (const OwnedChunk& chunk : chunks) {
    if (chunk.data.size() > k_max_chunk_length) {
      return fail(ErrorCode::unsupported_image, "metadata too long for a PNG chunk");
    }
  }
  return chunks;
}

}  // namespace imgopt::png

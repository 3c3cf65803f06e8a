#include "worker/png/file.hpp"

#include <algorithm>

#include "worker/png/animation.hpp"

namespace imgopt::png {
namespace {

constexpr ChunkType k_ihdr = chunk_type("IHDR");
constexpr ChunkType k_plte = chunk_type("PLTE");
constexpr ChunkType k_idat = chunk_type("IDAT");
constexpr ChunkType k_iend = chunk_type("IEND");
constexpr ChunkType k_trns = chunk_type("tRNS");
constexpr ChunkType k_actl = chunk_type("acTL");
constexpr ChunkType k_fctl = chunk_type("fcTL");
constexpr ChunkType k_fdat = chunk_type("fdAT");

// The specification puts these before PLTE.
bool stands_before_palette(ChunkType type) {
  switch (type) {
    case chunk_type("cHRM"):
    case chunk_type("gAMA"):
    case chunk_type("iCCP"):
    case chunk_type("sBIT"):
    case chunk_type("sRGB"):
    case chunk_type("cICP"):
    case chunk_type("mDCV"):
    case chunk_type("cLLI"):
      return true;
    default:
      return false;
  }
}

bool depth_fits(ColorType type, int depth) {
  switch (type) {
    case ColorType::grey:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case ColorType::palette:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case ColorType::rgb:
    case ColorType::grey_alpha:
    case ColorType::rgb_alpha:
      return depth == 8 || depth == 16;
  }
  return false;
}

// Collects a file chunk by chunk; the order of the calls is the order of the file.
class FileReader {
public:
  FileReader(const Header& header, std::uint64_t max_pixels)
      : m_animation(header),
        m_max_total(max_pixels > UINT64_MAX / k_animation_pixel_factor
                        ? UINT64_MAX
                        : max_pixels * k_animation_pixel_factor) {
    m_file.header = header;
    m_total_pixels = std::uint64_t{header.width} * header.height;
    m_file.frames.push_back({header.width, header.height, std::nullopt, {}});
  }

  // Whether the chunk was IEND.
  Result<bool> add(const Chunk& chunk) {
    if (!chunk.crc_matches && (!is_ancillary(chunk.type) || affects_rendering(chunk.type))) {
      return fail(ErrorCode::corrupt_image, "checksum of chunk " + chunk_name(chunk.type) + " is wrong");
    }
    if (chunk.type != k_idat && m_image_begun) {
      m_image_ended = true;
    }
    switch (chunk.type) {
      case k_plte:
        IMGOPT_TRY(add_palette(chunk.data));
        return false;
      case k_trns:
        IMGOPT_TRY(add_transparency(chunk.data));
        return false;
      case k_idat:
        IMGOPT_TRY(add_image_data(chunk.data));
        return false;
      case k_actl:
        if (m_image_begun) {
          return fail(ErrorCode::corrupt_image, "acTL after the image data");
        }
        IMGOPT_TRY(m_animation.read_control(chunk.data));
        return false;
      case k_fctl:
      case k_fdat:
        // Without acTL the file is a still image and these mean nothing.
        if (m_animation.declared()) {
          IMGOPT_TRY(chunk.type == k_fctl ? add_frame(chunk.data) : add_frame_data(chunk.data));
        }
        return false;
      case k_iend:
        return true;
      default:
        IMGOPT_TRY(add_other(chunk));
        return false;
    }
  }

  Result<File> finish(ByteView trailing) {
    if (!m_image_begun) {
      return fail(ErrorCode::corrupt_image, "no image data");
    }
    if (m_file.header.color_type == ColorType::palette && m_file.palette.empty()) {
      return fail(ErrorCode::corrupt_image, "no palette");
    }
    if (m_animation.declared()) {
      IMGOPT_TRY(m_animation.finish());
      if (m_file.frames.back().compressed.empty()) {
        return fail(ErrorCode::corrupt_image, "animation frame without data");
      }
      m_file.plays = m_animation.plays();
    }
    m_file.trailing = trailing;
    return std::move(m_file);
  }

private:
  Result<void> add_palette(ByteView data) {
    const ColorType type = m_file.header.color_type;
    const std::size_t most =
        type == ColorType::palette ? std::size_t{1} << m_file.header.bit_depth : std::size_t{256};
    if (!m_file.palette.empty() || m_image_begun || data.empty() || data.size() % 3 != 0 ||
        data.size() / 3 > most || type == ColorType::grey || type == ColorType::grey_alpha) {
      return fail(ErrorCode::corrupt_image, "invalid PLTE chunk");
    }
    for (std::size_t i = 0; i < data.size(); i += 3) {
      m_file.palette.push_back({data[i], data[i + 1], data[i + 2]});
    }
    return {};
  }

  Result<void> add_transparency(ByteView data) {
    bool valid = !m_image_begun && m_file.transparency.empty();
    switch (m_file.header.color_type) {
      case ColorType::grey:
        valid = valid && data.size() == 2;
        break;
      case ColorType::rgb:
        valid = valid && data.size() == 6;
        break;
      case ColorType::palette:
        valid = valid && !data.empty() && data.size() <= m_file.palette.size();
        break;
      case ColorType::grey_alpha:
      case ColorType::rgb_alpha:
        valid = false;
    }
    if (!valid) {
      return fail(ErrorCode::corrupt_image, "invalid tRNS chunk");
    }
    m_file.transparency = data;
    return {};
  }

  Result<void> add_image_data(ByteView data) {
    if (m_image_ended) {
      return fail(ErrorCode::corrupt_image, "image data is interrupted");
    }
    m_image_begun = true;
    m_file.frames.front().compressed.push_back(data);
    return {};
  }

  Result<void> add_frame(ByteView data) {
    IMGOPT_ASSIGN(const FrameControl control, m_animation.read_frame_control(data));
    FrameData& first = m_file.frames.front();
    if (!m_image_begun) {
      if (first.control || control.width != m_file.header.width || control.height != m_file.header.height) {
        return fail(ErrorCode::corrupt_image, "first animation frame is not the image");
      }
      first.control = control;
      return {};
    }
    if (m_file.frames.back().compressed.empty()) {
      return fail(ErrorCode::corrupt_image, "animation frame without data");
    }
    m_total_pixels += std::uint64_t{control.width} * control.height;
    if (m_total_pixels > m_max_total) {
      return fail(ErrorCode::limit_exceeded, "animation has more pixels than allowed");
    }
    m_file.frames.push_back({control.width, control.height, control, {}});
    return {};
  }

  Result<void> add_frame_data(ByteView data) {
    if (m_file.frames.size() < 2) {
      return fail(ErrorCode::corrupt_image, "fdAT without fcTL");
    }
    IMGOPT_ASSIGN(const ByteView image_data, m_animation.read_frame_data(data));
    m_file.frames.back().compressed.push_back(image_data);
    return {};
  }

  Result<void> add_other(const Chunk& chunk) {
    if (!is_ancillary(chunk.type)) {
      return fail(ErrorCode::unsupported_image, "unknown critical chunk " + chunk_name(chunk.type));
    }
    if (!chunk.crc_matches) {
      return {};  // what decoders ignore is not worth refusing the image
    }
    const Place place = stands_before_palette(chunk.type) ? Place::before_palette
                        : m_image_begun                   ? Place::after_image
                                                          : Place::before_image;
    m_file.ancillary.push_back({chunk.type, place, chunk.data});
    return {};
  }

  File m_file;
  AnimationReader m_animation;
  bool m_image_begun = false;
  bool m_image_ended = false;
  std::uint64_t m_total_pixels = 0;
  std::uint64_t m_max_total = 0;
};

}  // namespace

int channel_count(ColorType type) {
  switch (type) {
    case ColorType::grey:
    case ColorType::palette:
      return 1;
    case ColorType::grey_alpha:
      return 2;
    case ColorType::rgb:
      return 3;
    case ColorType::rgb_alpha:
      return 4;
  }
  return 0;
}

std::uint64_t packed_row_bytes(std::uint32_t width, ColorType type, int bit_depth) {
  const auto bits = static_cast<std::uint64_t>(channel_count(type)) * static_cast<std::uint64_t>(bit_depth);
  return (std::uint64_t{width} * bits + 7) / 8;
}

bool affects_rendering(ChunkType type) {
  switch (type) {
    case k_trns:
    case k_actl:
    case k_fctl:
    case k_fdat:
    case chunk_type("gAMA"):
    case chunk_type("cHRM"):
    case chunk_type("sRGB"):
    case chunk_type("iCCP"):
    case chunk_type("cICP"):
    case chunk_type("mDCV"):
    case chunk_type("cLLI"):
      return true;
    default:
      return false;
  }
}

Result<Header> parse_header(const Chunk& chunk) {
  if (chunk.type != k_ihdr || chunk.data.size() != 13) {
    return fail(ErrorCode::corrupt_image, "first chunk is not a valid IHDR");
  }
  const ByteView data = chunk.data;
  Header header;
  header.width = read_u32(data, 0);
  header.height = read_u32(data, 4);
  header.bit_depth = data[8];
  header.color_type = static_cast<ColorType>(data[9]);
  header.interlaced = data[12] == 1;
  if (header.width == 0 || header.height == 0 || header.width > k_max_chunk_length ||
      header.height > k_max_chunk_length) {
    return fail(ErrorCode::corrupt_image, "invalid dimensions");
  }
  if (!depth_fits(header.color_type, header.bit_depth) || data[10] != 0 || data[11] != 0 || data[12] > 1) {
    return fail(ErrorCode::corrupt_image, "invalid combination of values in IHDR");
  }
  return header;
}

Result<File> read_file(ByteView png, std::uint64_t max_pixels) {
  IMGOPT_ASSIGN(ChunkReader reader, ChunkReader::open(png));
  IMGOPT_ASSIGN(const Chunk first, reader.next());
  IMGOPT_ASSIGN(const Header header, parse_header(first));
  if (!first.crc_matches) {
    return fail(ErrorCode::corrupt_image, "checksum of chunk IHDR is wrong");
  }
  if (std::uint64_t{header.width} * header.height > max_pixels) {
    return fail(ErrorCode::limit_exceeded, "image has more pixels than allowed");
  }
  FileReader file(header, max_pixels);
  for (;;) {
    IMGOPT_ASSIGN(const Chunk chunk, reader.next());
    IMGOPT_ASSIGN(const bool ended, file.add(chunk));
    if (ended) {
      return file.finish(reader.rest());
    }
  }
}

Result<PngInfo> read_info(ByteView png) {
  IMGOPT_ASSIGN(ChunkReader reader, ChunkReader::open(png));
  IMGOPT_ASSIGN(const Chunk first, reader.next());
  IMGOPT_ASSIGN(const Header header, parse_header(first));
  PngInfo info{header.width, header.height, header.bit_depth, header.color_type, header.interlaced, false, 1};
  for (;;) {
    IMGOPT_ASSIGN(const Chunk chunk, reader.next_unchecked());
    if (chunk.type == k_actl && chunk.data.size() == 8) {
      info.animated = true;
      info.frames = std::max<std::uint32_t>(read_u32(chunk.data, 0), 1);
      return info;
    }
    if (chunk.type == k_idat || chunk.type == k_iend) {
      return info;
    }
  }
}

Result<void> check_chunks(ByteView png) {
  IMGOPT_ASSIGN(ChunkReader reader, ChunkReader::open(png));
  for (;;) {
    IMGOPT_ASSIGN(const Chunk chunk, reader.next_unchecked());
    if (chunk.type == k_iend) {
      return {};
    }
  }
}

bool is_animated(ByteView png) {
  const auto info = read_info(png);
  return info && info->animated;
}

}  // namespace imgopt::png

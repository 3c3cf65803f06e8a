#include "worker/exact_gif.hpp"

#include <cgif.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "worker/animation_timeline.hpp"

namespace imgopt {

namespace {

constexpr std::size_t k_most_colours = 256;
constexpr std::uint32_t k_most_side = 65535;
constexpr std::uint32_t k_transparent = 0xff000000;  // no 0xRRGGBB

// Colours with the index that each has in a table.
class Palette {
public:
  // False where the table is full.
  bool add(std::uint32_t colour) {
    m_indices.try_emplace(colour, static_cast<std::uint8_t>(m_indices.size()));
    return m_indices.size() <= k_most_colours;
  }
  [[nodiscard]] std::uint8_t index_of(std::uint32_t colour) const { return m_indices.at(colour); }
  [[nodiscard]] bool has_transparency() const { return m_indices.contains(k_transparent); }
  [[nodiscard]] std::uint16_t size() const { return static_cast<std::uint16_t>(m_indices.size()); }
  [[nodiscard]] Bytes table() const {
    Bytes table(m_indices.size() * 3);
    for (const auto& [colour, index] : m_indices)
      for (std::size_t c = 0; c < 3; ++c)
        table[std::size_t{index} * 3 + c] =
            colour == k_transparent ? std::uint8_t{0} : static_cast<std::uint8_t>(colour >> (16 - 8 * c));
    return table;
  }

private:
  std::unordered_map<std::uint32_t, std::uint8_t> m_indices;
};

// Every pixel as 0xRRGGBB or k_transparent; nullopt where alpha is neither 0 nor 255.
std::optional<std::vector<std::uint32_t>> colours_of(const PixelView& view) {
  const auto channels = static_cast<std::size_t>(view.channels);
  const bool grey = channels <= 2;
  std::vector<std::uint32_t> colours(view.data.size() / channels);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const std::uint8_t* const p = view.data.data() + i * channels;
    const std::uint8_t alpha = view.has_alpha() ? p[channels - 1] : std::uint8_t{255};
    if (alpha != 0 && alpha != 255)
      return std::nullopt;
    const std::uint32_t rgb = grey ? p[0] * 0x010101u : p[0] * 0x10000u + p[1] * 0x100u + p[2];
    colours[i] = alpha == 0 ? k_transparent : rgb;
  }
  return colours;
}

std::optional<Palette> palette_of(std::span<const std::uint32_t> colours, Palette palette = {}) {
  std::uint32_t last = ~k_transparent;
  for (const std::uint32_t colour : colours) {
    if (colour != last && !palette.add(colour))
      return std::nullopt;
    last = colour;
  }
  return palette;
}

struct Target {
  Bytes file;
  static int write(void* context, const std::uint8_t* data, std::size_t size) {
    auto& file = static_cast<Target*>(context)->file;
    file.insert(file.end(), data, data + size);
    return 0;
  }
};

// Frames with the tables that they use: one for all where it suffices.
struct Plan {
  std::optional<Palette> shared;
  std::vector<Palette> of_frames;  // where none is shared
};

std::optional<Plan> plan_palettes(std::span<const std::uint32_t> colours, std::size_t frames) {
  Plan plan;
  plan.shared = palette_of(colours);
  if (plan.shared)
    return plan;
  const std::size_t pixels = colours.size() / frames;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    auto palette = palette_of(colours.subspan(frame * pixels, pixels));
    if (!palette)
      return std::nullopt;
    plan.of_frames.push_back(std::move(*palette));
  }
  return plan;
}

// How often the format plays an animation: it counts repetitions after the first time, 0 for ever.
std::uint16_t repetitions(const vips::VImage& image) {
  const int plays = image.get_typeof("loop") != 0 ? image.get_int("loop") : 0;
  return static_cast<std::uint16_t>(std::clamp(plays - 1, 0, 65535));
}

bool plays_once(const vips::VImage& image) {
  return image.get_typeof("loop") != 0 && image.get_int("loop") == 1;
}

Result<Bytes> write(const Picture& picture, std::span<const std::uint32_t> colours, Plan plan) {
  Target target;
  Bytes table = plan.shared ? plan.shared->table() : Bytes();
  const bool animated = picture.frames > 1;
  // cgif writes transparency in the extension that also holds a frame's delay, and that for animations alone.
  const bool is_transparent = std::find(colours.begin(), colours.end(), k_transparent) != colours.end();
  CGIF_Config config{};
  config.pGlobalPalette = plan.shared ? table.data() : nullptr;
  config.numGlobalPaletteEntries = plan.shared ? plan.shared->size() : std::uint16_t{0};
  config.attrFlags = (animated || is_transparent ? CGIF_ATTR_IS_ANIMATED : 0) |
                     (plan.shared ? 0 : CGIF_ATTR_NO_GLOBAL_TABLE) |
                     (!animated || plays_once(picture.image) ? CGIF_ATTR_NO_LOOP : 0);
  config.width = static_cast<std::uint16_t>(picture.width);
  config.height = static_cast<std::uint16_t>(picture.height);
  config.numLoops = animated ? repetitions(picture.image) : std::uint16_t{0};
  config.pWriteFn = &Target::write;
  config.pContext = &target;
  CGIF* const gif = cgif_newgif(&config);
  if (gif == nullptr)
    return fail(ErrorCode::internal, "gif: the encoder cannot begin");
  const std::size_t pixels = std::size_t{picture.width} * picture.height;
  const std::vector<std::uint32_t> delays = frame_delays(picture.image, picture.frames);
  int result = CGIF_OK;
  for (std::size_t frame = 0; frame < picture.frames && result == CGIF_OK; ++frame) {
    const Palette& palette = plan.shared ? *plan.shared : plan.of_frames[frame];
    Bytes indices(pixels);
    std::transform(colours.begin() + static_cast<std::ptrdiff_t>(frame * pixels),
                   colours.begin() + static_cast<std::ptrdiff_t>((frame + 1) * pixels), indices.begin(),
                   [&](std::uint32_t colour) { return palette.index_of(colour); });
    Bytes local = plan.shared ? Bytes() : palette.table();
    CGIF_FrameConfig one{};
    one.pImageData = indices.data();
    one.delay = static_cast<std::uint16_t>(std::min(65535u, (delays[frame] + 5) / 10));
    if (!plan.shared) {
      one.attrFlags |= CGIF_FRAME_ATTR_USE_LOCAL_TABLE;
      one.pLocalPalette = local.data();
      one.numLocalPaletteEntries = palette.size();
    }
    if (palette.has_transparency()) {
      one.attrFlags |= CGIF_FRAME_ATTR_HAS_ALPHA;
      one.transIndex = palette.index_of(k_transparent);
    } else if (animated) {
      one.genFlags = CGIF_FRAME_GEN_USE_DIFF_WINDOW;
      if (palette.size() < k_most_colours)
        one.genFlags |= CGIF_FRAME_GEN_USE_TRANSPARENCY;
    }
    result = cgif_addframe(gif, &one);
  }
  const int closed = cgif_close(gif);
  if (result == CGIF_EALLOC || closed == CGIF_EALLOC)
    return fail(ErrorCode::limit_exceeded, "gif: out of memory");
  if (result != CGIF_OK || closed != CGIF_OK)
    return fail(ErrorCode::internal,
                "gif: encoder error " + std::to_string(result != CGIF_OK ? result : closed));
  return std::move(target.file);
}

}  // namespace

Result<std::optional<Bytes>> encode_exact_gif(const Picture& picture) {
  if (picture.width > k_most_side || picture.height > k_most_side)
    return fail(ErrorCode::unsupported_image, "GIF holds at most 65535 pixels a side");
  if (picture.bits() != 8)
    return std::nullopt;
  const auto colours = colours_of(picture.view());
  if (!colours)
    return std::nullopt;
  auto plan = plan_palettes(*colours, picture.frames);
  if (!plan)
    return std::nullopt;
  IMGOPT_ASSIGN(Bytes file, write(picture, *colours, std::move(*plan)));
  return file;
}

}  // namespace imgopt

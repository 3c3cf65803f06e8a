#include "tool/plan/expand_outputs.hpp"

#include <algorithm>
#include <array>

#include "tool/text/output_name.hpp"

namespace imgopt {

namespace {

// What a lossy output gets where no quality is asked for, by ImageFormat. AVIF's scale is another one: its 60
// looks like the others' 80; GIF's 100 takes all the colours that it has.
constexpr std::array<std::uint8_t, k_format_slots> k_default_quality = {0, 80, 80, 80, 60, 80, 100, 80};
// JPEG where lossless was asked for and cannot be had: above it files grow faster than anyone sees a
// difference.
constexpr std::uint8_t k_nearly_lossless_quality = 95;
// What stands in the unused quality of lossless outputs.
constexpr std::uint8_t k_unused_quality = 100;

bool lossless_by_nature(ImageFormat format) {
  return format == ImageFormat::png || format == ImageFormat::tiff;
}

bool meaning_is_in_values(Role role) {
  return role == Role::normal || role == Role::mask || role == Role::data || role == Role::pixel_art;
}

enum class SameFormat : std::uint8_t { no, yes };

void set_quality(OutputSettings& output, const QualityChoice& choice) {
  output.lossless = Lossless::no;
  output.quality_mode = choice.mode;
  output.quality = choice.quality;
  output.target_score = choice.target_score;
}

void set_lossless(OutputSettings& output, SameFormat same_format, const ImageSettings& settings) {
  const bool can = output.format != ImageFormat::jpeg ||
                   (same_format == SameFormat::yes && output.resize == ResizeMode::none);
  if (can) {
    output.lossless = Lossless::yes;
    return;
  }
  const QualityChoice nearly{Quality::fixed, k_nearly_lossless_quality, 0};
  const bool has_number = settings.quality && settings.quality->mode != Quality::near_lossless;
  set_quality(output, has_number ? *settings.quality : nearly);
  if (output.subsampling == ChromaSubsampling::automatic)
    output.subsampling = ChromaSubsampling::s444;
}

// The order of cases is the header's.
void choose_quality(OutputSettings& output, SameFormat same_format, const ImageSettings& settings) {
  const auto slot = static_cast<std::size_t>(output.format);
  const bool untouched =
      same_format == SameFormat::yes && output.resize == ResizeMode::none && output.max_bytes == 0;
  const auto apply = [&](const QualityChoice& choice) {
    if (choice.mode == Quality::near_lossless && output.format != ImageFormat::webp)
      set_lossless(output, same_format, settings);
    else
      set_quality(output, choice);
  };
  // NOLINTBEGIN(bugprone-branch-clone): the first case that applies decides
  if (settings.quality_of[slot])
    apply(*settings.quality_of[slot]);
  else if (lossless_by_nature(output.format))
    output.lossless = Lossless::yes;
  else if (settings.lossless == Lossless::yes)
    set_lossless(output, same_format, settings);
  else if (settings.quality && output.format != ImageFormat::gif)
    apply(*settings.quality);
  else if (untouched)
    output.lossless = Lossless::yes;
  else if (meaning_is_in_values(settings.role))
    set_lossless(output, same_format, settings);
  else
    set_quality(output, {Quality::fixed, k_default_quality[slot], 0});
  // NOLINTEND(bugprone-branch-clone)
}

TransparentColor transparent_color(const ImageSettings& settings) {
  switch (settings.transparent_color) {
    case TransparentColorChoice::keep:
      return TransparentColor::keep;
    case TransparentColorChoice::rewrite:
      return TransparentColor::rewrite;
    case TransparentColorChoice::automatic:
      break;
  }
  return settings.role == Role::color || settings.role == Role::ui ? TransparentColor::rewrite
                                                                   : TransparentColor::keep;
}

OutputSettings resolve(ImageFormat format, SameFormat same_format, const ResizeValue& resize,
                       const ImageSettings& settings) {
  OutputSettings output;
  output.format = format;
  output.effort = settings.effort;
  output.subsampling = settings.subsampling;
  output.progressive = settings.progressive;
  output.metadata = settings.metadata;
  output.role = settings.role;
  output.resize = resize.mode;
  output.resize_width = resize.width;
  output.resize_height = resize.height;
  output.transparent_color = transparent_color(settings);
  output.background = settings.background;
  output.max_bytes = settings.max_bytes;
  // The source's own bytes can be the output in its own format alone.
  output.min_savings = same_format == SameFormat::yes ? settings.min_savings : std::uint16_t{0};
  choose_quality(output, same_format, settings);
  return normalize(output);
}

// Where nothing may be lost, formats that would lose something are no candidates. AVIF counts among them: no
// libvips of today writes it without converting colours.
void leave_out_losses(std::vector<FormatCandidate>& candidates, const ImageSettings& settings) {
  const bool nothing_may_be_lost =
      settings.lossless == Lossless::yes || (meaning_is_in_values(settings.role) && !settings.quality);
  const auto loses = [](const FormatCandidate& candidate) {
    return candidate.settings.lossless == Lossless::no || candidate.settings.format == ImageFormat::avif;
  };
  if (nothing_may_be_lost && !std::all_of(candidates.begin(), candidates.end(), loses))
    std::erase_if(candidates, loses);
}

struct SplitName {
  std::string_view folder;  // with its last '/'
  std::string_view stem;
  std::string_view ext;  // without the dot
};

SplitName split(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  SplitName parts{name.substr(0, start), name.substr(start), {}};
  // A leading dot hides a file and begins no extension.
  if (const std::size_t dot = parts.stem.rfind('.'); dot != std::string_view::npos && dot != 0) {
    parts.ext = parts.stem.substr(dot + 1);
    parts.stem = parts.stem.substr(0, dot);
  }
  return parts;
}

}  // namespace

std::vector<ExpandedOutput> expand_outputs(std::string_view source_name, ImageFormat source_format,
                                           const ImageSettings& settings) {
  const SplitName source = split(source_name);
  std::vector<ExpandedOutput> outputs;
  outputs.reserve(settings.formats.size() * std::max<std::size_t>(1, settings.widths.size()));

  // `ext` is what {ext} stands for: the source's own where its name is kept.
  const auto candidate = [&](ImageFormat format, std::string_view ext, std::optional<std::uint32_t> width,
                             const ResizeValue& resize) {
    const std::string_view default_pattern = width ? k_width_name_pattern : k_plain_name_pattern;
    const std::string_view pattern = settings.name_pattern.empty() ? default_pattern : settings.name_pattern;
    const std::optional<std::uint32_t> named_width =
        !width && resize.mode == ResizeMode::width ? std::optional(resize.width) : width;
    return FormatCandidate{
        std::string(source.folder) +
            expand_name(pattern, {source.stem, ext, format_name(format), named_width}),
        resolve(format, format == source_format ? SameFormat::yes : SameFormat::no, resize, settings)};
  };

  const auto expand = [&](FormatChoice choice, std::optional<std::uint32_t> width,
                          const ResizeValue& resize) {
    if (choice == FormatChoice::automatic) {
      std::vector<FormatCandidate> candidates;
      for (const ImageFormat format : settings.auto_formats)
        candidates.push_back(candidate(format, format_extension(format), width, resize));
      leave_out_losses(candidates, settings);
      return ExpandedOutput{candidates.front().path, candidates.front().settings, std::move(candidates)};
    }
    const bool keeps = choice == FormatChoice::keep;
    const ImageFormat format =
        keeps ? source_format : static_cast<ImageFormat>(static_cast<std::uint8_t>(choice));
    FormatCandidate one = candidate(format, keeps ? source.ext : format_extension(format), width, resize);
    // A kept name is the source's to the letter, also where it ends in a dot.
    if (keeps && !width && settings.name_pattern.empty())
      one.path = source_name;
    return ExpandedOutput{std::move(one.path), one.settings, {}};
  };

  const auto add = [&](FormatChoice choice, std::optional<std::uint32_t> width, const ResizeValue& resize) {
    ExpandedOutput output = expand(choice, width, resize);
    const auto same = [&](const ExpandedOutput& other) {
      return other.path == output.path && other.settings == output.settings &&
             other.candidates == output.candidates;
    };
    if (std::none_of(outputs.begin(), outputs.end(), same))
      outputs.push_back(std::move(output));
  };

  for (const FormatChoice choice : settings.formats) {
    for (const std::uint32_t width : settings.widths)
      add(choice, width, {ResizeMode::width, width, 0});
    if (settings.widths.empty())
      add(choice, std::nullopt, settings.resize);
  }
  return outputs;
}

OutputSettings normalize(OutputSettings s) {
  if (s.lossless == Lossless::yes) {
    s.quality_mode = Quality::fixed;
    s.quality = k_unused_quality;
    s.target_score = 0;
  } else if (s.quality_mode == Quality::target) {
    s.quality = k_unused_quality;
  } else {
    s.target_score = 0;
  }
  // WebP's chroma is always halved; for 4:4:4 its encoder halves it more carefully.
  const bool has_subsampling =
      s.format == ImageFormat::jpeg || s.format == ImageFormat::webp || s.format == ImageFormat::avif;
  if (s.lossless == Lossless::yes || !has_subsampling)
    s.subsampling = ChromaSubsampling::automatic;
  if (s.format == ImageFormat::jpeg)
    s.transparent_color = TransparentColor::keep;
  else {
    s.progressive = Progressive::automatic;
    s.background = RgbColor{};
  }
  const bool uses_width = s.resize != ResizeMode::none && s.resize != ResizeMode::height;
  const bool uses_height = s.resize == ResizeMode::fit || s.resize == ResizeMode::height;
  if (!uses_width)
    s.resize_width = 0;
  if (!uses_height)
    s.resize_height = 0;
  return s;
}

}  // namespace imgopt

// From the settings of a source to its outputs: formats times widths, each with a name and resolved settings.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/image_format.hpp"
#include "protocol/output_settings.hpp"
#include "tool/settings/image_settings.hpp"

namespace imgopt {

// What `--format auto` may make of a source.
struct FormatCandidate {
  std::string path;  // relative to the output folder, with '/'
  OutputSettings settings;
  bool operator==(const FormatCandidate&) const = default;
};

struct ExpandedOutput {
  // With candidates: those of the first, until the choice is made.
  std::string path;  // relative to the output folder, with '/'
  OutputSettings settings;
  std::vector<FormatCandidate> candidates;  // of `auto`, one a format; else empty
};

// The outputs of one source, widths ascending inside each format, formats in the order given. An output that
// equals an earlier one in path and settings (`keep` and the source's own format) is left out.
//
// Lossless or not, per output, the first that applies:
//   1. a quality for this very format        -> lossy with it (JPEG, WebP, AVIF, JXL, PNG and GIF)
//   2. PNG, TIFF                              -> lossless
//   3. `lossless`                             -> lossless; JPEG only from JPEG at its own size, since JPEG
//   cannot
//                                                be lossless otherwise: then the general quality or 95, in
//                                                4:4:4
//   4. a general quality                      -> lossy with it
//   5. the source's format, neither resized nor limited in bytes -> lossless
//   6. role normal, mask, data or pixel-art   -> as 3: their values mean something, or smearing shows
//   7. else                                   -> lossy: JPEG, WebP and JXL 80, AVIF 60, GIF 100
// GIF takes no part in 4: a general quality speaks for formats of the same scale. Near-lossless is lossy
// WebP; in other formats it is as 3.
//
// `auto` is one output with a candidate for each of `auto_formats`. Where lossless is asked for, or the
// role's values mean something and no quality is given, candidates that cannot be lossless are left out,
// unless all would be.
[[nodiscard]] std::vector<ExpandedOutput> expand_outputs(std::string_view source_name,
                                                         ImageFormat source_format,
                                                         const ImageSettings& settings);

// Sets every field that cannot matter to a fixed value, so that the key does not change for it: quality where
// lossless, the target or the number by mode, background where the format has alpha, colour under alpha where
// it has none, chroma subsampling but for lossy JPEG, WebP and AVIF, progressive but for JPEG, unused sizes.
[[nodiscard]] OutputSettings normalize(OutputSettings settings);

}  // namespace imgopt

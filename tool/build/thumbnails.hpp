// Thumbnails: small WebP pictures of a report's sources, made by the workers like any other output.
//
// The tool decodes nothing, so a build of its own makes them: links to the sources in a temporary folder go
// in, small files come out. They pass through sandbox, verification and cache; a second report of the same
// images costs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace imgopt {

struct ThumbnailRequest {
  std::vector<std::string> paths;  // absolute
  unsigned longest_side = 96;      // pixels
  std::uint64_t max_bytes = 3000;  // of one, at most
};

// One for each path, in their order; empty where there is none, since the file is gone or no image. Fails
// where nothing could be done at all.
[[nodiscard]] Result<std::vector<Bytes>> make_thumbnails(const ThumbnailRequest& request);

}  // namespace imgopt

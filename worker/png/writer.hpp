// Puts a PNG file together.
#pragma once

#include <optional>
#include <vector>

#include "worker/png/file.hpp"
#include "worker/png/format.hpp"
#include "worker/png/metadata.hpp"

namespace imgopt::png {

struct FileParts {
  Header header;
  Bytes palette;       // data of PLTE, or empty
  Bytes transparency;  // data of tRNS, or empty
  std::vector<OwnedChunk> chunks;
  struct Frame {
    std::optional<FrameControl> control;
    std::vector<ByteView> compressed;  // one zlib stream together
  };
  std::vector<Frame> frames;           // the first is the default image
  std::optional<std::uint32_t> plays;  // present: an animation
  ByteView trailing;
};

[[nodiscard]] Bytes write_file(const FileParts& parts);

}  // namespace imgopt::png

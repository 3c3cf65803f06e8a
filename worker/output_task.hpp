// One output of a record: the candidates for its bytes, and the choice among them and the source's own.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/output_settings.hpp"
#include "protocol/record_results.hpp"
#include "worker/preparation.hpp"
#include "worker/source_image.hpp"

namespace imgopt {

// What all outputs of a record read.
struct RecordSource {
  ByteView bytes;
  SourceInfo info;
  SourceLimits limits;
  bool profile_is_srgb = false;  // its embedded profile says what sRGB says
};

struct FinishedOutput {
  ResultSlot slot;  // status encoded or original_is_best
  Bytes data;       // empty for original_is_best
};

// Whether the output may be the source's own bytes, whatever an encoder can do: format, size, orientation,
// colour, metadata and the byte limit already are what the settings ask for.
[[nodiscard]] bool original_conforms(const RecordSource& source, const OutputSettings& settings);

// Whether the output is made without pixels: see direct_path.hpp.
[[nodiscard]] bool needs_pixels(const RecordSource& source, const OutputSettings& settings);

// Makes an output. `prepared` may be null where needs_pixels() is false.
[[nodiscard]] Result<FinishedOutput> make_output(const RecordSource& source, const OutputSettings& settings,
                                                 const PreparedPicture* prepared);

}  // namespace imgopt

// Finds the encoding that the settings ask for: at a fixed quality, at a target score, within a number of
// bytes.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "worker/codec.hpp"
#include "worker/picture.hpp"

namespace imgopt {

// Encodings that a search for a score makes at most; one for a number of bytes may make as many again.
inline constexpr std::uint32_t k_most_encodings = 6;

struct FoundEncoding {
  Encoding encoding;               // verified
  std::uint32_t frames = 1;        // of the file
  std::uint32_t notes = 0;         // OutputNote bits: quality_raised, target_missed
  std::uint32_t encodings = 0;     // how many were made
  std::int32_t score = INT32_MIN;  // SSIMULACRA 2 times 1000, k_no_score where it was not computed
};

// Every encoding that it returns was decoded again and compared. Where that fails for a lossy one, a better
// quality is tried once. Errors: those of encode_picture; internal where verification failed.
[[nodiscard]] Result<FoundEncoding> find_encoding(const Picture& picture, const OutputSettings& settings);

}  // namespace imgopt

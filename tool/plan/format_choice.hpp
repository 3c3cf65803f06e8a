// The choice of `--format auto`: which of the encodings of one output is taken. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "protocol/output_settings.hpp"
#include "protocol/record_results.hpp"

namespace imgopt {

// One candidate's settings and what a worker made of it.
struct CandidateResult {
  Lossless lossless = Lossless::no;  // what was asked for
  const ResultSlot* slot = nullptr;
};

// The candidate to take: the smallest of those that lost neither transparency nor animation, nor depth where
// lossless was asked for, and reached their target; where none did, the smallest of all; the first among
// equals. An original that is kept has `source_bytes`. nullopt where all failed.
[[nodiscard]] std::optional<std::size_t> choose_candidate(std::span<const CandidateResult> candidates,
                                                          std::uint64_t source_bytes);

}  // namespace imgopt

// Believable: how far the tool takes a worker at its word.
//
// What a worker says of an image's size decides how long it may run and how much memory it gets, and what it
// says of its outputs is kept and told. Whoever took a worker over would say anything; what is believed is
// bounded by what the source's bytes, the settings and the limits allow an honest worker to say. All
// functions are pure.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/image_format.hpp"
#include "protocol/output_settings.hpp"
#include "protocol/record_results.hpp"

namespace imgopt {

// The most pixels, in all frames together, that a source of so many bytes can have within the limits.
[[nodiscard]] std::uint64_t most_pixels(ImageFormat format, std::uint64_t source_bytes,
                                        const SetupMessage& limits);

// The most memory, in bytes, that a worker can ask for an image of so many pixels.
[[nodiscard]] std::uint64_t most_memory(std::uint64_t pixels, std::uint64_t source_bytes);

// What is known of a source without looking into it.
struct KnownSource {
  ImageFormat format = ImageFormat::png;
  std::uint64_t bytes = 0;
};

// Whether `slot`, as copy_bank gives it, can be what became of an output with these settings: its format, its
// dimensions (nothing is ever enlarged), its size. Fails with worker_crashed.
[[nodiscard]] Result<void> check_output(const ResultSlot& slot, const OutputSettings& settings,
                                        const KnownSource& source, const SetupMessage& limits);

}  // namespace imgopt

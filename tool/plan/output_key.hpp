// The key of an output: the digest of everything that decides its bytes, and of nothing else.
//
// No path, time, environment or number of cores enters it. visit_key_parts is the one place where the parts
// are listed; the digest and `imgopt explain` are two sinks of it and cannot drift apart.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/digest.hpp"
#include "protocol/output_settings.hpp"

namespace imgopt {

// Raised when the meaning of a part changes or one is added.
inline constexpr std::uint64_t k_key_schema = 1;

struct KeyInputs {
  Digest128 source_digest;
  std::uint64_t source_size = 0;  // bytes
  ImageFormat source_format = ImageFormat::png;
  OutputSettings settings;        // normalized
  Digest128 decoder_fingerprint;  // of what reads source_format
  Digest128 encoder_fingerprint;  // of what writes settings.format
};

// Calls number(name, value) and digest(name, Digest128) on `sink` for every part, in a fixed order.
template <typename Sink>
void visit_key_parts(const KeyInputs& inputs, Sink& sink) {
  sink.number("key-schema", k_key_schema);
  sink.digest("source", inputs.source_digest);
  sink.number("source-size", inputs.source_size);
  sink.number("source-format", static_cast<std::uint64_t>(inputs.source_format));
  visit_settings(inputs.settings,
                 [&](std::string_view name, std::uint64_t value) { sink.number(name, value); });
  sink.digest("decoder", inputs.decoder_fingerprint);
  sink.digest("encoder", inputs.encoder_fingerprint);
}

[[nodiscard]] Digest128 build_key(const KeyInputs& inputs, const DigestSecret& secret);

// The key of an output whose format is chosen: of its candidates' keys, in their order. So the choice is made
// again when any of their encoders or settings change.
[[nodiscard]] Digest128 build_choice_key(std::span<const Digest128> candidates, const DigestSecret& secret);

}  // namespace imgopt

// Encoder fingerprints: which encoder builds make the outputs of each format.
//
// Only the worker can tell (it loads the codecs), and asking costs its start; so the answer is kept in the
// build state with the stat data of every object the worker had loaded, and is asked for again only when one
// of those files changed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "protocol/image_format.hpp"
#include "tool/state/build_state.hpp"

namespace imgopt {

// Bits of FormatEncoder::abilities and StateEncoder::abilities. Never change a value.
enum class EncoderAbility : std::uint32_t { loads = 1, saves = 2 };

struct FormatEncoder {
  Digest128 fingerprint;          // of what writes the format
  Digest128 decoder_fingerprint;  // of what reads it: part of the key of every output of such a source
  std::uint32_t abilities = 0;
  std::string description;  // for people: "imgopt-png 1, libvips 8.14.1, libdeflate 1.14"
  [[nodiscard]] bool can(EncoderAbility ability) const {
    return (abilities & static_cast<std::uint32_t>(ability)) != 0;
  }
};

struct LoadedObject {
  std::string path;
  FileStat stat;
  bool operator==(const LoadedObject&) const = default;
};

struct EncoderFingerprints {
  std::array<FormatEncoder, k_format_slots> of;  // by ImageFormat
  std::vector<LoadedObject> objects;
  [[nodiscard]] const FormatEncoder& of_format(ImageFormat format) const {
    return of[static_cast<std::size_t>(format)];
  }
};

// Where the worker program is: IMGOPT_WORKER, beside this program, in ../libexec/imgopt, or in a build tree.
[[nodiscard]] Result<std::string> find_worker();

// Asks the worker. Fails with ErrorCode::io where it cannot run or answers nonsense.
[[nodiscard]] Result<EncoderFingerprints> ask_fingerprints(const std::string& worker);

// What the state remembers, where every object still has the stat data it had and the worker is among them.
[[nodiscard]] std::optional<EncoderFingerprints> remembered_fingerprints(const BuildState& state,
                                                                         const std::string& worker);

}  // namespace imgopt

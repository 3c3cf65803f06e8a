// The encoder fingerprint: what of this worker and its libraries decides about output bytes, per format.
//
// Two digests a format. `digest` covers writing it: our algorithm epochs, libvips and lcms2 (every output
// passes through them), and the encoder libraries of that format. `decode_digest` covers reading it: the
// libraries whose pixels a source of that format becomes. The key of an output takes the digest of its own
// format and the decode digest of its source's, so an update of one codec re-keys what that codec reads or
// writes and nothing else. A library counts by its file name with version and by its GNU build-id. libc,
// zlib's inflate and the C++ runtime are left out: they cannot change a byte without being broken, and
// updating them would re-key everything. `objects` names every loaded object, the worker itself included:
// whoever finds them all unchanged on disk may keep the fingerprint without starting a worker.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace imgopt {

inline constexpr const char* k_worker_version = "0.1.0";

// Counts changes of this folder that give other bytes for the same source and settings: decoding, colour,
// resizing, codec options, the choice among candidates.
inline constexpr std::uint32_t k_pipeline_epoch = 6;

// Starts libvips. JSON as docs/formats describes it:
//   {"worker_version", "protocol", "formats": {NAME: {"digest", "decode_digest", "description", "loads",
//   "saves"}},
//    "objects": [PATH...], "versions": {LIBRARY: VERSION}}
[[nodiscard]] Result<std::string> fingerprint_json();

}  // namespace imgopt

// Prepare: which sources need work, which outputs each of them is to have, and under which keys.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/plan/build_work.hpp"
#include "tool/plan/identify.hpp"
#include "tool/state/build_state.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

struct PrepareInputs {
  const BuildRequest* request = nullptr;
  const ScanResult* scan = nullptr;
  const Identified* identified = nullptr;
  const BuildState* state = nullptr;  // null: none
  // Whether the state was made with the same configuration and encoders.
  bool is_same_request = false;
  const EncoderFingerprints* encoders = nullptr;
  const DigestSecret* secret = nullptr;
  Cache* cache = nullptr;  // null: none
  // In place: the names by which rules know the files, as in the scan. Null: the files' own. In
  // place outputs have the names that the sources have already, so none is looked at.
  const std::vector<std::string>* rule_names = nullptr;
};

struct Prepared {
  std::vector<SourceWork> works;      // in scan order; outputs planned
  std::vector<std::string> warnings;  // one sentence each
  bool has_encodings = false;         // a worker will be needed
};

// Fails with invalid_config where outputs collide, cannot be named, or ask for what no encoder can do: then
// nothing may be encoded. What is wrong with one source is in its work.
[[nodiscard]] Result<Prepared> prepare_work(const PrepareInputs& inputs);

}  // namespace imgopt

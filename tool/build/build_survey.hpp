// BuildSurvey: the first half of a build, up to the plan: what there is, what changed, what has to be done.
//
// It opens state and cache, lists and identifies the sources, and prepares their work. Of all that it writes
// only the state's lock and, where a build follows, sweeps what dead runs left in the output folder; with
// SurveyFor::telling it writes nothing at all. `imgopt build` carries its plan out, `imgopt explain` tells
// it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tool/build/output_claims.hpp"
#include "tool/cache/cache.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/plan/identify.hpp"
#include "tool/plan/prepare_work.hpp"
#include "tool/scan/scan.hpp"
#include "tool/state/build_state.hpp"
#include "tool/state/output_folder.hpp"
#include "tool/state/state_lock.hpp"
#include "tool/workers/encoder_fingerprint.hpp"

namespace imgopt {

enum class SurveyFor : std::uint8_t { building, telling };

struct BuildSurvey {
  std::optional<StateLock> lock;
  StateIdentity identity;           // of the next state
  std::optional<BuildState> state;  // of the last build
  std::optional<Cache> cache;
  std::optional<DigestSecret> own_secret;  // without a cache
  std::string worker;                      // its program
  std::optional<EncoderFingerprints> encoders;
  bool has_new_encoders = false;
  ScanResult scan;
  std::size_t outputs_of_others = 0;   // files that the scan found and another build made
  std::optional<OutputClaims> claims;  // none where there is no place for their registry
  std::optional<OutputFolder> out;
  Identified identified;
  Prepared prepared;
  std::vector<std::string> warnings;  // one sentence each

  [[nodiscard]] const BuildState* last_state() const { return state ? &*state : nullptr; }
  [[nodiscard]] const DigestSecret& secret() const { return cache ? cache->secret() : *own_secret; }
  // Whether the state speaks of the same configuration, encoders and digests.
  [[nodiscard]] bool is_same_request() const {
    return state && state->identity().secret_id == identity.secret_id &&
           state->identity().request_digest == identity.request_digest;
  }
};

struct SurveyHooks {
  // Narrows the scan's files to those that are of interest; the state is given where there is one.
  std::function<Result<void>(ScanResult& scan, const BuildState* state)> select;
  // Called in the calling thread while sources are still being hashed, once it is known that something will
  // have to be encoded: the time to start workers. `wanted` is how many can be of use; it grows.
  std::function<void(const std::string& worker, std::size_t wanted)> work_foreseen;
  // Called in the calling thread now and then while sources are hashed.
  std::function<void(std::size_t read, std::size_t total)> reading;
};

// Fails where nothing can be done: a state, cache or worker that cannot be used, a configuration that cannot
// be met, colliding outputs, an interrupt. The survey's address may be held on to from its return on.
[[nodiscard]] Result<void> take_survey(BuildRequest& request, SurveyFor purpose, const SurveyHooks& hooks,
                                       BuildSurvey& survey);

}  // namespace imgopt

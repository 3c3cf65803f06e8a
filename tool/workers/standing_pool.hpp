// StandingPool: the workers of one build, or of the builds of one `imgopt watch`, where some wait for the
// next change.
//
// A worker that was given an image is never kept: it ends with its build, and a fresh one takes its place. So
// a build that finds workers ready differs from any other in when they were started alone. They are not used
// where they would not do: other options, or other encoders than those that the build's keys name. Workers
// belong to the thread that calls; the kernel ends them with it.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "tool/workers/encoder_fingerprint.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {

class StandingPool {
public:
  // The pool for a build with these options, whose keys name these encoders. It lives until the next call.
  [[nodiscard]] WorkerPool& for_build(PoolOptions options, const EncoderFingerprints& encoders);
  // Ends the workers that the build used, and tells what it took.
  PoolCounters end_build();
  // Has `spare` workers start that wait for the next build, which counts them. Before the first build nobody
  // knows what they must be, and nothing is done.
  [[nodiscard]] Result<void> get_ready(unsigned spare);

private:
  std::optional<WorkerPool> m_pool;
  std::vector<LoadedObject> m_objects;  // the programs and libraries that its workers have loaded
  unsigned m_spare = 0;
};

}  // namespace imgopt

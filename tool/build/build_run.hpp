// BuildRun: one `imgopt build` from request to outcome. Each step is a file of its own; this one strings them
// together and owns what they share: lock, state, cache, output folder, worker pool.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "tool/build/execute.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/plan/outcome.hpp"
#include "tool/workers/standing_pool.hpp"

namespace imgopt {

struct BuildReport {
  RunOutcome outcome;
  std::vector<Error> problems;       // of the scan: folders and files that could not be listed
  bool surroundings_failed = false;  // something could not be read or written: exit status 4
  std::string over_budget;  // what there is to say where the outputs exceed the budget: exit status 1
  bool was_interrupted = false;
  std::vector<std::string>
      prerequisites;                 // every file read and folder scanned, absolute; only where asked for
  std::vector<std::string> folders;  // every folder scanned, absolute
  std::int64_t scan_start_ns = 0;
};

struct BuildListeners {
  Detail detail = Detail::worked_on;  // at least; a report or manifest needs everything
  // Called when the plan is made, before anything is encoded: what can be said by then.
  std::function<void(const RunOutcome& known)> planned;
  std::function<void(const ProgressSnapshot&)> progress;
  // Called now and then while sources are read, before the plan can be made.
  std::function<void(std::size_t read, std::size_t total)> reading;
};

// Fails where nothing could be done at all: configuration, collisions, no worker, no cache. Workers come from
// `pool`, which gets back what the build did not use.
[[nodiscard]] Result<BuildReport> run_build(BuildRequest& request, const BuildListeners& listeners,
                                            StandingPool& pool);

}  // namespace imgopt

// How a request's options become those of the worker pool, with the limits that are no options.
#pragma once

#include <string>

#include "tool/plan/build_request.hpp"
#include "tool/workers/worker_pool.hpp"

namespace imgopt {

// `worker` is the program. Every call makes another nonce.
[[nodiscard]] PoolOptions pool_options_of(const BuildRequest& request, const std::string& worker);

// Of all frames of an animation together.
[[nodiscard]] std::uint64_t max_total_pixels(const RunOptions& options);

}  // namespace imgopt

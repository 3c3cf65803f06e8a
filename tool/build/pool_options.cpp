#include "tool/build/pool_options.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/machine.hpp"

namespace imgopt {

namespace {

constexpr std::uint64_t k_max_output_bytes = std::uint64_t{2} << 30;

}  // namespace

std::uint64_t max_total_pixels(const RunOptions& options) {
  constexpr std::uint64_t k_factor = 16;
  return options.max_pixels > UINT64_MAX / k_factor ? UINT64_MAX : options.max_pixels * k_factor;
}

PoolOptions pool_options_of(const BuildRequest& request, const std::string& worker) {
  const RunOptions& options = request.options;
  PoolOptions pool;
  pool.program = worker;
  pool.jobs = request.jobs;
  pool.memory_limit = request.memory_limit;
  pool.machine_memory = std::max(available_memory(), request.memory_limit);
  if (options.timeout)
    pool.timeout = *options.timeout;
  pool.isolation = options.isolation;
  pool.make_jobs = make_jobs_of_environment();
  pool.setup.sandbox = options.sandbox;
  pool.setup.max_frames = options.max_frames;
  pool.setup.max_pixels = options.max_pixels;
  pool.setup.max_total_pixels = max_total_pixels(options);
  pool.setup.max_output_bytes = k_max_output_bytes;
  pool.setup.max_metadata_bytes = options.max_metadata;
  pool.setup.max_jpeg_scans = options.max_jpeg_scans;
  const DigestSeed random = random_seed();
  std::copy_n(random.bytes.begin(), pool.setup.nonce.size(), pool.setup.nonce.begin());
  return pool;
}

}  // namespace imgopt

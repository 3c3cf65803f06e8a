#include "tool/pool_options.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/machine.hpp"

namespace imgopt {

namespace {

constexpr std::uint32_t k_max_frames = 10'000;
constexpr std::uint64_t k_max_total_pixel_factor = 16;
constexpr std::uint64_t k_max_metadata_bytes = std::uint64_t{64} << 20;
constexpr std::uint32_t k_max_jpeg_scans = 200;
constexpr std::uint64_t k_max_output_bytes = std::uint64_t{2} << 30;

}  // namespace

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
  pool.setup.max_frames = k_max_frames;
  pool.setup.max_pixels = options.max_pixels;
  pool.setup.max_total_pixels = options.max_pixels * k_max_total_pixel_factor;
  pool.setup.max_output_bytes = k_max_output_bytes;
  pool.setup.max_metadata_bytes = k_max_metadata_bytes;
  pool.setup.max_jpeg_scans = k_max_jpeg_scans;
  const DigestSeed random = random_seed();
  std::copy_n(random.bytes.begin(), pool.setup.nonce.size(), pool.setup.nonce.begin());
  return pool;
}

}  // namespace imgopt

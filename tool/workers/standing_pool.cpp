#include "tool/workers/standing_pool.hpp"

#include <utility>

namespace imgopt {

WorkerPool& StandingPool::for_build(PoolOptions options, const EncoderFingerprints& encoders) {
  // The fingerprints were taken before these workers were started, and looked after again for this build:
  // what was loaded in between is what they name.
  if (m_pool && m_objects == encoders.objects) {
    options.setup.nonce = m_pool->options().setup.nonce;
    if (options == m_pool->options())
      return *m_pool;
  }
  m_objects = encoders.objects;
  return m_pool.emplace(std::move(options));
}

PoolCounters StandingPool::end_build() {
  if (!m_pool)
    return {};
  m_pool->keep_fresh(m_spare);
  return m_pool->take_counters();
}

Result<void> StandingPool::get_ready(unsigned spare) {
  m_spare = spare;
  return m_pool ? m_pool->warm_up(spare) : Result<void>();
}

}  // namespace imgopt

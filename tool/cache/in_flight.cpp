#include "tool/cache/in_flight.hpp"

#include <algorithm>
#include <vector>

namespace imgopt {

namespace {

// The first 62 bits of the key: a place that off_t can hold. Keys that share one merely wait for each other.
std::uint64_t place_of(const Digest128& key) {
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < sizeof(place); ++i)
    place = place << 8 | key.bytes[i];
  return place >> 2;
}

}  // namespace

Result<InFlight> InFlight::open(const std::string& lock_file) {
  IMGOPT_ASSIGN(RangeLocks locks, RangeLocks::open(lock_file));
  return InFlight(std::move(locks));
}

ClaimOutcome InFlight::claim(std::span<const Digest128> keys) {
  // In one order, so that of two builds that want the same set one gets all of it.
  std::vector<Digest128> wanted(keys.begin(), keys.end());
  std::sort(wanted.begin(), wanted.end());
  std::vector<Digest128> taken;
  for (const Digest128& key : wanted) {
    if (holds(key))
      continue;
    const auto outcome = m_locks.try_lock(place_of(key));
    if (outcome && *outcome == LockOutcome::held_by_another) {
      for (const Digest128& mine : taken)
        release(mine);
      return ClaimOutcome::held_by_another;
    }
    m_held.insert(key);
    taken.push_back(key);
  }
  return ClaimOutcome::granted;
}

void InFlight::release(const Digest128& key) {
  if (m_held.erase(key) > 0)
    m_locks.unlock(place_of(key));
}

bool InFlight::is_held_by_another(const Digest128& key) const {
  return m_locks.is_held_by_another(place_of(key));
}

}  // namespace imgopt

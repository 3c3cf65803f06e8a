// In-flight claims: which results of one cache some build is making right now, so that no other makes them
// too.
//
// A claim is a byte lock of one file (base/range_locks.hpp), at a place that the key gives: a dead holder's
// claims are free at once. Nobody waits for a claim; whoever finds one taken does something else and looks
// again. Where the file system has no such locks every claim is granted, and builds that run at once may make
// a result twice. Not thread-safe.
#pragma once

#include <set>
#include <span>
#include <string>

#include "base/digest.hpp"
#include "base/range_locks.hpp"
#include "base/result.hpp"

namespace imgopt {

enum class ClaimOutcome { granted, held_by_another };

class InFlight {
public:
  // `lock_file` is made where it is not there.
  [[nodiscard]] static Result<InFlight> open(const std::string& lock_file);

  // Claims all of `keys` or none; what is held already counts as granted.
  [[nodiscard]] ClaimOutcome claim(std::span<const Digest128> keys);
  void release(const Digest128& key);
  [[nodiscard]] bool holds(const Digest128& key) const { return m_held.contains(key); }
  [[nodiscard]] bool is_held_by_another(const Digest128& key) const;

private:
  explicit InFlight(RangeLocks locks) : m_locks(std::move(locks)) {}
  RangeLocks m_locks;
  std::set<Digest128> m_held;
};

}  // namespace imgopt

// Foresight: tells while sources are still being hashed that something will have to be encoded, so that
// workers start meanwhile.
//
// It looks at the first changed sources alone: where the cache has all of these, a run restores, and most
// likely needs no worker at all; where it is mistaken, workers start when the plan is made. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include "tool/plan/build_work.hpp"
#include "tool/plan/prepare_work.hpp"

namespace imgopt {

class Foresight {
public:
  // Uses of the inputs all but what identify fills in.
  explicit Foresight(const PrepareInputs& inputs) : m_in(inputs) {}

  // A source that is new or changed.
  void look_at(std::size_t index, const IdentifiedSource& source);
  // Whether an encoding was foreseen since the last call; true once at most.
  [[nodiscard]] bool takes_note() { return m_is_foreseen.exchange(false); }

private:
  [[nodiscard]] bool wants_encoding(std::size_t index, const IdentifiedSource& source) const;

  const PrepareInputs& m_in;
  std::atomic<int> m_looks{0};
  std::atomic<bool> m_is_foreseen{false};
  std::mutex m_mutex;  // guards the settings resolver
};

}  // namespace imgopt

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
  // How many workers can be of use, as far as is known: as many as sources have changed, once an encoding is
  // foreseen.
  [[nodiscard]] std::size_t workers_of_use() const { return m_is_foreseen.load() ? m_changed.load() : 0; }

private:
  [[nodiscard]] bool wants_encoding(std::size_t index, const IdentifiedSource& source) const;

  const PrepareInputs& m_in;
  std::atomic<int> m_looks{0};
  std::atomic<std::size_t> m_changed{0};
  std::atomic<bool> m_is_foreseen{false};
  std::mutex m_mutex;  // guards the settings resolver
};

}  // namespace imgopt

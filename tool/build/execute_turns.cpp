// Execution's turns: what builds that run at once on one cache leave to each other.
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "base/interrupts.hpp"
#include "tool/build/execute.hpp"

namespace imgopt {

namespace {

// How often to look whether another build has made what this one waits for, and how long before it is made
// here too: that build may have been stopped.
constexpr std::chrono::milliseconds k_look_again{30};
constexpr std::chrono::seconds k_longest_wait{60};

}  // namespace

bool Execution::is_our_turn(const Record& record) {
  if (m_in.cache == nullptr || m_in.request->options.cache != CacheMode::normal)
    return true;
  const SourceWork& work = (*m_in.works)[record.planned.source];
  std::vector<Digest128> keys;
  for (const std::uint32_t o : outputs_of(record))
    if (!m_insisted.contains(work.outputs[o].key))
      keys.push_back(work.outputs[o].key);
  if (keys.empty() || m_in.cache->take_turn(keys) == Turn::ours)
    return true;
  for (const std::uint32_t o : outputs_of(record))
    m_put_off.push_back({record.planned.source, o});
  return false;
}

Result<void> Execution::await_others() {
  // Nobody waits while others may be waiting for him.
  note_cache_trouble(m_in.cache->flush());
  const auto output_at = [&](const OutputRef& ref) -> OutputWork& {
    return (*m_in.works)[ref.source].outputs[ref.output];
  };
  const auto is_made_elsewhere = [&](const OutputRef& ref) {
    return m_in.cache->is_made_elsewhere(output_at(ref).key);
  };
  const auto begin = std::chrono::steady_clock::now();
  bool is_patient = true;
  while (is_patient && std::all_of(m_put_off.begin(), m_put_off.end(), is_made_elsewhere)) {
    pollfd interrupt{Interrupts::descriptor(), POLLIN, 0};
    ::poll(&interrupt, 1, static_cast<int>(k_look_again.count()));
    if (Interrupts::pending() != 0)
      return interrupted();
    tick({});
    is_patient = std::chrono::steady_clock::now() - begin < k_longest_wait;
  }
  for (const OutputRef& ref : m_put_off) {
    OutputWork& output = output_at(ref);
    if (m_in.cache->has(output.key))
      output.planned.action = Action::restore;
    else if (!is_patient)
      m_insisted.insert(output.key);
  }
  restore_all();
  // An entry that is there and cannot be served must not be waited for again.
  for (const OutputRef& ref : m_put_off)
    if (const OutputWork& output = output_at(ref);
        !output.is_done && output.planned.action == Action::restore)
      m_insisted.insert(output.key);
  m_put_off.clear();
  return {};
}

}  // namespace imgopt

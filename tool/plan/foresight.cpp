#include "tool/plan/foresight.hpp"

#include "tool/plan/expand_outputs.hpp"
#include "tool/plan/work_key.hpp"

namespace imgopt {

namespace {

// Each look costs what preparing the source costs, about 10 us.
constexpr int k_most_looks = 64;

}  // namespace

void Foresight::look_at(std::size_t index, const IdentifiedSource& source) {
  if (source.kind != ContentKind::image)
    return;
  m_changed.fetch_add(1, std::memory_order_relaxed);
  if (m_looks.load(std::memory_order_relaxed) >= k_most_looks)
    return;
  const std::lock_guard lock(m_mutex);
  if (m_looks.fetch_add(1, std::memory_order_relaxed) >= k_most_looks || !wants_encoding(index, source))
    return;
  m_looks.store(k_most_looks, std::memory_order_relaxed);
  m_is_foreseen.store(true);
}

bool Foresight::wants_encoding(std::size_t index, const IdentifiedSource& source) const {
  const FormatEncoder& decoder = m_in.encoders->of_format(source.format);
  const std::string& name = m_in.scan->files[index].name;
  const auto settings = m_in.request->resolver->settings_for(name);
  // What is wrong with the settings is told when the work is prepared.
  if (!settings || !decoder.can(EncoderAbility::loads))
    return false;
  if (m_in.cache == nullptr || m_in.request->options.cache == CacheMode::rewrite)
    return true;
  for (ExpandedOutput& expanded : expand_outputs(name, source.format, **settings)) {
    leave_out_unwritable(expanded, *m_in.encoders);
    OutputWork output;
    output.settings = expanded.settings;
    output.candidates = std::move(expanded.candidates);
    const KeyedSource keyed{source.digest, source.stat.size, source.format};
    if (!m_in.cache->has(key_of(output, keyed, *m_in.encoders, *m_in.secret)))
      return true;
  }
  return false;
}

}  // namespace imgopt

#include "tool/plan/plan.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "protocol/batch_manifest.hpp"
#include "tool/workers/deadline.hpp"

namespace imgopt {

namespace {

std::size_t hash_of(const Digest128& key) {
  std::size_t value;  // a digest is as good as random in every part
  std::memcpy(&value, key.bytes.data(), sizeof(value));
  return value;
}

// A source's pixels before anything was decoded: photographs take about a byte for two pixels, sprites less.
constexpr std::uint64_t k_pixels_per_byte = 2;

// Formats whose encoding takes so much longer than decoding that sharing a decoded image gains nothing, while
// a record of their own lets another core begin.
bool is_slow(const OutputSettings& settings) {
  return settings.format == ImageFormat::avif || settings.format == ImageFormat::jxl ||
         (settings.format == ImageFormat::png && settings.effort >= 7) ||
         settings.quality_mode == Quality::target || settings.max_bytes > 0;
}

// Outputs with the same geometry share the decoded and resized image.
struct Geometry {
  ResizeMode resize;
  std::uint32_t width;
  std::uint32_t height;
  std::size_t alone;  // 0, or the output's number where it is a record of its own
  auto operator<=>(const Geometry&) const = default;
};

}  // namespace

std::uint64_t expected_cost_us(const OutputSettings& settings, std::uint64_t source_bytes) {
  return estimated_cost_us(settings, source_bytes * k_pixels_per_byte);
}

void Planner::grow_table() {
  constexpr std::size_t k_least_places = 64;
  m_table.assign(std::max(k_least_places, 2 * m_table.size()), 0);
  for (std::uint32_t i = 0; i < m_encoded.size(); ++i) {
    std::size_t place = hash_of(m_encoded[i].key) % m_table.size();
    while (m_table[place] != 0)
      place = (place + 1) % m_table.size();
    m_table[place] = i + 1;
  }
}

// The output that has this key already; else `output` has it from now on.
std::optional<OutputRef> Planner::find_or_add(const Digest128& key, const OutputRef& output) {
  if (2 * m_encoded.size() >= m_table.size())
    grow_table();
  std::size_t place = hash_of(key) % m_table.size();
  for (; m_table[place] != 0; place = (place + 1) % m_table.size())
    if (const Encoded& known = m_encoded[m_table[place] - 1]; known.key == key)
      return known.output;
  m_encoded.push_back({key, output});
  m_table[place] = static_cast<std::uint32_t>(m_encoded.size());
  return std::nullopt;
}

void Planner::add(const SourceFacts& facts, std::span<PlannedOutput> planned) {
  for (std::size_t o = 0; o < facts.outputs.size(); ++o) {
    const OutputFacts& output = facts.outputs[o];
    planned[o] = {};
    if (output.standing_key == output.key) {
      planned[o].action = Action::leave;
    } else if (output.cached != CachedAs::nothing) {
      planned[o].action = output.cached == CachedAs::result ? Action::restore : Action::fail;
    } else if (const auto first = find_or_add(output.key, {m_source, static_cast<std::uint32_t>(o)})) {
      planned[o].action = Action::share;
      planned[o].shares_with = *first;
    } else {
      planned[o].action = Action::encode;
    }
  }
  add_records(facts, planned);
  ++m_source;
}

void Planner::add_record(std::span<const std::uint32_t> outputs, std::uint64_t cost) {
  PlannedRecord record;
  record.source = m_source;
  record.first_output = static_cast<std::uint32_t>(m_plan.outputs.size());
  record.output_count = static_cast<std::uint32_t>(outputs.size());
  record.cost = cost;
  m_plan.outputs.insert(m_plan.outputs.end(), outputs.begin(), outputs.end());
  m_plan.records.push_back(record);
}

void Planner::add_records(const SourceFacts& facts, std::span<const PlannedOutput> planned) {
  struct Group {
    std::vector<std::uint32_t> outputs;
    std::uint64_t cost = 0;
  };
  std::map<Geometry, Group> groups;
  for (std::uint32_t i = 0; i < planned.size(); ++i) {
    if (planned[i].action != Action::encode)
      continue;
    const OutputSettings& settings = facts.outputs[i].settings;
    const Geometry geometry{settings.resize, settings.resize_width, settings.resize_height,
                            is_slow(settings) || facts.outputs[i].encodings > 1 ? i + std::size_t{1} : 0};
    Group& group = groups[geometry];
    group.outputs.push_back(i);
    group.cost += expected_cost_us(settings, facts.size);
    if (group.outputs.size() == k_max_outputs_per_record) {
      add_record(group.outputs, group.cost);
      groups.erase(geometry);
    }
  }
  for (const auto& [geometry, group] : groups)
    add_record(group.outputs, group.cost);
}

Plan Planner::finish() && {
  std::stable_sort(m_plan.records.begin(), m_plan.records.end(),
                   [](const PlannedRecord& a, const PlannedRecord& b) { return a.cost > b.cost; });
  return std::move(m_plan);
}

}  // namespace imgopt

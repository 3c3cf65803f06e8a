#include "tool/plan/plan.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "protocol/batch_manifest.hpp"
#include "tool/workers/deadline.hpp"

namespace imgopt {

namespace {

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

std::size_t Planner::KeyHash::operator()(const Digest128& key) const {
  std::size_t value;  // a digest is as good as random in every part
  std::memcpy(&value, key.bytes.data(), sizeof(value));
  return value;
}

void Planner::add(const SourceFacts& facts, std::span<PlannedOutput> planned) {
  for (std::size_t o = 0; o < facts.outputs.size(); ++o) {
    const OutputFacts& output = facts.outputs[o];
    planned[o] = {};
    if (output.standing_key == output.key) {
      planned[o].action = Action::leave;
    } else if (output.cached != CachedAs::nothing) {
      planned[o].action = output.cached == CachedAs::result ? Action::restore : Action::fail;
    } else if (const auto [first, is_first] =
                   m_encoded.try_emplace(output.key, OutputRef{m_source, static_cast<std::uint32_t>(o)});
               is_first) {
      planned[o].action = Action::encode;
    } else {
      planned[o].action = Action::share;
      planned[o].shares_with = first->second;
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

#include "tool/plan/plan.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

#include "protocol/batch_manifest.hpp"
#include "tool/workers/deadline.hpp"

namespace imgopt {

namespace {

struct KeyHash {
  std::size_t operator()(const Digest128& key) const {
    std::size_t value;  // a digest is as good as random in every part
    std::memcpy(&value, key.bytes.data(), sizeof(value));
    return value;
  }
};

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

void add_records(std::size_t source, const SourceFacts& facts, const std::vector<PlannedOutput>& planned,
                 std::vector<PlannedRecord>& records) {
  std::map<Geometry, PlannedRecord> groups;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    if (planned[i].action != Action::encode)
      continue;
    const OutputSettings& settings = facts.outputs[i].settings;
    const Geometry geometry{settings.resize, settings.resize_width, settings.resize_height,
                            is_slow(settings) || facts.outputs[i].encodings > 1 ? i + 1 : 0};
    PlannedRecord& record = groups[geometry];
    record.source = source;
    record.outputs.push_back(i);
    record.cost += expected_cost_us(settings, facts.size);
    if (record.outputs.size() == k_max_outputs_per_record) {
      records.push_back(std::move(record));
      groups.erase(geometry);
    }
  }
  for (auto& [geometry, record] : groups)
    records.push_back(std::move(record));
}

}  // namespace

std::uint64_t expected_cost_us(const OutputSettings& settings, std::uint64_t source_bytes) {
  return estimated_cost_us(settings, source_bytes * k_pixels_per_byte);
}

Plan make_plan(std::span<const SourceFacts> sources) {
  Plan plan;
  plan.outputs.resize(sources.size());
  std::unordered_map<Digest128, OutputRef, KeyHash> encoded;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    plan.outputs[s].resize(sources[s].outputs.size());
    for (std::size_t o = 0; o < sources[s].outputs.size(); ++o) {
      const OutputFacts& facts = sources[s].outputs[o];
      PlannedOutput& planned = plan.outputs[s][o];
      if (facts.standing_key == facts.key) {
        planned.action = Action::leave;
      } else if (facts.cached != CachedAs::nothing) {
        planned.action = facts.cached == CachedAs::result ? Action::restore : Action::fail;
      } else if (const auto [first, is_first] = encoded.try_emplace(facts.key, OutputRef{s, o}); is_first) {
        planned.action = Action::encode;
      } else {
        planned.action = Action::share;
        planned.shares_with = first->second;
      }
    }
    add_records(s, sources[s], plan.outputs[s], plan.records);
  }
  std::stable_sort(plan.records.begin(), plan.records.end(),
                   [](const PlannedRecord& a, const PlannedRecord& b) { return a.cost > b.cost; });
  return plan;
}

}  // namespace imgopt

#include "worker/jpeg/jpeg_scan_search.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "worker/jpeg/jpeg_band_survey.hpp"

namespace imgopt::jpeg {
namespace {

struct MeasuredScan {
  Scan scan;
  std::uint64_t bits = 0;
};

struct MeasuredScans {
  std::vector<MeasuredScan> scans;
  std::uint64_t bits = 0;

  void add(MeasuredScan scan) {
    bits += scan.bits;
    scans.push_back(std::move(scan));
  }
  void add(MeasuredScans others) {
    for (MeasuredScan& scan : others.scans)
      add(std::move(scan));
  }
};

// SOS segment and the DHT segment's marker and length.
std::uint64_t header_bits(std::size_t components) {
  return 8 * (2 + 6 + 2 * components + 4);
}

std::uint64_t whole_bytes(std::uint64_t bits) {
  return (bits + 7) / 8 * 8;
}

// ---- tables shared by components ----

struct TableGroups {
  std::array<int, k_max_components> group_of{};
  std::vector<CodeLengths> lengths;
  std::uint64_t bits = 0;  // tables and coded symbols
};

SymbolCounts sum(const SymbolCounts& a, const SymbolCounts& b) {
  SymbolCounts total;
  for (std::size_t i = 0; i < total.size(); ++i)
    total[i] = a[i] + b[i];
  return total;
}

std::uint64_t table_and_symbol_bits(const SymbolCounts& counts) {
  const CodeLengths lengths = optimal_code_lengths(counts);
  return table_bits(lengths) + coded_bits(counts, lengths);
}

// Merges tables pair by pair, the cheapest merger first, while that saves bits or there are too many.
TableGroups group_tables(std::vector<SymbolCounts> counts, std::size_t max_tables) {
  struct Group {
    SymbolCounts counts;
    std::vector<std::size_t> members;
    std::uint64_t bits;
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < counts.size(); ++i)
    groups.push_back({counts[i], {i}, table_and_symbol_bits(counts[i])});
  while (groups.size() > 1) {
    std::int64_t best_change = 0;
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (std::size_t a = 0; a < groups.size(); ++a) {
      for (std::size_t b = a + 1; b < groups.size(); ++b) {
        const auto merged = table_and_symbol_bits(sum(groups[a].counts, groups[b].counts));
        const auto change =
            static_cast<std::int64_t>(merged) - static_cast<std::int64_t>(groups[a].bits + groups[b].bits);
        if (best.second == 0 || change < best_change) {
          best_change = change;
          best = {a, b};
        }
      }
    }
    if (best_change >= 0 && groups.size() <= max_tables)
      break;
    Group& into = groups[best.first];
    Group& from = groups[best.second];
    into.counts = sum(into.counts, from.counts);
    into.bits = table_and_symbol_bits(into.counts);
    into.members.insert(into.members.end(), from.members.begin(), from.members.end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(best.second));
  }
  TableGroups result;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t member : groups[g].members)
      result.group_of[member] = static_cast<int>(g);
    result.lengths.push_back(optimal_code_lengths(groups[g].counts));
    result.bits += groups[g].bits;
  }
  return result;
}

std::vector<HuffmanTable> build_tables(const std::vector<CodeLengths>& lengths) {
  std::vector<HuffmanTable> tables;
  tables.reserve(lengths.size());
  for (const CodeLengths& each : lengths)
    tables.push_back(build_huffman_table(each));
  return tables;
}

// ---- single scans ----

MeasuredScan measure_ac(const ScanSource& source, int component, const SpectralPart& part) {
  const AcCounts counts = count_ac_scan(source, component, part);
  const CodeLengths lengths = optimal_code_lengths(counts.symbols);
  MeasuredScan result;
  result.scan.components = {component};
  result.scan.part = part;
  result.scan.ac_tables = {build_huffman_table(lengths)};
  std::uint64_t bits = coded_bits(counts.symbols, lengths) + counts.correction_bits;
  // A refinement's symbols announce one sign bit or an end-of-band run, like those of a first pass.
  bits += progressive_ac_extra_bits(counts.symbols);
  result.bits = header_bits(1) + table_bits(lengths) + whole_bytes(bits);
  return result;
}

// A scan that starts at DC: `part` is DC alone (progressive) or everything (sequential).
MeasuredScan measure_dc(const ScanSource& source, std::vector<int> components, const SpectralPart& part) {
  const bool is_sequential = part.last == 63;
  const std::vector<ComponentCounts> counts = count_dc_scan(source, components, part);
  std::vector<SymbolCounts> dc;
  std::vector<SymbolCounts> ac;
  std::uint64_t extra = 0;
  for (const ComponentCounts& each : counts) {
    dc.push_back(each.dc);
    extra += dc_extra_bits(each.dc);
    if (is_sequential) {
      ac.push_back(each.ac);
      extra += sequential_ac_extra_bits(each.ac);
    }
  }
  // T.81 table B.5: baseline has two tables of a kind, the other processes four.
  const TableGroups dc_groups = group_tables(std::move(dc), is_sequential ? 2 : 4);
  MeasuredScan result;
  result.bits = header_bits(components.size()) + whole_bytes(dc_groups.bits + extra);
  result.scan.part = part;
  result.scan.dc_table = dc_groups.group_of;
  result.scan.dc_tables = build_tables(dc_groups.lengths);
  if (is_sequential) {
    const TableGroups ac_groups = group_tables(std::move(ac), 2);
    result.bits += ac_groups.bits;
    result.scan.ac_table = ac_groups.group_of;
    result.scan.ac_tables = build_tables(ac_groups.lengths);
  }
  result.scan.components = std::move(components);
  return result;
}

// ---- combinations ----

std::vector<int> all_components(const ScanSource& source) {
  std::vector<int> components(source.image.components.size());
  std::iota(components.begin(), components.end(), 0);
  return components;
}

// From this effort on, what hardly ever gains is looked at too.
constexpr int k_thorough_effort = 7;

// The best of: all components interleaved; the first alone and the others interleaved; each alone. A
// sequential scan's AC symbols are the same in each, so there is little to gain for a walk over everything.
MeasuredScans best_dc_scans(const ScanSource& source, const SpectralPart& part, int effort) {
  const std::vector<int> all = all_components(source);
  std::vector<std::vector<std::vector<int>>> candidates = {{all}};
  const bool is_sequential = part.last == 63;
  const bool one_will_do = is_sequential && effort < k_thorough_effort && can_interleave(source.image, all);
  if (all.size() > 2 && !one_will_do)
    candidates.push_back({{all[0]}, {all.begin() + 1, all.end()}});
  if (all.size() > 1 && !one_will_do) {
    candidates.emplace_back();
    for (const int component : all)
      candidates.back().push_back({component});
  }
  std::optional<MeasuredScans> best;
  for (const auto& candidate : candidates) {
    if (!std::all_of(candidate.begin(), candidate.end(),
                     [&](const auto& scan) { return can_interleave(source.image, scan); }))
      continue;
    MeasuredScans scans;
    for (const std::vector<int>& components : candidate)
      scans.add(measure_dc(source, components, part));
    if (!best || scans.bits < best->bits)
      best = std::move(scans);
  }
  return std::move(*best);
}

// Where bands may begin, by effort; a band ends before the next beginning, the last at 63.
// Small images gain nothing from many scans, each of which has its header and table.
std::vector<int> band_starts(int effort, std::size_t blocks) {
  if (effort <= 1 || blocks < 16)
    return {1};
  if (effort <= 3 || blocks < 100)
    return {1, 3, 6, 13};
  // The time goes with the square of their number.
  if (effort <= 5)
    return {1, 2, 3, 5, 8, 12, 18, 28};
  if (effort <= 6)
    return {1, 2, 3, 4, 6, 8, 10, 15, 21, 28};
  return {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 21, 24, 28, 36, 45};
}

struct BandCut {
  std::uint64_t bits = 0;
  std::vector<SpectralPart> parts;
};

// Splits 1..63 into the bands whose scans are smallest together: shortest path over all pairs of band limits.
BandCut best_bands(const ScanSource& source, int component, const SpectralPart& pass, int effort) {
  const BandSurvey survey(
      source, component, pass,
      band_starts(effort, source.image.components[static_cast<std::size_t>(component)].block_count()));
  const std::size_t n = survey.interval_count();
  std::vector<BandCut> best_before(n + 1);  // [i]: for all intervals before i
  for (std::size_t end = 1; end <= n; ++end) {
    BandCut& best = best_before[end];
    best.bits = UINT64_MAX;
    for (std::size_t first = 0; first < end; ++first) {
      const AcCounts counts = survey.counts(first, end - 1);
      const std::uint64_t bits = best_before[first].bits + header_bits(1) + counts.correction_bits +
                                 estimated_bits(counts.symbols) + progressive_ac_extra_bits(counts.symbols);
      if (bits >= best.bits)
        continue;
      best.bits = bits;
      best.parts = best_before[first].parts;
      best.parts.push_back(survey.part(first, end - 1));
    }
  }
  return std::move(best_before.back());
}

// One scan for the whole spectrum, or the best cut where the effort allows.
BandCut refinement_bands(const ScanSource& source, int component, int shift, int effort) {
  const SpectralPart whole{1, 63, shift, shift - 1};
  if (effort >= 5)
    return best_bands(source, component, whole, effort);
  return {measure_ac(source, component, whole).bits, {whole}};
}

// How a component's AC coefficients are sent: first passes at some depth, then refinements bit by bit.
struct AcScans {
  MeasuredScans first;
  MeasuredScans refinements;
};

AcScans best_ac_scans(const ScanSource& source, int component, int effort) {
  const int deepest = effort == 0 ? 1 : k_max_shift;
  std::vector<BandCut> refinements;  // [i]: the pass from shift i + 1 to i
  std::uint64_t refinement_bits = 0;
  BandCut best;
  best.bits = UINT64_MAX;
  std::size_t best_shift = 0;
  for (int shift = 0; shift <= deepest; ++shift) {
    if (shift > 0) {
      refinements.push_back(refinement_bands(source, component, shift, effort));
      refinement_bits += refinements.back().bits;
    }
    BandCut cut = best_bands(source, component, {1, 63, 0, shift}, effort);
    cut.bits += refinement_bits;
    if (cut.bits < best.bits) {
      best = std::move(cut);
      best_shift = static_cast<std::size_t>(shift);
    } else if (effort < k_thorough_effort) {
      break;  // sizes have one minimum over the depth, nearly always
    }
  }
  AcScans scans;
  for (const SpectralPart& part : best.parts)
    scans.first.add(measure_ac(source, component, part));
  for (std::size_t shift = best_shift; shift-- > 0;) {
    for (const SpectralPart& part : refinements[shift].parts)
      scans.refinements.add(measure_ac(source, component, part));
  }
  return scans;
}

MeasuredScans best_progressive(const ScanSource& source, int effort) {
  MeasuredScans scans = best_dc_scans(source, {0, 0, 0, 0}, effort);
  MeasuredScans later;
  for (const int component : all_components(source)) {
    AcScans ac = best_ac_scans(source, component, effort);
    scans.add(std::move(ac.first));
    later.add(std::move(ac.refinements));
  }
  scans.add(std::move(later));
  return scans;
}

}  // namespace

ScanPlan plan_scans(const ScanSource& source, ScanStyle style, int effort) {
  std::optional<MeasuredScans> best;
  ScanPlan plan;
  if (style != ScanStyle::progressive) {
    best = best_dc_scans(source, {0, 63, 0, 0}, effort);
    plan.style = ScanStyle::sequential;
  }
  if (style != ScanStyle::sequential) {
    MeasuredScans progressive = best_progressive(source, effort);
    if (!best || progressive.bits < best->bits) {
      best = std::move(progressive);
      plan.style = ScanStyle::progressive;
    }
  }
  plan.bits = best->bits;
  for (MeasuredScan& scan : best->scans)
    plan.scans.push_back(std::move(scan.scan));
  return plan;
}

}  // namespace imgopt::jpeg

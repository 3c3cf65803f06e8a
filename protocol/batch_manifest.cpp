#include "protocol/batch_manifest.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/record_header.hpp"

namespace imgopt {

namespace {

constexpr std::string_view k_manifest_format = "batch manifest";

tl::unexpected<Error> damaged(std::string_view why) {
  return damaged_format(k_manifest_format, why);
}

struct Layout {
  std::uint64_t sources;
  std::uint64_t records;
  std::uint64_t outputs;
  std::uint64_t settings;
  std::uint64_t total;
};

Layout lay_out(std::uint64_t sources, std::uint64_t records, std::uint64_t outputs, std::uint64_t settings) {
  Layout layout{};
  layout.sources = sizeof(BatchHeader);
  layout.records = layout.sources + sources * sizeof(BatchSource);
  layout.outputs = layout.records + records * sizeof(BatchRecord);
  layout.settings = layout.outputs + outputs * sizeof(BatchOutput);
  layout.total = layout.settings + settings * sizeof(OutputSettings);
  return layout;
}

// The table of `count` elements at `offset`; the caller has checked that it lies within `bytes`.
template <typename T>
std::span<const T> table(ByteView bytes, std::uint64_t offset, std::uint32_t count) {
  static_assert(alignof(T) <= 8 && sizeof(T) % 8 == 0);
  return {reinterpret_cast<const T*>(bytes.data() + offset), count};
}

}  // namespace

Result<BatchManifest> BatchManifest::open(ByteView bytes) {
  IMGOPT_ASSIGN(const BatchHeader header, read_header<BatchHeader>(bytes, k_batch_magic, k_manifest_format));
  if (header.version != k_batch_version || header.header_size != sizeof(BatchHeader))
    return damaged("another version");
  if (header.total_size != bytes.size())
    return damaged("its size is not the one its header names");
  if (header.reserved != decltype(header.reserved){})
    return damaged("reserved fields are used");
  // The tables stand in one order without gaps, so the counts alone say where each must be; 32-bit counts
  // cannot overflow the sums.
  const Layout layout =
      lay_out(header.source_count, header.record_count, header.output_count, header.settings_count);
  if (header.sources_offset != layout.sources || header.records_offset != layout.records ||
      header.outputs_offset != layout.outputs || header.settings_offset != layout.settings ||
      header.total_size != layout.total)
    return damaged("its tables are not where their counts put them");

  BatchManifest manifest;
  manifest.m_nonce = header.nonce;
  manifest.m_sources = table<BatchSource>(bytes, layout.sources, header.source_count);
  manifest.m_records = table<BatchRecord>(bytes, layout.records, header.record_count);
  manifest.m_outputs = table<BatchOutput>(bytes, layout.outputs, header.output_count);
  manifest.m_settings = table<OutputSettings>(bytes, layout.settings, header.settings_count);

  for (const BatchSource& source : manifest.m_sources) {
    const auto format = static_cast<ImageFormat>(source.format);
    if (source.format >= k_format_slots ||
        std::find(k_all_formats.begin(), k_all_formats.end(), format) == k_all_formats.end())
      return damaged("a source has no known format");
    if (source.reserved != 0 || source.reserved2 != 0)
      return damaged("reserved fields are used");
  }
  for (const BatchRecord& record : manifest.m_records) {
    if (record.source >= header.source_count)
      return damaged("a record names no source");
    if (record.output_count == 0 || record.output_count > k_max_outputs_per_record ||
        record.first_output > header.output_count ||
        record.output_count > header.output_count - record.first_output)
      return damaged("a record's outputs lie outside the table");
    if (record.reserved != 0)
      return damaged("reserved fields are used");
  }
  for (const BatchOutput& output : manifest.m_outputs)
    if (output.settings >= header.settings_count || output.reserved != 0)
      return damaged("an output names no settings");
  for (const OutputSettings& settings : manifest.m_settings)
    if (const auto valid = validate(settings); !valid)
      return damaged(valid.error().message);
  return manifest;
}

std::uint32_t BatchBuilder::add_source(const BatchSource& source) {
  m_sources.push_back(source);
  return static_cast<std::uint32_t>(m_sources.size() - 1);
}

std::uint32_t BatchBuilder::intern(const OutputSettings& settings) {
  // Distinct settings are as many as rules times widths times formats: a search from the latest back is
  // short, and neighbours are mostly equal.
  const auto found = std::find(m_settings.rbegin(), m_settings.rend(), settings);
  if (found != m_settings.rend())
    return static_cast<std::uint32_t>(m_settings.rend() - found - 1);
  m_settings.push_back(settings);
  return static_cast<std::uint32_t>(m_settings.size() - 1);
}

std::uint32_t BatchBuilder::add_record(std::uint32_t source, std::span<const Output> outputs,
                                       std::uint64_t cost) {
  assert(!outputs.empty() && outputs.size() <= k_max_outputs_per_record && source < m_sources.size());
  BatchRecord record;
  record.source = source;
  record.first_output = static_cast<std::uint32_t>(m_outputs.size());
  record.output_count = static_cast<std::uint32_t>(outputs.size());
  record.cost = cost;
  for (const Output& output : outputs)
    m_outputs.push_back({output.key, intern(output.settings), 0});
  m_records.push_back(record);
  return static_cast<std::uint32_t>(m_records.size() - 1);
}

std::size_t BatchBuilder::size() const {
  return lay_out(m_sources.size(), m_records.size(), m_outputs.size(), m_settings.size()).total;
}

void BatchBuilder::write(std::span<std::uint8_t> out) const {
  const Layout layout = lay_out(m_sources.size(), m_records.size(), m_outputs.size(), m_settings.size());
  assert(out.size() == layout.total);
  BatchHeader header;
  header.total_size = layout.total;
  header.nonce = m_nonce;
  header.source_count = static_cast<std::uint32_t>(m_sources.size());
  header.record_count = static_cast<std::uint32_t>(m_records.size());
  header.output_count = static_cast<std::uint32_t>(m_outputs.size());
  header.settings_count = static_cast<std::uint32_t>(m_settings.size());
  header.sources_offset = layout.sources;
  header.records_offset = layout.records;
  header.outputs_offset = layout.outputs;
  header.settings_offset = layout.settings;
  const auto put = [&](std::uint64_t offset, const auto* data, std::size_t count) {
    if (count > 0)
      std::memcpy(out.data() + offset, data, count * sizeof(*data));
  };
  put(0, &header, 1);
  put(layout.sources, m_sources.data(), m_sources.size());
  put(layout.records, m_records.data(), m_records.size());
  put(layout.outputs, m_outputs.data(), m_outputs.size());
  put(layout.settings, m_settings.data(), m_settings.size());
}

}  // namespace imgopt

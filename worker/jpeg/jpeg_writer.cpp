#include "worker/jpeg/jpeg_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "worker/jpeg/jpeg_bytes.hpp"

namespace imgopt::jpeg {
namespace {

using Quantizers = std::array<std::uint16_t, k_block_size>;

// The different tables of the components; [i] of the result is the table of component i.
struct QuantizerTables {
  std::vector<Quantizers> tables;
  std::vector<std::size_t> table_of;
};

QuantizerTables collect_quantizers(const CoefficientImage& image) {
  QuantizerTables result;
  for (const Component& component : image.components) {
    auto found = std::find(result.tables.begin(), result.tables.end(), component.quantizers);
    result.table_of.push_back(static_cast<std::size_t>(found - result.tables.begin()));
    if (found == result.tables.end())
      result.tables.push_back(component.quantizers);
  }
  return result;
}

bool needs_16_bits(const Quantizers& table) {
  return std::any_of(table.begin(), table.end(), [](std::uint16_t q) { return q > 255; });
}

void append_quantizers(Bytes& out, const QuantizerTables& quantizers) {
  Bytes payload;
  for (std::size_t t = 0; t < quantizers.tables.size(); ++t) {
    const bool is_wide = needs_16_bits(quantizers.tables[t]);
    payload.push_back(static_cast<std::uint8_t>((is_wide ? 0x10U : 0U) | t));
    for (const std::uint16_t q : quantizers.tables[t]) {
      if (is_wide)
        payload.push_back(static_cast<std::uint8_t>(q >> 8));
      payload.push_back(static_cast<std::uint8_t>(q));
    }
  }
  append_segment(out, k_marker_dqt, payload);
}

void append_frame(Bytes& out, const CoefficientImage& image, const QuantizerTables& quantizers,
                  ScanStyle style) {
  Bytes payload = {8};
  append_u16(payload, image.height);
  append_u16(payload, image.width);
  payload.push_back(static_cast<std::uint8_t>(image.components.size()));
  for (std::size_t c = 0; c < image.components.size(); ++c) {
    const Component& component = image.components[c];
    payload.push_back(component.id);
    payload.push_back(static_cast<std::uint8_t>(component.h_factor << 4 | component.v_factor));
    payload.push_back(static_cast<std::uint8_t>(quantizers.table_of[c]));
  }
  const bool is_baseline = std::none_of(quantizers.tables.begin(), quantizers.tables.end(), needs_16_bits);
  const std::uint8_t marker = style == ScanStyle::progressive ? k_marker_sof2
                              : is_baseline                   ? k_marker_sof0
                                                              : k_marker_sof1;
  append_segment(out, marker, payload);
}

void append_huffman_tables(Bytes& payload, const std::vector<HuffmanTable>& tables, unsigned table_class) {
  for (std::size_t t = 0; t < tables.size(); ++t) {
    payload.push_back(static_cast<std::uint8_t>(table_class << 4 | t));
    append_bytes(payload, ByteView(tables[t].length_counts).subspan(1));
    append_bytes(payload,
                 ByteView(tables[t].symbols).first(static_cast<std::size_t>(tables[t].symbol_count)));
  }
}

void append_scan(Bytes& out, const ScanSource& source, const Scan& scan) {
  Bytes tables;
  append_huffman_tables(tables, scan.dc_tables, 0);
  append_huffman_tables(tables, scan.ac_tables, 1);
  append_segment(out, k_marker_dht, tables);
  Bytes header = {static_cast<std::uint8_t>(scan.components.size())};
  for (std::size_t m = 0; m < scan.components.size(); ++m) {
    header.push_back(source.image.components[static_cast<std::size_t>(scan.components[m])].id);
    header.push_back(static_cast<std::uint8_t>(scan.dc_table[m] << 4 | scan.ac_table[m]));
  }
  header.push_back(static_cast<std::uint8_t>(scan.part.first));
  header.push_back(static_cast<std::uint8_t>(scan.part.last));
  header.push_back(static_cast<std::uint8_t>(scan.part.approx_high << 4 | scan.part.approx_low));
  append_segment(out, k_marker_sos, header);
  write_scan_data(source, scan, out);
}

}  // namespace

Bytes write_jpeg(const ScanSource& source, const ScanPlan& plan, ByteView metadata) {
  Bytes out;
  out.reserve(metadata.size() + 1024 + static_cast<std::size_t>(plan.bits / 8 + plan.bits / 512));
  append_marker(out, k_marker_soi);
  append_bytes(out, metadata);
  const QuantizerTables quantizers = collect_quantizers(source.image);
  append_quantizers(out, quantizers);
  append_frame(out, source.image, quantizers, plan.style);
  for (const Scan& scan : plan.scans)
    append_scan(out, source, scan);
  append_marker(out, k_marker_eoi);
  return out;
}

}  // namespace imgopt::jpeg

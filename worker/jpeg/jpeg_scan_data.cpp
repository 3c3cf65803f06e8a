#include <algorithm>
#include <cstdlib>

#include "worker/jpeg/jpeg_scan.hpp"
#include "worker/jpeg/jpeg_scan_walk.hpp"

namespace imgopt::jpeg {
namespace {

void write_symbol(BitWriter& writer, const HuffmanTable& table, unsigned symbol) {
  writer.write(table.codes[symbol], table.lengths[symbol]);
}

void write_symbol(BitWriter& writer, const HuffmanTable& table, unsigned symbol, const Magnitude& magnitude) {
  writer.write(std::uint32_t{table.codes[symbol]} << magnitude.size | magnitude.bits,
               table.lengths[symbol] + magnitude.size);
}

// Holds a run of blocks without new coefficients, and in refinement their correction bits, until it ends.
class EndOfBandWriter {
public:
  EndOfBandWriter(BitWriter& writer, const HuffmanTable& table) : m_writer(writer), m_table(table) {}

  // The block's correction bits come before, so that they leave with the run that counts it.
  void add() {
    if (++m_run == k_max_end_of_band_run)
      flush();
  }
  void add_correction(std::uint8_t bit) { m_corrections.push_back(bit); }

  void flush() {
    if (m_run != 0) {
      const auto size = static_cast<unsigned>(std::bit_width(m_run) - 1);
      write_symbol(m_writer, m_table, size << 4, {size, m_run & ((1U << size) - 1)});
      m_run = 0;
    }
    for (const std::uint8_t bit : m_corrections)
      m_writer.write(bit, 1);
    m_corrections.clear();
  }

private:
  BitWriter& m_writer;
  const HuffmanTable& m_table;
  std::uint32_t m_run = 0;
  Bytes m_corrections;
};

void write_first_pass(const Component& component, const std::vector<std::uint64_t>& masks,
                      const SpectralPart& part, const HuffmanTable& table, BitWriter& writer) {
  EndOfBandWriter end_of_band(writer, table);
  const std::uint64_t band = band_mask(part.first, part.last);
  for (std::size_t b = 0; b < masks.size(); ++b) {
    std::uint64_t mask = masks[b] & band;
    if (mask == 0) {
      end_of_band.add();
      continue;
    }
    end_of_band.flush();
    const std::int16_t* block = component.block(b);
    int previous = part.first - 1;
    for (; mask != 0; mask &= mask - 1) {
      const int k = std::countr_zero(mask);
      unsigned run = static_cast<unsigned>(k - previous - 1);
      for (; run > 15; run -= 16)
        write_symbol(writer, table, 0xF0);
      const int absolute = std::abs(int{block[k]}) >> part.approx_low;
      const Magnitude magnitude = magnitude_of(block[k] < 0 ? -absolute : absolute);
      write_symbol(writer, table, run << 4 | magnitude.size, magnitude);
      previous = k;
    }
    if (previous != part.last)
      end_of_band.add();
  }
  end_of_band.flush();
}

// T.81 G.1.2.3: correction bits of coefficients known before travel behind the next symbol; those after the
// block's last new coefficient wait for the end-of-band run.
void write_refined_block(const std::int16_t* block, std::uint64_t old_mask, std::uint64_t new_mask,
                         const SpectralPart& part, const HuffmanTable& table, BitWriter& writer,
                         EndOfBandWriter& end_of_band) {
  const auto bit_of = [&](int k) {
    return static_cast<std::uint8_t>(std::abs(int{block[k]}) >> part.approx_low & 1);
  };
  if (new_mask == 0) {
    for (; old_mask != 0; old_mask &= old_mask - 1)
      end_of_band.add_correction(bit_of(std::countr_zero(old_mask)));
    end_of_band.add();
    return;
  }
  end_of_band.flush();
  const int last_new = 63 - std::countl_zero(new_mask);
  std::uint8_t corrections[k_block_size];
  int correction_count = 0;
  const auto write_corrections = [&] {
    for (int i = 0; i < correction_count; ++i)
      writer.write(corrections[i], 1);
    correction_count = 0;
  };
  int previous = part.first - 1;
  unsigned run = 0;
  for (std::uint64_t mask = old_mask | new_mask; mask != 0; mask &= mask - 1) {
    const int k = std::countr_zero(mask);
    run += static_cast<unsigned>(k - previous - 1);
    previous = k;
    if (k > last_new) {
      corrections[correction_count++] = bit_of(k);
      continue;
    }
    for (; run > 15; run -= 16) {
      write_symbol(writer, table, 0xF0);
      write_corrections();
    }
    if ((old_mask >> k & 1) != 0) {
      corrections[correction_count++] = bit_of(k);
      continue;
    }
    write_symbol(writer, table, run << 4 | 1, {1, block[k] < 0 ? 0U : 1U});
    write_corrections();
    run = 0;
  }
  if (last_new != part.last) {
    for (int i = 0; i < correction_count; ++i)
      end_of_band.add_correction(corrections[i]);
    end_of_band.add();
  }
}

void write_refinement(const Component& component, const SignificanceMap& map, const SpectralPart& part,
                      const HuffmanTable& table, BitWriter& writer) {
  EndOfBandWriter end_of_band(writer, table);
  const std::uint64_t band = band_mask(part.first, part.last);
  const std::vector<std::uint64_t>& masks = map.at(part.approx_low);
  const std::vector<std::uint64_t>& old_masks = map.at(part.approx_high);
  for (std::size_t b = 0; b < masks.size(); ++b) {
    const std::uint64_t old_mask = old_masks[b] & band;
    write_refined_block(component.block(b), old_mask, masks[b] & band & ~old_mask, part, table, writer,
                        end_of_band);
  }
  end_of_band.flush();
}

void write_sequential_ac(const std::int16_t* block, std::uint64_t mask, const HuffmanTable& table,
                         BitWriter& writer) {
  mask &= ~std::uint64_t{1};
  int previous = 0;
  for (; mask != 0; mask &= mask - 1) {
    const int k = std::countr_zero(mask);
    unsigned run = static_cast<unsigned>(k - previous - 1);
    for (; run > 15; run -= 16)
      write_symbol(writer, table, 0xF0);
    const Magnitude magnitude = magnitude_of(block[k]);
    write_symbol(writer, table, run << 4 | magnitude.size, magnitude);
    previous = k;
  }
  if (previous != 63)
    write_symbol(writer, table, 0);
}

void write_dc_scan(const ScanSource& source, const Scan& scan, BitWriter& writer) {
  std::array<int, k_max_components> previous{};
  const bool is_sequential = scan.is_sequential();
  walk_blocks(source.image, scan.components, [&](std::size_t member, std::int64_t index) {
    const HuffmanTable& dc_table = scan.dc_tables[static_cast<std::size_t>(scan.dc_table[member])];
    const auto c = static_cast<std::size_t>(scan.components[member]);
    if (index < 0) {
      write_symbol(writer, dc_table, 0);
    } else {
      const int dc =
          source.image.components[c].block(static_cast<std::size_t>(index))[0] >> scan.part.approx_low;
      const Magnitude magnitude = magnitude_of(dc - previous[member]);
      write_symbol(writer, dc_table, magnitude.size, magnitude);
      previous[member] = dc;
    }
    if (!is_sequential)
      return;
    const HuffmanTable& ac_table = scan.ac_tables[static_cast<std::size_t>(scan.ac_table[member])];
    if (index < 0) {
      write_symbol(writer, ac_table, 0);
    } else {
      const auto b = static_cast<std::size_t>(index);
      write_sequential_ac(source.image.components[c].block(b), source.significance[c].at(0)[b], ac_table,
                          writer);
    }
  });
}

}  // namespace

void write_scan_data(const ScanSource& source, const Scan& scan, Bytes& out) {
  BitWriter writer(out);
  if (scan.has_dc()) {
    write_dc_scan(source, scan, writer);
  } else {
    const auto c = static_cast<std::size_t>(scan.components[0]);
    const Component& component = source.image.components[c];
    if (scan.part.approx_high == 0)
      write_first_pass(component, source.significance[c].at(scan.part.approx_low), scan.part,
                       scan.ac_tables[0], writer);
    else
      write_refinement(component, source.significance[c], scan.part, scan.ac_tables[0], writer);
  }
  writer.finish();
}

}  // namespace imgopt::jpeg

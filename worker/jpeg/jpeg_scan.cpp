#include "worker/jpeg/jpeg_scan.hpp"

#include <cstdlib>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "worker/jpeg/jpeg_scan_walk.hpp"

namespace imgopt::jpeg {
namespace {

using BlockMasks = std::array<std::uint64_t, k_max_shift + 1>;

#ifdef __SSE2__
// Compiled in for every x86-64; the result is that of the loop below.
BlockMasks block_masks(const std::int16_t* block) {
  BlockMasks masks{};
  for (int part = 0; part < k_block_size; part += 16) {
    const auto* in = reinterpret_cast<const __m128i*>(block + part);
    const __m128i zero = _mm_setzero_si128();
    const __m128i low = _mm_loadu_si128(in);
    const __m128i high = _mm_loadu_si128(in + 1);
    const __m128i low_magnitude = _mm_max_epi16(low, _mm_sub_epi16(zero, low));
    const __m128i high_magnitude = _mm_max_epi16(high, _mm_sub_epi16(zero, high));
    for (int shift = 0; shift <= k_max_shift; ++shift) {
      const __m128i below = _mm_set1_epi16(static_cast<short>((1 << shift) - 1));
      const __m128i is_above =
          _mm_packs_epi16(_mm_cmpgt_epi16(low_magnitude, below), _mm_cmpgt_epi16(high_magnitude, below));
      const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(is_above));
      masks[static_cast<std::size_t>(shift)] |= std::uint64_t{bits} << part;
    }
  }
  return masks;
}
#else
BlockMasks block_masks(const std::int16_t* block) {
  BlockMasks masks{};
  for (int k = 0; k < k_block_size; ++k) {
    const int magnitude = std::abs(int{block[k]});
    for (int shift = 0; shift <= k_max_shift; ++shift)
      masks[static_cast<std::size_t>(shift)] |= std::uint64_t{magnitude >= 1 << shift} << k;
  }
  return masks;
}
#endif

// Collects runs of blocks without further coefficients in the band; gives each run's symbol when it ends.
class EndOfBandRun {
public:
  explicit EndOfBandRun(SymbolCounts& counts) : m_counts(counts) {}
  void add() {
    if (++m_run == k_max_end_of_band_run)
      flush();
  }
  void flush() {
    if (m_run == 0)
      return;
    ++m_counts[static_cast<std::size_t>(std::bit_width(m_run) - 1) << 4];
    m_run = 0;
  }

private:
  SymbolCounts& m_counts;
  std::uint32_t m_run = 0;
};

AcCounts count_first_pass(const Component& component, const std::vector<std::uint64_t>& masks,
                          const SpectralPart& part) {
  AcCounts counts;
  EndOfBandRun end_of_band(counts.symbols);
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
        ++counts.symbols[0xF0];
      const auto magnitude = static_cast<std::uint32_t>(std::abs(int{block[k]})) >> part.approx_low;
      ++counts.symbols[run << 4 | static_cast<unsigned>(std::bit_width(magnitude))];
      previous = k;
    }
    if (previous != part.last)
      end_of_band.add();
  }
  end_of_band.flush();
  return counts;
}

AcCounts count_refinement(const std::vector<std::uint64_t>& old_masks,
                          const std::vector<std::uint64_t>& masks, const SpectralPart& part) {
  AcCounts counts;
  EndOfBandRun end_of_band(counts.symbols);
  const std::uint64_t band = band_mask(part.first, part.last);
  for (std::size_t b = 0; b < masks.size(); ++b) {
    const std::uint64_t old_mask = old_masks[b] & band;
    counts.correction_bits += static_cast<unsigned>(std::popcount(old_mask));
    std::uint64_t new_mask = masks[b] & band & ~old_mask;
    if (new_mask == 0) {
      end_of_band.add();
      continue;
    }
    end_of_band.flush();
    int previous = part.first - 1;
    for (; new_mask != 0; new_mask &= new_mask - 1) {
      const int k = std::countr_zero(new_mask);
      // Coefficients known before do not count in the run.
      unsigned run = static_cast<unsigned>(k - previous - 1);
      if (run != 0)
        run -= static_cast<unsigned>(std::popcount(old_mask & band_mask(previous + 1, k - 1)));
      for (; run > 15; run -= 16)
        ++counts.symbols[0xF0];
      ++counts.symbols[run << 4 | 1];
      previous = k;
    }
    if (previous != part.last)
      end_of_band.add();
  }
  end_of_band.flush();
  return counts;
}

void count_sequential_ac(const std::int16_t* block, std::uint64_t mask, SymbolCounts& counts) {
  mask &= ~std::uint64_t{1};
  int previous = 0;
  for (; mask != 0; mask &= mask - 1) {
    const int k = std::countr_zero(mask);
    unsigned run = static_cast<unsigned>(k - previous - 1);
    for (; run > 15; run -= 16)
      ++counts[0xF0];
    ++counts[run << 4 |
             static_cast<unsigned>(std::bit_width(static_cast<std::uint32_t>(std::abs(int{block[k]}))))];
    previous = k;
  }
  if (previous != 63)
    ++counts[0];
}

}  // namespace

SignificanceMap::SignificanceMap(const Component& component) {
  for (auto& masks : m_masks)
    masks.resize(component.block_count());
  for (std::size_t b = 0; b < component.block_count(); ++b) {
    const BlockMasks masks = block_masks(component.block(b));
    for (std::size_t shift = 0; shift < masks.size(); ++shift)
      m_masks[shift][b] = masks[shift];
  }
}

ScanSource::ScanSource(const CoefficientImage& coefficients) : image(coefficients) {
  for (const Component& component : image.components)
    significance.emplace_back(component);
}

AcCounts count_ac_scan(const ScanSource& source, int component, const SpectralPart& part) {
  const auto c = static_cast<std::size_t>(component);
  const SignificanceMap& map = source.significance[c];
  if (part.approx_high == 0)
    return count_first_pass(source.image.components[c], map.at(part.approx_low), part);
  return count_refinement(map.at(part.approx_high), map.at(part.approx_low), part);
}

std::vector<ComponentCounts> count_dc_scan(const ScanSource& source, const std::vector<int>& components,
                                           const SpectralPart& part) {
  std::vector<ComponentCounts> counts(components.size());
  std::array<int, k_max_components> previous{};
  const bool is_sequential = part.last == 63;
  walk_blocks(source.image, components, [&](std::size_t member, std::int64_t index) {
    if (index < 0) {  // repeats the DC value before it, and has no AC
      ++counts[member].dc[0];
      if (is_sequential)
        ++counts[member].ac[0];
      return;
    }
    const auto c = static_cast<std::size_t>(components[member]);
    const auto b = static_cast<std::size_t>(index);
    const std::int16_t* block = source.image.components[c].block(b);
    const int dc = block[0] >> part.approx_low;
    ++counts[member].dc[magnitude_of(dc - previous[member]).size];
    previous[member] = dc;
    if (is_sequential)
      count_sequential_ac(block, source.significance[c].at(0)[b], counts[member].ac);
  });
  return counts;
}

bool can_interleave(const CoefficientImage& image, const std::vector<int>& components) {
  int blocks = 0;
  for (const int index : components) {
    const Component& component = image.components[static_cast<std::size_t>(index)];
    blocks += component.h_factor * component.v_factor;
  }
  return components.size() <= 4 && (components.size() == 1 || blocks <= k_max_mcu_blocks);
}

std::uint64_t dc_extra_bits(const SymbolCounts& counts) {
  std::uint64_t bits = 0;
  for (std::size_t size = 1; size < 16; ++size)
    bits += std::uint64_t{counts[size]} * size;
  return bits;
}

std::uint64_t sequential_ac_extra_bits(const SymbolCounts& counts) {
  std::uint64_t bits = 0;
  for (std::size_t symbol = 0; symbol < 256; ++symbol)
    bits += std::uint64_t{counts[symbol]} * (symbol & 15);
  return bits;
}

std::uint64_t progressive_ac_extra_bits(const SymbolCounts& counts) {
  std::uint64_t bits = sequential_ac_extra_bits(counts);
  for (std::size_t run = 1; run < 15; ++run)  // 0xF0 is a run of zeros, not of blocks
    bits += std::uint64_t{counts[run << 4]} * run;
  return bits;
}

}  // namespace imgopt::jpeg

// One scan of a JPEG file: which part of the coefficients it carries, how large it gets, and its coded bytes.
//
// Counting and writing walk the same coefficients in the same order, so a measured size is the written size
// but for the zero bytes stuffed after 0xFF.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "worker/jpeg/jpeg_coefficients.hpp"
#include "worker/jpeg/jpeg_huffman.hpp"

namespace imgopt::jpeg {

inline constexpr int k_max_shift = 3;  // the deepest successive approximation tried

// For each block the set of coefficients, as bits in zigzag order, whose magnitude is at least 2^shift.
class SignificanceMap {
public:
  explicit SignificanceMap(const Component& component);

  [[nodiscard]] const std::vector<std::uint64_t>& at(int shift) const {
    return m_masks[static_cast<std::size_t>(shift)];
  }

private:
  std::array<std::vector<std::uint64_t>, k_max_shift + 1> m_masks;
};

// An image with its significance maps: what scans are measured on. Refers to the image, which must outlive
// it.
struct ScanSource {
  explicit ScanSource(const CoefficientImage& coefficients);

  const CoefficientImage& image;
  std::vector<SignificanceMap> significance;  // per component
};

// T.81 B.2.3 and G.1.1: bits from approx_low up to (excluding) approx_high of the coefficients first..last; a
// first pass has approx_high 0.
struct SpectralPart {
  int first = 0;
  int last = 0;
  int approx_high = 0;
  int approx_low = 0;
};

struct Scan {
  std::vector<int> components;                   // indices; more than one: interleaved
  SpectralPart part{0, 63, 0, 0};                // 0..63 as a whole is a sequential scan
  std::array<int, k_max_components> dc_table{};  // per member of `components`: index into tables
  std::array<int, k_max_components> ac_table{};
  std::vector<HuffmanTable> dc_tables;
  std::vector<HuffmanTable> ac_tables;

  [[nodiscard]] bool is_sequential() const { return part.first == 0 && part.last == 63; }
  [[nodiscard]] bool has_dc() const { return part.first == 0; }
};

// Symbols of one component in one scan, apart for DC and AC.
struct ComponentCounts {
  SymbolCounts dc{};
  SymbolCounts ac{};
};

// The AC symbols of a progressive first or refinement pass over one component, and the bits that follow no
// symbol (correction bits).
struct AcCounts {
  SymbolCounts symbols{};
  std::uint64_t correction_bits = 0;
};
[[nodiscard]] AcCounts count_ac_scan(const ScanSource& source, int component, const SpectralPart& part);

// DC symbols (and for sequential scans AC symbols), per member of `components`.
[[nodiscard]] std::vector<ComponentCounts> count_dc_scan(const ScanSource& source,
                                                         const std::vector<int>& components,
                                                         const SpectralPart& part);

// Whether T.81's limit of blocks in an MCU lets these components share a scan.
[[nodiscard]] bool can_interleave(const CoefficientImage& image, const std::vector<int>& components);

// Bits after the symbols that the symbols themselves announce.
[[nodiscard]] std::uint64_t dc_extra_bits(const SymbolCounts& counts);
[[nodiscard]] std::uint64_t sequential_ac_extra_bits(const SymbolCounts& counts);
[[nodiscard]] std::uint64_t progressive_ac_extra_bits(const SymbolCounts& counts);

// Appends the entropy-coded data of a scan whose tables are set.
void write_scan_data(const ScanSource& source, const Scan& scan, Bytes& out);

}  // namespace imgopt::jpeg

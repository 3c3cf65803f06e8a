#include "worker/jpeg/jpeg_scan_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "jpeg_fixture.hpp"
#include "worker/jpeg/jpeg_band_survey.hpp"
#include "worker/jpeg/jpeg_huffman.hpp"
#include "worker/jpeg/jpeg_reader.hpp"

namespace imgopt::jpeg {
namespace {

// Sum of 2^-length: below 1 where the code of all ones is free.
double kraft_sum(const CodeLengths& lengths) {
  double sum = 0;
  for (const std::uint8_t length : lengths)
    sum += length == 0 ? 0 : 1.0 / static_cast<double>(1U << length);
  return sum;
}

TEST(OptimalCodeLengths, KeepTheLimitAndTheAllOnesCode) {
  SymbolCounts counts{};
  for (std::size_t i = 0; i < 32; ++i)  // without a limit the lengths would be 1 to 31
    counts[i] = 1U << i;
  const CodeLengths lengths = optimal_code_lengths(counts);
  EXPECT_LE(*std::max_element(lengths.begin(), lengths.end()), 16);
  EXPECT_LT(kraft_sum(lengths), 1.0);
  EXPECT_EQ(lengths[31], 1);
  EXPECT_EQ(lengths[30], 2);
}

TEST(OptimalCodeLengths, GiveASingleSymbolOneBit) {
  SymbolCounts counts{};
  counts[7] = 100;
  EXPECT_EQ(optimal_code_lengths(counts)[7], 1);
  EXPECT_EQ(build_huffman_table(optimal_code_lengths(counts)).codes[7], 0);
}

TEST(EstimatedBits, AreThoseOfTheOptimalTableBelowTheLimit) {
  SymbolCounts counts{};
  for (std::size_t i = 0; i < 60; ++i)
    counts[i * 3] = static_cast<std::uint32_t>(i * i + 1);
  const CodeLengths lengths = optimal_code_lengths(counts);
  EXPECT_EQ(estimated_bits(counts), coded_bits(counts, lengths) + table_bits(lengths));
}

TEST(OptimalCodeLengths, HoldAllSymbolsAtOnce) {
  SymbolCounts counts{};
  counts.fill(1);
  const CodeLengths lengths = optimal_code_lengths(counts);
  EXPECT_LT(kraft_sum(lengths), 1.0);
  EXPECT_EQ(coded_bits(counts, lengths), 256U * 8 + 1);
}

std::size_t stuffed_bytes(ByteView data) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < data.size(); ++i)
    count += data[i - 1] == 0xFF && data[i] == 0 ? 1 : 0;
  return count;
}

TEST(PlanScans, MeasuresWhatIsWrittenToTheByte) {
  for (const int components : {1, 3, 4}) {
    const Bytes jpeg = test::make_jpeg({.width = 111, .height = 77, .components = components});
    const CoefficientImage image = read_coefficients(jpeg, {})->image;
    const ScanSource source(image);
    for (const ScanStyle style : {ScanStyle::sequential, ScanStyle::progressive}) {
      const ScanPlan plan = plan_scans(source, style, 8);
      std::uint64_t written = 0;
      for (const Scan& scan : plan.scans) {
        Bytes data;
        write_scan_data(source, scan, data);
        written += data.size() - stuffed_bytes(data) + 4 + 6 + 2 + 2 * scan.components.size();
        for (const HuffmanTable& table : scan.dc_tables)
          written += 17 + static_cast<std::size_t>(table.symbol_count);
        for (const HuffmanTable& table : scan.ac_tables)
          written += 17 + static_cast<std::size_t>(table.symbol_count);
      }
      EXPECT_NEAR(static_cast<double>(plan.bits) / 8, static_cast<double>(written), 1.0);
    }
  }
}

TEST(BandSurvey, CountsWhatASingleScanCounts) {
  const CoefficientImage image =
      read_coefficients(test::make_jpeg({.width = 200, .height = 150, .quality = 95}), {})->image;
  const ScanSource source(image);
  for (const SpectralPart& pass : {SpectralPart{1, 63, 0, 0}, SpectralPart{1, 63, 0, 2},
                                   SpectralPart{1, 63, 1, 0}, SpectralPart{1, 63, 3, 2}}) {
    const BandSurvey survey(source, 0, pass, {1, 2, 5, 6, 20, 45});
    for (std::size_t first = 0; first < survey.interval_count(); ++first) {
      for (std::size_t last = first; last < survey.interval_count(); ++last) {
        const AcCounts surveyed = survey.counts(first, last);
        const AcCounts counted = count_ac_scan(source, 0, survey.part(first, last));
        EXPECT_EQ(surveyed.symbols, counted.symbols) << first << ' ' << last;
        EXPECT_EQ(surveyed.correction_bits, counted.correction_bits) << first << ' ' << last;
      }
    }
  }
}

TEST(PlanScans, FindsSmallerFilesWithMoreEffort) {
  const CoefficientImage image = read_coefficients(test::make_jpeg({.width = 400, .height = 300}), {})->image;
  const ScanSource source(image);
  const auto bits = [&](int effort) { return plan_scans(source, ScanStyle::smallest, effort).bits; };
  EXPECT_LE(bits(9), bits(5));
  EXPECT_LT(bits(5), bits(0));
}

}  // namespace
}  // namespace imgopt::jpeg

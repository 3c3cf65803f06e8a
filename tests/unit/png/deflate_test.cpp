// The zlib streams that Deflater gives, checked by zlib.
#include "worker/png/deflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "worker/png/huffman.hpp"
#include "worker/png/optimal_deflate.hpp"

namespace imgopt::png {
namespace {

Bytes inflate(const Bytes& stream, std::size_t size) {
  Bytes out(size);
  uLongf length = size;
  const int status = uncompress(out.data(), &length, stream.data(), stream.size());
  out.resize(status == Z_OK ? length : 0);
  return out;
}

Bytes mixed_data(std::size_t size) {
  Bytes data;
  std::uint32_t state = 1;
  while (data.size() < size) {
    state = state * 1664525U + 1013904223U;
    const std::size_t repeat = state >> 30;
    for (std::size_t i = 0; i < repeat * 20 + 1; ++i) {
      data.push_back(static_cast<std::uint8_t>(repeat == 3 && data.size() > 500 ? data[data.size() - 500]
                                                                                : state >> 24));
    }
  }
  data.resize(size);
  return data;
}

TEST(Deflater, StreamsOfAllLevelsInflateToTheData) {
  Deflater deflater;
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{70000}}) {
    const Bytes data = mixed_data(size);
    for (const int level : {1, 6, 12}) {
      const auto stream = deflater.compress(data, level);
      ASSERT_TRUE(stream);
      EXPECT_EQ(inflate(*stream, size), data);
      EXPECT_EQ(deflater.measure(data, level).value(), stream->size());
    }
  }
}

constexpr DeflateEffort k_quick{16, 32, 0, 1, 1};
constexpr DeflateEffort k_thorough{300, 258, 1, 15, 2};

struct Sample {
  const char* name;
  Bytes data;
};

std::vector<Sample> samples() {
  std::vector<Sample> all{{"one byte", {7}}, {"two bytes", {7, 7}}, {"mixed", mixed_data(50000)}};
  // Runs that end at all distances from the longest match, and a row that repeats.
  for (const std::size_t length : {3U, 4U, 5U, 257U, 258U, 259U, 260U, 516U, 517U, 70000U}) {
    all.push_back({"run", Bytes(length, 3)});
  }
  Bytes rows;
  const Bytes row = mixed_data(700);
  for (int i = 0; i < 60; ++i) {
    rows.insert(rows.end(), row.begin(), row.end());
    rows.push_back(static_cast<std::uint8_t>(i));
  }
  all.push_back({"repeated rows", rows});
  // Noise, which only stored blocks hold without growing; longer than one of them.
  Bytes noise;
  std::uint32_t state = 9;
  for (int i = 0; i < 150000; ++i) {
    state = state * 1664525U + 1013904223U;
    noise.push_back(static_cast<std::uint8_t>(state >> 24));
  }
  all.push_back({"noise", noise});
  // Repeats at the very end of the window and one byte beyond.
  for (const std::size_t distance : {32767U, 32768U, 32769U}) {
    Bytes far(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(distance));
    far.insert(far.end(), noise.begin(), noise.begin() + 300);
    all.push_back({"far repeat", far});
  }
  return all;
}

TEST(OptimalDeflate, StreamsInflateToTheData) {
  for (const Sample& sample : samples()) {
    for (const DeflateEffort& effort : {k_quick, k_thorough}) {
      EXPECT_EQ(inflate(deflate_optimally(sample.data, effort), sample.data.size()), sample.data)
          << sample.name << " of " << sample.data.size();
    }
  }
}

TEST(OptimalDeflate, CrossesSegments) {
  const Bytes data = mixed_data((std::size_t{1} << 20) + 12345);
  const Bytes stream = deflate_optimally(data, k_quick);
  EXPECT_EQ(inflate(stream, data.size()), data);
}

TEST(OptimalDeflate, FindsRepeatAtTheEndOfTheWindow) {
  const Bytes within = samples().at(samples().size() - 3).data;
  // 300 bytes of noise as one or two matches, and the headers of two blocks.
  EXPECT_LT(deflate_optimally(within, k_thorough).size(), 32767U + 100);
}

TEST(OptimalDeflate, DoesNotGrowNoiseByMoreThanBlockHeaders) {
  for (const Sample& sample : samples()) {
    if (std::string(sample.name) == "noise") {
      EXPECT_LE(deflate_optimally(sample.data, k_quick).size(), sample.data.size() + 64);
    }
  }
}

TEST(OptimalDeflate, BeatsLibdeflate) {
  Deflater deflater;
  const Bytes data = mixed_data(50000);
  EXPECT_LT(deflate_optimally(data, k_thorough).size(), deflater.compress(data, 12)->size());
}

TEST(BuildCodeLengths, KeepLimitAndFillTheCodeSpace) {
  // Fibonacci counts want a code as deep as there are symbols.
  std::vector<std::uint32_t> counts{1, 1};
  while (counts.size() < 30) {
    counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  }
  for (const int limit : {7, 15}) {
    std::vector<std::uint8_t> lengths(counts.size());
    build_code_lengths(counts, limit, lengths);
    std::uint64_t filled = 0;
    for (const std::uint8_t length : lengths) {
      ASSERT_GE(length, 1);
      ASSERT_LE(length, limit);
      filled += std::uint64_t{1} << (15 - length);
    }
    EXPECT_EQ(filled, std::uint64_t{1} << 15);
  }
}

TEST(BuildCodeLengths, AreOptimalForPowersOfTwo) {
  const std::vector<std::uint32_t> counts{8, 4, 2, 1, 1};
  std::vector<std::uint8_t> lengths(counts.size());
  build_code_lengths(counts, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{1, 2, 3, 4, 4}));
}

TEST(BuildCodeLengths, GiveTwoSymbolsACodeWhereOneOccurs) {
  std::vector<std::uint8_t> lengths(5);
  build_code_lengths(std::vector<std::uint32_t>{0, 0, 9, 0, 0}, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{1, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace imgopt::png

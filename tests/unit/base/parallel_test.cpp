#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <tuple>
#include <vector>

namespace imgopt {
namespace {

class ParallelForTest : public testing::TestWithParam<std::tuple<std::size_t, unsigned, std::size_t>> {};

TEST_P(ParallelForTest, CallsEveryIndexOnce) {
  const auto [count, threads, block] = GetParam();
  std::vector<std::atomic<int>> calls(count);
  parallel_for(count, threads, block, [&](std::size_t i) { calls.at(i).fetch_add(1); });
  for (std::size_t i = 0; i < count; ++i)
    EXPECT_EQ(calls[i].load(), 1) << i;
}

INSTANTIATE_TEST_SUITE_P(CountsThreadsBlocks, ParallelForTest,
                         testing::Combine(testing::Values(0, 1, 7, 16, 1000), testing::Values(0u, 1u, 2u, 9u),
                                          testing::Values(1, 16, 4096)));

}  // namespace
}  // namespace imgopt

// parallel_for: the same work for many indices, on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace imgopt {

// Calls work(index) for every index below `count`, each once, on up to `threads` threads including the
// caller's. Indices are handed out in order in blocks of `block`. `work` must not throw.
template <typename Work>
void parallel_for(std::size_t count, unsigned threads, std::size_t block, Work&& work) {
  const std::size_t blocks = (count + block - 1) / block;
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (;;) {
      const std::size_t begin = next.fetch_add(1, std::memory_order_relaxed) * block;
      if (begin >= count)
        return;
      for (std::size_t i = begin; i < std::min(count, begin + block); ++i)
        work(i);
    }
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t t = 1; t < std::min<std::size_t>(threads, blocks); ++t)
      others.emplace_back(run);
  } catch (const std::system_error&) {
    // The system has no more threads for us: those that there are do all.
  }
  run();
}

}  // namespace imgopt

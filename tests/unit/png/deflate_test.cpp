// The zlib streams that Deflater gives, checked by zlib.
#include "worker/png/deflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

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

}  // namespace
}  // namespace imgopt::png

// zlib streams at several speeds; keeps the compressors of one image, which are costly to set up.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct libdeflate_compressor;

namespace imgopt::png {

class Deflater {
public:
  static constexpr int k_max_level = 12;

  Deflater();
  ~Deflater();
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) noexcept;

  // Bytes that `data` takes at a level of libdeflate, 1..12. Errors: limit_exceeded.
  [[nodiscard]] Result<std::size_t> measure(ByteView data, int level);

  // A zlib stream by libdeflate. Errors: limit_exceeded.
  [[nodiscard]] Result<Bytes> compress(ByteView data, int level);

private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };

  [[nodiscard]] Result<libdeflate_compressor*> compressor(int level);

  std::array<std::unique_ptr<libdeflate_compressor, Free>, k_max_level + 1> m_compressors;
  Bytes m_scratch;
};

}  // namespace imgopt::png

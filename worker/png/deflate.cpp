#include "worker/png/deflate.hpp"

#include <libdeflate.h>

namespace imgopt::png {

void Deflater::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

Deflater::Deflater() = default;
Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

Result<libdeflate_compressor*> Deflater::compressor(int level) {
  auto& slot = m_compressors[static_cast<std::size_t>(level)];
  if (!slot) {
    slot.reset(libdeflate_alloc_compressor(level));
    if (!slot) {
      return fail(ErrorCode::limit_exceeded, "no memory for the compressor");
    }
  }
  return slot.get();
}

Result<std::size_t> Deflater::measure(ByteView data, int level) {
  IMGOPT_ASSIGN(libdeflate_compressor* const state, compressor(level));
  const std::size_t bound = libdeflate_zlib_compress_bound(state, data.size());
  if (m_scratch.size() < bound) {
    m_scratch.resize(bound);
  }
  return libdeflate_zlib_compress(state, data.data(), data.size(), m_scratch.data(), m_scratch.size());
}

Result<Bytes> Deflater::compress(ByteView data, int level) {
  IMGOPT_ASSIGN(const std::size_t size, measure(data, level));
  return Bytes(m_scratch.begin(), m_scratch.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace imgopt::png

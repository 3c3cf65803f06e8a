#include "worker/png/deflate.hpp"

#include <libdeflate.h>
#include <zopfli/zopfli.h>

#include <cstdlib>

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

Bytes Deflater::compress_slowly(ByteView data, int iterations) {
  ZopfliOptions options;
  ZopfliInitOptions(&options);
  options.numiterations = iterations;
  options.blocksplittingmax = 0;
  unsigned char* stream = nullptr;
  std::size_t size = 0;
  ZopfliCompress(&options, ZOPFLI_FORMAT_ZLIB, data.data(), data.size(), &stream, &size);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(stream, &std::free);
  return Bytes(stream, stream + size);
}

}  // namespace imgopt::png

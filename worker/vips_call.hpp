// Calls into libvips' C++ interface: its exceptions end here and become errors with libvips' own words.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vips/vips8>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace imgopt {

// What libvips last complained about, as one line without control characters; its error buffer is emptied.
[[nodiscard]] std::string take_vips_error();

// Runs `work` and returns its value. An error of libvips becomes `code` with the message "WHAT: libvips'
// words", exhausted memory limit_exceeded. `work` may return a Result, which is passed on.
template <typename Work>
[[nodiscard]] auto guard_vips(std::string_view what, ErrorCode code, Work&& work) {
  using Value = std::invoke_result_t<Work>;
  using Returned = typename std::conditional_t < requires {
    typename Value::error_type;
  }
  , std::type_identity<Value>, std::type_identity < Result < Value >>> ::type;
  try {
    if constexpr (std::is_void_v<Value>) {
      std::forward<Work>(work)();
      return Returned{};
    } else {
      return Returned{std::forward<Work>(work)()};
    }
  } catch (const vips::VError&) {
    return Returned{fail(code, std::string(what) + ": " + take_vips_error())};
  } catch (const std::bad_alloc&) {
    return Returned{fail(ErrorCode::limit_exceeded, std::string(what) + ": out of memory")};
  } catch (const std::exception& error) {
    return Returned{fail(ErrorCode::internal, std::string(what) + ": " + error.what())};
  }
}

// Owns a blob that libvips made.
class Blob {
public:
  explicit Blob(VipsBlob* blob) : m_blob(blob) {}
  ~Blob() {
    if (m_blob != nullptr)
      vips_area_unref(reinterpret_cast<VipsArea*>(m_blob));
  }
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;
  [[nodiscard]] VipsBlob* get() const { return m_blob; }
  [[nodiscard]] ByteView bytes() const {
    std::size_t size = 0;
    const void* data = vips_blob_get(m_blob, &size);
    return {static_cast<const std::uint8_t*>(data), size};
  }

private:
  VipsBlob* m_blob;
};

// Runs the saver `operation` on `image` and returns its file. `options` is consumed. Throws as libvips does.
[[nodiscard]] Bytes save_to_memory(const char* operation, const vips::VImage& image, vips::VOption* options);

}  // namespace imgopt

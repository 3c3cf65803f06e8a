// What every fuzz target is made of: libFuzzer's entry point and the corpus to start from.
//
// One source file a target defines both. It is linked twice: with libFuzzer, and with replay.cpp into a
// program that any compiler builds, which runs the corpus and the files given to it. Corpora are made by
// these programs at build time; only inputs that once failed are committed, below crashers/TARGET/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"

// As libFuzzer calls it. Returns 0, always.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace imgopt::fuzz {

struct Seed {
  std::string name;  // a file name
  Bytes bytes;
};

struct Corpus {
  std::vector<Seed> seeds;
  std::vector<std::string> words;  // byte sequences worth inserting: libFuzzer's dictionary
};

[[nodiscard]] Corpus make_corpus();

// Ends the process where a promise of the code under test is broken, which is what libFuzzer calls a finding.
inline void require(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// Takes numbers from the front of an input; an input that is too short gives zeros.
class InputReader {
public:
  explicit InputReader(ByteView input) : m_rest(input) {}

  template <typename T>
  [[nodiscard]] T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    const std::size_t count = m_rest.size() < sizeof(T) ? m_rest.size() : sizeof(T);
    if (count > 0)
      std::memcpy(&value, m_rest.data(), count);
    m_rest = m_rest.subspan(count);
    return value;
  }
  // Up to the next zero byte, which is taken too.
  [[nodiscard]] std::string_view take_text() {
    const std::string_view all = text(m_rest);
    const std::size_t length = all.find('\0') == std::string_view::npos ? all.size() : all.find('\0');
    m_rest = m_rest.subspan(length < all.size() ? length + 1 : length);
    return all.substr(0, length);
  }
  [[nodiscard]] ByteView rest() const { return m_rest; }
  [[nodiscard]] std::string_view rest_as_text() const { return text(m_rest); }

private:
  static std::string_view text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  ByteView m_rest;
};

// Not by insert, of which GCC 12 believes at -O3 that it writes beyond an empty vector.
inline void append(Bytes& out, ByteView bytes) {
  const std::size_t before = out.size();
  out.resize(before + bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(before));
}
inline void append(Bytes& out, std::string_view text) {
  append(out, ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
template <typename T>
requires std::is_trivially_copyable_v<T>
void append_object(Bytes& out, const T& object) {
  append(out, ByteView{reinterpret_cast<const std::uint8_t*>(&object), sizeof(object)});
}

// A copy that starts at a multiple of 8, as mapped files do, and ends where its allocation does, so that the
// address sanitizer sees each step beyond it.
class AlignedCopy {
public:
  explicit AlignedCopy(ByteView bytes)
      : m_data(std::make_unique<std::uint8_t[]>(bytes.size())), m_size(bytes.size()) {
    static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 8);
    if (!bytes.empty())
      std::memcpy(m_data.get(), bytes.data(), bytes.size());
  }
  [[nodiscard]] ByteView view() const { return {m_data.get(), m_size}; }

private:
  std::unique_ptr<std::uint8_t[]> m_data;
  std::size_t m_size;
};

}  // namespace imgopt::fuzz

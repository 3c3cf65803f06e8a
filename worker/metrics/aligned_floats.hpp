// A vector of floats that starts at a cache line and is not filled with zeros unless asked to.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace imgopt::perceptual {

template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t k_alignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), k_alignment));
  }
  void deallocate(T* at, std::size_t) noexcept { ::operator delete(at, k_alignment); }

  // Elements that are given no value get none.
  void construct(T* at) noexcept { ::new (static_cast<void*>(at)) T; }
  template <typename... Arguments>
  void construct(T* at, Arguments&&... arguments) {
    std::construct_at(at, std::forward<Arguments>(arguments)...);
  }

  friend bool operator==(const CacheLineAllocator&, const CacheLineAllocator&) { return true; }
};

using AlignedFloats = std::vector<float, CacheLineAllocator<float>>;

}  // namespace imgopt::perceptual

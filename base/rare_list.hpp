// RareList: a list that most objects of a kind lack. Eight bytes until it has something in it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace imgopt {

template <typename T>
class RareList {
public:
  RareList() = default;
  RareList(std::vector<T> items)
      : m_items(items.empty() ? nullptr : std::make_unique<std::vector<T>>(std::move(items))) {}
  RareList(const RareList& other) : RareList(std::vector<T>(other.begin(), other.end())) {}
  RareList(RareList&&) noexcept = default;
  RareList& operator=(RareList other) noexcept {
    m_items = std::move(other.m_items);
    return *this;
  }
  ~RareList() = default;

  [[nodiscard]] bool empty() const { return m_items == nullptr; }
  [[nodiscard]] std::size_t size() const { return items().size(); }
  [[nodiscard]] const T& operator[](std::size_t index) const { return items()[index]; }
  [[nodiscard]] auto begin() const { return items().begin(); }
  [[nodiscard]] auto end() const { return items().end(); }

private:
  [[nodiscard]] std::span<const T> items() const {
    return m_items == nullptr ? std::span<const T>() : std::span<const T>(*m_items);
  }
  std::unique_ptr<std::vector<T>> m_items;
};

}  // namespace imgopt

// RareText: a text that most objects of a kind lack, such as an error. Eight bytes until it is set.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace imgopt {

class RareText {
public:
  RareText() = default;
  RareText(std::string text)
      : m_text(text.empty() ? nullptr : std::make_unique<std::string>(std::move(text))) {}
  RareText(const RareText& other) : RareText(other.text()) {}
  RareText(RareText&&) noexcept = default;
  RareText& operator=(RareText other) noexcept {
    m_text = std::move(other.m_text);
    return *this;
  }
  ~RareText() = default;

  [[nodiscard]] bool empty() const { return m_text == nullptr; }
  [[nodiscard]] const std::string& text() const {
    static const std::string k_none;
    return m_text == nullptr ? k_none : *m_text;
  }
  operator const std::string&() const { return text(); }

private:
  std::unique_ptr<std::string> m_text;
};

}  // namespace imgopt

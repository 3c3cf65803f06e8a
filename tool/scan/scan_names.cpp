#include "tool/scan/scan_names.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "tool/scan/scan.hpp"

namespace imgopt {
namespace {

// What follows `folder` in `path`, both normal; nullopt where `path` is not below it.
std::optional<std::string> below(std::string_view folder, std::string_view path) {
  if (folder == "/")
    folder = "";
  if (!path.starts_with(folder) || (path.size() > folder.size() && path[folder.size()] != '/'))
    return std::nullopt;
  return std::string(path.substr(std::min(folder.size() + 1, path.size())));
}

std::optional<std::string> resolved(const std::string& path) {
  std::error_code error;
  std::filesystem::path result = std::filesystem::canonical(path, error);
  if (error)
    return std::nullopt;
  return result.string();
}

}  // namespace

std::strong_ordering compare_names(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end())
    return a.size() <=> b.size();
  // A slash ends a component, and a component that ends comes before any that goes on.
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return rank(*left) <=> rank(*right);
}

std::string absolute_path(std::string_view current, std::string_view path) {
  if (path.starts_with('/'))
    return std::string(path);
  std::string result(current);
  if (!path.empty()) {
    if (!result.ends_with('/'))
      result += '/';
    result += path;
  }
  return result;
}

std::string normal_path(std::string_view current, std::string_view path) {
  const std::string whole = absolute_path(current, path);
  const std::string_view text = whole;
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view component = text.substr(begin, end - begin);
    if (component == "..")
      result.erase(std::min(result.rfind('/'), result.size()));
    else if (!component.empty() && component != ".")
      result.append(1, '/').append(component);
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

NameBase::NameBase(std::string base, std::string_view current)
    : m_base(std::move(base)), m_normal(normal_path(current, m_base)) {}

Result<std::string> NameBase::name_of(const std::string& source, std::string_view current) const {
  const std::string normal = normal_path(current, source);
  if (auto name = below(m_normal, normal))
    return std::move(*name);
  const std::size_t slash = normal.rfind('/');
  const auto real_base = resolved(m_normal);
  const auto real_folder = resolved(normal.substr(0, std::max<std::size_t>(slash, 1)));
  if (real_base && real_folder)
    if (auto name = below(*real_base, normal_path(*real_folder, normal.substr(slash + 1))))
      return std::move(*name);
  return fail(ErrorCode::invalid_argument, source + ": not below the base folder " + m_base);
}

}  // namespace imgopt

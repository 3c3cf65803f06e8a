#include "tool/text/path_text.hpp"

namespace imgopt {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view leaf_of(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension_of(std::string_view path) {
  const std::string_view leaf = leaf_of(path);
  const std::size_t dot = leaf.find_last_of('.');
  return dot == std::string_view::npos ? std::string_view() : leaf.substr(dot + 1);
}

bool is_or_holds(std::string_view place, std::string_view path) {
  return path == place || (path.starts_with(place) && (place.ends_with('/') || path[place.size()] == '/'));
}

std::string uri_of(std::string_view path) {
  constexpr std::string_view k_digits = "0123456789ABCDEF";
  constexpr std::string_view k_unreserved_signs = "-._~/";
  std::string uri;
  for (const char c : path) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                               k_unreserved_signs.find(c) != std::string_view::npos;
    if (is_unreserved) {
      uri.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri.push_back('%');
    uri.push_back(k_digits[byte >> 4]);
    uri.push_back(k_digits[byte & 15]);
  }
  return uri;
}

}  // namespace imgopt

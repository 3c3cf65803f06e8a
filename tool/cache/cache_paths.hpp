// Every name and path pattern of the cache folder, and nothing else spells one.
//
//   DIR/CACHEDIR.TAG            tells backup programs to leave the folder out
//   DIR/v1/seed                 the random seed of the digest secret: 32 bytes, for the owner alone
//   DIR/v1/counters             sizes and lifetime counters (tool/cache/cache_counters.hpp)
//   DIR/v1/in-flight            byte locks: what is being encoded (tool/cache/in_flight.hpp)
//   DIR/v1/upkeep               byte locks: who changes the counters, who evicts
//   DIR/v1/entries/AB/CDEF...   one finished output each: AB is the first byte of the key in hexadecimal
//   DIR/v1/.imgopt-tmp/...      temporaries of running builds (base/temporary_folder.hpp)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace imgopt {

// Places of the byte locks in the upkeep file. Running builds share them: never change a value.
inline constexpr std::uint64_t k_counters_place = 0;  // held while the counters are read and written
inline constexpr std::uint64_t k_eviction_place = 1;  // held by the one build that evicts

class CachePaths {
public:
  explicit CachePaths(std::string folder) : m_folder(std::move(folder)) {}
  [[nodiscard]] const std::string& folder() const { return m_folder; }
  [[nodiscard]] std::string tag() const { return m_folder + "/CACHEDIR.TAG"; }
  [[nodiscard]] std::string version() const { return m_folder + "/v1"; }
  [[nodiscard]] std::string seed() const { return version() + "/seed"; }
  [[nodiscard]] std::string counters() const { return version() + "/counters"; }
  [[nodiscard]] std::string in_flight() const { return version() + "/in-flight"; }
  [[nodiscard]] std::string upkeep() const { return version() + "/upkeep"; }
  [[nodiscard]] std::string entries() const { return version() + "/entries"; }
  [[nodiscard]] std::string fan(unsigned first_byte) const {
    const std::uint8_t byte = static_cast<std::uint8_t>(first_byte);
    return entries() + "/" + to_hex({&byte, 1});
  }
  [[nodiscard]] static bool is_fan(std::string_view name) {
    return name.size() == 2 && name.find_first_not_of(k_digits) == std::string_view::npos;
  }
  // The key of the entry with this name in the folder of `first_byte`; nullopt: the name is no entry's.
  [[nodiscard]] static std::optional<Digest128> key_of(unsigned first_byte, std::string_view name) {
    Digest128 key;
    if (name.size() != 2 * (key.bytes.size() - 1))
      return std::nullopt;
    key.bytes[0] = static_cast<std::uint8_t>(first_byte);
    for (std::size_t i = 0; i < name.size(); ++i) {
      const std::size_t digit = k_digits.find(name[i]);
      if (digit == std::string_view::npos)
        return std::nullopt;
      key.bytes[1 + i / 2] = static_cast<std::uint8_t>(key.bytes[1 + i / 2] << 4 | digit);
    }
    return key;
  }
  [[nodiscard]] std::string entry_folder(const Digest128& key) const { return fan(key.bytes[0]); }
  [[nodiscard]] std::string entry(const Digest128& key) const {
    return entry_folder(key) + "/" + key.hex().substr(2);
  }

private:
  static constexpr std::string_view k_digits = "0123456789abcdef";
  std::string m_folder;
};

}  // namespace imgopt

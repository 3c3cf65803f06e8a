// Every name and path pattern of the cache folder, and nothing else spells one.
//
//   DIR/CACHEDIR.TAG                  tells backup programs to leave the folder out
//   DIR/v1/seed                       the random seed of the digest secret, 32 bytes, readable by the owner
//   alone DIR/v1/stats                      counters of past runs, text DIR/v1/entries/AB/CDEF...         one
//   finished output: AB the first byte of the key in hexadecimal DIR/v1/.imgopt-tmp/... temporaries of
//   running builds (base/temporary_folder.hpp)
#pragma once

#include <string>

#include "base/digest.hpp"

namespace imgopt {

class CachePaths {
public:
  explicit CachePaths(std::string folder) : m_folder(std::move(folder)) {}
  [[nodiscard]] const std::string& folder() const { return m_folder; }
  [[nodiscard]] std::string tag() const { return m_folder + "/CACHEDIR.TAG"; }
  [[nodiscard]] std::string version() const { return m_folder + "/v1"; }
  [[nodiscard]] std::string seed() const { return version() + "/seed"; }
  [[nodiscard]] std::string stats() const { return version() + "/stats"; }
  [[nodiscard]] std::string entries() const { return version() + "/entries"; }
  [[nodiscard]] std::string entry_folder(const Digest128& key) const {
    return entries() + "/" + key.hex().substr(0, 2);
  }
  [[nodiscard]] std::string entry(const Digest128& key) const {
    return entry_folder(key) + "/" + key.hex().substr(2);
  }

private:
  std::string m_folder;
};

}  // namespace imgopt

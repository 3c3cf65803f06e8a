// A folder that its owner alone can enter, under a name that nobody can foresee: for a place that others may
// write to, such as the system's folder for temporary files.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"

namespace imgopt {

class PrivateFolder {
public:
  // Makes one in `parent`.
  [[nodiscard]] static Result<PrivateFolder> create(const std::string& parent);
  // Removes it with all that is in it; links are removed, not followed.
  ~PrivateFolder();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;

  [[nodiscard]] const std::string& path() const { return m_path; }

private:
  explicit PrivateFolder(std::string path) : m_path(std::move(path)) {}
  std::string m_path;  // empty: moved from
};

}  // namespace imgopt

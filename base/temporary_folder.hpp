// A folder for the temporary files of one run, owned through a lock that the kernel frees.
//
// Below `parent`, which must be on the file system of what is to be renamed out of it, stands one folder
// named k_temporary_name; in it each run has a folder of its own with a locked `lock` file. However a run
// ends, the next one finds the folders whose lock nobody holds and removes them at once. A symbolic link in
// the place of any of these folders is never followed; where `parent` has the sticky bit, a common folder
// that belongs to another user than us or root, or that others can write to, is refused.
#pragma once

#include <memory>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"

namespace imgopt {

inline constexpr const char* k_temporary_name = ".imgopt-tmp";

class TemporaryFolder {
public:
  // Makes a folder of our own below `parent`, after removing what dead runs left there.
  [[nodiscard]] static Result<TemporaryFolder> create(const std::string& parent);
  // Removes what dead runs left below `parent`; costs one failed open where nothing is left.
  static void sweep(const std::string& parent);

  // Removes the folder with all that is in it, and the common one above when it is empty.
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] const std::string& path() const { return m_path; }
  // The folder itself, whatever stands at its path by now.
  [[nodiscard]] int descriptor() const { return m_folder.get(); }
  // A name in the folder that no earlier call returned, and its path. Thread-safe.
  [[nodiscard]] std::string next_name();
  [[nodiscard]] std::string next_path();

private:
  TemporaryFolder(std::string parent, std::string name, Descriptor common, Descriptor folder,
                  Descriptor lock);
  std::string m_parent;
  std::string m_name;
  std::string m_path;
  Descriptor m_common;
  Descriptor m_folder;
  Descriptor m_lock;
  struct Counter;
  std::unique_ptr<Counter> m_counter;
};

}  // namespace imgopt

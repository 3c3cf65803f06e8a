// Which sources and outputs of a build the paths on a command line mean.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/scan/scan.hpp"
#include "tool/state/build_state.hpp"

namespace imgopt {

class ExplainSelection {
public:
  // `paths` are files or folders, sources or outputs, relative to the current folder; none: everything.
  [[nodiscard]] static Result<ExplainSelection> of(std::span<const std::string> paths);

  // Narrows the scan to what was named, and remembers which sources of the state are gone. Fails with
  // invalid_argument for a path that is nothing of this build.
  [[nodiscard]] Result<void> narrow(BuildRequest& request, ScanResult& scan, const BuildState* state);

  // Whether an output of a source that was left in the scan is meant.
  [[nodiscard]] bool means_output(std::string_view source, std::string_view output) const;
  // Indices of sources in the state that the scan does not find any more.
  [[nodiscard]] const std::vector<std::size_t>& gone() const { return m_gone; }

private:
  // One path, in every spelling that may meet it: as given, and with its links resolved.
  struct Wanted {
    std::string given;
    std::vector<std::string> spellings;
    bool was_found = false;
  };
  [[nodiscard]] bool means_source(const std::vector<std::string>& roots, std::string_view rest);
  [[nodiscard]] std::vector<std::string> outputs_meant(const std::string& out);
  void take_outputs(BuildRequest& request, const ScanResult& scan, const BuildState* state);

  std::vector<Wanted> m_wanted;
  std::set<std::string, std::less<>> m_sources;  // names, with all their outputs
  // Outputs that were named, or folders of such, with their sources.
  std::set<std::string, std::less<>> m_outputs;
  std::set<std::string, std::less<>> m_sources_of_outputs;
  std::vector<std::size_t> m_gone;
};

}  // namespace imgopt

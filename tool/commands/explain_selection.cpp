#include "tool/commands/explain_selection.hpp"

#include <algorithm>
#include <filesystem>

#include "tool/plan/build_work.hpp"
#include "tool/plan/expand_outputs.hpp"
#include "tool/text/folders.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> spellings_of(const std::string& path) {
  IMGOPT_ASSIGN(const fs::path whole, absolute_path(path));
  std::error_code error;
  std::vector<std::string> spellings = {whole.string()};
  const auto add = [&](const fs::path& other) {
    if (!error && std::find(spellings.begin(), spellings.end(), other.string()) == spellings.end())
      spellings.push_back(other.string());
  };
  // A source that is a link is known by the link's name, its folder perhaps by where it is.
  add(fs::weakly_canonical(whole.parent_path(), error) / whole.filename());
  add(fs::weakly_canonical(whole, error));
  return spellings;
}

ImageFormat format_by_name(std::string_view name) {
  const std::size_t dot = name.find_last_of('.');
  const auto format =
      dot == std::string_view::npos ? std::nullopt : format_from_extension(name.substr(dot + 1));
  return format.value_or(ImageFormat::png);
}

}  // namespace

Result<ExplainSelection> ExplainSelection::of(std::span<const std::string> paths) {
  ExplainSelection selection;
  for (const std::string& path : paths) {
    IMGOPT_ASSIGN(auto spellings, spellings_of(path));
    selection.m_wanted.push_back({path, std::move(spellings), false});
  }
  return selection;
}

bool ExplainSelection::means_source(const std::vector<std::string>& roots, std::string_view rest) {
  bool is_meant = false;
  for (Wanted& wanted : m_wanted)
    for (const std::string& root : roots)
      for (const std::string& spelling : wanted.spellings)
        if (is_or_holds(spelling, root + std::string(rest)))
          is_meant = wanted.was_found = true;
  return is_meant;
}

// What was named below the output folder, relative to it.
std::vector<std::string> ExplainSelection::outputs_meant(const std::string& out) {
  std::error_code error;
  const std::string real = fs::weakly_canonical(out, error).string();
  std::vector<std::string> outputs;
  for (const Wanted& wanted : m_wanted)
    for (const std::string& spelling : wanted.spellings)
      for (const std::string& root : {out, real})
        if (is_or_holds(root, spelling))
          outputs.push_back(spelling == root ? std::string() : spelling.substr(root.size() + 1));
  return outputs;
}

void ExplainSelection::take_outputs(BuildRequest& request, const ScanResult& scan, const BuildState* state) {
  for (const std::string& output : outputs_meant(request.out)) {
    bool was_found = false;
    const auto take = [&](std::string_view source, std::string_view path) {
      if (!output.empty() && !is_or_holds(output, path))
        return;
      was_found = true;
      m_outputs.emplace(path);
      m_sources_of_outputs.emplace(source);
    };
    if (state != nullptr)
      for (const StateSource& source : state->sources())
        for (const StateOutput& made : state->outputs_of(source))
          take(state->text(source.name), state->text(made.path));
    // One that no build has made yet: by what would be made of each source, as far as its name tells.
    if (!was_found)
      for (const ScannedFile& file : scan.files)
        if (const auto settings = request.resolver->settings_for(file.name))
          for (const ExpandedOutput& wanted :
               expand_outputs(file.name, format_by_name(file.name), **settings))
            for (const std::string_view path : possible_paths(wanted))
              take(file.name, path);
    if (was_found)
      for (Wanted& wanted : m_wanted)
        for (const std::string& spelling : wanted.spellings)
          if (output.empty() || spelling.ends_with("/" + output))
            wanted.was_found = true;
  }
}

Result<void> ExplainSelection::narrow(BuildRequest& request, ScanResult& scan, const BuildState* state) {
  std::vector<std::vector<std::string>> roots;
  for (const ScanOrigin& origin : scan.origins) {
    std::error_code error;
    const bool is_folder = origin.prefix.empty() || origin.prefix.ends_with('/');
    auto spellings = spellings_of(origin.prefix.empty() ? "." : origin.prefix);
    std::vector<std::string> list = spellings ? std::move(*spellings) : std::vector<std::string>();
    if (is_folder)
      for (std::string& root : list)
        if (!root.ends_with('/'))
          root.push_back('/');
    roots.push_back(std::move(list));
  }
  const bool takes_all = m_wanted.empty();
  if (!takes_all)
    take_outputs(request, scan, state);
  std::set<std::string, std::less<>> present;
  for (const ScannedFile& file : scan.files) {
    present.insert(file.name);
    if (takes_all ||
        means_source(roots[file.origin], std::string_view(file.name).substr(scan.origins[file.origin].cut)))
      m_sources.insert(file.name);
  }
  if (state != nullptr)
    for (std::size_t s = 0; s < state->sources().size(); ++s) {
      const std::string_view name = state->text(state->sources()[s].name);
      if (present.contains(name))
        continue;
      bool is_meant = takes_all || m_sources_of_outputs.contains(name);
      for (std::size_t o = 0; o < roots.size(); ++o)
        is_meant = (name.size() >= scan.origins[o].cut &&
                    means_source(roots[o], name.substr(scan.origins[o].cut))) ||
                   is_meant;
      if (is_meant)
        m_gone.push_back(s);
    }
  for (const Wanted& wanted : m_wanted)
    if (!wanted.was_found)
      return fail(ErrorCode::invalid_argument,
                  wanted.given +
                      ": it is neither a source nor an output of this build (what another build "
                      "made is no source)");
  std::erase_if(scan.files, [&](const ScannedFile& file) {
    return !m_sources.contains(file.name) && !m_sources_of_outputs.contains(file.name);
  });
  return {};
}

bool ExplainSelection::means_output(std::string_view source, std::string_view output) const {
  return m_sources.contains(source) || m_outputs.contains(output);
}

}  // namespace imgopt

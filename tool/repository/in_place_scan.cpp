#include "tool/repository/in_place_scan.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "tool/settings/option_table.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {

namespace {

std::string rule_name(const BuildRequest& request, const LedgerPlace& place, const std::string& name) {
  const std::string whole = (place.folder == "/" ? "/" : place.folder + "/") + name;
  for (const std::string& root : request.rule_roots)
    if (whole.starts_with(root))
      return whole.substr(root.size());
  return name;
}

bool any_matches(const std::vector<Glob>& globs, std::string_view name) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(name); });
}

bool is_excluded(const std::vector<Glob>& globs, std::string_view name) {
  if (any_matches(globs, name))
    return true;
  for (std::size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1))
    if (std::any_of(globs.begin(), globs.end(),
                    [&](const Glob& glob) { return glob.matches_folder(name.substr(0, slash)); }))
      return true;
  return false;
}

// imgopt.json files count for all that is below them, also for a file that was named by itself.
void add_configs_above(ScanResult& scan, const LedgerPlace& place) {
  std::set<std::string> folders;
  for (const FolderConfig& config : scan.configs)
    folders.insert(config.folder);
  for (const ScannedFile& file : scan.files) {
    if (file.named_by != NamedBy::itself)
      continue;
    for (std::size_t slash = file.name.rfind('/'); slash != std::string::npos && slash > 0;
         slash = file.name.rfind('/', slash - 1))
      if (std::string folder = file.name.substr(0, slash + 1); folders.insert(folder).second) {
        std::error_code ignored;
        const std::string path = place.folder + "/" + folder + std::string(k_config_name);
        if (std::filesystem::is_regular_file(path, ignored))
          scan.configs.push_back({std::move(folder), path});
      }
  }
  std::sort(scan.configs.begin(), scan.configs.end(),
            [](const FolderConfig& a, const FolderConfig& b) { return a.folder < b.folder; });
}

// A pattern without a slash matches at any depth, whatever names are relative to.
bool is_independent(const Glob& glob) {
  return glob.pattern().find('/') == std::string::npos;
}

}  // namespace

Result<InPlaceScan> scan_in_place(const BuildRequest& request, const LedgerPlace& place) {
  ScanRequest asked = request.scan;
  asked.base = place.folder;
  asked.include.clear();
  std::erase_if(asked.exclude, [](const Glob& glob) { return !is_independent(glob); });

  InPlaceScan result;
  auto scanned = scan(asked);
  if (!scanned && scanned.error().code == ErrorCode::invalid_argument)
    return fail(ErrorCode::invalid_argument,
                scanned.error().message +
                    ", where the ledger stands: look at one work tree at a time, or "
                    "name a ledger above all of it with --ledger");
  if (!scanned)
    return tl::unexpected<Error>(std::move(scanned).error());
  result.scan = std::move(*scanned);
  add_configs_above(result.scan, place);
  for (FolderConfig& config : result.scan.configs)
    config.folder = rule_name(request, place, config.folder);
  const std::string default_suffix(option(OptionId::backup).implied_value);
  const auto is_backup = [&](const std::string& name) {
    return name.ends_with(default_suffix) ||
           (request.options.backup && name.ends_with(*request.options.backup));
  };
  std::vector<ScannedFile> kept;
  for (ScannedFile& file : result.scan.files) {
    std::string name = rule_name(request, place, file.name);
    const bool is_left_out = is_excluded(request.scan.exclude, name) || is_backup(file.name) ||
                             (file.named_by == NamedBy::folder && !request.scan.include.empty() &&
                              !any_matches(request.scan.include, name));
    if (is_left_out) {
      ++result.scan.ignored;
      continue;
    }
    result.rule_names.push_back(std::move(name));
    kept.push_back(std::move(file));
  }
  result.scan.files = std::move(kept);

  const std::string begin = place.folder == "/" ? "/" : place.folder + "/";
  for (const std::string& source : request.scan.sources) {
    std::error_code error;
    const std::string real = std::filesystem::canonical(source, error).string();
    if (error || !std::filesystem::is_directory(real, error))
      continue;
    if (real == place.folder)
      result.folders.emplace_back();
    else if (real.starts_with(begin))
      result.folders.push_back(real.substr(begin.size()) + "/");
  }
  return result;
}

}  // namespace imgopt

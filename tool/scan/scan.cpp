#include "tool/scan/scan.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "tool/scan/scan_names.hpp"
#include "tool/scan/scan_tree.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {
namespace {

// A folder's path as its entries' paths begin: "" for the current folder, else ending in one slash.
std::string folder_prefix(std::string_view source) {
  const std::size_t last = source.find_last_not_of('/');
  if (last == std::string_view::npos)
    return "/";
  source = source.substr(0, last + 1);
  return source == "." ? std::string() : std::string(source) + '/';
}

class Scan {
public:
  Scan(const ScanRequest& request, std::string current) : m_request(request), m_current(std::move(current)) {
    if (request.base)
      m_base.emplace(*request.base, m_current);
  }

  Result<ScanResult> run() {
    if (m_request.base)
      IMGOPT_TRY(check_bytes(*m_request.base));
    for (const std::string& source : m_request.sources)
      IMGOPT_TRY(add_source(source));
    const bool is_sorted = m_result.files.empty() && m_roots.size() <= 1;
    walk_folders(m_request, m_roots);
    collect();
    if (!is_sorted)
      merge();
    return std::move(m_result);
  }

private:
  static Result<void> check_bytes(const std::string& path) {
    if (path.find('\0') != std::string::npos)
      return fail(ErrorCode::invalid_argument, path + ": cannot scan: the path holds a zero byte");
    return {};
  }

  // Fails where the whole scan cannot go on.
  Result<void> add_source(const std::string& source) {
    IMGOPT_TRY(check_bytes(source));
    auto status = stat_file(source);
    if (!status) {
      m_result.problems.push_back(std::move(status).error());
      return {};
    }
    if (!*status || source.empty()) {
      // No shell leaves a pattern as it is that matches something, unless it is quoted.
      const bool is_pattern = source.find_first_of("*?") != std::string::npos;
      m_result.problems.push_back(
          {ErrorCode::not_found,
           source + ": cannot scan: no such file or folder" +
               (is_pattern ? "; name the folder, and let --include say which of its files" : "")});
      return {};
    }
    std::string name;
    if (m_base) {
      IMGOPT_ASSIGN(name, m_base->name_of(source, m_current));
    }
    if ((*status)->type == FileType::other)
      m_result.problems.push_back({ErrorCode::io, source + ": cannot scan: neither a file nor a folder"});
    else if ((*status)->type == FileType::folder)
      add_folder(source, std::move(name));
    else
      add_file(source, std::move(name), (*status)->stat);
    return {};
  }

  void add_folder(const std::string& source, std::string name) {
    auto root = std::make_unique<ScannedFolder>();
    root->path = folder_prefix(source);
    root->name = name.empty() ? std::string() : std::move(name) + '/';
    root->origin = add_origin({root->path, root->name.size()});
    m_roots.push_back(std::move(root));
  }

  void add_file(const std::string& source, std::string name, const FileStat& stat) {
    const std::size_t folder_size = source.rfind('/') + 1;  // npos + 1 is 0
    if (!m_base)
      name = source.substr(folder_size);
    if (is_excluded(m_request, name, ListedKind::file)) {
      ++m_result.ignored;
      return;
    }
    const std::uint32_t origin = add_origin({source.substr(0, folder_size), name.rfind('/') + 1});
    m_result.files.push_back({std::move(name), stat, origin, NamedBy::itself});
  }

  std::uint32_t add_origin(ScanOrigin origin) {
    auto& origins = m_result.origins;
    if (origins.empty() || origins.back().prefix != origin.prefix || origins.back().cut != origin.cut)
      origins.push_back(std::move(origin));
    return static_cast<std::uint32_t>(origins.size() - 1);
  }

  void collect() {
    std::size_t total = m_result.files.size();
    for (const auto& root : m_roots)
      total += count_files(*root);
    m_result.files.reserve(total);
    for (auto& root : m_roots) {
      collect(*root);
      root.reset();
    }
  }

  static std::size_t count_files(const ScannedFolder& folder) {
    std::size_t count = folder.files.size();
    for (const auto& child : folder.children)
      count += count_files(*child.folder);
    return count;
  }

  // Moves what the folder and those below it hold into the result. No deeper than paths have components.
  void collect(ScannedFolder& folder) {
    if (folder.state == ScannedFolder::State::read)
      m_result.folders.push_back(absolute_folder(folder.path));
    if (folder.has_config)
      m_result.configs.push_back({folder.name, folder.path + std::string(k_config_name)});
    for (const std::string& path : folder.ignore_files)
      m_result.ignore_files.push_back(absolute_path(m_current, path));
    std::move(folder.problems.begin(), folder.problems.end(), std::back_inserter(m_result.problems));
    m_result.ignored += folder.ignored;
    auto file = folder.files.begin();
    const auto take_until = [&](std::size_t end) {
      for (; file != folder.files.begin() + static_cast<std::ptrdiff_t>(end); ++file)
        m_result.files.push_back(std::move(*file));
    };
    for (auto& child : folder.children) {
      take_until(child.files_before);
      collect(*child.folder);
      child.folder.reset();
    }
    take_until(folder.files.size());
  }

  std::string absolute_folder(std::string_view path) const {
    std::string absolute = absolute_path(m_current, path);
    if (absolute.size() > 1 && absolute.ends_with('/'))
      absolute.pop_back();
    return absolute;
  }

  // Brings the files of several sources into one order and sees to names that more than one gives.
  void merge() {
    auto& files = m_result.files;
    const auto is_before = [](const ScannedFile& a, const ScannedFile& b) {
      return compare_names(a.name, b.name) < 0;
    };
    if (!std::is_sorted(files.begin(), files.end(), is_before))
      std::stable_sort(files.begin(), files.end(), is_before);
    auto kept = files.begin();
    for (auto group = files.begin(); group != files.end();) {
      const auto end =
          std::find_if(group, files.end(), [&](const ScannedFile& file) { return file.name != group->name; });
      if (const auto other =
              std::find_if(group, end, [&](const ScannedFile& file) { return !is_same_file(*group, file); });
          other != end) {
        m_result.problems.push_back(
            {ErrorCode::invalid_argument, m_result.path_of(*group) + ": cannot name it " + group->name +
                                              ": " + m_result.path_of(*other) + " has the same name"});
      } else {
        const bool is_named_by_itself =
            std::any_of(group, end, [](const ScannedFile& file) { return file.named_by == NamedBy::itself; });
        if (kept != group)
          *kept = std::move(*group);
        if (is_named_by_itself)
          kept->named_by = NamedBy::itself;
        ++kept;
      }
      group = end;
    }
    files.erase(kept, files.end());
  }

  static bool is_same_file(const ScannedFile& a, const ScannedFile& b) {
    return a.stat.device == b.stat.device && a.stat.inode == b.stat.inode;
  }

  const ScanRequest& m_request;
  std::string m_current;
  std::optional<NameBase> m_base;
  std::vector<std::unique_ptr<ScannedFolder>> m_roots;
  ScanResult m_result;
};

}  // namespace

std::string ScanResult::path_of(const ScannedFile& file) const {
  const ScanOrigin& origin = origins[file.origin];
  std::string path;
  path.reserve(origin.prefix.size() + file.name.size() - origin.cut);
  path.append(origin.prefix).append(file.name, origin.cut);
  return path;
}

Result<ScanResult> scan(const ScanRequest& request) {
  IMGOPT_ASSIGN(std::string current, absolute_path("."));
  return Scan(request, std::move(current)).run();
}

}  // namespace imgopt

#include "tool/build/told_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/file.hpp"
#include "protocol/image_format.hpp"
#include "tool/state/state_changes.hpp"
#include "tool/state/state_lock.hpp"

namespace imgopt {

namespace {

// The entry of a folder that a path names, whatever links lead to that folder. The entry itself may be a
// link.
std::filesystem::path entry_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error).lexically_normal();
  const std::filesystem::path folder = std::filesystem::weakly_canonical(whole.parent_path(), error);
  return (error ? whole.parent_path() : folder) / whole.filename();
}

// What an earlier run told into a folder of sources is found there by the next, and is none.
bool may_be_a_source(const std::string& path) {
  const auto file = open_for_reading(path);
  if (!file)
    return true;
  Bytes begin(k_sniff_bytes);
  const ssize_t got = ::pread(file->get(), begin.data(), begin.size(), 0);
  if (got < 0)
    return true;
  const ContentKind kind = sniff_content(ByteView(begin).first(static_cast<std::size_t>(got))).kind;
  return kind != ContentKind::unknown && kind != ContentKind::empty;
}

Result<void> refuse(const ToldFile& file, std::string_view instead_of) {
  return fail(ErrorCode::invalid_argument, std::string(file.option) + ": " + file.path + " is " +
                                               std::string(instead_of) + ": name another file");
}

}  // namespace

std::vector<ToldFile> told_files_of(const RunOptions& options, const std::string& state) {
  std::vector<ToldFile> files;
  const auto add = [&](std::string_view option, const std::optional<std::string>& path) {
    if (path && !path->empty())
      files.push_back({option, *path});
  };
  if (!state.empty())
    for (const std::string& path : {state, changes_path(state), lock_path(state)})
      add("--state", path);
  add("--depfile", options.depfile);
  add("--stamp", options.stamp);
  add("--manifest", options.manifest);
  add("--header", options.header);
  add("--embed", options.embed);
  add("--report", options.report);
  return files;
}

void leave_out_told_files(const std::vector<ToldFile>& files, ScanResult& scan) {
  std::map<std::uint64_t, const ToldFile*> standing;  // by inode
  for (const ToldFile& file : files)
    if (const auto found = stat_file(file.path); found && *found)
      standing.emplace((*found)->stat.inode, &file);
  if (standing.empty())
    return;
  std::erase_if(scan.files, [&](const ScannedFile& source) {
    const auto told = standing.find(source.stat.inode);
    return told != standing.end() && source.named_by == NamedBy::folder &&
           entry_of(scan.path_of(source)) == entry_of(told->second->path) &&
           !may_be_a_source(told->second->path);
  });
}

Result<void> check_told_files(const std::vector<ToldFile>& files, const ScanResult& scan) {
  for (auto file = files.begin(); file != files.end(); ++file) {
    const std::filesystem::path entry = entry_of(file->path);
    const auto same = std::find_if(files.begin(), file,
                                   [&](const ToldFile& other) { return entry_of(other.path) == entry; });
    if (same != file)
      return refuse(*file, "what " + std::string(same->option) + " names, too");
    const auto standing = stat_file(file->path);
    if (!standing || !*standing)
      continue;
    for (const ScannedFile& source : scan.files) {
      const FileStat& stat = (*standing)->stat;
      if (source.stat.inode == stat.inode && source.stat.device == stat.device &&
          entry_of(scan.path_of(source)) == entry &&
          (source.named_by == NamedBy::itself || may_be_a_source(file->path)))
        return refuse(*file, "a source");
    }
  }
  return {};
}

Result<void> check_told_files(const std::vector<ToldFile>& files, const std::string& out,
                              const std::vector<SourceWork>& works, const BuildState* state) {
  std::error_code error;
  std::string root = std::filesystem::weakly_canonical(out, error).string();
  if (error)
    return {};
  root += '/';
  for (const ToldFile& file : files) {
    const std::string entry = entry_of(file.path).string();
    if (entry.compare(0, root.size(), root) != 0)
      continue;
    const std::string_view name = std::string_view(entry).substr(root.size());
    for (const SourceWork& work : works)
      for (const OutputWork& output : work.outputs)
        for (const std::string_view path : possible_paths(output))
          if (path == name)
            return refuse(file, "an output");
    if (state != nullptr)
      for (const StateOutput& output : state->outputs())
        if (state->text(output.path) == name)
          return refuse(file, "an output");
  }
  return {};
}

}  // namespace imgopt

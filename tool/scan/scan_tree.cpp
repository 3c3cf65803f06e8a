#include "tool/scan/scan_tree.hpp"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/temporary_folder.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {
namespace {

constexpr std::uint64_t k_max_ignore_file_bytes = 1 << 20;
// Links to folders can multiply: n folders with two links each to the next are 2^n paths.
constexpr std::uint32_t k_max_followed_folders = 65536;
constexpr std::size_t k_max_path_bytes = PATH_MAX - 1;
constexpr unsigned k_max_threads = 8;
// So many folders must wait before another thread is worth its start (tens of microseconds; a folder of a
// hundred files takes a hundred).
constexpr std::size_t k_folders_worth_threads = 16;

// Reads folders, one at a time, with buffers that it keeps.
class FolderReader {
public:
  FolderReader(const ScanRequest& request, std::atomic<std::uint32_t>& followed_folders)
      : m_request(request), m_followed_folders(followed_folders) {}

  void read(ScannedFolder& folder) {
    if (auto outcome = read_entries(folder); !outcome)
      folder.problems.push_back(std::move(outcome).error());
  }

private:
  Result<void> read_entries(ScannedFolder& folder) {
    if (auto opened = m_listing.open(folder.path); !opened) {
      // What vanished since its parent was read is no problem, nor is what was not to be read.
      if (opened.error().code == ErrorCode::not_found || is_left_out_by_path(folder))
        return {};
      return opened;
    }
    IMGOPT_ASSIGN(const FileStatus status, stat_descriptor(m_listing.descriptor(), folder.path));
    folder.id = {status.stat.device, status.stat.inode};
    if (folder.parent && (is_left_out(folder.id) || is_own_ancestor(folder)))
      return {};
    IMGOPT_TRY(m_listing.read(folder.path));
    folder.state = ScannedFolder::State::read;
    folder.has_config = m_listing.find(k_config_name) != nullptr;
    load_rules(folder);
    folder.files.reserve(m_listing.entries().size());
    for (const FolderListing::Entry& entry : m_listing.entries())
      IMGOPT_TRY(add_entry(folder, entry));
    return {};
  }

  bool is_left_out(const FolderId& id) const {
    return std::find(m_request.leave_out.begin(), m_request.leave_out.end(), id) != m_request.leave_out.end();
  }

  bool is_left_out_by_path(const ScannedFolder& folder) const {
    const auto status = folder.parent ? stat_file(folder.path) : std::nullopt;
    return status && *status && is_left_out({(*status)->stat.device, (*status)->stat.inode});
  }

  static bool is_own_ancestor(const ScannedFolder& folder) {
    for (const ScannedFolder* above = folder.parent; above; above = above->parent)
      if (above->id == folder.id)
        return true;
    return false;
  }

  void load_rules(ScannedFolder& folder) {
    folder.nearest_rules = folder.parent ? folder.parent->nearest_rules : nullptr;
    if (m_request.ignore_files == IgnoreFileUse::disregard)
      return;
    for (const std::string_view name : {k_git_ignore_file, k_own_ignore_file}) {
      const FolderListing::Entry* const entry = m_listing.find(name);
      if (!entry || (entry->type != EntryType::regular && entry->type != EntryType::unknown))
        continue;
      const std::string path = folder.path + std::string(name);
      auto bytes = read_ignore_file(path);
      if (!bytes) {
        folder.problems.push_back(std::move(bytes).error());
        continue;
      }
      folder.rules.add({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
      folder.ignore_files.push_back(path);
    }
    if (!folder.rules.is_empty())
      folder.nearest_rules = &folder;
  }

  static Result<Bytes> read_ignore_file(const std::string& path) {
    IMGOPT_ASSIGN(const Descriptor file, open_for_reading(path));
    return read_descriptor(file.get(), path, k_max_ignore_file_bytes);
  }

  // Fails only with what makes the rest of the folder unreadable too.
  Result<void> add_entry(ScannedFolder& folder, const FolderListing::Entry& entry) {
    const std::string_view own_name = m_listing.name(entry);
    if (entry.type == EntryType::other || is_never_a_source(own_name))
      return {};
    m_name.assign(folder.name).append(own_name);
    m_path.assign(folder.path).append(own_name);

    const bool is_type_told = entry.type == EntryType::regular || entry.type == EntryType::folder;
    ListedKind kind = entry.type == EntryType::folder ? ListedKind::folder : ListedKind::file;
    Result<std::optional<FileStatus>> status = std::optional<FileStatus>();
    if (!is_type_told) {
      status = stat_file_at(m_listing.descriptor(), m_listing.c_name(entry), m_path);
      if (status && *status) {
        if ((*status)->type == FileType::other)
          return {};
        kind = (*status)->type == FileType::folder ? ListedKind::folder : ListedKind::file;
      }
    }
    if (!is_wanted(folder, kind))
      return {};
    if (m_path.size() > k_max_path_bytes) {
      folder.problems.push_back(
          {ErrorCode::limit_exceeded,
           m_path + ": cannot open: the path is longer than " + std::to_string(k_max_path_bytes) + " bytes"});
      return {};
    }
    if (kind == ListedKind::folder) {
      add_child(folder, entry);
      return {};
    }
    if (is_type_told)
      status = stat_file_at(m_listing.descriptor(), m_listing.c_name(entry), m_path);
    if (!status) {
      // Without search permission every entry would fail; one error about the folder says it.
      if (::faccessat(m_listing.descriptor(), ".", X_OK, AT_EACCESS) != 0)
        return system_error(folder.path, "cannot search folder", errno);
      folder.problems.push_back(std::move(status).error());
    } else if (*status) {
      if ((*status)->type == FileType::regular)
        folder.files.push_back({m_name, (*status)->stat, folder.origin, NamedBy::folder});
    } else if (!is_type_told && is_link(entry)) {
      folder.problems.push_back(
          {ErrorCode::not_found, m_path + ": cannot follow symbolic link: nothing is there"});
    }
    return {};
  }

  bool is_never_a_source(std::string_view own_name) const {
    return (own_name.starts_with('.') && m_request.hidden == HiddenSources::skip) ||
           own_name == k_temporary_name || own_name == k_git_ignore_file || own_name == k_own_ignore_file ||
           own_name == k_config_name;
  }

  // Of the entry in m_name.
  bool is_wanted(ScannedFolder& folder, ListedKind kind) const {
    if (is_ignored(folder, kind) || is_excluded(m_request, m_name, kind)) {
      ++folder.ignored;
      return false;
    }
    return kind == ListedKind::folder || m_request.include.empty() ||
           std::any_of(m_request.include.begin(), m_request.include.end(),
                       [this](const Glob& glob) { return glob.matches(m_name); });
  }

  bool is_ignored(const ScannedFolder& folder, ListedKind kind) const {
    for (const ScannedFolder* above = folder.nearest_rules; above;
         above = above->parent ? above->parent->nearest_rules : nullptr) {
      const std::string_view name = std::string_view(m_name).substr(above->name.size());
      if (const IgnoreVerdict verdict = above->rules.judge(name, kind); verdict != IgnoreVerdict::unmentioned)
        return verdict == IgnoreVerdict::ignored;
    }
    return false;
  }

  void add_child(ScannedFolder& folder, const FolderListing::Entry& entry) {
    if (entry.type == EntryType::link && ++m_followed_folders > k_max_followed_folders) {
      folder.problems.push_back(
          {ErrorCode::limit_exceeded, m_path + ": cannot follow symbolic link: more than " +
                                          std::to_string(k_max_followed_folders) + " links to folders"});
      return;
    }
    auto child = std::make_unique<ScannedFolder>();
    child->parent = &folder;
    child->path = m_path + '/';
    child->name = m_name + '/';
    child->origin = folder.origin;
    folder.children.push_back({folder.files.size(), std::move(child)});
  }

  bool is_link(const FolderListing::Entry& entry) const {
    char target = 0;
    return entry.type == EntryType::link ||
           ::readlinkat(m_listing.descriptor(), m_listing.c_name(entry), &target, 1) >= 0;
  }

  const ScanRequest& m_request;
  std::atomic<std::uint32_t>& m_followed_folders;
  FolderListing m_listing;
  std::string m_name;
  std::string m_path;
};

// The folders that wait to be read, and the threads that read them.
class FolderWalk {
public:
  explicit FolderWalk(const ScanRequest& request) : m_request(request) {}

  void run(const std::vector<std::unique_ptr<ScannedFolder>>& roots) {
    for (auto root = roots.rbegin(); root != roots.rend(); ++root)
      m_waiting.push_back(root->get());
    m_unfinished = m_waiting.size();
    read_folders(StartThreads::when_worth_it);
    for (std::thread& thread : m_threads)
      thread.join();
  }

private:
  enum class StartThreads { when_worth_it, never };

  void read_folders(StartThreads start) {
    FolderReader reader(m_request, m_followed_folders);
    std::unique_lock lock(m_mutex);
    for (;;) {
      m_changed.wait(lock, [this] { return !m_waiting.empty() || m_unfinished == 0; });
      if (m_waiting.empty())
        return;
      ScannedFolder* const folder = m_waiting.back();
      m_waiting.pop_back();
      lock.unlock();
      reader.read(*folder);
      lock.lock();
      for (auto child = folder->children.rbegin(); child != folder->children.rend(); ++child)
        m_waiting.push_back(child->folder.get());
      m_unfinished += folder->children.size();
      --m_unfinished;
      if (m_unfinished == 0 || !folder->children.empty())
        m_changed.notify_all();
      if (start == StartThreads::when_worth_it && m_waiting.size() >= k_folders_worth_threads) {
        start = StartThreads::never;
        lock.unlock();
        start_threads();
        lock.lock();
      }
    }
  }

  void start_threads() {
    const unsigned wanted = m_request.threads != 0
                                ? m_request.threads
                                : std::min(std::thread::hardware_concurrency(), k_max_threads);
    for (unsigned i = 1; i < wanted; ++i) {
      try {
        m_threads.emplace_back([this] { read_folders(StartThreads::never); });
      } catch (const std::system_error&) {
        return;  // no more threads to be had: those that run read all
      }
    }
  }

  const ScanRequest& m_request;
  std::atomic<std::uint32_t> m_followed_folders = 0;
  std::mutex m_mutex;  // guards what follows
  std::condition_variable m_changed;
  std::vector<ScannedFolder*> m_waiting;
  std::size_t m_unfinished = 0;  // waiting or being read
  std::vector<std::thread> m_threads;
};

}  // namespace

bool is_excluded(const ScanRequest& request, std::string_view name, ListedKind kind) {
  return std::any_of(request.exclude.begin(), request.exclude.end(), [&](const Glob& glob) {
    return kind == ListedKind::folder ? glob.matches_folder(name) : glob.matches(name);
  });
}

void walk_folders(const ScanRequest& request, const std::vector<std::unique_ptr<ScannedFolder>>& roots) {
  if (!roots.empty())
    FolderWalk(request).run(roots);
}

}  // namespace imgopt

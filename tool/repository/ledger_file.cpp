#include "tool/repository/ledger_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "tool/repository/work_tree.hpp"
#include "tool/text/folders.hpp"

namespace imgopt {

namespace {

namespace fs = std::filesystem;

// Beyond so many lines the older half of a journal goes: by then the ledger has them.
constexpr std::size_t k_journal_lines = 200'000;
// For a ledger that another run is writing, which takes milliseconds.
constexpr std::chrono::milliseconds k_last_patience{2000};

Result<std::string> real_path(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error)
    return fail(ErrorCode::io, path.string() + ": cannot find its real place: " + error.message());
  std::string text = real.string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

std::string joined(const std::string& folder, const char* name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

Result<LedgerPlace> place_in(const std::string& folder, const std::string& name) {
  LedgerPlace place;
  place.folder = folder;
  place.file = joined(folder, name.c_str());
  if (const auto state = state_folder()) {
    Sha256Hasher hasher;
    hasher.update({reinterpret_cast<const std::uint8_t*>(place.file.data()), place.file.size()});
    const std::string begin = *state + "/" + hasher.finish().hex().substr(0, 32);
    place.journal = begin + ".journal";
    place.stat_index = begin + ".stats";
  }
  return place;
}

// The folder that all paths are in: a folder's is itself, a link to a file counts where the link stands.
Result<std::string> common_folder(std::span<const std::string> paths) {
  std::optional<fs::path> common;
  const auto add = [&](const fs::path& path) -> Result<void> {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path, ignored);
    const fs::path holder = is_folder ? path : path.has_parent_path() ? path.parent_path() : fs::path(".");
    IMGOPT_ASSIGN(const fs::path real, real_path(holder));
    if (!common)
      common = real;
    const auto [end, _] = std::mismatch(common->begin(), common->end(), real.begin(), real.end());
    fs::path shared;
    for (auto part = common->begin(); part != end; ++part)
      shared /= *part;
    common = shared;
    return {};
  };
  if (paths.empty())
    IMGOPT_TRY(add("."));
  for (const std::string& path : paths)
    IMGOPT_TRY(add(path));
  return common->string();
}

Result<Descriptor> lock_folder(const std::string& folder) {
  Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.is_open())
    return system_error(folder, "cannot open the ledger's folder", errno);
  // An interrupted run keeps what is finished, so it waits for its turn to write that down.
  IMGOPT_TRY(wait_for_lock(file.get(), folder, k_last_patience));
  return file;
}

Result<std::string> text_or_nothing(const std::string& path) {
  auto text = read_text_file(path);
  if (!text && text.error().code == ErrorCode::not_found)
    return std::string();
  return text;
}

}  // namespace

Result<LedgerPlace> find_ledger(const std::optional<std::string>& given, std::span<const std::string> paths,
                                const std::optional<std::string>& config) {
  if (given) {
    fs::path path(*given);
    if (!path.has_filename())
      return fail(ErrorCode::invalid_argument, "--ledger: expected a file, not " + *given);
    IMGOPT_ASSIGN(const std::string folder,
                  real_path(path.has_parent_path() ? path.parent_path() : fs::path(".")));
    return place_in(folder, path.filename().string());
  }
  IMGOPT_ASSIGN(const std::string folder, common_folder(paths));
  std::error_code ignored;
  const auto root = work_tree_of(folder);
  for (fs::path at = folder;; at = at.parent_path()) {
    if (fs::is_regular_file(at / k_ledger_name, ignored))
      return place_in(at.string(), k_ledger_name);
    if ((root && at.string() == *root) || !at.has_relative_path())
      break;
  }
  if (root)
    return place_in(*root, k_ledger_name);
  if (config) {
    IMGOPT_ASSIGN(const std::string file, real_path(*config));
    return place_in(fs::path(file).parent_path().string(), k_ledger_name);
  }
  return place_in(folder, k_ledger_name);
}

Result<Ledger> load_ledger(const LedgerPlace& place) {
  IMGOPT_ASSIGN(const std::string text, text_or_nothing(place.file));
  return Ledger::parse(text, place.file);
}

Result<Written> update_ledger(const LedgerPlace& place, const LedgerChanges& changes) {
  IMGOPT_ASSIGN(const Descriptor lock, lock_folder(place.folder));
  IMGOPT_ASSIGN(const std::string text, text_or_nothing(place.file));
  IMGOPT_ASSIGN(const Ledger before, Ledger::parse(text, place.file));
  const Ledger after = before.with(changes);
  // Not for order or line ends alone: that would be a change nobody asked for.
  const bool is_same =
      std::equal(before.lines().begin(), before.lines().end(), after.lines().begin(), after.lines().end());
  if (is_same && !before.has_conflict())
    return Written::unchanged;
  IMGOPT_ASSIGN(AtomicFile file, AtomicFile::create(place.file));
  IMGOPT_TRY(file.write(after.text()));
  if (::fdatasync(file.descriptor()) != 0)
    return system_error(place.file, "cannot write", errno);
  IMGOPT_TRY(file.commit());
  return Written::yes;
}

Ledger load_journal(const LedgerPlace& place) {
  if (!place.journal)
    return {};
  auto text = read_text_file(*place.journal);
  if (!text)
    return {};
  // The last line may have been cut off by a power cut.
  text->resize(text->rfind('\n') == std::string::npos ? 0 : text->rfind('\n') + 1);
  auto journal = Ledger::parse(*text, *place.journal);
  if (!journal) {
    static_cast<void>(remove_file(*place.journal));
    return {};
  }
  if (journal->lines().size() <= k_journal_lines)
    return std::move(*journal);
  // Lines stand in the order in which they were noted.
  std::size_t middle = text->find('\n', text->size() / 2);
  std::string rest = Ledger().text() + text->substr(middle + 1);
  static_cast<void>(write_file(*place.journal, rest));
  return std::move(*journal);
}

Result<void> note_in_journal(const LedgerPlace& place, const LedgerLine& line) {
  if (!place.journal)
    return {};
  IMGOPT_TRY(make_folders(place.journal->substr(0, place.journal->rfind('/')), 0700));
  const Descriptor file(::open(place.journal->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.is_open())
    return creation_error(*place.journal, "cannot create", errno);
  // With a header each time: whoever comes first, the file begins with one.
  const std::string text = Ledger({line}).text();
  return write_descriptor(file.get(), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                          *place.journal);
}

}  // namespace imgopt

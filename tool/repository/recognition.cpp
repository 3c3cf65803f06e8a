#include "tool/repository/recognition.hpp"

#include <algorithm>
#include <filesystem>

#include "tool/repository/work_tree.hpp"

namespace imgopt {

namespace {

bool has_image_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && format_from_extension(name.substr(dot)).has_value();
}

bool has_line(const Ledger& ledger, const std::string& path, const Sha256Digest& hash) {
  const auto lines = ledger.lines_of(path);
  return std::any_of(lines.begin(), lines.end(), [&](const LedgerLine& line) { return line.hash == hash; });
}

}  // namespace

Recognition recognize(const RecognitionInputs& inputs) {
  Recognition result;
  const auto& files = inputs.scan->scan.files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const HashedFile& hashed = inputs.hashed->files[i];
    const bool is_foreign = hashed.error.empty() && hashed.kind != ContentKind::image &&
                            files[i].named_by == NamedBy::folder && !has_image_name(files[i].name);
    if (is_foreign) {
      result.files.push_back(Standing::no_image);
      continue;
    }
    const LedgerLine* known = hashed.error.empty() ? inputs.ledger->find(hashed.hash) : nullptr;
    if (known == nullptr && hashed.error.empty() && inputs.journal != nullptr)
      known = inputs.journal->find(hashed.hash);
    result.files.push_back(known != nullptr ? Standing::finished : Standing::unfinished);
    if (known != nullptr && !has_line(*inputs.ledger, files[i].name, hashed.hash))
      result.missing_lines.push_back({files[i].name, hashed.hash, known->result, known->before});
  }
  const auto is_below_a_folder = [&](const std::string& path) {
    return std::any_of(inputs.scan->folders.begin(), inputs.scan->folders.end(),
                       [&](const std::string& folder) { return path.starts_with(folder); });
  };
  for (const LedgerLine& line : inputs.ledger->lines()) {
    if (!result.orphaned_paths.empty() && result.orphaned_paths.back() == line.path)
      continue;
    if (is_below_a_folder(line.path) && !inputs.exists(line.path))
      result.orphaned_paths.push_back(line.path);
  }
  return result;
}

std::function<bool(const std::string&)> existence_in(const LedgerPlace& place) {
  const auto root = work_tree_of(place.folder);
  if (root && is_sparse(*root))
    return [](const std::string&) { return true; };
  return [folder = place.folder](const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(folder + "/" + path, ignored));
  };
}

}  // namespace imgopt

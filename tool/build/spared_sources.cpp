#include "tool/build/spared_sources.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace imgopt {

namespace {

struct Place {
  FolderId id;  // of the file
  std::size_t source = 0;
};

bool is_lower(const Place& a, const Place& b) {
  return a.id < b.id;
}

// Whether both paths name one entry of one folder.
bool is_same_entry(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto folder_of = [](const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  };
  std::error_code error;
  return a.filename() == b.filename() && std::filesystem::equivalent(folder_of(a), folder_of(b), error);
}

std::vector<Place> places_of(const ScanResult& scan) {
  std::vector<Place> places;
  places.reserve(scan.files.size());
  for (std::size_t s = 0; s < scan.files.size(); ++s)
    places.push_back({{scan.files[s].stat.device, scan.files[s].stat.inode}, s});
  std::sort(places.begin(), places.end(), is_lower);
  return places;
}

}  // namespace

Result<void> check_sources_are_spared(const ScanResult& scan, std::span<const SourceWork> works,
                                      OutputFolder& out) {
  std::vector<Place> places;
  for (const SourceWork& work : works)
    for (const OutputWork& output : work.outputs) {
      if (output.state_output >= 0 && output.candidates.empty())
        continue;
      for (const std::string_view path : possible_paths(output)) {
        // What cannot be looked at is told when it is written.
        const std::string name(path);
        const auto standing = out.stat(name);
        if (!standing || !*standing)
          continue;
        if (places.empty())
          places = places_of(scan);
        const Place wanted{{(*standing)->device, (*standing)->inode}, 0};
        const auto [first, last] = std::equal_range(places.begin(), places.end(), wanted, is_lower);
        const std::string target = out.root() + "/" + name;
        for (auto place = first; place != last; ++place) {
          const std::string source = scan.path_of(scan.files[place->source]);
          if (is_same_entry(source, target))
            return fail(ErrorCode::invalid_argument,
                        source + ": it is a source, and the output of " + scan.files[work.source].name +
                            " would overwrite it: name another folder with --out");
        }
      }
    }
  return {};
}

}  // namespace imgopt

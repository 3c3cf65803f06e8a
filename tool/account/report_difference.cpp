#include "tool/account/report_difference.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace imgopt {

namespace {

std::map<std::string_view, const ReportedOutput*> outputs_by_path(const Report& report) {
  std::map<std::string_view, const ReportedOutput*> outputs;
  for (const ReportedImage& image : report.images)
    for (const ReportedOutput& output : image.outputs)
      if (output.stands())
        outputs.emplace(output.path, &output);
  return outputs;
}

void sort_by_change(std::vector<ByteChange>& changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const ByteChange& a, const ByteChange& b) {
    return std::abs(a.difference()) > std::abs(b.difference());
  });
}

}  // namespace

std::string folder_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? "." : std::string(name.substr(0, slash));
}

ReportedTotals totals_of(const Report& report) {
  ReportedTotals totals;
  std::map<std::string, ReportedGroup> folders;
  std::map<std::string, ReportedGroup> formats;
  for (const ReportedImage& image : report.images) {
    totals.failed += image.status == "failed" ? 1 : 0;
    if (image.status == "skipped") {
      ++totals.skipped;
      continue;
    }
    ++totals.all.images;
    totals.all.bytes_in += image.bytes;
    ReportedGroup& folder = folders[folder_of(image.source)];
    bool has_output = false;
    for (const ReportedOutput& output : image.outputs) {
      ++totals.all.outputs;
      totals.failed_outputs += output.status == "failed" ? 1 : 0;
      totals.would_encode += output.status == "would_encode" ? 1 : 0;
      if (!output.stands())
        continue;
      has_output = true;
      ++totals.standing;
      totals.kept_original += output.kept_original ? 1 : 0;
      totals.larger_than_source += output.larger_than_source ? 1 : 0;
      totals.all.bytes_out += output.bytes;
      ReportedGroup& format = formats[output.format.empty() ? "copied" : output.format];
      format.bytes_in += image.bytes;
      ++format.images;
      for (ReportedGroup* group : {&folder, &format}) {
        ++group->outputs;
        group->bytes_out += output.bytes;
      }
    }
    if (has_output) {
      ++folder.images;
      folder.bytes_in += image.bytes;
    }
  }
  const auto collect = [](std::map<std::string, ReportedGroup>& groups) {
    std::vector<ReportedGroup> list;
    for (auto& [name, group] : groups)
      if (group.outputs > 0) {
        group.name = name;
        list.push_back(std::move(group));
      }
    return list;
  };
  totals.folders = collect(folders);
  totals.formats = collect(formats);
  std::stable_sort(totals.formats.begin(), totals.formats.end(),
                   [](const ReportedGroup& a, const ReportedGroup& b) { return a.bytes_out > b.bytes_out; });
  return totals;
}

ReportDifference difference_between(const Report& before, const Report& after) {
  const auto old_outputs = outputs_by_path(before);
  const auto new_outputs = outputs_by_path(after);
  ReportDifference difference;
  std::map<std::string, ByteChange> folders;
  for (const auto& [path, output] : old_outputs) {
    difference.all.before += output->bytes;
    folders[folder_of(path)].before += output->bytes;
    if (!new_outputs.contains(path))
      difference.removed.emplace_back(path);
  }
  for (const auto& [path, output] : new_outputs) {
    difference.all.after += output->bytes;
    folders[folder_of(path)].after += output->bytes;
    const auto old = old_outputs.find(path);
    if (old == old_outputs.end()) {
      difference.added.emplace_back(path);
      continue;
    }
    const ByteChange change{std::string(path), old->second->bytes, output->bytes};
    if (change.difference() > 0)
      difference.grown.push_back(change);
    else if (change.difference() < 0)
      difference.shrunk.push_back(change);
  }
  for (auto& [name, change] : folders)
    if (change.difference() != 0) {
      change.name = name;
      difference.folders.push_back(std::move(change));
    }
  for (std::vector<ByteChange>* list : {&difference.folders, &difference.grown, &difference.shrunk})
    sort_by_change(*list);
  return difference;
}

}  // namespace imgopt

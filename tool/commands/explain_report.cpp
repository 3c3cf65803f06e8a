#include "tool/commands/explain_report.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tool/text/folders.hpp"
#include "tool/text/json_text.hpp"
#include "tool/text/path_text.hpp"

namespace imgopt {

namespace {

using nlohmann::json;

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string words_for(const std::string& status) {
  if (status == "up_to_date")
    return "was up to date";
  if (status == "restored")
    return "was restored from the cache";
  if (status == "deduplicated")
    return "was made once for several outputs";
  if (status == "would_encode")
    return "would have been encoded";
  return status == "encoded" ? "was encoded" : "failed";
}

FileFate standing_in(const std::string& name) {
  for (const FileFate standing : {FileFate::missing, FileFate::altered, FileFate::never_built})
    if (name == standing_name(standing))
      return standing;
  return FileFate::in_place;
}

OutputReason reason_in(const json& output) {
  OutputReason reason;
  const auto why = output.find("why");
  if (why == output.end())
    return reason;
  reason.standing = standing_in(text_in(*why, "standing"));
  for (const json& change : why->at("changes"))
    reason.changes.push_back({text_in(change, "part"), text_in(change, "before"), text_in(change, "now"),
                              text_in(change, "from_before"), text_in(change, "from")});
  return reason;
}

// Whether `given`, as a user spells a file or folder, may mean `name`: "src/photos" means "photos/a.jpg".
bool ends_in(std::string_view given, std::string_view name) {
  for (std::string_view tail = given; !tail.empty();) {
    if (is_or_holds(tail, name))
      return true;
    const std::size_t slash = tail.find('/');
    tail = slash == std::string_view::npos ? std::string_view() : tail.substr(slash + 1);
  }
  return false;
}

// What a report tells, with where its files were.
struct Told {
  Explanation explanation;
  std::string source_path;   // relative to the report's folder, or absolute; empty where it does not say
  std::string source_place;  // absolute; likewise
  std::string output_place;
};

std::string below(const std::string& folder, const std::string& path) {
  if (folder.empty() || path.empty())
    return {};
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

std::vector<Told> read_images(const json& report) {
  const std::string folder = text_in(report, "folder");
  const std::string out = text_in(report, "out");
  std::vector<Told> all;
  for (const json& image : report.at("images")) {
    const std::string source = text_in(image, "source");
    const std::string path = text_in(image, "path");
    const std::string place = below(folder, path);
    if (image.at("outputs").empty()) {
      const std::string status = text_in(image, "status");
      all.push_back({{source, "", status, status, {}, text_in(image, "error")}, path, place, ""});
    }
    for (const json& output : image.at("outputs")) {
      const std::string status = text_in(output, "status");
      const std::string output_path = text_in(output, "path");
      all.push_back(
          {{source, output_path, status, words_for(status), reason_in(output), text_in(output, "error")},
           path,
           place,
           below(out, output_path)});
    }
  }
  return all;
}

// Those that stand at `given` or below it. In a report from elsewhere nothing does: then the names speak.
std::vector<const Told*> meant_by(const std::string& given, const std::vector<Told>& all) {
  std::vector<const Told*> meant;
  const auto take = [&](auto&& is_meant) {
    for (const Told& told : all)
      if (is_meant(told))
        meant.push_back(&told);
  };
  if (const auto absolute = absolute_path(given)) {
    const std::string place = json_text(*absolute);
    take([&](const Told& t) {
      return is_or_holds(place, t.source_place) || is_or_holds(place, t.output_place);
    });
  }
  if (!meant.empty())
    return meant;
  const std::string name =
      json_text((std::filesystem::path(given) / "").lexically_normal().parent_path().string());
  if (name.empty() || name == ".")
    take([](const Told&) { return true; });
  else
    take([&](const Told& t) {
      return is_or_holds(name, t.source_path) || ends_in(name, t.explanation.source) ||
             ends_in(name, t.explanation.path);
    });
  return meant;
}

}  // namespace

Result<std::vector<Explanation>> explanations_in_report(const std::string& text,
                                                        std::span<const std::string> paths) {
  std::vector<Told> all;
  try {
    const json report = json::parse(text);
    if (report.at("schema") != 1)
      return fail(ErrorCode::invalid_argument, "it is a report of another version");
    all = read_images(report);
  } catch (const json::exception& error) {
    return fail(ErrorCode::invalid_argument, std::string("it is no report: ") + error.what());
  }
  std::vector<Explanation> list;
  if (paths.empty())
    for (Told& told : all)
      list.push_back(std::move(told.explanation));
  for (const std::string& path : paths) {
    const std::vector<const Told*> meant = meant_by(path, all);
    if (meant.empty())
      return fail(ErrorCode::invalid_argument, path + ": the report does not know it");
    for (const Told* told : meant)
      list.push_back(told->explanation);
  }
  return list;
}

}  // namespace imgopt

#include "tool/commands/explain_report.hpp"

#include <nlohmann/json.hpp>
#include <optional>

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
bool means(std::string_view given, std::string_view name) {
  while (given.ends_with('/'))
    given.remove_suffix(1);
  while (given.starts_with("./"))
    given.remove_prefix(2);
  for (std::string_view tail = given; !tail.empty();) {
    if (name == tail || (name.starts_with(tail) && name[tail.size()] == '/'))
      return true;
    const std::size_t slash = tail.find('/');
    tail = slash == std::string_view::npos ? std::string_view() : tail.substr(slash + 1);
  }
  return false;
}

std::vector<Explanation> read_images(const json& report) {
  std::vector<Explanation> all;
  for (const json& image : report.at("images")) {
    const std::string source = text_in(image, "source");
    if (image.at("outputs").empty())
      all.push_back(
          {source, "", text_in(image, "status"), text_in(image, "status"), {}, text_in(image, "error")});
    for (const json& output : image.at("outputs")) {
      const std::string status = text_in(output, "status");
      all.push_back({source, text_in(output, "path"), status, words_for(status), reason_in(output),
                     text_in(output, "error")});
    }
  }
  return all;
}

}  // namespace

Result<std::vector<Explanation>> explanations_in_report(const std::string& text,
                                                        std::span<const std::string> paths) {
  std::vector<Explanation> all;
  try {
    const json report = json::parse(text);
    if (report.at("schema") != 1)
      return fail(ErrorCode::invalid_argument, "it is a report of another version");
    all = read_images(report);
  } catch (const json::exception& error) {
    return fail(ErrorCode::invalid_argument, std::string("it is no report: ") + error.what());
  }
  if (paths.empty())
    return all;
  std::vector<Explanation> told;
  for (const std::string& path : paths) {
    const std::size_t before = told.size();
    for (const Explanation& e : all)
      if (means(path, e.source) || means(path, e.path))
        told.push_back(e);
    if (told.size() == before)
      return fail(ErrorCode::invalid_argument, path + ": the report does not know it");
  }
  return told;
}

}  // namespace imgopt

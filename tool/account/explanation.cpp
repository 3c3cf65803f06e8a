#include "tool/account/explanation.hpp"

#include <fmt/format.h>

#include <iterator>

#include "tool/account/report.hpp"
#include "tool/text/human_text.hpp"
#include "tool/text/json_text.hpp"

namespace imgopt {

namespace {

bool is_up_to_date(const Explanation& explanation) {
  return explanation.verdict == "up_to_date" && explanation.reason.is_none() && explanation.note.empty();
}

std::string title_of(const Explanation& e) {
  if (e.path.empty() || e.path == e.source)
    return printable(e.source);
  return fmt::format("{} (from {})", printable(e.path), printable(e.source));
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(key).append("\":");
  append_json_string(out, value);
}

}  // namespace

std::string explanation_text(std::span<const Explanation> list, UpToDate up_to_date) {
  std::string text;
  std::size_t counted = 0;
  for (const Explanation& e : list) {
    if (up_to_date == UpToDate::counted && is_up_to_date(e)) {
      ++counted;
      continue;
    }
    fmt::format_to(std::back_inserter(text), "{}: {}\n", title_of(e), e.words);
    text.append(reason_text(e.reason));
    if (!e.note.empty())
      fmt::format_to(std::back_inserter(text), "  {}\n", printable(e.note));
  }
  if (counted > 0)
    fmt::format_to(std::back_inserter(text), "{} up to date\n", human_count(counted, "output"));
  return text;
}

std::string explanation_json(std::span<const Explanation> list, std::string_view verdict_key) {
  std::string out = "{\"schema\":1,\n\"outputs\":[";
  std::string_view before = "\n";
  for (const Explanation& e : list) {
    out.append(before).append("{");
    before = ",\n";
    append_member(out, "source", e.source);
    if (!e.path.empty())
      append_member(out, "path", e.path);
    append_member(out, verdict_key, e.verdict);
    if (!e.reason.is_none()) {
      out.append(",\"why\":");
      append_reason(out, e.reason);
    }
    if (!e.note.empty())
      append_member(out, "note", e.note);
    out.append("}");
  }
  out.append("\n]}\n");
  return out;
}

}  // namespace imgopt

#include "tool/commands/explain_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/file.hpp"
#include "base/interrupts.hpp"
#include "tool/account/account.hpp"
#include "tool/account/exit_status.hpp"
#include "tool/account/explanation.hpp"
#include "tool/account/work_reason.hpp"
#include "tool/build/build_survey.hpp"
#include "tool/commands/explain_report.hpp"
#include "tool/commands/explain_selection.hpp"
#include "tool/plan/build_request.hpp"
#include "tool/text/human_text.hpp"

namespace imgopt {

namespace {

// The request of the last build of this state, from the words of its command line and the folder it ran in,
// which becomes the current folder.
Result<BuildRequest> recorded_request(const RunOptions& options) {
  IMGOPT_ASSIGN(const std::string path, state_path_of(options));
  IMGOPT_ASSIGN(const auto state, BuildState::load(path));
  if (!state || state->invocation().empty())
    return fail(ErrorCode::invalid_argument,
                options.out.value_or(path) + ": no build of it is known here; name its --config or --state");
  std::vector<std::string> words;
  for (std::string_view left = state->invocation(); !left.empty();) {
    words.emplace_back(left.substr(0, left.find('\0')));
    left.remove_prefix(std::min(left.size(), words.back().size() + 1));
  }
  std::error_code error;
  std::filesystem::current_path(words.front(), error);
  if (error)
    return fail(ErrorCode::io, words.front() + ": the build ran there: " + error.message());
  std::vector<const char*> arguments;
  for (std::size_t i = 1; i < words.size(); ++i)
    arguments.push_back(words[i].c_str());
  IMGOPT_ASSIGN(const CommandLine command_line, parse_command_line(arguments));
  return make_build_request(command_line);
}

// With --out or --state alone as that build was last asked for, else what a configuration says.
Result<BuildRequest> request_to_explain(const CommandLine& command_line, const RunOptions& options) {
  const bool names_config = options.config || options.request;
  if (!names_config && (options.out || options.state)) {
    for (const LayerEntry& entry : command_line.layer.entries())
      if (option(entry.option).group == OptionGroup::settings)
        return fail(ErrorCode::invalid_argument,
                    entry.place + ": other settings can be tried with --config alone");
    return recorded_request(options);
  }
  CommandLine as_build = command_line;
  as_build.arguments.clear();
  auto request = make_build_request(as_build);
  if (!request && !names_config && request.error().code == ErrorCode::invalid_argument)
    return fail(ErrorCode::invalid_argument,
                "which build? Name its --config, --request or --out, or run this beside its imgopt.json");
  return request;
}

struct Verdict {
  std::string_view name;
  std::string_view words;
};

constexpr std::string_view k_up_to_date = "up to date";
constexpr std::string_view k_skipped = "skipped: it is no image";

Verdict verdict_of(const SourceWork& work, const OutputWork& output) {
  if (output.keeps_older_encoder && output.is_done)
    return {"keep", "kept as it is, though its encoder changed (--on-encoder-change)"};
  if (output.is_done)
    return output.status == OutputStatus::failed ? Verdict{"fail", "would fail"}
                                                 : Verdict{"up_to_date", k_up_to_date};
  if (work.is_copy)
    return {"copy", "would be copied"};
  switch (output.planned.action) {
    case Action::restore:
      return {"restore", "would be restored from the cache"};
    case Action::encode:
      return {"encode", "would be encoded"};
    case Action::share:
      return {"share", "would be made once for several outputs"};
    case Action::fail:
      return {"fail", "would fail again, as the cache remembers (--retry-failed tries it)"};
    case Action::leave:
      break;
  }
  return {"up_to_date", k_up_to_date};
}

// What the survey found, output by output.
class Explaining {
public:
  Explaining(const BuildRequest& request, const BuildSurvey& survey, const ExplainSelection& selection)
      : m_survey(survey), m_selection(selection) {
    m_account.scan = &survey.scan;
    m_account.identified = &survey.identified;
    m_account.works = &survey.prepared.works;
    m_account.state = survey.last_state();
    m_account.encoders = &*survey.encoders;
    m_account.resolver = request.resolver.get();
    m_account.secret = &survey.secret();
    m_account.is_same_secret =
        survey.state && survey.state->identity().secret_id == survey.identity.secret_id;
  }

  std::vector<Explanation> list() {
    auto work = m_survey.prepared.works.begin();
    for (std::size_t s = 0; s < m_survey.scan.files.size(); ++s) {
      if (work != m_survey.prepared.works.end() && work->source == s)
        explain_work(*work++);
      else
        explain_standing(s);
    }
    for (const std::size_t gone : m_selection.gone())
      explain_gone(m_survey.state->sources()[gone]);
    return std::move(m_list);
  }

private:
  const std::string& name_of(std::size_t s) const { return m_survey.scan.files[s].name; }

  void explain_work(const SourceWork& work) {
    const std::string& name = name_of(work.source);
    if (work.is_skipped)
      return add({name, "", "skip", std::string(k_skipped), {}, {}});
    if (work.outputs.empty())
      return add({name, "", "fail", "would fail", {}, work.error});
    for (const OutputWork& output : work.outputs) {
      if (!m_selection.means_output(name, output.path))
        continue;
      const Verdict verdict = verdict_of(work, output);
      OutputReason reason;
      if (verdict.name != "up_to_date" && work.error.empty())
        reason = reason_of(m_account, work, output);
      add({name, output.path, std::string(verdict.name), std::string(verdict.words), std::move(reason),
           work.error.empty() ? note_on(work.source) : work.error.text()});
    }
  }

  void explain_standing(std::size_t s) {
    const auto index = static_cast<std::size_t>(m_survey.identified.sources[s].state_index);
    const StateSource& source = m_survey.state->sources()[index];
    if (source.output_count == 0)
      add({name_of(s), "", "skip", std::string(k_skipped), {}, {}});
    for (const StateOutput& output : m_survey.state->outputs_of(source)) {
      const std::string path(m_survey.state->text(output.path));
      if (m_selection.means_output(name_of(s), path))
        add({name_of(s), path, "up_to_date", std::string(k_up_to_date), {}, note_on(s)});
    }
  }

  void explain_gone(const StateSource& source) {
    for (const StateOutput& output : m_survey.state->outputs_of(source))
      if (!has(output.flags, OutputFlag::missing))
        add({std::string(m_survey.state->text(source.name)),
             std::string(m_survey.state->text(output.path)),
             "remove",
             "would be removed",
             {},
             "its source is gone"});
  }

  // Sources that were young when they were read are hashed again, though their times are the same.
  std::string note_on(std::size_t s) const {
    const IdentifiedSource& source = m_survey.identified.sources[s];
    if (source.change != Change::touched ||
        source.stat == m_survey.state->sources()[static_cast<std::size_t>(source.state_index)].stat)
      return {};
    return "its source's times changed, the bytes did not";
  }

  void add(Explanation explanation) { m_list.push_back(std::move(explanation)); }

  const BuildSurvey& m_survey;
  const ExplainSelection& m_selection;
  AccountInputs m_account;
  std::vector<Explanation> m_list;
};

// One path that is no folder is told in full.
UpToDate detail_for(const std::vector<std::string>& paths, const RunOptions& options) {
  const bool is_one_file =
      paths.size() == 1 && !std::filesystem::is_directory(std::filesystem::path(paths.front()));
  return is_one_file || options.verbosity == Verbosity::verbose ? UpToDate::listed : UpToDate::counted;
}

void print(const std::vector<Explanation>& list, const RunOptions& options, UpToDate detail,
           std::string_view verdict_key) {
  fmt::print("{}", options.print_as == PrintAs::json ? explanation_json(list, verdict_key)
                                                     : explanation_text(list, detail));
}

}  // namespace

Result<int> run_explain_command(const CommandLine& command_line) {
  Interrupts::install();
  const std::array layers = {&command_line.layer};
  IMGOPT_ASSIGN(const RunOptions options, merge_run_options(layers));
  const std::vector<std::string>& paths = command_line.arguments;
  if (paths.empty() && options.coverage == Coverage::named)
    return fail(ErrorCode::invalid_argument, "explain what? Name files or folders, or say --all");
  if (!paths.empty() && options.coverage == Coverage::everything)
    return fail(ErrorCode::invalid_argument, "--all and names exclude each other");
  const UpToDate detail = detail_for(paths, options);
  if (options.report) {
    IMGOPT_ASSIGN(const std::string text, read_text_file(*options.report));
    auto list = explanations_in_report(text, paths);
    if (!list)
      return fail(*options.report, std::move(list).error());
    print(*list, options, detail, "did");
    return status_of(ExitCode::success);
  }

  // Before the current folder changes to that of the build.
  IMGOPT_ASSIGN(ExplainSelection selection, ExplainSelection::of(paths));
  IMGOPT_ASSIGN(BuildRequest request, request_to_explain(command_line, options));
  SurveyHooks hooks;
  hooks.select = [&](ScanResult& scan, const BuildState* state) {
    return selection.narrow(request, scan, state);
  };
  BuildSurvey survey;
  IMGOPT_TRY(take_survey(request, SurveyFor::telling, hooks, survey));
  for (const std::string& warning : survey.warnings)
    fmt::print(stderr, "imgopt: warning: {}\n", printable(warning));
  print(Explaining(request, survey, selection).list(), options, detail, "would");
  return status_of(ExitCode::success);
}

}  // namespace imgopt
